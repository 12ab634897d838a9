"""Prices changed for many at once: from a day on, each is followed by another one.

A live price keeps its amount: what was sold stays what it was. It ends on the day, and a copy
with the new amount begins there, in every offer that has it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import cast

from trunkline.catalog.entry import is_to_come
from trunkline.catalog.entry_rules import PRICES
from trunkline.catalog.offering import ProductOffering
from trunkline.catalog.price import ProductOfferingPrice
from trunkline.documents.errors import Conflict, Invalid, Refusal
from trunkline.documents.patch import copied
from trunkline.documents.shape import Json, format_instant, parse_instant
from trunkline.kernel.actor import Actor
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, transaction
from trunkline.rest.writing import change, create
from trunkline.workspace.job import Line
from trunkline.workspace.jobs import At, job_kind, start
from trunkline.workspace.many import MERGE, Outcome, undone_by, work_off

KIND, UNDO = "reprice", "reprice-undo"
NOT_COPIED = frozenset({"id", "href", "key", "externalId", "lastUpdate"})
TRIED_MAX = 25
HUNDRED = Decimal(100)
DECIMALS = 2


@dataclass(frozen=True)
class Formula:
    """What becomes of an amount: more or less by a percentage and an amount, then rounded.

    `step` is what the new amount is a multiple of; `start` is when it begins.
    """

    percent: Decimal
    amount: Decimal
    step: Decimal
    start: datetime

    def new(self, old: Decimal) -> Decimal:
        """Return the new amount; halves are rounded up, and nothing costs less than nothing."""
        exact = old * (HUNDRED + self.percent) / HUNDRED + self.amount
        steps = (exact / self.step).quantize(Decimal(1), ROUND_HALF_UP)
        return max(Decimal(0), steps * self.step)

    def as_json(self) -> dict[str, Json]:
        """Return the formula as a job keeps it."""
        return {"percent": f"{self.percent}", "amount": f"{self.amount}", "step": f"{self.step}",
                "start": format_instant(self.start)}  # fmt: skip


def formula_of(kept: Json) -> Formula:
    """Return the formula that a job keeps."""
    return Formula(
        Decimal(kept["percent"]), Decimal(kept["amount"]), Decimal(kept["step"]),
        parse_instant(kept["start"]),
    )  # fmt: skip


class _Tried(Exception):
    """Ends a transaction in which something was only tried."""


def change_prices(
    services: Services, actor: Actor, idents: Sequence[str], formula: Formula, title: str
) -> str:
    """Begin to change prices in the background; returns the id of the job."""
    actor.must(ProductOfferingPrice.resource, "create")
    actor.must(ProductOfferingPrice.resource, "update")
    actor.must(ProductOffering.resource, "update")
    if not idents:
        raise Invalid("nothingSelected", "select prices first")
    lines = [(one, None, None) for one in dict.fromkeys(idents)]
    return start(
        services, actor, kind=KIND, resource=ProductOfferingPrice.resource.name, title=title,
        asked={"formula": formula.as_json()}, lines=lines,
    )  # fmt: skip


def try_prices(
    services: Services, actor: Actor, idents: Sequence[str], formula: Formula
) -> dict[str, str]:
    """Return why prices would be refused, by their ids; the first ones are tried."""
    found = {}
    for ident in idents[:TRIED_MAX]:
        try:
            with transaction(services, actor) as work:
                reprice(work, ident, formula)
                raise _Tried
        except _Tried:
            pass
        except Refusal as refusal:
            messages = [one.message for one in refusal.faults] or [refusal.message]
            found[ident] = "; ".join(messages)
    return found


@job_kind(KIND)
def reprice_piece(at: At) -> bool:
    """Change the next prices of a job."""
    at.actor.must(at.resource, "update")
    formula = formula_of(at.job.asked["formula"])

    def act(work: Work, line: Line) -> Outcome:
        return reprice(work, line.record or "", formula)

    return work_off(at, act)


@job_kind(UNDO)
def unprice_piece(at: At) -> bool:
    """Take the next changes of prices back."""
    at.actor.must(at.resource, "update")
    return work_off(at, lambda work, line: unprice(work, line.record or "", line.detail))


undone_by(KIND, UNDO)


def reprice(work: Work, ident: str, formula: Formula) -> Outcome:
    """Let another price follow a live one, in all live offers and drafts that have it."""
    price = work.lock(ProductOfferingPrice, ident)
    new = formula.new(_amount(price))
    if new == _amount(price):
        return "same", price.id, price.key, price.meta.version, None
    former = copied(price.raw.get("validFor"))
    follows = follow(work, price, new, formula.start)
    detail = {"former": {"validFor": former, "follows": follows.id}}
    return "changed", price.id, price.key, price.meta.version, detail


def unprice(work: Work, ident: str, detail: Mapping[str, Json]) -> Outcome:
    """Take the change of a price back, while what follows it has not begun."""
    price = work.lock(ProductOfferingPrice, ident)
    follows = work.lock(ProductOfferingPrice, detail["former"]["follows"], verb="delete")
    if price.meta.version != detail["version"] or follows.meta.version != 1:
        raise Conflict("conflictChanged", f"{price.key} was changed since; it stays")
    take_off(work, follows)
    end = (detail["former"]["validFor"] or {}).get("endDateTime")
    change(work, price, {"validFor": {"endDateTime": end}}, MERGE)
    return "changed", price.id, price.key, price.meta.version, None


def follow(
    work: Work, price: ProductOfferingPrice, amount: Decimal, start: datetime
) -> ProductOfferingPrice:
    """End a locked live price at an instant to come, and let a copy with another amount follow it.

    The copy stands in all live offers and drafts that have the price. Returns it.
    """
    if start <= work.now:
        raise Invalid("startPast", "new prices begin on a later day; choose one")
    _amount(price)
    held: dict[str, Json] = dict(price.raw.get("validFor") or {})
    if price.valid_for is not None and not price.valid_for.contains(start):
        raise Conflict("conflictState", f"{price.key} does not hold on that day")
    begin = format_instant(start)
    copy = {one: copied(value) for one, value in price.raw.items() if one not in NOT_COPIED}
    set_amount(copy, amount)
    copy["validFor"] = {**held, "startDateTime": begin}
    follows = create(work, ProductOfferingPrice.resource, copy)
    change(work, price, {"validFor": {**held, "endDateTime": begin}}, MERGE)
    for offer in _offers(work, price):
        _set_prices(work, offer, [*offer.raw[PRICES], {"id": follows.id}])
    return cast(ProductOfferingPrice, follows)


def set_amount(document: dict[str, Json], amount: Decimal) -> None:
    """Give the document of a price another amount; taxes by a rate follow it, rounded as before."""
    document["price"] = {**document["price"], "value": amount}
    for one in document.get("tax") or ():
        rate, held = one.get("taxRate"), one.get("taxAmount") or {}
        if rate is not None and held.get("value") is not None:
            exponent = Decimal(f"{held['value']}").as_tuple().exponent
            places = max(DECIMALS, -exponent) if isinstance(exponent, int) else DECIMALS
            exact = amount * Decimal(f"{rate}") / HUNDRED
            tax = exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
            one["taxAmount"] = {**held, "value": tax}


def take_off(work: Work, price: ProductOfferingPrice) -> None:
    """Remove a locked live price that has not begun, from all offers that have it."""
    if not is_to_come(price, work.now):
        raise Conflict("conflictBegun", f"{price.key} has begun; let another price follow it")
    for offer in _offers(work, price):
        kept = [one for one in offer.raw[PRICES] if one.get("id") != price.id]
        _set_prices(work, offer, kept)
    work.remove(ProductOfferingPrice, price.id)


def _amount(price: ProductOfferingPrice) -> Decimal:
    """Return the amount of a live price; refuses (409) one that has none or is not live."""
    value = price.price.value if price.price is not None else None
    if value is None or not price.is_live:
        raise Conflict("conflictState", f"{price.key} has no amount or is not live")
    return value


def _offers(work: Work, price: ProductOfferingPrice) -> list[ProductOffering]:
    """Return the live offers and drafts that have a price, locked."""
    found = work.find(ProductOffering, {"productOfferingPrice.id": price.id})
    return [work.lock(ProductOffering, one.id) for one in found if one.is_live or not one.is_frozen]


def _set_prices(work: Work, offer: ProductOffering, prices: Sequence[Json]) -> None:
    change(work, offer, {PRICES: list(prices) or None}, MERGE)
