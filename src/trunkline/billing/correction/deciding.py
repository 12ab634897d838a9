"""Deciding: who has the authority corrects at once; above it another person has to agree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import get_currency_precision

from trunkline.access.authority import limit_of
from trunkline.billing.api import ADJUST, APPROVE
from trunkline.billing.bill.customer_bill import CREDIT_NOTE, CustomerBill, CustomerBillRef, TaxTold
from trunkline.billing.bill.rules import credited
from trunkline.billing.bill.totals import currency_faults
from trunkline.billing.correction.correction import Correction, CorrectionKind, RefundRef
from trunkline.billing.payment.payment import Payment, PaymentMethodRefOrValue, Refund
from trunkline.billing.payment.rules import coverage_faults
from trunkline.billing.payment.settling import drawn_from, hold_account
from trunkline.documents.errors import Conflict, Fault, Forbidden, Invalid, refuse
from trunkline.documents.shape import Json
from trunkline.kernel.behaviour import enrich, on, rule
from trunkline.kernel.resource import event
from trunkline.kernel.work import Work
from trunkline.shared.money import Money
from trunkline.shared.party_reference import BillingAccountRef
from trunkline.shared.program import as_program

ZERO = Decimal(0)
COUNTED = ("requested", "done")
MANY = 10_000
BY = "corrections"


@enrich(Correction)
def note_who_asks(work: Work, new: Correction) -> None:
    """Say who asks for a correction, and when."""
    new.requested_by, new.requested_by_id = work.actor.name, work.actor.id
    new.requested_at = work.now
    hold_account(work, new.billing_account.id)
    most = limit_of(work, new.kind, new.amount.unit)
    new.within_authority = _made_alone(work, new) + new.amount.amount <= most


def _made_alone(work: Work, new: Correction) -> Decimal:
    """Return how much the actor has corrected alone already: of the bill, or of the account.

    Else the authority would have no end for who asks often enough.
    """
    wanted: dict[str, Json] = {"billingAccount.id": new.billing_account.id, "state": [*COUNTED]}
    if new.kind != "refund" and new.customer_bill is not None:
        wanted["customerBill.id"] = new.customer_bill.id
    found = as_program(work, BY).find(Correction, wanted, limit=MANY)
    return sum(
        (one.amount.amount for one in found
         if one.within_authority and one.requested_by_id == work.actor.id
         and (one.kind == "refund") == (new.kind == "refund")
         and one.amount.unit == new.amount.unit), ZERO,
    )  # fmt: skip


@rule(Correction)
def correction_can_be_made(work: Work, old: Correction | None, new: Correction) -> Iterator[Fault]:
    """Refuse a correction by who may not ask for it, of nothing, and of more than there is."""
    if old is not None:
        return
    if work.actor.kind != "system":
        work.actor.must_have(ADJUST)
    if not new.amount.unit or new.amount.amount <= ZERO:
        yield Fault("amount", "notPositive", "say how much, more than nothing, in which currency")
        return
    faults = [*currency_faults([("amount", new.amount)], None)]
    yield from faults
    if not faults:
        yield from _faults_of(work, new)


def _faults_of(work: Work, new: Correction) -> Iterator[Fault]:
    hold_account(work, new.billing_account.id)
    yield from _refund_faults(work, new) if new.kind == "refund" else _bill_faults(work, new)


def _bill_faults(work: Work, new: Correction) -> Iterator[Fault]:
    if new.customer_bill is None:
        yield Fault("customerBill", "required", "say which bill is corrected")
        return
    program = as_program(work, BY)
    bill = program.get(CustomerBill, new.customer_bill.id)
    if bill is None:
        return
    if bill.account != new.billing_account.id:
        yield Fault("customerBill", "otherAccount", f"{bill.key} is a bill of another account")
    elif not bill.is_owed or bill.amount_due is None or bill.remaining_amount is None:
        yield Fault("customerBill", "conflictNotOwed", f"{bill.key} is no bill that is owed")
    elif bill.amount_due.unit != new.amount.unit:
        message = f"must be {bill.amount_due.unit}, the currency of the bill"
        yield Fault("amount.unit", "currencyMismatch", message)
    else:
        most = _most_of(program, bill, new.kind, besides=new.id)
        if new.amount.amount > most:
            message = f"must be at most {most}, what is left to correct of {bill.key}"
            yield Fault("amount.value", "billExceeded", message)


def _most_of(
    program: Work, bill: CustomerBill, kind: CorrectionKind, *, besides: str = ""
) -> Decimal:
    """Return how much of a bill is left to correct beside what is corrected or asked for."""
    if bill.amount_due is None or bill.remaining_amount is None:
        return ZERO
    waiting = sum((one.amount.amount for one in corrections_of(program, bill.id)
                   if one.id != besides and one.state == "requested"), ZERO)  # fmt: skip
    most = bill.amount_due.amount - credited(program, bill.id) - waiting
    if kind == "writeOff":
        most = min(most, bill.remaining_amount.amount - waiting)
    return max(most, ZERO)


def _refund_faults(work: Work, new: Correction) -> Iterator[Fault]:
    for one in coverage_faults(work, _refund(new)):
        yield Fault(one.path.replace("totalAmount", "amount"), one.code, one.message)


@dataclass(frozen=True)
class Ahead:
    """What a correction comes to before anybody asks for it.

    `most` is what is left to correct, `alone` how much more the asker corrects without another
    person, `tax` what a credit note over the amount holds of it.
    """

    most: Decimal
    alone: Decimal
    tax: Decimal = ZERO


def ahead_of(work: Work, wanted: Correction) -> Ahead:
    """Return what a correction would come to, and write nothing."""
    work.actor.must_have(ADJUST)
    program = as_program(work, BY)
    alone = limit_of(work, wanted.kind, wanted.amount.unit) - _made_alone(work, wanted)
    alone = max(alone, ZERO)
    if wanted.payment is not None:
        paid = program.get(Payment, wanted.payment.id)
        if paid is None or paid.total_amount is None or not paid.is_received:
            return Ahead(ZERO, alone)
        return Ahead(paid.total_amount.amount - drawn_from(program, paid.id), alone)
    bill = program.get(CustomerBill, wanted.customer_bill.id) if wanted.customer_bill else None
    if bill is None or not bill.is_owed:
        return Ahead(ZERO, alone)
    most, amount = _most_of(program, bill, wanted.kind), wanted.amount.amount
    if not ZERO < amount <= most:
        return Ahead(most, alone)
    return Ahead(most, alone, _tax_in(_taxes_of(program, bill, amount)))


def corrections_of(work: Work, bill: str) -> list[Correction]:
    """Return the corrections of a bill that are made or may still be."""
    wanted = {"customerBill.id": bill, "state": list(COUNTED)}
    return work.find(Correction, wanted, limit=MANY)


@on(event(Correction, "created"))
def carry_out_within_authority(work: Work, correction: Correction) -> None:
    """Carry a correction out whose asker had the authority; the others wait for somebody else."""
    if correction.within_authority and correction.state == "requested":
        by = correction.requested_by or ""
        faults = [*_faults_of(work, correction)]
        if not faults:
            _done(work, correction.id, by, "")
            return
        # What there was when it was asked for has gone meanwhile.
        with work.edit(Correction, correction.id) as held:
            held.state = "canceled"
            _note_decision(work, held, by, faults[0].message)


def approve(work: Work, ident: str, note: str) -> Correction:
    """Agree to a correction that waits, and carry it out.

    Refuses (403) who asked for it, and who has not the authority for the amount.
    """
    held = _waiting(work, ident)
    most = limit_of(work, held.kind, held.amount.unit)
    if held.amount.amount > most:
        message = f"your authority ends at {most} {held.amount.unit}; somebody with more decides"
        raise Forbidden("aboveAuthority", message)
    refuse(list(_faults_of(work, held)))
    return _done(work, held.id, work.actor.name, note)


def reject(work: Work, ident: str, note: str) -> Correction:
    """Refuse a correction that waits, with the reason."""
    held = _waiting(work, ident)
    if not note.strip():
        raise Invalid.of([Fault("note", "required", "say why it is not made")])
    with work.edit(Correction, held.id, verb="read") as found:
        found.state = "rejected"
        _note_decision(work, found, work.actor.name, note)
    return found


def _waiting(work: Work, ident: str) -> Correction:
    work.actor.must_have(APPROVE)
    held = work.lock(Correction, ident, verb="read")
    if held.state != "requested":
        raise Conflict("conflictDecided", f"{held.key} is {held.state} already")
    if held.requested_by_id == work.actor.id:
        message = "you have asked for it; another person has to decide"
        raise Forbidden("fourEyes", message)
    return held


def _note_decision(work: Work, held: Correction, by: str, note: str) -> None:
    held.decided_by, held.decided_at = by, work.now
    held.decision_note = note.strip() or None


def _done(work: Work, ident: str, by: str, note: str) -> Correction:
    """Carry a correction out; what it makes is written by the program, who decided is noted."""
    program = as_program(work, BY)
    with work.edit(Correction, ident, verb="read") as held:
        hold_account(program, held.billing_account.id)
        if held.kind == "refund":
            made = program.add(_refund(held))
            held.refund = RefundRef(id=made.id, referred_type="Refund")
        else:
            note_made = program.add(_credit_note(program, held))
            held.credit_note = CustomerBillRef(id=note_made.id, referred_type="CustomerBill")
        held.state = "done"
        _note_decision(work, held, by, note)
    return held


def _refund(held: Correction) -> Refund:
    """Return the refund of a correction; whoever moves the money says when it is done."""
    return Refund(
        account=BillingAccountRef(id=held.billing_account.id),
        payment=held.payment,
        payment_method=PaymentMethodRefOrValue(name="Refund"),
        total_amount=held.amount,
        status="authorized",
        correlator_id=held.key,
        description=held.reason,
    )


def _credit_note(work: Work, held: Correction) -> CustomerBill:
    """Return the credit note of a correction, with its share of the taxes of the bill."""
    assert held.customer_bill is not None
    bill = work.get(CustomerBill, held.customer_bill.id)
    assert bill is not None
    taxes = _taxes_of(work, bill, held.amount.amount)
    tax = _tax_in(taxes)
    return CustomerBill(
        bill_no=f"CN-{held.key}",
        category=CREDIT_NOTE,
        state="sent",
        run_type="offCycle",
        billing_account=BillingAccountRef(id=held.billing_account.id),
        corrects=CustomerBillRef(id=bill.id, referred_type="CustomerBill"),
        correction_reason=held.reason,
        tax_included_amount=held.amount,
        tax_excluded_amount=Money(unit=held.amount.unit, value=held.amount.amount - tax),
        tax_item=taxes,
    )


def _taxes_of(work: Work, bill: CustomerBill, amount: Decimal) -> list[TaxTold]:
    """Return the taxes in a credit note over an amount of a bill."""
    assert bill.amount_due is not None
    earlier = credited(work, bill.id)
    return [
        TaxTold(
            tax_category=one.tax_category, tax_rate=one.tax_rate,
            tax_amount=Money(unit=one.tax_amount.unit, value=tax_share(
                one.tax_amount.amount, bill.amount_due.amount, earlier, amount,
                digits=get_currency_precision(one.tax_amount.unit or ""))),
        )
        for one in bill.tax_item if one.tax_amount is not None
    ]  # fmt: skip


def _tax_in(taxes: list[TaxTold]) -> Decimal:
    return sum((one.tax_amount.amount for one in taxes if one.tax_amount), ZERO)


def tax_share(
    tax: Decimal, whole: Decimal, before: Decimal, amount: Decimal, *, digits: int = 2
) -> Decimal:
    """Return the tax in a part of a bill, so that all parts together have all of it. Pure.

    Shares are differences of what was given back so far, rounded to the digits of the currency:
    whichever way a bill of 3.33 with 0.53 tax is cut, its parts hold 0.53 in the end.
    """
    return _upto(tax, whole, before + amount, digits) - _upto(tax, whole, before, digits)


def _upto(tax: Decimal, whole: Decimal, amount: Decimal, digits: int) -> Decimal:
    exponent = Decimal(1).scaleb(min(int(tax.as_tuple().exponent), -digits))
    return (tax * amount / whole).quantize(exponent, ROUND_HALF_UP) if whole else ZERO
