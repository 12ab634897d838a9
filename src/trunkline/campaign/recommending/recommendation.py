"""Recommendations (TMF680): what is asked to be proposed to a customer, answered at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from trunkline.campaign.recommending.choosing import PROPOSED_MAX, Proposed, proposed_to
from trunkline.campaign.recommending.next_action import NextActionRef
from trunkline.documents.errors import Fault
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, many
from trunkline.inventory.product import ProductRefOrValue
from trunkline.kernel.behaviour import enrich, rule
from trunkline.kernel.resource import Api, Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.party.customer import Customer
from trunkline.sales.quote_request.quote_request import ShoppingCartRef
from trunkline.shared.catalog_reference import CategoryRef, ProductOfferingRef
from trunkline.shared.extensible import Extensible
from trunkline.shared.party_reference import RelatedParty
from trunkline.shared.period import TimePeriod
from trunkline.shared.reference import ChannelRef, ProductOrderRef, RelatedPlaceRefOrValue

TMF680 = Api("TMF680", "Recommendation", "4.0.0", "/tmf-api/customer/v4")
DONE = Lifecycle(attribute="state", initial="done", moves={"done": ()})


class RecommendedItemRef(Extensible):
    """An item of an order or a cart, by the record that holds it and its own id; not checked."""

    entity_href: str | None = None
    entity_id: str | None = None
    item_id: str | None = None
    name: Annotated[str | None, PERSONAL] = None
    referred_type: str | None = None


class RecommendationItem(Extensible):
    """Something that is proposed; ours: what it is called, why, and what the answer refers to."""

    id: str | None = None
    priority: int | None = None
    product: ProductRefOrValue
    product_offering: ProductOfferingRef | None = None
    name: str | None = None
    reason: Annotated[str | None, PERSONAL] = None
    next_action: NextActionRef | None = None


@resource(
    api=TMF680,
    path="queryProductRecommendation",
    prefix="QPR",
    title="Recommendation",
    operations=("list", "retrieve", "create"),
    lifecycle=DONE,
    server_sets=("recommendation_item",),
    promote=(Promoted("state"),),
    owner=("relatedParty",),
    columns=("key", "relatedParty", "state"),
)
class QueryProductRecommendation(Extensible, Document):
    """What was proposed to a customer, and why; to nobody who is named, nothing is."""

    name: str | None = None
    description: str | None = None
    instant_sync_recommendation: bool | None = None
    recommendation_type: str | None = None
    category: list[CategoryRef] = many()
    channel: list[ChannelRef] = many()
    place: RelatedPlaceRefOrValue | None = None
    product_order: list[ProductOrderRef] = many()
    product_order_item: list[RecommendedItemRef] = many()
    shopping_cart: list[ShoppingCartRef] = many()
    shopping_cart_item: list[RecommendedItemRef] = many()
    related_party: RelatedParty | None = None
    recommendation_item: list[RecommendationItem] = many()
    state: Literal["done"] | None = None
    valid_for: TimePeriod | None = None


@enrich(QueryProductRecommendation)
def customer_is_proposed_to(work: Work, new: QueryProductRecommendation) -> None:
    """Answer at once with what is proposed to the customer now."""
    party = new.related_party
    customer = work.get(Customer, party.id) if party is not None else None
    if customer is not None:
        proposed = proposed_to(work, customer, most=PROPOSED_MAX)
        new.recommendation_item = [_item(number, one) for number, one in enumerate(proposed, 1)]


@rule(QueryProductRecommendation)
def somebody_is_proposed_to(
    work: Work, old: QueryProductRecommendation | None, new: QueryProductRecommendation
) -> Iterator[Fault]:
    """Refuse a question about somebody who is no customer."""
    party = new.related_party
    if old is None and party is not None and work.get(Customer, party.id) is None:
        message = "is no customer that you may see; name a customer by id or key"
        yield Fault("relatedParty.id", "notFound", message)


def _item(number: int, one: Proposed) -> RecommendationItem:
    offering = one.action.product_offering
    assert offering is not None, "an action without an offering is not proposed"
    return RecommendationItem(
        id=str(number), priority=number, name=one.action.name, reason=one.reason,
        product=ProductRefOrValue(product_offering=offering), product_offering=offering,
        next_action=NextActionRef(id=one.action.id, name=one.action.name),
    )  # fmt: skip
