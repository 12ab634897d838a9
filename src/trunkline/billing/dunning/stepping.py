"""Stepping: what is overdue of an account, and which step of its policy is due. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from trunkline.billing.account.standing import days_late
from trunkline.billing.bill.customer_bill import CustomerBill
from trunkline.billing.dunning.case import DoneStep
from trunkline.billing.dunning.hold import Spared
from trunkline.billing.dunning.policy import WARNED_DAYS, DunningStep

ZERO = Decimal(0)


@dataclass(frozen=True)
class Overdue:
    """What is overdue: by currency, since how many days the oldest, and of which bills."""

    amounts: Mapping[str, Decimal]
    days: int
    bills: Sequence[str]


def overdue_of(
    bills: Sequence[CustomerBill],
    now: datetime,
    *,
    besides: Collection[str] = (),
    spared: Mapping[str, Sequence[Spared]] | None = None,
) -> Overdue:
    """Return what is overdue of bills, less whole ones and the parts that are spared.

    What is due again on a day is late since that day, where the bill was due before.
    """
    amounts: dict[str, Decimal] = {}
    days, counted = 0, []
    for bill in bills:
        left = bill.remaining_amount
        if bill.id in besides or left is None or left.unit is None or left.amount <= ZERO:
            continue
        parts = [*_late_parts(bill, left.amount, (spared or {}).get(bill.id, ()), now)]
        for amount, late in parts:
            amounts[left.unit] = amounts.get(left.unit, ZERO) + amount
            days = max(days, late)
        counted += [bill.id] if parts else []
    return Overdue(amounts, days, counted)


def _late_parts(
    bill: CustomerBill, left: Decimal, spared: Sequence[Spared], now: datetime
) -> Iterator[tuple[Decimal, int]]:
    """Yield the parts of a bill that are overdue, and since how many days each is."""
    days = days_late(bill.payment_due_date, now)
    # What is spared without an end takes its part first: it is not asked for in any case.
    for one in sorted(spared, key=lambda each: each.again is not None):
        amount = left if one.amount is None else min(left, one.amount)
        left -= amount
        late = min(days, days_late(one.again, now))
        if one.again is not None and late > 0 and amount > ZERO:
            yield amount, late
    if left > ZERO and days > 0:
        yield left, days


def is_enough(overdue: Overdue, least: Mapping[str, Decimal]) -> bool:
    """Tell whether what is overdue in some currency reaches the least that is asked for.

    A currency for which no least is said counts from the smallest amount on.
    """
    return any(
        amount > ZERO and amount >= least.get(unit, ZERO)
        for unit, amount in overdue.amounts.items()
    )


@dataclass(frozen=True)
class Broken:
    """That a payment plan over what is overdue was broken, and whether that suspends at once."""

    at: datetime
    suspends: bool = False


def next_due(
    steps: Sequence[DunningStep],
    done: Sequence[DoneStep],
    days: int,
    now: datetime,
    broken: Broken | None = None,
) -> tuple[DunningStep | None, datetime | None]:
    """Return the step that is due now, if one is, else when the next one would be.

    Steps are taken one after the other, and never closer together than the policy says, so that a
    warning has its days also where a run came late. Nothing is suspended that nobody was reminded
    of before: where other steps hold than those that were taken, the reminder comes first. A
    broken plan that suspends leaves out what lies between; the days of the warning are counted
    from the break then, of which the customer is told.
    """
    last = done[-1] if done else None
    step = next(
        (one for one in steps if last is None or one.days_overdue > last.days_overdue), None
    )
    leaps = _leap(steps, done, broken)
    step = leaps or step
    if step is None:
        return None, None
    reminded = [one for one in done if one.action == "reminder"]
    if step.action == "suspend" and not reminded:
        step = next((one for one in steps if one.action == "reminder"), step)
    at = now if step is leaps else now + timedelta(days=step.days_overdue - days)
    if last is not None and step is not leaps:
        at = max(at, _day(last.at) + timedelta(days=max(0, step.days_overdue - last.days_overdue)))
    if step.action == "suspend":
        warned = [one.at for one in reminded[:1]] + ([broken.at] if broken is not None else [])
        at = max([at, *(_day(one) + timedelta(days=WARNED_DAYS) for one in warned)])
    return (step, None) if at <= now else (None, at)


def _leap(
    steps: Sequence[DunningStep], done: Sequence[DoneStep], broken: Broken | None
) -> DunningStep | None:
    """Return the suspension that a broken plan goes on with at once, None where none does."""
    if broken is None or not broken.suspends or any(one.action == "suspend" for one in done):
        return None
    return next((one for one in steps if one.action == "suspend"), None)


def _day(at: datetime) -> datetime:
    """Return the beginning of a day: steps are counted in days, not in hours."""
    return at.replace(hour=0, minute=0, second=0, microsecond=0)
