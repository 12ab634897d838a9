"""Opportunities: a sale to a customer that is worked on, what it may bring and how likely."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from trunkline.care.request import Assignee
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, SENSITIVE, Limits, format_instant, many
from trunkline.inventory.product import ProductRefOrValue
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.sales.api import SALES
from trunkline.sales.lead.lead import MarketingCampaignRef
from trunkline.shared.catalog_reference import ProductOfferingRef
from trunkline.shared.extensible import Extensible
from trunkline.shared.money import Money
from trunkline.shared.note import Note
from trunkline.shared.own_hand import internal_note
from trunkline.shared.party_reference import BillingAccountRef, RelatedParty
from trunkline.shared.reference import (
    ChannelRef,
    ProductOfferingQualificationRef,
    ProductRef,
    QuoteRef,
    RelatedPlaceRefOrValue,
    SalesLeadRef,
)

Status: TypeAlias = Literal["open", "won", "lost"]
Period: TypeAlias = Literal["month", "quarter", "halfyear", "year"]
ForecastCategory: TypeAlias = Literal[
    "won", "commit", "strongUpside", "upside", "pipeline", "omitted"
]
OPPORTUNITY_LIFECYCLE = Lifecycle(
    attribute="status",
    initial="open",
    moves={"open": ("won", "lost"), "won": ("open",), "lost": ("open",)},
    # The stage says it.
    on_request=frozenset(),
)


class LinePrice(Extensible):
    """What one of a line costs, once or for each period, before its discount in percent."""

    recurring_charge_period: Period | None = None
    unit_price: Money
    discount_percent: Annotated[Decimal | None, Limits(minimum=0)] = None


class LineAmounts(Extensible):
    """What a line brings: once, by month (MRR) and year (ARR), in the first year, in its term."""

    one_time: Money
    mrr: Money
    arr: Money
    acv: Money
    tcv: Money


class SalesOpportunityItem(Extensible):
    """Something that may be sold; `product` says where and how it is wanted.

    Prices that are left out are the catalog's. `term` counts months. `unit_cost` is what one of it
    costs us over the term.
    """

    id: Annotated[str | None, Limits(length_max=40)] = None
    product_offering: ProductOfferingRef
    quantity: Annotated[int | None, Limits(minimum=1)] = None
    product: ProductRefOrValue | None = None
    term: Annotated[int | None, Limits(minimum=1)] = None
    price: list[LinePrice] = many()
    price_estimate: Money | None = None
    unit_cost: Annotated[Money | None, SENSITIVE] = None
    amounts: LineAmounts | None = None


class Competitor(Extensible):
    """Somebody else who wants to sell the same."""

    name: Annotated[str, Limits(length_max=200)]
    strength: str | None = None
    weakness: str | None = None


class TeamMember(Extensible):
    """Somebody of ours who works on a sale, and as what."""

    name: Annotated[str, Limits(length_max=200)]
    role: str | None = None


@resource(
    api=SALES,
    path="salesOpportunity",
    prefix="OPTY",
    title="Opportunity",
    required=("name",),
    lifecycle=OPPORTUNITY_LIFECYCLE,
    server_sets=(
        "status",
        "creation_date",
        "stage_date",
        "close_date",
        "assignee",
        "amount",
        "weighted_amount",
        "one_time",
        "mrr",
        "arr",
        "acv",
        "tcv",
        "cost",
        "margin_percent",
    ),
    immutable=("sales_lead",),
    defaults={"creation_date": format_instant},
    promote=(
        Promoted("status"),
        Promoted("stage"),
        Promoted("salesCycle", index=False),
        Promoted("forecastCategory", index=False),
        Promoted("expectedCloseDate", "instant"),
        Promoted("assignee.id"),
        Promoted("assignee.name", index=False),
        Promoted("creationDate", "instant"),
    ),
    owner=("relatedParty[customer]", "relatedParty", "billingAccount"),
    partner=("relatedParty[partner]",),
    columns=("key", "name", "stage", "probability", "amount", "expectedCloseDate",
             "assignee.name"),
)  # fmt: skip
class SalesOpportunity(Extensible, Document):
    """A sale to a customer that may come about.

    `stage` is one of its `sales_cycle`; it says the `status` and, unless somebody says otherwise,
    the `probability`. `amount` is the contract's value where there are lines, else the
    `estimated_revenue`. `close_reason` is a code of the register `winReason` or `lossReason`.
    While `syncs_quote` holds, lines and quote of the `primary_quote` follow each other.
    """

    name: Annotated[str | None, PERSONAL, Limits(length_max=200)] = None
    description: Annotated[str | None, PERSONAL] = None
    status: Status | None = None
    sales_cycle: Annotated[str | None, Limits(length_max=60)] = None
    stage: Annotated[str | None, Limits(length_max=60)] = None
    stage_date: datetime | None = None
    probability: Annotated[int | None, Limits(minimum=0)] = None
    forecast_category: ForecastCategory | None = None
    deal_type: Literal["direct", "indirect"] | None = None
    route_to_market: str | None = None
    currency: Annotated[str | None, Limits(pattern="^[A-Z]{3}$")] = None
    estimated_revenue: Money | None = None
    amount: Money | None = None
    weighted_amount: Money | None = None
    one_time: Money | None = None
    mrr: Money | None = None
    arr: Money | None = None
    acv: Money | None = None
    tcv: Money | None = None
    cost: Annotated[Money | None, SENSITIVE] = None
    margin_percent: Annotated[Decimal | None, SENSITIVE] = None
    creation_date: datetime | None = None
    expected_close_date: datetime | None = None
    close_date: datetime | None = None
    close_reason: str | None = None
    lost_to: Annotated[str | None, Limits(length_max=200)] = None
    outcome_note: Annotated[str | None, PERSONAL] = None
    source: str | None = None
    score: int | None = None
    rating: str | None = None
    channel: ChannelRef | None = None
    marketing_campaign: MarketingCampaignRef | None = None
    sales_lead: SalesLeadRef | None = None
    billing_account: BillingAccountRef | None = None
    place: list[RelatedPlaceRefOrValue] = many()
    product: list[ProductRef] = many()
    sales_opportunity_item: list[SalesOpportunityItem] = many()
    product_offering_qualification: list[ProductOfferingQualificationRef] = many()
    primary_quote: QuoteRef | None = None
    syncs_quote: bool | None = None
    competitor: list[Competitor] = many()
    team_member: list[TeamMember] = many()
    handled_by: str | None = None
    assignee: Assignee | None = None
    related_party: list[RelatedParty] = many()
    note: list[Note] = many()


internal_note(SalesOpportunity, "outcomeNote")
