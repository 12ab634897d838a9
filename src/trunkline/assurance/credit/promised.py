"""Promised: the service levels that products have, from all that says one of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from trunkline.assurance.credit.reckoning import Promise, named
from trunkline.catalog.closure import present
from trunkline.catalog.offering import ProductOffering
from trunkline.contract.agreement.service_level import TIMES
from trunkline.contract.service.contract import Contract
from trunkline.contract.service.entitlement import Entitlement
from trunkline.contract.service.lasting import FINAL
from trunkline.contract.service.service_contract import ServiceContract
from trunkline.contract.service.service_level import ServiceLevel
from trunkline.documents.shape import Json
from trunkline.inventory.product import Product
from trunkline.kernel.work import Work
from trunkline.shared.catalog_reference import SLARef

MANY = 10_000
SECONDS: Mapping[str, int] = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
"""How long the units of times are, by their first letter."""
NO_FIXED_LENGTH = ("businessday", "businessdays", "millisecond", "milliseconds", "ms")
Lasting = Entitlement | Contract | ServiceContract


def promises_of(
    work: Work, products: Mapping[str, Product], at: datetime
) -> Mapping[str, Sequence[Promise]]:
    """Return what was promised at a moment of how well each of some products is served.

    That is by what entitles to help with it, by its contracts, and by its offering.
    """
    found: dict[str, list[Promise]] = defaultdict(list)
    for one in _entitlements(work, products, at):
        covered = {each.id for each in one.product} or {
            ident for ident, each in products.items() if each.meta.owner == one.meta.owner
        }
        for ident in covered & products.keys():
            found[ident] += [_promise(level) for level in one.service_level]
    for held in _contracts(work, products):
        lines = {line.product.id for line in held.contract_line if line.product is not None}
        if _is_in_force(held, at):
            for ident in lines & products.keys():
                found[ident] += [_promise(level) for level in held.service_level]
    for ident, sla in _of_offerings(work, products):
        name = sla.name or sla.id
        found[ident].append(Promise(frozenset({named(sla.id), named(name)}), "", name))
    return found


def _entitlements(
    work: Work, products: Mapping[str, Product], at: datetime
) -> Iterator[Entitlement]:
    """Yield what entitles to help with the products, or with all that their owners have."""
    if not products:
        return
    owners = sorted({one.meta.owner for one in products.values() if one.meta.owner})
    found = {one.id: one for one in work.find(Entitlement, {"product.id": [*products]}, limit=MANY)}
    for one in work.find(Entitlement, {"relatedParty.id": owners}, limit=MANY) if owners else ():
        found.setdefault(one.id, one)
    yield from (one for one in found.values() if _is_in_force(one, at))


def _contracts(work: Work, products: Mapping[str, Product]) -> Sequence[Contract | ServiceContract]:
    if not products:
        return []
    asked: dict[str, Json] = {"contractLine.product.id": [*products]}
    return [
        *work.find(Contract, asked, limit=MANY), *work.find(ServiceContract, asked, limit=MANY),
    ]  # fmt: skip


def _is_in_force(one: Lasting, at: datetime) -> bool:
    """Tell whether something was in force at a moment, also where it has ended since."""
    if one.valid_for is not None and not one.valid_for.contains(at):
        return False
    if one.state in FINAL:
        return one.ended_at is not None and one.began_at is not None and at < one.ended_at
    return one.state == "active"


def _of_offerings(work: Work, products: Mapping[str, Product]) -> Iterable[tuple[str, SLARef]]:
    sold = {
        ident: one.product_offering.id for ident, one in products.items() if one.product_offering
    }
    offerings = present(work, ProductOffering, sold.values())
    for ident, offering in sold.items():
        held = offerings.get(offering)
        if held is not None and held.service_level_agreement is not None:
            yield ident, held.service_level_agreement


def _promise(level: ServiceLevel) -> Promise:
    names = [level.name, level.sla.name if level.sla else None, level.sla.id if level.sla else None]
    name = level.name or level.metric
    return Promise(
        frozenset(named(one) for one in names if one),
        level.metric,
        f"{name} ({level.target.normalize():f} {level.unit})",
        hours_in(level.target, level.unit),
        level.calendar,
    )


def hours_in(target: Decimal, unit: str) -> Decimal | None:
    """Return a length of time in hours, None where the unit is none, or has no fixed length."""
    word = unit.replace(" ", "").lower()
    if word not in TIMES or word in NO_FIXED_LENGTH:
        return None
    return target * SECONDS[word[0]] / 3_600
