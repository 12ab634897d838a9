"""Bills on demand (TMF678): a bill is wanted now; the system that bills makes it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from trunkline.billing.api import RECEIVE, TMF678
from trunkline.billing.bill.customer_bill import CustomerBill, CustomerBillRef
from trunkline.documents.errors import Fault
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import format_instant
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.shared.extensible import Extensible
from trunkline.shared.party_reference import BillingAccountRef, RelatedParty

ENDED = ("done", "rejected", "terminatedWithError")


@resource(
    api=TMF678,
    path="customerBillOnDemand",
    prefix="BOD",
    operations=("list", "retrieve", "create", "patch"),
    lifecycle=Lifecycle(
        attribute="state",
        initial="inProgress",
        moves={"inProgress": ENDED, **dict.fromkeys(ENDED, ())},
    ),
    defaults={"last_update": format_instant},
    promote=(Promoted("state"),),
    owner=("billingAccount",),
    root="billingAccount",
    columns=("key", "name", "billingAccount", "state", "customerBill"),
)
class CustomerBillOnDemand(Extensible, Document):
    """That somebody wants a bill of an account now, and what came of it."""

    description: str | None = None
    last_update: datetime | None = None
    name: str | None = None
    billing_account: BillingAccountRef | None = None
    customer_bill: CustomerBillRef | None = None
    related_party: RelatedParty | None = None
    state: str | None = None


@rule(CustomerBillOnDemand)
def bill_is_made_by_who_bills(
    work: Work, old: CustomerBillOnDemand | None, new: CustomerBillOnDemand
) -> Iterator[Fault]:
    """Refuse an answer by who may not bill, an end without the bill, and another account's bill."""
    if old is None and new.customer_bill is None:
        return
    if work.actor.kind != "system":
        work.actor.must_have(RECEIVE)
    if new.state == "done" and new.customer_bill is None:
        yield Fault("customerBill", "required", "say which bill was made")
    bill = work.get(CustomerBill, new.customer_bill.id) if new.customer_bill is not None else None
    if bill and new.billing_account and bill.account != new.billing_account.id:
        yield Fault("customerBill", "otherAccount", f"{bill.key} is a bill of another account")
