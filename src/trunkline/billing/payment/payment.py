"""Payments and refunds (TMF676): money that came in on an account, and that was given back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from trunkline.billing.api import TMF676
from trunkline.billing.bill.customer_bill import CustomerBillRef
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, SENSITIVE, Limits, format_instant, many
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.shared.extensible import Extensible
from trunkline.shared.money import Money
from trunkline.shared.party_reference import AccountRef, BillingAccountRef, RelatedParty
from trunkline.shared.period import TimePeriod
from trunkline.shared.reference import ChannelRef, PaymentRef, Reference

PaymentStatus: TypeAlias = Literal[
    "pendingAuthorization", "authorized", "captured", "failed", "canceled", "denied", "done"
]
RECEIVED: tuple[PaymentStatus, ...] = ("captured", "done")
"""The states in which the money is there."""
ENDED: tuple[PaymentStatus, ...] = ("failed", "canceled", "denied")
"""The states in which no money moves any more."""

PAYMENT_LIFECYCLE = Lifecycle(
    attribute="status",
    initial="done",
    moves={
        "pendingAuthorization": ("authorized", "captured", "done", "failed", "canceled", "denied"),
        "authorized": ("captured", "done", "failed", "canceled", "denied"),
        "captured": ("done", "canceled"),
        "done": ("canceled",),
        "failed": (),
        "denied": (),
        "canceled": (),
    },
    starts=("pendingAuthorization", "authorized", "captured", "failed", "denied"),
)


class ItemPaidRef(Reference, targets=("CustomerBill",)):
    """A reference to what a part of a payment is for: a bill."""


class PaymentMethodRefOrValue(Extensible, targets=("PaymentMethod",)):
    """A means of payment, by reference or by value."""

    id: str | None = None
    href: str | None = None
    name: Annotated[str | None, PERSONAL] = None
    description: Annotated[str | None, PERSONAL] = None
    is_preferred: bool | None = None
    status: str | None = None
    status_date: datetime | None = None
    account: list[AccountRef] = many()
    related_party: RelatedParty | None = None
    valid_for: TimePeriod | None = None
    referred_type: str | None = None


class PaymentItem(Extensible):
    """A part of a payment, and the bill that it is for."""

    id: str | None = None
    amount: Annotated[Money | None, PERSONAL] = None
    item: ItemPaidRef
    tax_amount: Annotated[Money | None, PERSONAL] = None
    total_amount: Annotated[Money | None, PERSONAL] = None


class Reversal(Extensible):
    """That money that had come in went back: when, who says so, and why."""

    at: datetime
    by: Annotated[str, PERSONAL]
    reason: Annotated[str, Limits(length_max=1000)]


class DrawnOn(Extensible):
    """How much of a refund is taken from which payment or credit note."""

    amount: Annotated[Money, PERSONAL]
    payment: PaymentRef | None = None
    credit_note: CustomerBillRef | None = None


class Movement(Extensible):
    """What a payment and a refund say alike.

    Ours are the parties: whose account it is, among them.
    """

    authorization_code: Annotated[str | None, SENSITIVE] = None
    correlator_id: str | None = None
    description: str | None = None
    name: str | None = None
    status: PaymentStatus | None = None
    status_date: datetime | None = None
    account: BillingAccountRef
    amount: Annotated[Money | None, PERSONAL] = None
    channel: ChannelRef | None = None
    payment_method: PaymentMethodRefOrValue
    tax_amount: Annotated[Money | None, PERSONAL] = None
    total_amount: Annotated[Money | None, PERSONAL] = None
    related_party: list[RelatedParty] = many()


@resource(
    api=TMF676,
    path="payment",
    prefix="PAY",
    operations=("list", "retrieve", "create", "patch"),
    required=("total_amount",),
    lifecycle=PAYMENT_LIFECYCLE,
    server_sets=("status_date", "unallocated_amount", "has_credit", "reversal"),
    defaults={"payment_date": format_instant, "status_date": format_instant},
    promote=(
        Promoted("status"),
        Promoted("correlatorId"),
        Promoted("paymentDate", "instant"),
        Promoted("account.id"),
        Promoted("hasCredit", "boolean"),
    ),
    owner=("account",),
    root="account",
    label=("correlatorId",),
    columns=("key", "correlatorId", "account", "totalAmount", "paymentDate", "status"),
)
class Payment(Movement, Document):
    """Money that came in on an account: what it is for is named, or found by its age.

    Ours: how much of it pays no bill (`unallocated_amount`), whether that is more than nothing
    (`has_credit`), and how it was reversed.
    """

    payment_date: datetime | None = None
    payer: RelatedParty | None = None
    payment_item: list[PaymentItem] = many()
    unallocated_amount: Annotated[Money | None, PERSONAL] = None
    has_credit: bool | None = None
    reversal: Reversal | None = None

    @property
    def is_received(self) -> bool:
        """Whether the money is there."""
        return self.status in RECEIVED


@resource(
    api=TMF676,
    path="refund",
    prefix="RFD",
    operations=("list", "retrieve", "create", "patch"),
    required=("total_amount",),
    lifecycle=PAYMENT_LIFECYCLE,
    server_sets=("status_date", "drawn_on"),
    defaults={"refund_date": format_instant, "status_date": format_instant},
    promote=(
        Promoted("status"),
        Promoted("correlatorId"),
        Promoted("refundDate", "instant"),
        Promoted("account.id"),
        Promoted("payment.id"),
    ),
    owner=("account",),
    root="account",
    label=("correlatorId",),
    columns=("key", "correlatorId", "account", "totalAmount", "refundDate", "status"),
)
class Refund(Movement, Document):
    """Money that was given back: of a payment, or of whatever credit an account has.

    Ours is `drawn_on`: the payments and credit notes that it was taken from.
    """

    refund_date: datetime | None = None
    payment: PaymentRef | None = None
    requestor: RelatedParty | None = None
    drawn_on: list[DrawnOn] = many()
