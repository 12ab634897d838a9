"""Save offers: what a customer who wants to end a product is offered to stay, by rule, as data."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated

from trunkline.documents.condition import rule_faults
from trunkline.documents.errors import Fault
from trunkline.documents.shape import Limits, many
from trunkline.governance.bindings import bind
from trunkline.governance.configured import configures
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, resource
from trunkline.kernel.work import Work
from trunkline.ordering.fallout import ORDERING
from trunkline.ordering.macd.reasons import DISCONNECTION
from trunkline.shared.catalog_reference import ProductOfferingRef

VARIABLES = ("product", "customer", "order", "item")
TEXT_MAX = 500


@configures
@resource(
    api=ORDERING,
    path="saveOffer",
    prefix="SAV",
    label=("name",),
    columns=("key", "name", "reason", "instead", "discountPercent", "isActive"),
)
class SaveOffer(Document):
    """An offer to stay: another offering instead, or a discount on what is paid every month.

    It is made for the reasons of a disconnection and the offerings that it names; empty lists mean
    all. `condition` is CEL over the `product`, its `customer`, the `order` and its `item`. The
    lowest `position` is shown first. `text` is what is said to the customer.
    """

    name: Annotated[str, Limits(length_max=120)]
    text: Annotated[str | None, Limits(length_max=TEXT_MAX)] = None
    is_active: bool | None = None
    position: int | None = None
    reason: list[Annotated[str, Limits(length_max=60)]] = many()
    product_offering: list[ProductOfferingRef] = many()
    condition: Annotated[str | None, Limits(length_max=2048)] = None
    instead: ProductOfferingRef | None = None
    discount_percent: Annotated[Decimal | None, Limits(minimum=0)] = None
    discount_months: Annotated[int | None, Limits(minimum=1)] = None


bind(SaveOffer, "reason", DISCONNECTION)


@rule(SaveOffer)
def save_offer_can_be_made(_work: Work, _old: SaveOffer | None, new: SaveOffer) -> Iterator[Fault]:
    """Refuse a condition that is not sound CEL, and an offer that gives nothing, or two things."""
    yield from rule_faults([("condition", new.condition)], VARIABLES, "conditionInvalid")
    if (new.instead is None) == (new.discount_percent is None):
        message = "name either an offering to have instead, or a discount in percent"
        yield Fault("instead", "saveOfferGives", message)
    if new.discount_percent is not None and not 0 < new.discount_percent <= 100:
        yield Fault("discountPercent", "saveOfferGives", "is more than 0 and at most 100")
    if new.discount_months is not None and new.discount_percent is None:
        yield Fault("discountMonths", "saveOfferGives", "is for a discount; name its percent")
