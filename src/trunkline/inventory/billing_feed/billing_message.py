"""Billing messages: what the system that bills was told of a product, when, and what it said."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, many
from trunkline.inventory.api import INVENTORY
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.shared.extensible import Extensible
from trunkline.shared.price import Price
from trunkline.shared.reference import Reference

MessageKind: TypeAlias = Literal["started", "changed", "suspended", "resumed", "ended"]
MessageState: TypeAlias = Literal["open", "sent", "refused", "failed"]


class BilledProductRef(Reference, targets=("Product",)):
    """A reference to the product that a message is about."""


class BillContact(Extensible):
    """The person who gets the bills."""

    id: str
    name: str | None = None
    email: str | None = None


class Named(Extensible):
    """What a message names by its id; no reference, since it stands for what was said."""

    id: str
    name: Annotated[str | None, PERSONAL] = None


class BilledPrice(Extensible):
    """What a product costs, as it was told."""

    name: str | None = None
    price_type: str | None = None
    recurring_charge_period: str | None = None
    price: Price | None = None


class BilledProduct(Extensible):
    """A product as it was told: whose it is, who pays, what for, and since when."""

    id: str
    name: Annotated[str | None, PERSONAL] = None
    status: Literal["active", "suspended", "ended"]
    start_date: datetime | None = None
    termination_date: datetime | None = None
    customer: Named | None = None
    billing_account: Named | None = None
    product_offering: Named | None = None
    product_price: list[BilledPrice] = many()
    is_bundle: bool | None = None
    bill_contact: Annotated[BillContact | None, PERSONAL] = None


@resource(
    api=INVENTORY,
    path="billingMessage",
    prefix="BLM",
    operations=("list", "retrieve"),
    lifecycle=Lifecycle(
        attribute="state",
        initial="open",
        moves={"open": ("sent", "refused", "failed"), "sent": (), "refused": (), "failed": ()},
        on_request=frozenset(),
    ),
    promote=(Promoted("state"), Promoted("kind"), Promoted("cause")),
    owner=("product",),
    root="product",
    columns=("key", "product", "kind", "state", "sequence", "sentAt"),
)
class BillingMessage(Extensible, Document):
    """One message to the system that bills: the whole product as it was by then.

    `sequence` grows with each message of a product; `cause` is the event, or the wish, that it
    follows. What was refused or could not be told in time says why and is told anew by hand.
    """

    product: BilledProductRef
    cause: str
    sequence: int
    kind: MessageKind
    told: BilledProduct
    state: MessageState | None = None
    tries: int | None = None
    code: str | None = None
    problem: str | None = None
    sent_at: datetime | None = None
