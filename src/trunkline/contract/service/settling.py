"""Settling: contracts, lines and entitlements brought to what products, dates and contracts say.

What is above decides about what is below, never the other way round.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from trunkline.contract.service.contract import Contract, ContractLine
from trunkline.contract.service.ended_once import charge_early_end
from trunkline.contract.service.entitlement import Entitlement
from trunkline.contract.service.freeing import give_renewal_up
from trunkline.contract.service.lasting import (
    FINAL,
    LIVE,
    State,
    by_date,
    line_state,
)
from trunkline.contract.service.service_contract import ServiceContract
from trunkline.documents.patch import copied
from trunkline.inventory.product import ENDED_PRODUCT, Product
from trunkline.kernel.behaviour import enrich, on
from trunkline.kernel.resource import event
from trunkline.kernel.work import Work
from trunkline.shared.period import end_of


def _always(_old: Any, _new: Any) -> bool:
    return True


@enrich(Contract, ServiceContract, again=_always)
def settle_lines(work: Work, document: Contract | ServiceContract) -> None:
    """Number the lines of a contract, and give each the state that it has by now."""
    lines = list(document.contract_line)
    number_lines(lines)
    if isinstance(document, Contract) and document.state == "cancelled":
        charge_early_end(work, document)
    if document.state == "active" and document.began_at is None:
        document.began_at = work.now
    statuses = _statuses(work, [one.product.id for one in lines if one.product is not None])
    for line in lines:
        if document.state not in FINAL:
            line.end_charged_by = None
        if document.state == "suspended":
            line.is_held = None  # it rests with the whole, and comes back with it
        status = statuses.get(line.product.id) if line.product is not None else None
        period = line.valid_for or document.valid_for
        line.state = line_state(
            line.state, document.state, period, status, work.now, is_held=bool(line.is_held)
        )
    if document.state in FINAL and document.ended_at is None:
        document.ended_at = work.now


@enrich(Entitlement, again=_always)
def count_units(work: Work, one: Entitlement) -> None:
    """Say how many units of an entitlement are left, and when it ended."""
    if one.total_units is not None:
        one.used_units = one.used_units or 0  # type: ignore[assignment]
        one.remaining_units = max(one.total_units - (one.used_units or 0), 0)  # type: ignore[assignment]
    if one.state == "active" and one.began_at is None:
        one.began_at = work.now
    if one.state in FINAL and one.ended_at is None:
        one.ended_at = work.now


def number_lines(lines: Sequence[ContractLine]) -> None:
    """Give lines without an id the next free number."""
    taken = {one.id for one in lines if one.id}
    number = 0
    for one in lines:
        if not one.id:
            number += 1
            while str(number) in taken:
                number += 1
            one.id = str(number)
            taken.add(one.id)


def _statuses(work: Work, products: Iterable[str]) -> Mapping[str, str | None]:
    found = work.many(Product, products)
    return {ident: one.status for ident, one in found.items()}


def settle_contract(work: Work, kind: type[Contract | ServiceContract], ident: str) -> None:
    """Bring a contract and its lines to what its dates and products say; write what differs."""
    document = work.lock(kind, ident)
    before = copied(document.raw)
    if document.state in FINAL:
        return
    dated = by_date(document.valid_for, work.now)
    if dated == "expired":
        document.state = "expired"
    elif document.begins_by_itself and dated == "active" and document.state == "draft":
        document.state = "active"
    if isinstance(document, ServiceContract) and document.state == "active":
        above = work.get(Contract, document.contract.id) if document.contract else None
        if above is not None and above.state == "suspended":
            document.state, document.suspended_with = "suspended", "contract"
    settle_lines(work, document)
    work.save(document, before)


def settle_entitlement(work: Work, ident: str) -> None:
    """Bring an entitlement to what its dates, its products and its contract say."""
    one = work.lock(Entitlement, ident)
    before = copied(one.raw)
    above = work.get(ServiceContract, one.service_contract.id) if one.service_contract else None
    if above is not None and one.ends_with_contract and one.state not in FINAL:
        _end_with(one, above)
    one.state = _entitled(work, one, above)
    work.save(one, before)


def _entitled(work: Work, one: Entitlement, above: ServiceContract | None) -> State:
    """Return the state of an entitlement; `suspended_with` is written down with it."""
    state: State = one.state or "draft"
    dated = by_date(one.valid_for, work.now)
    if state in FINAL:
        return state
    if dated == "expired" or (above is not None and above.state == "expired"):
        return "expired"
    if above is not None and above.state == "cancelled":
        return "cancelled"
    statuses = set(_statuses(work, [each.id for each in one.product]).values())
    running = statuses - ENDED_PRODUCT
    if statuses and not running:
        return "cancelled"
    if running == {"suspended"} or (above is not None and above.state == "suspended"):
        if state != "suspended":
            one.suspended_with = "product" if running == {"suspended"} else "contract"
        return "suspended"
    if state == "suspended":
        if one.suspended_with is None or (running == {"pendingTerminate"}):
            return "suspended"  # by hand, or with a product that is about to end as it stands
        one.suspended_with = None
        return dated
    if state == "draft" and not begins_with(one, above):
        return "draft"
    return "active" if state == "active" else dated


def begins_with(one: Entitlement, above: ServiceContract | None) -> bool:
    """Tell whether a draft begins with its service contract, before which it was written down."""
    begun = above.began_at if above is not None and above.state != "draft" else None
    return begun is not None and one.meta.created_at is not None and one.meta.created_at <= begun


def _end_with(one: ServiceContract | Entitlement, above: Contract | ServiceContract) -> None:
    """Let something end when what is above it does."""
    end = end_of(above.valid_for)
    if one.valid_for is not None and one.valid_for.end_date_time != end:
        one.valid_for.end_date_time = end


@on(event(Contract, "state_changed"), event(Contract, "changed"))
def follow_contract(work: Work, contract: Contract) -> None:
    """End, suspend and resume what serves a contract with it, and let it end on the same day.

    A renewal that is cancelled before it begins lets go of what was to go on in it.
    """
    if contract.state == "cancelled" and contract.began_at is None:
        give_renewal_up(work, contract)
    wanted = {"contract.id": contract.id, "state": list(LIVE)}
    for one in work.find(ServiceContract, wanted):
        with work.edit(ServiceContract, one.id) as held:
            if contract.state in FINAL:
                held.state = contract.state
                held.state_reason = contract.state_reason or f"{contract.key} is {contract.state}"
                continue
            if contract.state == "suspended" and held.state == "active":
                held.state, held.suspended_with = "suspended", "contract"
            elif contract.state == "active" and held.suspended_with is not None:
                held.state, held.suspended_with = by_date(held.valid_for, work.now), None
            if held.ends_with_contract:
                _end_with(held, contract)


@on(event(ServiceContract, "state_changed"), event(ServiceContract, "changed"))
def follow_service_contract(work: Work, contract: ServiceContract) -> None:
    """Bring the entitlements of a service contract to its state."""
    wanted = {"serviceContract.id": contract.id, "state": list(LIVE)}
    for one in work.find(Entitlement, wanted):
        settle_entitlement(work, one.id)


@on(
    event(Product, "state_changed").to("suspended", *sorted(ENDED_PRODUCT)),
    event(Product, "state_changed").to(
        "active", since=("suspended", "pendingActive", "pendingTerminate")
    ),
    named_by=(Contract, ServiceContract, Entitlement),
)
def follow_product(work: Work, product: Product) -> None:
    """Suspend, resume or end the lines and entitlements of a product with it."""
    kinds: tuple[type[Contract | ServiceContract], ...] = (Contract, ServiceContract)
    for kind in kinds:
        named = {"contractLine.product.id": product.id, "state": list(LIVE)}
        for one in work.find(kind, named):
            settle_contract(work, kind, one.id)
    for right in work.find(Entitlement, {"product.id": product.id, "state": list(LIVE)}):
        settle_entitlement(work, right.id)
