"""Holds: why an account, or one bill of it, is not asked for its money for a while."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from trunkline.access.api import BILLING
from trunkline.billing.bill.customer_bill import CustomerBill, CustomerBillRef
from trunkline.documents.errors import Fault
from trunkline.documents.shape import PERSONAL, SENSITIVE, Json, Limits
from trunkline.governance.bindings import bind
from trunkline.governance.shipped import ShippedRegister, ship, worded
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.screens.read_ahead import sought
from trunkline.shared.extensible import Extensible
from trunkline.shared.money import Money
from trunkline.shared.own_hand import internal_note
from trunkline.shared.party_reference import BillingAccountRef
from trunkline.shared.period import TimePeriod, periods_are_ordered

DisputeOutcome: TypeAlias = Literal["denied", "upheld"]
MANY = 10_000
ZERO = Decimal(0)
DISPUTE = "dispute"
DENIED, UPHELD = "denied", "upheld"
ALWAYS_ENDS = frozenset({"promise"})


@resource(
    api=BILLING,
    path="dunningHold",
    prefix="DUH",
    promote=(Promoted("billingAccount.id"), Promoted("reason")),
    owner=("billingAccount",),
    root="billingAccount",
    server_sets=("due_again_date", "decided_by", "decided_at"),
    columns=("key", "billingAccount", "reason", "customerBill", "validFor", "outcome"),
)
class DunningHold(Extensible, Document):
    """That an account is not asked for money, or not for that of one bill: why, and how long.

    A dispute is about a bill, or about the `disputed_amount` of it; the rest is asked for. Its
    `outcome` ends it: one that is `denied` is due again on the `due_again_date`, which the policy
    says; of one that is `upheld` a credit note lowers the bill, and until then nobody asks for it.
    """

    billing_account: BillingAccountRef
    reason: Annotated[str, SENSITIVE]
    customer_bill: CustomerBillRef | None = None
    promised_amount: Money | None = None
    disputed_amount: Annotated[Money | None, PERSONAL] = None
    outcome: DisputeOutcome | None = None
    due_again_date: datetime | None = None
    decided_by: Annotated[str | None, PERSONAL] = None
    decided_at: datetime | None = None
    valid_for: TimePeriod | None = None
    note: Annotated[str | None, PERSONAL, Limits(length_max=2000)] = None


internal_note(DunningHold, "note")


rule(DunningHold)(periods_are_ordered)


@rule(DunningHold)
def hold_is_about_its_account(
    work: Work, old: DunningHold | None, new: DunningHold
) -> Iterator[Fault]:
    """Refuse another account's bill, and a promise to pay without the day by which."""
    del old
    bill = work.get(CustomerBill, new.customer_bill.id) if new.customer_bill is not None else None
    if bill is not None and bill.account != new.billing_account.id:
        yield Fault("customerBill", "otherAccount", f"{bill.key} is a bill of another account")
    ends = new.valid_for is not None and new.valid_for.end_date_time is not None
    if new.reason in ALWAYS_ENDS and not ends:
        yield Fault("validFor.endDateTime", "required", "say by which day it is promised")


@rule(DunningHold)
def dispute_is_of_what_is_owed(
    work: Work, old: DunningHold | None, new: DunningHold
) -> Iterator[Fault]:
    """Refuse a disputed amount without its bill or of more than that, and the outcome of what is
    no dispute or was decided otherwise before."""
    if new.reason != DISPUTE:
        for path in ("disputedAmount", "outcome"):
            if new.raw.get(path) is not None:
                yield Fault(path, "badValue", f"belongs to a {DISPUTE}; leave it out")
        return
    if old is not None and old.outcome is not None and old.outcome != new.outcome:
        message = f"{new.key} is {old.outcome} already; make a new one for a new dispute"
        yield Fault("outcome", "conflictDecided", message)
    amount = new.disputed_amount
    if amount is None or (old is not None and old.disputed_amount == amount):
        return
    if new.customer_bill is None:
        yield Fault("customerBill", "required", "say of which bill that is disputed")
        return
    bill = work.get(CustomerBill, new.customer_bill.id)
    due = bill.amount_due if bill is not None else None
    if not amount.unit or amount.amount <= ZERO:
        message = "say how much, more than nothing, in which currency"
        yield Fault("disputedAmount", "notPositive", message)
    elif due is not None and due.unit != amount.unit:
        message = f"must be {due.unit}, the currency of the bill"
        yield Fault("disputedAmount.unit", "currencyMismatch", message)
    elif due is not None and amount.amount > due.amount:
        message = f"must be at most {due.amount}, what the bill came to"
        yield Fault("disputedAmount.value", "billExceeded", message)


@dataclass(frozen=True)
class Spared:
    """That so much of a bill, all of it where no amount is said, is not asked for.

    It is due again on a day, where there is one.
    """

    amount: Decimal | None = None
    again: datetime | None = None


def spared_by(hold: DunningHold, bill: CustomerBill) -> Spared:
    """Return what a hold keeps from being asked for of its bill, and until when. Pure.

    What was upheld is spared until it is credited: the credit note comes later, by other people.
    """
    amount = hold.disputed_amount.amount if hold.disputed_amount is not None else None
    if hold.outcome == UPHELD:
        credited = _credited_since(hold, bill)
        if amount is not None:
            amount = max(amount - credited, ZERO)
        elif credited > ZERO:  # of the whole bill it says no amount: what is credited is agreed
            amount = ZERO
    return Spared(amount, hold.due_again_date)


def _credited_since(hold: DunningHold, bill: CustomerBill) -> Decimal:
    """Return what credit notes that are younger than a hold have paid of a bill."""
    credits = [one for one in bill.applied_credit if one.credit_note.id > hold.id]
    return sum((one.applied_amount.amount for one in credits), ZERO)


def disputed_of(bill: CustomerBill, holds: Sequence[DunningHold]) -> Decimal:
    """Return how much of what is open of a bill is disputed, or to be credited. Pure."""
    return _kept(bill, [one for one in holds if one.outcome != DENIED and _is_over(one, bill)])


def waiting_of(bill: CustomerBill, holds: Sequence[DunningHold], now: datetime) -> Decimal:
    """Return how much of what is open of a bill waits since it is or was disputed. Pure.

    What was denied waits until the day on which it is due again; a dispute that names no bill is
    over all of them. Days are those of the zone of `now`.
    """
    waits = [
        one
        for one in holds
        if one.reason == DISPUTE
        and (one.customer_bill is None or one.customer_bill.id == bill.id)
        and (
            one.due_again_date is None
            or now.date() <= one.due_again_date.astimezone(now.tzinfo).date()
        )
    ]
    return _kept(bill, waits)


def _is_over(hold: DunningHold, bill: CustomerBill) -> bool:
    named = hold.customer_bill
    return hold.reason == DISPUTE and named is not None and named.id == bill.id


def _kept(bill: CustomerBill, disputes: Sequence[DunningHold]) -> Decimal:
    left = bill.remaining_amount
    if left is None:
        return ZERO
    amounts = [spared_by(one, bill).amount for one in disputes]
    return min(left.amount, sum((left.amount if one is None else one for one in amounts), ZERO))


def holds_of(work: Work, accounts: Sequence[str]) -> list[DunningHold]:
    """Return the holds of accounts that are in force now, and disputes that were denied.

    A dispute of a bill that was upheld is in force: what it spares ends when it is credited.
    """
    found = sought(work, DunningHold, holds_on(accounts), limit=MANY) if accounts else []
    return [one for one in found if _counts(one, work.now)]


def holds_on(accounts: Sequence[str]) -> dict[str, Json]:
    """Return what is said by the holds of accounts."""
    return {"billingAccount.id": [*accounts]}


def _counts(hold: DunningHold, now: datetime) -> bool:
    if hold.outcome == DENIED:
        return hold.due_again_date is not None
    if hold.outcome == UPHELD and hold.customer_bill is None:
        return False
    return hold.valid_for is None or hold.valid_for.contains(now)


ship(
    ShippedRegister(
        "dunningHoldReason", "Reason not to ask for money",
        {"de": "Grund der Mahnsperre", "ar": "سبب إيقاف المطالبة"},
        (
            worded("dispute", "Bill disputed", "Rechnung bestritten", "اعتراض على الفاتورة",
                   "amber"),
            worded("promise", "Promise to pay", "Zahlungszusage", "وعد بالدفع", "blue"),
            worded("vulnerable", "Vulnerable customer", "Schutzbedürftige Person",
                   "عميل يحتاج إلى حماية", "violet"),
            worded("insolvency", "Insolvency", "Insolvenz", "إعسار", "red"),
            worded("other", "Something else", "Etwas anderes", "شيء آخر", "grey"),
        ),
        "Why somebody is not asked for overdue money for a while.",
    ),
)  # fmt: skip
bind(DunningHold, "reason", "dunningHoldReason")
