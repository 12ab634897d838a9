"""Terms: what payment plans an operator agrees to in one currency, as data of a dunning policy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, TypeAlias

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Limits
from trunkline.shared.extensible import Extensible
from trunkline.shared.money import Money

PlanInterval: TypeAlias = Literal["week", "twoWeeks", "month"]
AMOUNTS = ("debtMin", "debtMax", "instalmentMin", "fee", "approveAbove")


class PlanTerms(Extensible):
    """Which plans there are in a currency: over what debt, in how many parts, how far apart.

    `approve_above` is the debt in plans of an account above which another person has to agree.
    A plan is broken when `missed_max` of its instalments (one, where nothing is said) are not
    paid `grace_days` after they were due. `suspends_when_broken` says that the next step is the
    suspension then, else the ladder goes on where it stood. `remind_days` before an instalment is
    due its customer is told so. With `self_care` customers make plans by their own hand, too.
    """

    currency: Annotated[str, Limits(length_max=20)]
    debt_min: Money | None = None
    debt_max: Money | None = None
    instalment_min: Money | None = None
    instalments_max: Annotated[int, Limits(minimum=1, maximum=120)]
    interval: PlanInterval | None = None
    days_max: Annotated[int | None, Limits(minimum=1)] = None
    fee: Money | None = None
    grace_days: Annotated[int | None, Limits(minimum=0)] = None
    missed_max: Annotated[int | None, Limits(minimum=1, maximum=120)] = None
    approve_above: Money | None = None
    remind_days: Annotated[int | None, Limits(minimum=0)] = None
    suspends_when_broken: bool | None = None
    self_care: bool | None = None


def terms_faults(path: str, terms: Sequence[PlanTerms]) -> Iterator[Fault]:
    """Yield the faults of terms: a currency said twice, and amounts of another or below zero."""
    seen: set[str] = set()
    for index, one in enumerate(terms):
        place = f"{path}[{index}]"
        if one.currency in seen:
            yield Fault(f"{place}.currency", "conflictTwice", f"{one.currency} has terms already")
        seen.add(one.currency)
        for name in AMOUNTS:
            amount = Money.wrap(one.raw[name]) if one.raw.get(name) is not None else None
            if amount is None:
                continue
            if amount.unit != one.currency:
                message = f"must be {one.currency}, the currency of these terms"
                yield Fault(f"{place}.{name}.unit", "currencyMismatch", message)
            if amount.value is None or amount.amount < 0:
                yield Fault(f"{place}.{name}.value", "badValue", "say how much, not below zero")
        least, most = one.debt_min, one.debt_max
        if least is not None and most is not None and least.amount > most.amount:
            yield Fault(f"{place}.debtMax.value", "badValue", "must not be below debtMin")
