"""Rules of bills: who makes them, that they add up, and that issued ones never change."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from trunkline.billing.api import RECEIVE, RUN
from trunkline.billing.bill.customer_bill import CREDIT_NOTE, CustomerBill
from trunkline.billing.bill.on_demand import CustomerBillOnDemand
from trunkline.billing.bill.rate import AppliedCustomerBillingRate
from trunkline.billing.bill.totals import (
    amounts_of,
    currency_faults,
    line_amounts_of,
    line_total_faults,
    sum_faults,
    total_faults,
)
from trunkline.documents.errors import Fault
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.party.account import BillingAccount
from trunkline.shared.period import periods_are_ordered

LINES_MAX = 100_000
YEARS = (1900, 2999)
SINCE_ISSUED = frozenset({
    "state", "lastUpdate", "appliedPayment", "appliedCredit", "remainingAmount", "billDocument",
})  # fmt: skip
"""What still changes of an issued bill: how it was sent and paid, and papers beside it."""

rule(CustomerBill, AppliedCustomerBillingRate)(periods_are_ordered)


@rule(CustomerBill)
def bills_come_from_who_bills(work: Work, old: CustomerBill | None, new: CustomerBill) -> None:
    """Refuse a bill, or a change of one, by who has no right of its own to bill."""
    if work.actor.kind == "system":
        return
    may_release = old is not None and _differing(old, new) <= {"state", "lastUpdate"}
    if not (may_release and work.actor.may(RUN)):
        work.actor.must_have(RECEIVE)


@rule(CustomerBill, CustomerBillOnDemand)
def bill_is_for_an_account(
    work: Work, old: Document | None, new: CustomerBill | CustomerBillOnDemand
) -> Iterator[Fault]:
    """Refuse a bill of nobody's account."""
    del work, old
    if new.billing_account is None:
        yield Fault("billingAccount", "required", "say which account the bill is for")


@rule(CustomerBill)
def bill_adds_up(work: Work, old: CustomerBill | None, new: CustomerBill) -> Iterator[Fault]:
    """Refuse amounts in another currency than the account's, and totals that do not add up."""
    if old is not None and not (old.is_draft and _differing(old, new)):
        return
    faults = [*currency_faults(amounts_of(new), currency_of(work, new.account))]
    yield from faults or total_faults(new)


@rule(CustomerBill)
def issued_bill_is_whole(
    work: Work, old: CustomerBill | None, new: CustomerBill
) -> Iterator[Fault]:
    """Refuse to issue a bill without a number or amounts, or whose lines do not make its total."""
    if new.is_draft or (old is not None and not old.is_draft):
        return
    for path, value in (("billNo", new.bill_no), ("taxIncludedAmount", new.tax_included_amount)):
        if value is None:
            yield Fault(path, "required", "an issued bill says it; send it, or keep a draft")
    if new.tax_included_amount is None:
        return
    if old is not None:
        found = {"bill.id": new.id}
        yield from sum_faults(new, work.find(AppliedCustomerBillingRate, found, limit=LINES_MAX))
    if new.category == "trial":
        yield Fault("category", "conflictTrial", "a trial bill is never issued; it stays a draft")


@rule(CustomerBill)
def issued_bill_never_changes(
    work: Work, old: CustomerBill | None, new: CustomerBill
) -> Iterator[Fault]:
    """Refuse to change an issued bill; what was wrong is corrected by a credit note."""
    if old is None or old.is_draft:
        return
    for name in sorted(_differing(old, new) - SINCE_ISSUED):
        message = f"{new.bill_no} is issued and stays as it is; correct it by a creditNote"
        yield Fault(name, "conflictIssued", message)
    is_paid = old.state in ("partiallyPaid", "settled")
    if is_paid and old.state != new.state and work.actor.kind != "system":
        message = f"{new.bill_no} is {old.state}, which follows from its payments"
        yield Fault("state", "conflictPaid", message)


@rule(CustomerBill)
def correction_names_its_bill(
    work: Work, old: CustomerBill | None, new: CustomerBill
) -> Iterator[Fault]:
    """Refuse a corrected bill on what is no credit note, or one of another account."""
    if new.corrects is None or (old is not None and not old.is_draft):
        return
    if new.category != CREDIT_NOTE:
        yield Fault("corrects", "badValue", "only a creditNote corrects a bill; set its category")
        return
    bill = work.get(CustomerBill, new.corrects.id)
    if bill is not None and bill.account != new.account:
        yield Fault("corrects", "otherAccount", f"{bill.key} is a bill of another account")


@rule(CustomerBill)
def credit_note_is_covered(
    work: Work, old: CustomerBill | None, new: CustomerBill
) -> Iterator[Fault]:
    """Refuse to issue a credit note of more than what is left of the bill that it corrects."""
    if new.corrects is None or new.is_draft or (old is not None and not old.is_draft):
        return
    if new.category != CREDIT_NOTE or new.amount_due is None:
        return
    # Held, so that two credit notes of one bill do not count past each other.
    bill = work.lock(CustomerBill, new.corrects.id, verb="read")
    if bill.account != new.account:
        return
    if not bill.is_owed or bill.amount_due is None:
        yield Fault("corrects", "conflictNotOwed", f"{bill.key} is no bill that is owed")
    elif bill.amount_due.unit != new.amount_due.unit:
        message = f"must be {bill.amount_due.unit}, the currency of {bill.key}"
        yield Fault("taxIncludedAmount.unit", "currencyMismatch", message)
    else:
        most = bill.amount_due.amount - credited(work, bill.id, besides=new.id)
        if new.amount_due.amount > most:
            message = f"must be at most {most}, what is left to correct of {bill.key}"
            yield Fault("taxIncludedAmount.value", "billExceeded", message)


def credited(work: Work, bill: str, *, besides: str = "") -> Decimal:
    """Return how much of a bill credit notes have given back, whoever made them."""
    found = work.find(CustomerBill, {"corrects.id": bill, "category": CREDIT_NOTE}, limit=LINES_MAX)
    issued = [one.amount_due for one in found if not one.is_draft and one.id != besides]
    return sum((one.amount for one in issued if one is not None), Decimal(0))


@rule(CustomerBill)
def dates_can_be_reckoned_with(
    work: Work, old: CustomerBill | None, new: CustomerBill
) -> Iterator[Fault]:
    """Refuse dates of a bill so far away that no term can be counted from them."""
    del work, old
    for path, at in (("billDate", new.bill_date), ("paymentDueDate", new.payment_due_date)):
        if at is not None and not YEARS[0] <= at.year <= YEARS[1]:
            message = f"must lie between the years {YEARS[0]} and {YEARS[1]}"
            yield Fault(path, "outOfRange", message)


@rule(CustomerBill, deleting=True)
def issued_bill_stays(work: Work, old: CustomerBill) -> Iterator[Fault]:
    """Refuse to remove an issued bill, and a draft by who may not bill."""
    if work.actor.kind != "system":
        work.actor.must_have(RECEIVE)
    if not old.is_draft:
        message = f"{old.bill_no} is issued and stays; take it back by a creditNote"
        yield Fault("state", "conflictIssued", message)


@rule(AppliedCustomerBillingRate)
def line_lies_on_a_draft(
    work: Work, old: AppliedCustomerBillingRate | None, new: AppliedCustomerBillingRate
) -> Iterator[Fault]:
    """Refuse a line of an issued bill, one of nothing, and one that does not add up."""
    if work.actor.kind != "system":
        work.actor.must_have(RECEIVE)
    # What is on a bill counts as billed from its issue on, which the program says.
    said_by_program = {"issuedTo", "isBilled"} if work.actor.kind == "system" else {"issuedTo"}
    if old is not None and _differing(old, new) <= said_by_program:
        return
    if new.bill is None and new.billing_account is None:
        message = "say the account that it is for, or the bill that it is on"
        yield Fault("billingAccount", "required", message)
        return
    if new.is_billed and new.bill is None:
        yield Fault("bill", "required", "a billed line names its bill; set isBilled to false")
    account = new.billing_account.id if new.billing_account is not None else ""
    for path, line in (("bill", old), ("bill", new)):
        bill = _held(work, line)
        if bill is not None and not bill.is_draft:
            message = f"{bill.bill_no} is issued and its lines stay; make a creditNote"
            yield Fault(path, "conflictIssued", message)
        account = bill.account if bill is not None else account
    faults = [*currency_faults(line_amounts_of(new), currency_of(work, account), of_line=True)]
    yield from faults or line_total_faults(new)


@rule(AppliedCustomerBillingRate, deleting=True)
def issued_line_stays(work: Work, old: AppliedCustomerBillingRate) -> Iterator[Fault]:
    """Refuse to remove a line of an issued bill."""
    if work.actor.kind != "system":
        work.actor.must_have(RECEIVE)
    bill = _held(work, old)
    if bill is not None and not bill.is_draft:
        yield Fault("bill", "conflictIssued", f"{bill.bill_no} is issued and its lines stay")


def currency_of(work: Work, account: str) -> str | None:
    """Return the currency of an account, None where it has none of its own."""
    found = work.get(BillingAccount, account) if account else None
    return found.currency if found is not None else None


def _held(work: Work, line: AppliedCustomerBillingRate | None) -> CustomerBill | None:
    """Return the bill of a line, held so that nobody issues it meanwhile."""
    if line is None or line.bill is None:
        return None
    return work.lock(CustomerBill, line.bill.id, verb="read")


def _differing(old: Document, new: Document) -> set[str]:
    names = old.raw.keys() | new.raw.keys()
    return {one for one in names if old.raw.get(one) != new.raw.get(one)}
