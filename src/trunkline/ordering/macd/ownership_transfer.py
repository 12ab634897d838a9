"""Ownership transfers: products that pass from one customer to another, once both have agreed.

They belong to neither of the two, so that neither of them reads what the other one said.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, Limits, many
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.ordering.fallout import ORDERING
from trunkline.shared.extensible import Extensible
from trunkline.shared.money import Money
from trunkline.shared.own_hand import internal_note
from trunkline.shared.party_reference import BillingAccountRef, CustomerRef
from trunkline.shared.reference import ProductOrderRef, Reference

Side: TypeAlias = Literal["giving", "taking"]
TransferState: TypeAlias = Literal[
    "requested", "inProgress", "completed", "refused", "expired", "withdrawn"
]
SIDES: tuple[Side, ...] = ("giving", "taking")
TRANSFER_LIFECYCLE = Lifecycle(
    attribute="state",
    initial="requested",
    moves={
        "requested": ("inProgress", "refused", "expired", "withdrawn"),
        "inProgress": ("completed", "withdrawn"),
        "completed": (),
        "refused": (),
        "expired": (),
        "withdrawn": (),
    },
)


class TransferredProductRef(Reference, targets=("Product",)):
    """A reference to a product that passes to somebody else, with all that lies inside."""


class Deposit(Extensible):
    """What becomes of the money that the giving customer has left with us.

    `transferred`: the amount passes to the account of the taking customer.
    """

    treatment: Literal["transferred", "refunded"]
    amount: Money
    note: Annotated[str | None, PERSONAL, Limits(length_max=300)] = None


internal_note(Deposit, "note")


class Consent(Extensible):
    """What one side said: who, when, by which channel, in which words; `by` wrote it down."""

    side: Side
    is_given: bool
    name: Annotated[str, PERSONAL, Limits(length_max=200)]
    channel: Annotated[str, Limits(length_max=60)]
    text: Annotated[str, PERSONAL, Limits(length_max=1000)]
    at: datetime
    recorded_by: str


@resource(
    api=ORDERING,
    path="ownershipTransfer",
    prefix="OTR",
    operations=("list", "retrieve", "create"),
    lifecycle=TRANSFER_LIFECYCLE,
    server_sets=("state", "consent", "product_order", "ending_order", "deposit_passed", "ended_at"),
    promote=(Promoted("state"),),
    data_class="personal",
    columns=("key", "product", "fromCustomer", "toCustomer", "state", "validUntil"),
)
class OwnershipTransfer(Document):
    """The wish to hand products over to another customer, and what has become of it.

    Terms, prices, numbers and services stay as they are; `billing_account` is the taking
    customer's. It waits for the consent of both sides until `valid_until`. `deposit_passed` says
    whether the deposit was still there to pass on when the products did.
    """

    product: Annotated[list[TransferredProductRef], Limits(items_min=1)]
    from_customer: CustomerRef
    to_customer: CustomerRef
    billing_account: BillingAccountRef
    requested_start_date: datetime | None = None
    valid_until: datetime | None = None
    reason: Annotated[str | None, PERSONAL, Limits(length_max=300)] = None
    deposit: Deposit | None = None
    state: TransferState | None = None
    consent: list[Consent] = many()
    product_order: ProductOrderRef | None = None
    ending_order: ProductOrderRef | None = None
    deposit_passed: bool | None = None
    ended_at: datetime | None = None
