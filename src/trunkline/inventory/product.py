"""Products (TMF637): what a customer has bought, in which state, and what realizes it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from trunkline.documents.errors import Fault
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, many
from trunkline.inventory.api import STATE_BY_HAND, TMF637
from trunkline.inventory.external_identifier import ExternalIdentifier, identifier_faults
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.shared.catalog_reference import ProductOfferingRef, ProductSpecificationRef
from trunkline.shared.characteristic import Characteristic
from trunkline.shared.extensible import Extensible
from trunkline.shared.own_hand import noted_by_staff
from trunkline.shared.party_reference import BillingAccountRef, RelatedParty
from trunkline.shared.period import TimePeriod, period_faults
from trunkline.shared.price import ProductPrice
from trunkline.shared.quantity import Quantity
from trunkline.shared.reference import (
    AgreementItemRef,
    ProductOrderRef,
    RelatedEntityRefOrValue,
    RelatedPlaceRefOrValue,
    ResourceRef,
    ServiceRef,
)
from trunkline.shared.termination_rule import TerminationRule

ProductStatus: TypeAlias = Literal[
    "created",
    "pendingActive",
    "cancelled",
    "active",
    "pendingTerminate",
    "terminated",
    "suspended",
    "aborted",
]

PRODUCT_MOVES: dict[str, tuple[str, ...]] = {
    "created": ("pendingActive", "active", "cancelled", "aborted"),
    "pendingActive": ("active", "cancelled", "aborted"),
    "active": ("suspended", "pendingTerminate", "terminated"),
    "suspended": ("active", "pendingTerminate", "terminated"),
    # A withdrawn disconnection leads back to where the product was.
    "pendingTerminate": ("terminated", "active", "suspended"),
    "terminated": (),
    "cancelled": (),
    "aborted": (),
}
PRODUCT_LIFECYCLE = Lifecycle(
    attribute="status",
    initial="created",
    moves=PRODUCT_MOVES,
    # An installed base that is loaded without orders arrives in any status.
    starts=tuple(PRODUCT_MOVES),
    by_hand=STATE_BY_HAND,
)
ENDED_PRODUCT = PRODUCT_LIFECYCLE.final


class ProductTerm(Extensible):
    """A condition under which a product was sold, such as a commitment of 24 months.

    `termination_rule` is ours: what it costs to end it before.
    """

    name: str | None = None
    description: str | None = None
    duration: Quantity | None = None
    valid_for: TimePeriod | None = None
    termination_rule: TerminationRule | None = None


class ProductRelationship(Extensible):
    """How one product hangs together with another one."""

    relationship_type: str
    product: ProductRefOrValue


class RelatedProductOrderItem(Extensible):
    """The order item that made or changed a product.

    `product_order` is ours: it names the same order as `product_order_id`, as a reference that
    links both ways.
    """

    product_order_id: str
    product_order_href: str | None = None
    order_item_id: str
    order_item_action: str | None = None
    role: str | None = None
    referred_type: str | None = None
    product_order: ProductOrderRef | None = None


class ProductDetails(Extensible):
    """What is said of a product, whether it stands for itself or inside an order item.

    Ours in v4: `external_identifier`, and `related_entity` with configuration items, tickets and
    tests in other systems, told apart by their role.
    """

    name: str | None = None
    description: str | None = None
    is_bundle: bool | None = None
    is_customer_visible: bool | None = None
    order_date: datetime | None = None
    product_serial_number: str | None = None
    start_date: datetime | None = None
    termination_date: datetime | None = None
    status: ProductStatus | None = None
    agreement: list[AgreementItemRef] = many()
    billing_account: BillingAccountRef | None = None
    place: list[RelatedPlaceRefOrValue] = many()
    product: list[ProductRefOrValue] = many()
    product_characteristic: list[Characteristic] = many()
    product_offering: ProductOfferingRef | None = None
    product_order_item: list[RelatedProductOrderItem] = many()
    product_price: list[ProductPrice] = many()
    product_relationship: list[ProductRelationship] = many()
    product_specification: ProductSpecificationRef | None = None
    product_term: list[ProductTerm] = many()
    realizing_resource: list[ResourceRef] = many()
    realizing_service: list[ServiceRef] = many()
    related_party: list[RelatedParty] = many()
    related_entity: list[RelatedEntityRefOrValue] = many()
    external_identifier: list[ExternalIdentifier] = many()


class ProductRefOrValue(ProductDetails, targets=("Product",)):
    """A product by reference, by value, or by both; the `id` is there once it is known."""

    id: str | None = None
    href: str | None = None
    referred_type: str | None = None


@resource(
    api=TMF637,
    path="product",
    prefix="PRD",
    required=("status",),
    lifecycle=PRODUCT_LIFECYCLE,
    promote=(Promoted("status"), Promoted("name"), Promoted("startDate", "instant")),
    owner=("relatedParty[customer]", "relatedParty"),
    partner=("relatedParty[partner]",),
    columns=("key", "name", "status", "startDate", "terminationDate"),
)
class Product(ProductDetails, Document):
    """A product that a customer has, had or is about to get.

    `state_reason` is ours: why its status was last changed by hand.
    """

    state_reason: Annotated[str | None, PERSONAL] = None


noted_by_staff(Product, "stateReason")


@rule(Product)
def product_dates_are_in_order(
    _work: object, _old: Product | None, new: Product
) -> Iterator[Fault]:
    """Refuse a product that ends before it starts, and periods inside it that do."""
    start, end = new.start_date, new.termination_date
    if start is not None and end is not None and end < start:
        yield Fault(
            "terminationDate",
            "endsBeforeStart",
            "must not be earlier than startDate; correct one of them",
        )
    yield from period_faults(new)
    yield from identifier_faults(new.external_identifier)
