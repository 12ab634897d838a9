"""Ending what a run drafted: a draft is issued with the next number, or removed."""

from __future__ import annotations

from datetime import timedelta

from trunkline.billing.bill.customer_bill import CustomerBill
from trunkline.billing.bill.rate import AppliedCustomerBillingRate
from trunkline.billing.bill.rules import LINES_MAX
from trunkline.billing.charging.reckoning import cycle_of
from trunkline.billing.payment.settling import hold_account
from trunkline.billing.run.bill_run import BillRun, BillRunEntry
from trunkline.billing.run.composing import CANNOT_BE_BILLED, reason_of
from trunkline.billing.run.numbers import next_number
from trunkline.documents.decode import encode, load
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.party.account import BillingAccount
from trunkline.shared.program import as_program
from trunkline.workspace.business_zone import business_zone
from trunkline.workspace.many import Outcome

BY = "bill run"


def issue_entry(asker: Work, ident: str) -> Outcome:
    """Issue the draft of an entry, unless it is on hold; what is refused keeps its reason."""
    work = as_program(asker, BY)
    entry = work.lock(BillRunEntry, ident)
    run = work.get(BillRun, entry.bill_run.id)
    if entry.state != "drafted" or run is None or run.state != "issuing":
        return "same", entry.id, entry.key, entry.meta.version, None
    assert entry.customer_bill is not None
    try:
        with asker.connection.transaction():
            is_issued = issue(work, entry.customer_bill.id)
    except CANNOT_BE_BILLED as problem:
        # The number goes back with the savepoint, so that the next bill gets it.
        with work.edit(BillRunEntry, entry.id) as held:
            held.reason = reason_of(problem)
        return "same", entry.id, entry.key, held.meta.version, {"reason": held.reason}
    if not is_issued:
        return "same", entry.id, entry.key, entry.meta.version, {"reason": "onHold"}
    with work.edit(BillRunEntry, entry.id) as held:
        held.state, held.reason = "issued", None
    return "changed", held.id, held.key, held.meta.version, None


def issue(work: Work, bill_id: str) -> bool:
    """Give a draft of ours its number and issue it; tell whether it was, False where it is held."""
    found = work.get(CustomerBill, bill_id)
    if found is None:
        return False
    hold_account(work, found.account)
    bill = work.lock(CustomerBill, bill_id)
    if bill.state != "new":
        return False
    account = work.get(BillingAccount, bill.account)
    with work.edit(CustomerBill, bill.id) as held:
        held.bill_no = next_number(work)
        held.bill_date = work.now
        held.state = "validated"
        if account is not None and not account.payment_terms:
            days = cycle_of(work, account, business_zone(work.services)).due_days
            if days is not None:
                held.payment_due_date = work.now + timedelta(days=days)
    return True


def cancel_entry(asker: Work, ident: str) -> Outcome:
    """Remove the draft of an entry; its charges are open again, for the next run."""
    work = as_program(asker, BY)
    entry = work.lock(BillRunEntry, ident)
    if entry.state != "drafted" or entry.customer_bill is None:
        return "same", entry.id, entry.key, entry.meta.version, None
    bill = entry.customer_bill.id
    hold_account(work, entry.billing_account.id)
    with work.edit(BillRunEntry, entry.id) as held:
        held.state, held.customer_bill = "canceled", None
    lines = work.find(AppliedCustomerBillingRate, {"bill.id": bill}, limit=LINES_MAX)
    pairs: list[tuple[AppliedCustomerBillingRate, dict[str, Json]]] = [
        (one, load(encode(one.raw))) for one in lines
    ]
    for one in lines:
        one.bill = None
    work.save_all(pairs)
    work.remove(CustomerBill, bill)
    return "changed", held.id, held.key, held.meta.version, None
