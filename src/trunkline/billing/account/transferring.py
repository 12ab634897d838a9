"""Transfers: products stay with a customer who has bills overdue, until these are paid."""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.billing.account.standing import may_see_standing
from trunkline.billing.bill.customer_bill import CustomerBill
from trunkline.billing.dunning.seeing import seen_together
from trunkline.documents.errors import Fault
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.ordering.macd.ownership_transfer import OwnershipTransfer
from trunkline.party.account import BillingAccount
from trunkline.party.customer import Customer, names_of
from trunkline.shared.program import as_program

BY = "transferring"


@rule(OwnershipTransfer)
def overdue_bills_are_paid_first(
    work: Work, old: OwnershipTransfer | None, new: OwnershipTransfer
) -> Iterator[Fault]:
    """Refuse to hand over what a customer has who owes bills that are overdue, by our books.

    What is disputed, or paid by a plan that is kept, is not asked for. Who may read each
    of these bills is told how much it is, nobody else.
    """
    if old is not None and (old.state == new.state or new.state != "inProgress"):
        return
    program = as_program(work, BY)  # whoever asks need not be one who sees bills
    # Who takes over agrees to it without seeing who gives; nobody names whom they do not see.
    giving = (work if old is None else program).get(Customer, new.from_customer.id)
    if giving is None:
        return  # that there is none is said by what resolves references
    held = program.find(BillingAccount, {"relatedParty.id": names_of(giving.id, giving.raw)})
    for one in seen_together(program, [account.id for account in held]).values():
        if one.plan is not None:
            continue
        bills = one.overdue.bills
        is_seen = may_see_standing(work) and len(work.many(CustomerBill, bills)) == len(bills)
        for unit, amount in one.overdue.amounts.items():
            if amount > 0:
                owed = f"{amount:f} {unit}" if is_seen else unit
                message = f"{giving.key} owes {owed} of bills that are overdue; they are paid first"
                yield Fault("fromCustomer.id", "debtOpen", message)
