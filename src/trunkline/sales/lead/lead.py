"""Leads (TMF699): who may come to buy something, what, and how far that has come."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from trunkline.care.request import Assignee
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, Limits, Named, format_instant, many
from trunkline.inventory.product import ProductRefOrValue
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.sales.api import TMF699
from trunkline.shared.catalog_reference import (
    CategoryRef,
    ProductOfferingRef,
    ProductSpecificationRef,
)
from trunkline.shared.contact import ContactMedium, ContactPreference
from trunkline.shared.extensible import Extensible
from trunkline.shared.money import Money
from trunkline.shared.note import Note
from trunkline.shared.party_reference import BillingAccountRef, RelatedParty
from trunkline.shared.period import TimePeriod
from trunkline.shared.reference import (
    ChannelRef,
    MarketSegmentRef,
    ProductRef,
    Reference,
    RelatedPlaceRefOrValue,
)

Stage: TypeAlias = Literal["new", "contacted", "nurturing", "qualified", "disqualified"]
Status: TypeAlias = Literal[
    "acknowledged", "inProgress", "pending", "accepted", "rejected", "cancelled"
]
OPEN: tuple[Stage, ...] = ("new", "contacted", "nurturing")
PUBLISHED: dict[str, Status] = {
    "new": "acknowledged",
    "contacted": "inProgress",
    "nurturing": "pending",
    "qualified": "accepted",
    "disqualified": "rejected",
}
LEAD_LIFECYCLE = Lifecycle(
    attribute="status",
    internal="stage",
    initial="new",
    starts=("contacted", "nurturing"),
    moves={
        "new": ("contacted", "nurturing", "qualified", "disqualified"),
        "contacted": ("nurturing", "qualified", "disqualified"),
        "nurturing": ("contacted", "qualified", "disqualified"),
        "qualified": (),
        "disqualified": (),
    },
    published={**PUBLISHED},
    # A lead is qualified by being converted, which no patch does.
    accepts={
        "acknowledged": "new",
        "inProgress": "contacted",
        "pending": "nurturing",
        "rejected": "disqualified",
    },
)
LINES_MAX, SCORE_MAX, QUANTITY_MAX = 100, 100, 10_000


class MarketingCampaignRef(Reference, targets=("MarketingCampaign",)):
    """A reference to a campaign."""


class SalesOpportunityRef(Reference, targets=("SalesOpportunity",)):
    """A reference to an opportunity."""

    name: Annotated[str | None, PERSONAL] = None


class SalesLeadItem(Extensible):
    """Something that a lead may buy; `product` says where and how it is wanted, as far as known."""

    id: Annotated[str | None, Limits(length_max=40)] = None
    product_offering: ProductOfferingRef
    quantity: Annotated[int | None, Limits(minimum=1)] = None
    price_estimate: Money | None = None
    product: ProductRefOrValue | None = None


class LeadScore(Extensible):
    """What was found of how promising a lead is: when, and which row of which table said it.

    `score_rule` and `rating_rule` are "by hand" for what somebody wrote.
    """

    at: datetime
    score: int | None = None
    rating: str | None = None
    score_rule: str | None = None
    rating_rule: str | None = None


@resource(
    api=TMF699,
    path="salesLead",
    prefix="LEAD",
    title="Lead",
    lifecycle=LEAD_LIFECYCLE,
    server_sets=(
        "stage",
        "creation_date",
        "status_change_date",
        "closed_date",
        "assignee",
        "scoring",
        "billing_account",
    ),
    defaults={"creation_date": format_instant, "status_change_date": format_instant},
    promote=(
        Promoted("status"),
        Promoted("stage"),
        Promoted("rating", index=False),
        Promoted("source", index=False),
        Promoted("score", "number"),
        Promoted("assignee.id"),
        Promoted("assignee.name", index=False),
        Promoted("handledBy"),
        Promoted("creationDate", "instant"),
        Promoted("salesOpportunity.id"),
    ),
    owner=("relatedParty[customer]", "relatedParty"),
    partner=("relatedParty[partner]",),
    columns=("key", "name", "companyName", "stage", "rating", "score", "source", "assignee.name",
             "creationDate"),
)  # fmt: skip
class SalesLead(Extensible, Document):
    """Somebody who may come to buy.

    Ours: the names of the person and the company, `source`, `score` (1 to 100), `place`,
    `sales_lead_item`, the three wishes of not being called, mailed and passed on, what else is
    known of wishes and consents (`contact_preference`), who works on it (`assignee`) and in which
    role (`handled_by`). `close_reason` is a code of the register `leadCloseReason`,
    `other_reason` says it in words. What a lead became stands in `related_party` (customer and
    contact), `billing_account` and `sales_opportunity`.
    """

    name: Annotated[str | None, PERSONAL, Limits(length_max=200)] = None
    description: Annotated[str | None, PERSONAL] = None
    family_name: Annotated[str | None, PERSONAL, Limits(length_max=120)] = None
    given_name: Annotated[str | None, PERSONAL, Limits(length_max=120)] = None
    title: Annotated[str | None, PERSONAL] = None
    company_name: Annotated[str | None, PERSONAL, Limits(length_max=200)] = None
    industry: str | None = None
    website: Annotated[str | None, PERSONAL] = None
    stage: Stage | None = None
    status: Status | None = None
    status_change_date: datetime | None = None
    status_change_reason: Annotated[str | None, PERSONAL] = None
    close_reason: str | None = None
    other_reason: Annotated[str | None, PERSONAL] = None
    closed_date: datetime | None = None
    creation_date: datetime | None = None
    referred_date: datetime | None = None
    lead_type: Annotated[str | None, Named("type")] = None
    rating: str | None = None
    score: Annotated[int | None, Limits(minimum=1)] = None
    scoring: LeadScore | None = None
    source: str | None = None
    priority: Literal["low", "medium", "high"] | None = None
    estimated_revenue: Money | None = None
    prospect_contact: Annotated[list[ContactMedium], PERSONAL] = many()
    place: list[RelatedPlaceRefOrValue] = many()
    do_not_call: bool | None = None
    do_not_email: bool | None = None
    do_not_share: bool | None = None
    contact_preference: Annotated[ContactPreference | None, PERSONAL] = None
    sales_lead_item: list[SalesLeadItem] = many()
    product_offering: ProductOfferingRef | None = None
    product_specification: ProductSpecificationRef | None = None
    product: ProductRef | None = None
    category: CategoryRef | None = None
    channel: ChannelRef | None = None
    market_segment: MarketSegmentRef | None = None
    marketing_campaign: MarketingCampaignRef | None = None
    sales_opportunity: SalesOpportunityRef | None = None
    handled_by: str | None = None
    assignee: Assignee | None = None
    related_party: list[RelatedParty] = many()
    billing_account: BillingAccountRef | None = None
    note: list[Note] = many()
    valid_for: TimePeriod | None = None


def worth(lead: SalesLead) -> Decimal:
    """Return what a lead may bring: what its lines say, or else the whole as it was guessed."""
    lines = [one for one in lead.sales_lead_item if one.price_estimate is not None]
    if lines:
        return sum(
            (one.price_estimate.amount * (one.quantity or 1) for one in lines
             if one.price_estimate is not None),
            Decimal(0),
        )  # fmt: skip
    return lead.estimated_revenue.amount if lead.estimated_revenue is not None else Decimal(0)
