"""Quotes (TMF648): what is offered to a customer, at which prices, until when."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, Json, Limits, format_instant, many
from trunkline.inventory.product import ProductRefOrValue
from trunkline.kernel.resource import Api, Document, Promoted, resource
from trunkline.ordering.api import Action, Operation
from trunkline.ordering.product_order_item import OrderTerm
from trunkline.sales.quote.adjustment import ManualAdjustment, PriceOverride
from trunkline.shared.attachment import AttachmentRefOrValue
from trunkline.shared.catalog_reference import ProductOfferingRef
from trunkline.shared.characteristic import Characteristic
from trunkline.shared.contact import ContactMedium
from trunkline.shared.extensible import Extensible
from trunkline.shared.money import Money
from trunkline.shared.note import Note
from trunkline.shared.own_hand import internal_note
from trunkline.shared.party_reference import BillingAccountRef, RelatedParty
from trunkline.shared.period import TimePeriod
from trunkline.shared.price import OrderPrice, ProductPrice
from trunkline.shared.reference import (
    AgreementRef,
    AppointmentRef,
    ProductOfferingQualificationItemRef,
    ProductOfferingQualificationRef,
    ProductOrderRef,
    QuoteRef,
    Reference,
    RelatedChannel,
    RelatedPlaceRefOrValue,
)

TMF648 = Api("TMF648", "Quote Management", "4.0.0", "/tmf-api/quoteManagement/v4")
VALID_DAYS = 30
TERM_MONTHS = 12
PUBLISHED_STATES: TypeAlias = Literal[
    "rejected", "pending", "inProgress", "cancelled", "approved", "accepted"
]
QuoteState: TypeAlias = Literal[
    "draft",
    "inReview",
    "approved",
    "pendingAcceptance",
    "accepted",
    "completed",
    "closed",
    "revised",
    "expired",
    "canceled",
]
OPEN: tuple[QuoteState, ...] = ("draft", "inReview", "approved", "pendingAcceptance")
"""The states in which a quote waits for somebody; it expires when its day has passed."""

# A quote that has expired or was completed is revised, too: the one to be offered anew, the other
# where nothing is ordered of it. An accepted one does not expire any more.
QUOTE_LIFECYCLE = Lifecycle(
    attribute="state",
    internal="internal_state",
    initial="draft",
    moves={
        "draft": ("inReview", "canceled", "expired", "revised"),
        "inReview": (
            "draft", "approved", "pendingAcceptance", "canceled", "expired", "revised",
        ),
        "approved": ("pendingAcceptance", "canceled", "expired", "revised"),
        "pendingAcceptance": ("accepted", "canceled", "expired", "revised"),
        "accepted": ("completed", "canceled", "revised"),
        "completed": ("closed", "revised"),
        "expired": ("revised",),
        "revised": (),
        "canceled": (),
        "closed": (),
    },
    published={
        "draft": "inProgress",
        "inReview": "pending",
        "approved": "approved",
        "pendingAcceptance": "approved",
        "accepted": "accepted",
        "completed": "accepted",
        "closed": "accepted",
        "revised": "cancelled",
        "expired": "cancelled",
        "canceled": "cancelled",
    },
    # No state is published as `rejected`: what a customer does not want is canceled, with the
    # reason. `revised` and `expired` are brought about by the program alone.
    accepts={
        "inProgress": "draft",
        "pending": "inReview",
        "approved": "pendingAcceptance",
        "accepted": "accepted",
        "cancelled": "canceled",
    },
)  # fmt: skip


def first_validity(now: datetime) -> Json:
    """Return how long a quote holds where nobody says it."""
    end = now + timedelta(days=VALID_DAYS)
    return {"startDateTime": format_instant(now), "endDateTime": format_instant(end)}


class QuotedOpportunityRef(Reference, targets=("SalesOpportunity",)):
    """A reference to the opportunity that a quote was made for."""

    name: Annotated[str | None, PERSONAL] = None


class Authorization(Extensible):
    """A signature or an agreement that a quote needs, and what has become of it."""

    given_date: datetime | None = None
    name: Annotated[str | None, PERSONAL] = None
    requested_date: datetime | None = None
    signature_representation: Annotated[str | None, PERSONAL] = None
    state: str | None = None
    approver: list[RelatedParty] = many()


class QuoteItemRelationship(Extensible):
    """How one line hangs together with another line of the same quote; `id` is that line's."""

    id: str | None = None
    relationship_type: str | None = None


class PriceEffectTold(Extensible):
    """What is paid of one kind of price before, afterwards, and by how much that differs."""

    price_type: str
    recurring_charge_period: str | None = None
    unit: str
    old: Decimal
    new: Decimal
    delta: Decimal


class HeldProduct(Extensible):
    """What a customer had when a change was quoted: where, which offering, values and prices."""

    name: str | None = None
    place: list[RelatedPlaceRefOrValue] = many()
    product_offering: ProductOfferingRef | None = None
    product_characteristic: list[Characteristic] = many()
    product_price: list[ProductPrice] = many()


class QuoteItem(Extensible):
    """One line: what is offered, how it is configured, where, and what it costs.

    Ours are `operation`, the terms and the account; `current`, what a changed product is by now;
    `price_effect`, what the whole line costs before and after; `price_adjustment`, how its prices
    were changed by hand, and `list_price`, what they would be else; `ordered_quantity`, how much of
    it orders have taken.
    """

    id: Annotated[str | None, Limits(length_max=40)] = None
    action: Action | None = None
    operation: Operation | None = None
    quantity: Annotated[int | None, Limits(minimum=0)] = None
    state: str | None = None
    appointment: list[AppointmentRef] = many()
    attachment: list[AttachmentRefOrValue] = many()
    billing_account: BillingAccountRef | None = None
    item_term: list[OrderTerm] = many()
    note: list[Note] = many()
    product: ProductRefOrValue | None = None
    product_offering: ProductOfferingRef | None = None
    product_offering_qualification_item: ProductOfferingQualificationItemRef | None = None
    qualification: list[ProductOfferingQualificationRef] = many()
    quote_item: list[QuoteItem] = many()
    quote_item_authorization: list[Authorization] = many()
    quote_item_price: list[OrderPrice] = many()
    quote_item_relationship: list[QuoteItemRelationship] = many()
    price_adjustment: list[ManualAdjustment] = many()
    list_price: list[OrderPrice] = many()
    related_party: list[RelatedParty] = many()
    suspension_reason: str | None = None
    disconnection_reason: str | None = None
    current: HeldProduct | None = None
    price_effect: list[PriceEffectTold] = many()
    ordered_quantity: int | None = None


class Acceptance(Extensible):
    """That a customer has accepted: when, who wrote it down, and who said so."""

    at: datetime
    by: Annotated[str, PERSONAL]
    name: Annotated[str | None, PERSONAL, Limits(length_max=200)] = None


@resource(
    api=TMF648,
    path="quote",
    prefix="QT",
    lifecycle=QUOTE_LIFECYCLE,
    server_sets=(
        "internal_state", "quote_date", "effective_quote_completion_date", "quote_total_price",
        "price_effect", "one_time_total", "monthly_total", "annual_total", "contract_value",
        "version", "revision", "is_active", "first_revision", "former_revision",
        "product_order", "acceptance", "price_override",
    ),
    guarded=(
        "quoteItem.quoteItemPrice", "quoteItem.quoteItem.quoteItemPrice",
        "quoteItem.orderedQuantity", "quoteItem.current", "quoteItem.priceEffect",
        "quoteItem.listPrice", "quoteItem.quoteItem.listPrice",
    ),
    defaults={"quote_date": format_instant, "valid_for": first_validity},
    promote=(
        Promoted("state"),
        Promoted("internalState"),
        Promoted("externalId"),
        Promoted("quoteDate", "instant"),
        Promoted("validFor.endDateTime", "instant"),
        Promoted("isActive", "boolean", index=False),
        Promoted("opportunity.id"),
    ),
    owner=("relatedParty[customer]", "relatedParty"),
    partner=("relatedParty[partner]",),
    label=("description",),
    columns=("key", "description", "internalState", "quoteDate", "validFor"),
)  # fmt: skip
class Quote(Extensible, Document):
    """An offer to a customer, from draft to what was ordered of it.

    Ours are the internal state, the reason for it, what the whole comes to, the term, the
    opportunity, who accepted it, the orders, and its revisions: `revision` counts them,
    `first_revision` names the first, `former_revision` the one before; only the newest
    `is_active`. `price_adjustment` changes the prices of all lines, but of those that have their
    own while it `keeps_line_adjustments` (unless it is told not to); `price_override` is what that
    gives away and who has agreed.
    """

    external_id: str | None = None
    category: str | None = None
    description: Annotated[str | None, PERSONAL] = None
    version: str | None = None
    state: PUBLISHED_STATES | None = None
    internal_state: QuoteState | None = None
    state_reason: Annotated[str | None, PERSONAL, Limits(length_max=1000)] = None
    instant_sync_quote: bool | None = None
    quote_date: datetime | None = None
    requested_quote_completion_date: datetime | None = None
    expected_quote_completion_date: datetime | None = None
    effective_quote_completion_date: datetime | None = None
    expected_fulfillment_start_date: datetime | None = None
    valid_for: TimePeriod | None = None
    agreement: list[AgreementRef] = many()
    authorization: list[Authorization] = many()
    billing_account: list[BillingAccountRef] = many()
    contact_medium: list[ContactMedium] = many()
    note: list[Note] = many()
    product_offering_qualification: list[ProductOfferingQualificationRef] = many()
    quote_item: Annotated[list[QuoteItem], Limits(items_min=1)]
    quote_total_price: list[OrderPrice] = many()
    related_party: list[RelatedParty] = many()
    channel: list[RelatedChannel] = many()
    opportunity: QuotedOpportunityRef | None = None
    term_months: Annotated[int | None, Limits(minimum=0)] = None
    price_effect: list[PriceEffectTold] = many()
    one_time_total: Money | None = None
    monthly_total: Money | None = None
    annual_total: Money | None = None
    contract_value: Money | None = None
    revision: int | None = None
    is_active: bool | None = None
    first_revision: QuoteRef | None = None
    former_revision: QuoteRef | None = None
    product_order: list[ProductOrderRef] = many()
    acceptance: Acceptance | None = None
    price_adjustment: list[ManualAdjustment] = many()
    keeps_line_adjustments: bool | None = None
    price_override: PriceOverride | None = None


internal_note(Quote, "priceOverride")
