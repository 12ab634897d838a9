"""Settling: what came in on an account is brought to its bills, whose states follow.

All that concerns one account happens in turn, under one lock. What is applied already stays; what
a reversal or a refund takes back is taken off the bills that were paid last. Running it twice
changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from trunkline.billing.bill.customer_bill import (
    CREDIT_NOTE,
    UNPAID,
    AppliedCredit,
    AppliedPayment,
    BillState,
    CustomerBill,
    CustomerBillRef,
)
from trunkline.billing.payment.allocation import ZERO, Credit, Part, allocated, freed
from trunkline.billing.payment.in_turn import in_turn
from trunkline.billing.payment.payment import ENDED, DrawnOn, Payment, Refund
from trunkline.documents.shape import Json
from trunkline.kernel.behaviour import on
from trunkline.kernel.resource import event
from trunkline.kernel.work import Work
from trunkline.screens.read_ahead import sought
from trunkline.shared.money import Money
from trunkline.shared.reference import PaymentRef

LOCK = "select pg_advisory_xact_lock(hashtextextended(%s, 676))"
MANY = 100_000


@on(event(CustomerBill, "created"), event(CustomerBill, "state_changed").to("validated", "sent"))
def pay_issued_bill(work: Work, bill: CustomerBill) -> None:
    """Let what an account has in credit pay a bill that was issued."""
    if not bill.is_draft:
        settle(work, bill.account)


@on(event(Payment, "created"), event(Payment, "state_changed"))
def allocate_payment(work: Work, payment: Payment) -> None:
    """Bring a payment to the bills that it is for, or take it off them when it was reversed."""
    hold_account(work, payment.account.id)
    present = work.get(Payment, payment.id)
    if present is not None:
        _measure(work, present)
        settle(work, payment.account.id)


@on(event(Refund, "created"), event(Refund, "state_changed"))
def draw_refund(work: Work, refund: Refund) -> None:
    """Take what a refund draws on off the bills that it paid, or give it free again."""
    hold_account(work, refund.account.id)
    present = work.get(Refund, refund.id)
    if present is None:
        return
    drawn = list(present.drawn_on)
    if present.status in ENDED and drawn:
        with work.edit(Refund, refund.id) as held:
            held.drawn_on = []
    for one in drawn:
        if one.payment is not None:
            _measure(work, work.lock(Payment, one.payment.id))
        elif one.credit_note is not None:
            _measure_note(work, one.credit_note.id)
    settle(work, refund.account.id)


def hold_account(work: Work, account: str) -> None:
    """Hold an account's money until the end of the transaction."""
    work.connection.execute(LOCK, [account])


def settle(work: Work, account: str) -> None:
    """Pay what is open of an account with what it has in credit, and say how its bills stand."""
    hold_account(work, account)
    bills = unpaid_bills(work, account)
    sources = credits_of(work, account)
    open_bills = in_turn(work, account, bills)
    held = [
        _credit(one, amount)
        for one in sources
        if (amount := free_of(work, one)) is not None and amount.amount > ZERO
    ]
    parts = allocated(open_bills, held)
    notes = {one.id for one in sources if isinstance(one, CustomerBill)}
    for bill in bills:
        _apply(work, bill, [one for one in parts if one.bill == bill.id], notes)
    for one in held:
        if any(part.credit == one.id for part in parts):
            if one.id in notes:
                _measure_note(work, one.id)
            else:
                _measure(work, work.lock(Payment, one.id))


def unpaid_bills(work: Work, accounts: str | Sequence[str]) -> list[CustomerBill]:
    """Return the bills of accounts of which something is open, the one due first first."""
    found = sought(work, CustomerBill, unpaid_of(accounts), limit=MANY) if accounts else []
    owed = [one for one in found if one.is_owed]
    return sorted(owed, key=lambda one: (str(one.raw.get("paymentDueDate") or "9"), one.id))


def credits_of(work: Work, accounts: str | Sequence[str]) -> list[Payment | CustomerBill]:
    """Return the credit notes and payments of accounts that are not used up, oldest first."""
    if not accounts:
        return []
    notes = sought(work, CustomerBill, notes_of(accounts), limit=MANY)
    paid = sought(work, Payment, left_with(accounts), limit=MANY)
    received = [one for one in paid if one.is_received]
    return [*sorted(notes, key=lambda one: one.id), *sorted(received, key=lambda one: one.id)]


def unpaid_of(accounts: str | Sequence[str]) -> dict[str, Json]:
    """Return what is said by the bills and notes of accounts of which something is open."""
    return {"billingAccount.id": _listed(accounts), "state": [*UNPAID]}


def notes_of(accounts: str | Sequence[str]) -> dict[str, Json]:
    """Return what is said by the credit notes among them."""
    return {**unpaid_of(accounts), "category": CREDIT_NOTE}


def left_with(accounts: str | Sequence[str]) -> dict[str, Json]:
    """Return what is said by the payments of accounts that are not used up."""
    return {"account.id": _listed(accounts), "hasCredit": True}


def _listed(accounts: str | Sequence[str]) -> list[Json]:
    return [accounts] if isinstance(accounts, str) else [*accounts]


def left_of(one: Payment | CustomerBill) -> Money | None:
    """Return what is left of a payment or a credit note."""
    return one.unallocated_amount if isinstance(one, Payment) else one.remaining_amount


def free_of(work: Work, one: Payment | CustomerBill) -> Money | None:
    """Return what is left of a payment or a credit note, less what refunds draw on just now."""
    if isinstance(one, Payment):
        total, used = one.total_amount, _used_of_payment(work, one.id)
    else:
        total, used = one.amount_due, _used_of_note(work, one.id)
    if total is None:
        return None
    left = total.amount - used - drawn_from(work, one.id)
    return Money(unit=total.unit, value=max(left, ZERO))


def _credit(one: Payment | CustomerBill, left: Money) -> Credit:
    meant: dict[str, Decimal] = {}
    if isinstance(one, Payment):
        for item in one.payment_item:
            amount = item.total_amount or item.amount
            meant[item.item.id] = meant.get(item.item.id, ZERO) + (
                amount.amount if amount is not None else left.amount
            )
    elif one.corrects is not None:
        meant[one.corrects.id] = left.amount
    return Credit(one.id, left.unit or "", left.amount, meant)


def _apply(work: Work, bill: CustomerBill, parts: Sequence[Part], notes: set[str]) -> None:
    """Write down what pays a bill beside what paid it already."""
    with work.edit(CustomerBill, bill.id) as held:
        unit = held.amount_due.unit if held.amount_due is not None else None
        for one in parts:
            amount = Money(unit=unit, value=one.amount)
            if one.credit in notes:
                ref = CustomerBillRef(id=one.credit, referred_type="CustomerBill")
                added = AppliedCredit(applied_amount=amount, credit_note=ref)
                held.applied_credit = [*held.applied_credit, added]
            else:
                paid = PaymentRef(id=one.credit, referred_type="Payment")
                held.applied_payment = [
                    *held.applied_payment, AppliedPayment(applied_amount=amount, payment=paid)
                ]  # fmt: skip
        restate(held)


def restate(bill: CustomerBill) -> None:
    """Say what is open of an owed bill, and how it stands by that."""
    if bill.amount_due is None or not bill.is_owed:
        return
    paid = applied_to(bill)
    bill.remaining_amount = Money(unit=bill.amount_due.unit, value=bill.amount_due.amount - paid)
    bill.state = state_of(bill.state, bill.amount_due.amount, paid)


def applied_to(bill: CustomerBill) -> Decimal:
    """Return how much of a bill is paid, by money or by credit notes."""
    amounts = [one.applied_amount for one in bill.applied_payment]
    amounts += [one.applied_amount for one in bill.applied_credit]
    return sum((one.amount for one in amounts if one is not None), ZERO)


def state_of(state: BillState | None, due: Decimal, paid: Decimal) -> BillState | None:
    """Return how an issued bill stands by what is paid of it; a bill of nothing is settled."""
    if paid >= due:
        return "settled"
    if paid > ZERO:
        return "partiallyPaid"
    return "sent" if state in ("partiallyPaid", "settled") else state


def _measure(work: Work, payment: Payment) -> None:
    """Say what is left of a payment, after taking off bills what it cannot pay any more."""
    total = payment.total_amount
    if total is None:
        return
    worth = total.amount - drawn_from(work, payment.id)
    if not payment.is_received:
        worth = ZERO
    paid = work.find(CustomerBill, {"appliedPayment.payment.id": payment.id}, limit=MANY)
    used = sum((_used(one, payment.id) for one in paid), ZERO)
    if used > worth:
        bills = sorted(paid, key=lambda one: (str(one.raw.get("paymentDueDate") or "9"), one.id))
        kept = freed([_used(one, payment.id) for one in bills], used - worth)
        for bill, amount in zip(bills, kept, strict=True):
            _keep_only(work, bill, payment.id, amount)
        used = worth
    with work.edit(Payment, payment.id) as held:
        held.unallocated_amount = Money(unit=total.unit, value=worth - used)
        held.has_credit = worth - used > ZERO


def _measure_note(work: Work, ident: str) -> None:
    """Say what is left of a credit note."""
    used = _used_of_note(work, ident) + drawn_from(work, ident)
    with work.edit(CustomerBill, ident) as held:
        if held.amount_due is None:
            return
        due = held.amount_due
        held.remaining_amount = Money(unit=due.unit, value=due.amount - used)
        held.state = state_of(held.state, due.amount, used)


def _used_of_note(work: Work, ident: str) -> Decimal:
    using = work.find(CustomerBill, {"appliedCredit.creditNote.id": ident}, limit=MANY)
    return sum(
        (one.applied_amount.amount for bill in using for one in bill.applied_credit
         if one.credit_note.id == ident), ZERO,
    )  # fmt: skip


def _used_of_payment(work: Work, ident: str) -> Decimal:
    paid = work.find(CustomerBill, {"appliedPayment.payment.id": ident}, limit=MANY)
    return sum((_used(one, ident) for one in paid), ZERO)


def _used(bill: CustomerBill, payment: str) -> Decimal:
    amounts = [
        one.applied_amount
        for one in bill.applied_payment
        if one.payment is not None and one.payment.id == payment
    ]
    return sum((one.amount for one in amounts if one is not None), ZERO)


def _keep_only(work: Work, bill: CustomerBill, payment: str, amount: Decimal) -> None:
    if amount == _used(bill, payment):
        return
    with work.edit(CustomerBill, bill.id) as held:
        others = [
            one for one in held.applied_payment if not one.payment or one.payment.id != payment
        ]
        unit = held.amount_due.unit if held.amount_due is not None else None
        if amount > ZERO:
            ref = PaymentRef(id=payment, referred_type="Payment")
            money = Money(unit=unit, value=amount)
            others.append(AppliedPayment(applied_amount=money, payment=ref))
        held.applied_payment = others
        restate(held)


def drawn_from(work: Work, ident: str) -> Decimal:
    """Return how much refunds take from a payment or a credit note: what is given back, or will."""
    found = [
        *work.find(Refund, {"drawnOn.payment.id": ident}, limit=MANY),
        *work.find(Refund, {"drawnOn.creditNote.id": ident}, limit=MANY),
    ]
    return sum(
        (each.amount.amount for one in found if one.status not in ENDED for each in one.drawn_on
         if ident in {ref.id for ref in (each.payment, each.credit_note) if ref is not None}),
        ZERO,
    )  # fmt: skip


def draw(work: Work, refund: Refund) -> list[DrawnOn]:
    """Return what a refund is taken from: its payment, or free credit in the order of its age.

    It is less than the refund where the account has less; the account's money is held from now on.
    """
    hold_account(work, refund.account.id)
    total = refund.total_amount
    if total is None or refund.status in ENDED:
        return []
    if refund.payment is not None:
        ref = PaymentRef(id=refund.payment.id, referred_type="Payment")
        return [DrawnOn(amount=total, payment=ref)]
    left, found = total.amount, []
    for one in credits_of(work, refund.account.id):
        had = free_of(work, one)
        if had is None or had.unit != total.unit or min(left, had.amount) <= ZERO:
            continue
        amount = Money(unit=total.unit, value=min(left, had.amount))
        left -= amount.amount
        if isinstance(one, Payment):
            ref = PaymentRef(id=one.id, referred_type="Payment")
            found.append(DrawnOn(amount=amount, payment=ref))
        else:
            note = CustomerBillRef(id=one.id, referred_type="CustomerBill")
            found.append(DrawnOn(amount=amount, credit_note=note))
    return found
