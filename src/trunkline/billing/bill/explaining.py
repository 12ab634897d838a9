"""Explaining a bill: why it is more or less than the bill before, charge by charge."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from trunkline.billing.bill.customer_bill import DRAFTS, OWED, CustomerBill
from trunkline.billing.bill.rate import AppliedCustomerBillingRate
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.screens.read_ahead import sought

EARLIER_MAX, LINES_MAX = 24, 10_000
ZERO = Decimal(0)


@dataclass(frozen=True)
class Charge:
    """A line of a bill: the product that it is for, if any, what it is called, how much it is."""

    product: str
    name: str
    amount: Decimal


@dataclass(frozen=True)
class Difference:
    """What a charge was before and is now; None where the bill had none."""

    product: str
    name: str
    before: Decimal | None
    now: Decimal | None

    @property
    def amount(self) -> Decimal:
        """By how much it makes the bill more."""
        return (self.now or ZERO) - (self.before or ZERO)


@dataclass(frozen=True)
class Explanation:
    """How a bill differs from the one before: in all, by which charges, and by what is left."""

    before: CustomerBill
    unit: str
    amount: Decimal
    differences: tuple[Difference, ...]
    rest: Decimal


def explained(work: Work, bill: CustomerBill) -> Explanation | None:
    """Return how a bill differs from the bill before of its account, None where there is none."""
    before = bill_before(work, bill)
    if before is None or bill.amount_due is None or before.amount_due is None:
        return None
    found = differences(_charges(work, before), _charges(work, bill))
    amount = bill.amount_due.amount - before.amount_due.amount
    rest = amount - sum((one.amount for one in found), ZERO)
    return Explanation(before, bill.amount_due.unit or "", amount, tuple(found), rest)


def differences(before: Iterable[Charge], now: Iterable[Charge]) -> list[Difference]:
    """Return the charges that are not as they were, those that weigh most first. Pure.

    Charges of one product under one name count together.
    """
    former, present = _summed(before), _summed(now)
    found = [
        Difference(*place, former.get(place), present.get(place))
        for place in {**former, **present}
        if former.get(place) != present.get(place)
    ]
    return sorted(found, key=lambda one: (-abs(one.amount), one.name, one.product))


def _summed(charges: Iterable[Charge]) -> dict[tuple[str, str], Decimal]:
    found: dict[tuple[str, str], Decimal] = {}
    for one in charges:
        place = (one.product, one.name)
        found[place] = found.get(place, ZERO) + one.amount
    return found


def owed_by(account: str | None) -> dict[str, Json]:
    """Return what is said by the bills of an account that are compared with each other."""
    return {"billingAccount.id": account, "category": sorted(OWED)}


def bill_before(work: Work, bill: CustomerBill) -> CustomerBill | None:
    """Return the latest bill of the account that was issued before, in the same currency."""
    if not bill.is_owed or bill.bill_date is None or bill.amount_due is None:
        return None
    earlier = [
        ((one.bill_date, one.id), one)
        for one in sought(work, CustomerBill, owed_by(bill.account), limit=EARLIER_MAX)
        if one.state not in DRAFTS and one.id != bill.id and one.amount_due is not None
        and one.amount_due.unit == bill.amount_due.unit
        and one.bill_date is not None and (one.bill_date, one.id) < (bill.bill_date, bill.id)
    ]  # fmt: skip
    return max(earlier, key=lambda one: one[0])[1] if earlier else None


def charges_of(bill: CustomerBill) -> dict[str, Json]:
    """Return what is said by the charges of a bill."""
    return {"bill.id": bill.id}


def _charges(work: Work, bill: CustomerBill) -> list[Charge]:
    lines = sought(work, AppliedCustomerBillingRate, charges_of(bill), limit=LINES_MAX)
    return [
        Charge(
            one.product.id if one.product is not None else "",
            one.name or one.description or one.type or "",
            amount.amount,
        )
        for one in lines
        if (amount := one.tax_included_amount or one.tax_excluded_amount) is not None
    ]
