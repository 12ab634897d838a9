"""Standing: what an account owes, how old that is, and what it has in credit, by currency."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from trunkline.billing.bill.customer_bill import CustomerBill
from trunkline.billing.payment.payment import Payment
from trunkline.billing.payment.settling import credits_of, left_of, unpaid_bills
from trunkline.kernel.masks import hidden_paths, is_hidden
from trunkline.kernel.work import Work
from trunkline.workspace.business_zone import business_zone

ZERO = Decimal(0)
AGES: Sequence[tuple[str, int | None]] = (
    ("notDue", 0), ("days1To30", 30), ("days31To60", 60), ("days61To90", 90), ("over90", None),
)  # fmt: skip
"""How overdue money is told apart: each age, and up to how many days it goes."""


@dataclass
class Standing:
    """What is owed in one currency: in all, overdue, by age; and what is there in credit."""

    unit: str
    open: Decimal = ZERO
    overdue: Decimal = ZERO
    ages: dict[str, Decimal] = field(default_factory=lambda: {name: ZERO for name, _ in AGES})
    credit: Decimal = ZERO
    bills: int = 0
    oldest_due: datetime | None = None
    days_overdue: int = 0


def standing(
    bills: Iterable[CustomerBill], credits: Iterable[Payment | CustomerBill], now: datetime
) -> list[Standing]:
    """Return how the bills and credits stand at a time, a currency at a time by its code. Pure.

    Days are those of the zone of `now`.
    """
    found: dict[str, Standing] = {}
    for bill in bills:
        left = bill.remaining_amount
        if left is None or left.unit is None or left.amount <= ZERO:
            continue
        one = found.setdefault(left.unit, Standing(left.unit))
        days = days_late(bill.payment_due_date, now)
        one.open += left.amount
        one.bills += 1
        one.ages[age_of(days)] += left.amount
        if days > 0:
            one.overdue += left.amount
            one.days_overdue = max(one.days_overdue, days)
            due = bill.payment_due_date
            if due is not None and (one.oldest_due is None or due < one.oldest_due):
                one.oldest_due = due
    for credit in credits:
        left = left_of(credit)
        if left is not None and left.unit is not None and left.amount > ZERO:
            found.setdefault(left.unit, Standing(left.unit)).credit += left.amount
    return [found[unit] for unit in sorted(found)]


def standing_of(work: Work, accounts: str | Sequence[str]) -> list[Standing]:
    """Return how accounts stand together now, as far as the actor may read their bills."""
    return standing(unpaid_bills(work, accounts), credits_of(work, accounts), today(work))


def may_see_standing(work: Work) -> bool:
    """Tell whether the actor may know what is open of bills and left of payments."""
    for kind, path in ((CustomerBill, "remainingAmount"), (Payment, "unallocatedAmount")):
        grant = work.actor.grant(kind.resource, "read")
        if grant is None:
            return False
        hidden = hidden_paths(kind.resource, grant.sees)
        if hidden is not None and is_hidden(hidden, path):
            return False
    return True


def today(work: Work) -> datetime:
    """Return the time in the zone of the operator, whose days decide what is overdue."""
    return work.now.astimezone(business_zone(work.services))


def days_late(due: datetime | None, now: datetime) -> int:
    """Return how many days ago money was due, by the days of the zone of `now`.

    The day itself counts as none. Pure.
    """
    return max(0, (now.date() - due.astimezone(now.tzinfo).date()).days) if due is not None else 0


def age_of(days: int) -> str:
    """Return the name of the age of what is so many days overdue."""
    return next(name for name, most in AGES if most is None or days <= most)
