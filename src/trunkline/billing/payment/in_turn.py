"""In turn: in which order money pays what is open of an account, where nobody said what it is for.

What is due first is paid first. A bill in a payment plan is due as its instalments are, and what
is disputed comes last, so that it does not use up the money for the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from trunkline.billing.bill.customer_bill import CustomerBill
from trunkline.billing.dunning.hold import DunningHold, disputed_of, holds_of
from trunkline.billing.payment.allocation import ZERO, OpenBill
from trunkline.billing.plan.payment_plan import PaymentPlan
from trunkline.billing.plan.reading import plans_of
from trunkline.billing.plan.slices import slices_of
from trunkline.kernel.work import Work

NEVER = datetime.max.replace(tzinfo=UTC)


def in_turn(work: Work, account: str, bills: Sequence[CustomerBill]) -> list[OpenBill]:
    """Return what is open of an account's bills, in the order in which it is paid."""
    if not bills:
        return []
    return ordered(bills, plans_of(work, [account], ("active",)), holds_of(work, [account]))


def ordered(
    bills: Sequence[CustomerBill], plans: Sequence[PaymentPlan], holds: Sequence[DunningHold]
) -> list[OpenBill]:
    """Return what is open of bills by when it is due; bills are given in that order. Pure."""
    found = [*_planned(bills, plans)]
    planned = {one.id for _, one in found}
    found += _others([one for one in bills if one.id not in planned], holds)
    return [one for _, one in sorted(found, key=lambda each: each[0])]


def _planned(
    bills: Sequence[CustomerBill], plans: Sequence[PaymentPlan]
) -> Iterator[tuple[tuple[bool, datetime], OpenBill]]:
    for plan in plans:
        mine = set(plan.bills)
        left = [(one.id, one.remaining_amount.amount) for one in bills
                if one.id in mine and one.remaining_amount is not None]  # fmt: skip
        unit = (plan.debt.unit if plan.debt is not None else None) or ""
        for one in slices_of(plan.instalment, left):
            yield (False, one.due), OpenBill(one.bill, unit, one.amount)


def _others(
    bills: Sequence[CustomerBill], holds: Sequence[DunningHold]
) -> Iterator[tuple[tuple[bool, datetime], OpenBill]]:
    for bill in bills:
        left = bill.remaining_amount
        if left is None:
            continue
        disputed = disputed_of(bill, holds)
        due = bill.payment_due_date or NEVER
        if left.amount > disputed:
            yield (False, due), OpenBill(bill.id, left.unit or "", left.amount - disputed)
        if disputed > ZERO:
            yield (True, due), OpenBill(bill.id, left.unit or "", disputed)
