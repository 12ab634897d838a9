"""Stepping: what is overdue of an account, and which step of its policy is due. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from trunkline.billing.account.standing import days_late
from trunkline.billing.bill.customer_bill import CustomerBill
from trunkline.billing.dunning.case import DoneStep
from trunkline.billing.dunning.policy import WARNED_DAYS, DunningStep

ZERO = Decimal(0)


@dataclass(frozen=True)
class Overdue:
    """What is overdue: by currency, since how many days the oldest, and of which bills."""

    amounts: Mapping[str, Decimal]
    days: int
    bills: Sequence[str]


def overdue_of(
    bills: Sequence[CustomerBill], now: datetime, *, besides: Collection[str] = ()
) -> Overdue:
    """Return what is overdue of bills, less those that are disputed."""
    late = [
        (one, one.remaining_amount)
        for one in bills
        if one.id not in besides and days_late(one.payment_due_date, now) > 0
    ]
    amounts: dict[str, Decimal] = {}
    counted = []
    for bill, left in late:
        if left is not None and left.unit is not None and left.amount > ZERO:
            amounts[left.unit] = amounts.get(left.unit, ZERO) + left.amount
            counted.append(bill)
    days = max((days_late(one.payment_due_date, now) for one in counted), default=0)
    return Overdue(amounts, days, [one.id for one in counted])


def is_enough(overdue: Overdue, least: Mapping[str, Decimal]) -> bool:
    """Tell whether what is overdue in some currency reaches the least that is asked for.

    A currency for which no least is said counts from the smallest amount on.
    """
    return any(
        amount > ZERO and amount >= least.get(unit, ZERO)
        for unit, amount in overdue.amounts.items()
    )


def next_due(
    steps: Sequence[DunningStep], done: Sequence[DoneStep], days: int, now: datetime
) -> tuple[DunningStep | None, datetime | None]:
    """Return the step that is due now, if one is, else when the next one would be.

    Steps are taken one after the other, and never closer together than the policy says, so that a
    warning has its days also where a run came late. Nothing is suspended that nobody was reminded
    of before: where other steps hold than those that were taken, the reminder comes first.
    """
    last = done[-1] if done else None
    step = next(
        (one for one in steps if last is None or one.days_overdue > last.days_overdue), None
    )
    if step is None:
        return None, None
    reminded = [one for one in done if one.action == "reminder"]
    if step.action == "suspend" and not reminded:
        step = next((one for one in steps if one.action == "reminder"), step)
    at = now + timedelta(days=step.days_overdue - days)
    if last is not None:
        at = max(at, _day(last.at) + timedelta(days=max(0, step.days_overdue - last.days_overdue)))
    if step.action == "suspend" and reminded:
        at = max(at, _day(reminded[0].at) + timedelta(days=WARNED_DAYS))
    return (step, None) if at <= now else (None, at)


def _day(at: datetime) -> datetime:
    """Return the beginning of a day: steps are counted in days, not in hours."""
    return at.replace(hour=0, minute=0, second=0, microsecond=0)
