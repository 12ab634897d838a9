"""On demand: a bill that is wanted now of an account that we bill ourselves is made at once."""

from __future__ import annotations

from trunkline.billing.bill.customer_bill import CustomerBillRef
from trunkline.billing.bill.on_demand import CustomerBillOnDemand
from trunkline.billing.payment.settling import hold_account
from trunkline.billing.run.composing import (
    CANNOT_BE_BILLED,
    composed,
    drafted,
    put_charges_down,
    reason_of,
)
from trunkline.billing.run.ending import issue
from trunkline.kernel.behaviour import on
from trunkline.kernel.resource import event
from trunkline.kernel.work import Work
from trunkline.party.account import BillingAccount

NOTHING = "There is nothing to bill now."


@on(event(CustomerBillOnDemand, "created"))
def answer_with_our_bill(work: Work, wanted: CustomerBillOnDemand) -> None:
    """Answer the wish for a bill of an account of ours by an interim bill of all that is owed."""
    whose = wanted.billing_account
    account = work.get(BillingAccount, whose.id) if whose is not None else None
    if account is None or account.billing_system or wanted.state != "inProgress":
        return
    hold_account(work, account.id)
    with work.edit(CustomerBillOnDemand, wanted.id) as held:
        if held.state != "inProgress":
            return
        try:
            with work.connection.transaction():
                bill = _billed(work, account, wanted.id)
        except CANNOT_BE_BILLED as problem:
            said = reason_of(problem)
            held.state, held.description = "rejected", _beside(held.description, said)
            return
        if bill is None:
            held.state, held.description = "rejected", _beside(held.description, NOTHING)
            return
        held.customer_bill = CustomerBillRef(id=bill, referred_type="CustomerBill")
        held.state = "done"


def _beside(text: str | None, said: str) -> str:
    return f"{text}\n{said}" if text else said


def _billed(work: Work, account: BillingAccount, wanted: str) -> str | None:
    """Return the id of the bill that was made and issued, None where there is nothing to bill."""
    found = composed(work, account, work.now)
    if found.verdict() != "bill":
        put_charges_down(work, found)
        return None
    bill = drafted(work, found, key=f"{account.id}/onDemand/{wanted}", category="interim")
    issue(work, bill.id)
    return bill.id
