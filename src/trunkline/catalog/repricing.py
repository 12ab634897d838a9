"""Prices changed for many at once: from a day on, each is followed by another one.

A live price keeps its amount: what was sold stays what it was. It ends on the day, and a copy
with the new amount begins there, in every offer that has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

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
from trunkline.workspace.many import MERGE, Outcome, work_off

KIND = "reprice"
NOT_COPIED = frozenset({"id", "href", "key", "externalId", "lastUpdate"})
TRIED_MAX = 25
HUNDRED = Decimal(100)


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


def reprice(work: Work, ident: str, formula: Formula) -> Outcome:
    """Let another price follow a live one, in all live offers and drafts that have it."""
    if formula.start <= work.now:
        raise Invalid("startPast", "new prices begin on a later day; choose one")
    price = work.lock(ProductOfferingPrice, ident)
    old = price.price.value if price.price is not None else None
    if old is None or not price.is_live:
        raise Conflict("conflictState", f"{price.key} has no amount or is not live")
    new = formula.new(old)
    if new == old:
        return "same", price.id, price.key, price.meta.version, None
    held: dict[str, Json] = dict(price.raw.get("validFor") or {})
    if price.valid_for is not None and not price.valid_for.contains(formula.start):
        raise Conflict("conflictState", f"{price.key} does not hold on that day")
    begin = format_instant(formula.start)
    copy = {one: copied(value) for one, value in price.raw.items() if one not in NOT_COPIED}
    copy["price"] = {**copy["price"], "value": new}
    copy["validFor"] = {**held, "startDateTime": begin}
    follows = create(work, ProductOfferingPrice.resource, copy)
    change(work, price, {"validFor": {**held, "endDateTime": begin}}, MERGE)
    for offer in work.find(ProductOffering, {"productOfferingPrice.id": price.id}):
        if offer.is_live or not offer.is_frozen:
            document = work.lock(ProductOffering, offer.id)
            prices = [*document.raw["productOfferingPrice"], {"id": follows.id}]
            change(work, document, {"productOfferingPrice": prices}, MERGE)
    return "changed", price.id, price.key, price.meta.version, None
