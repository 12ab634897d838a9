"""Resource orders (TMF652): what is to be done to resources, for other orders or by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated

from trunkline.documents.errors import Fault
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, Limits, format_instant, many
from trunkline.inventory.resource import ResourceRefOrValue
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.ordering.api import TMF652, Action, OrderState, OutboundState
from trunkline.ordering.product_order import requested_date_faults
from trunkline.ordering.product_order_item import PlacedItem, item_faults
from trunkline.ordering.service_order import (
    DOMAIN_ORDER_MOVES,
    ON_REQUEST,
    IntakeState,
    ServiceOrderRelationship,
)
from trunkline.shared.catalog_reference import ResourceSpecificationRef
from trunkline.shared.extensible import Extensible
from trunkline.shared.note import Note
from trunkline.shared.party_reference import RelatedParty
from trunkline.shared.period import period_faults
from trunkline.shared.reference import (
    AppointmentRef,
    ExternalId,
    ProductOrderRef,
    RelatedChannel,
    ResourceOrderRef,
    ServiceOrderRef,
)

RESOURCE_ORDER_LIFECYCLE = Lifecycle(
    attribute="state",
    initial="acknowledged",
    # TMF652 lets the client say on create how far an order has come.
    starts=("pending", "held", "inProgress"),
    # What was sent back is put right and sent in again; the states of items have no such way.
    moves={**DOMAIN_ORDER_MOVES, "rejected": ("acknowledged",)},
    on_request=ON_REQUEST,
)


class ResourceOrderItemRef(Extensible):
    """An item of a resource order: of another one where that is named, else of the same."""

    item_id: str | None = None
    resource_order_id: str | None = None
    resource_order_href: str | None = None
    referred_type: str | None = None


class ResourceOrderItemRelationship(Extensible):
    """How one item hangs together with another item, of the same order or of another one."""

    relationship_type: str | None = None
    order_item: ResourceOrderItemRef | None = None


class ResourceOrderItem(Extensible):
    """One line of a resource order: what to do with which resource.

    `left_out`, of several alike those that go, is ours: by their records, or the keys of steps.
    """

    id: str | None = None
    action: Action | None = None
    quantity: Annotated[int | None, Limits(minimum=0)] = None
    left_out: list[str] = many()
    state: OrderState | None = None
    outbound_state: OutboundState | None = None
    appointment: AppointmentRef | None = None
    order_item_relationship: list[ResourceOrderItemRelationship] = many()
    resource: ResourceRefOrValue | None = None
    resource_specification: ResourceSpecificationRef | None = None


@resource(
    api=TMF652,
    path="resourceOrder",
    prefix="RO",
    lifecycle=RESOURCE_ORDER_LIFECYCLE,
    server_sets=(
        "outbound_state",
        # Who wrote these would pass what is looked at of orders by themselves.
        "product_order",
        "product_order_item_id",
        "service_order",
        "service_order_item_id",
        "resource_order",
        "resource_order_item_id",
        "intake_state",
        "intake_policy",
    ),
    defaults={"order_date": format_instant, "outbound_state": lambda _at: "notApplicable"},
    immutable=("order_date", "completion_date"),
    guarded=("orderItem.state", "orderItem.outboundState"),
    promote=(
        Promoted("state"),
        Promoted("outboundState"),
        Promoted("externalId"),
        Promoted("orderDate", "instant"),
    ),
    owner=(
        "relatedParty[customer]",
        "productOrder",
        "serviceOrder",
        "resourceOrder",
        "relatedParty",
    ),
    partner=("relatedParty[partner]",),
    root="productOrder",
    label=("name", "externalId"),
    columns=("key", "name", "externalId", "state", "orderDate", "requestedCompletionDate"),
)
class ResourceOrder(Extensible, Document):
    """An order of resources: for a line of a product or service order, or placed by itself.

    `product_order`, `service_order` and `resource_order`, each with an item's id, are ours: the
    line it was broken down from. So are `channel`, `intake_policy`, `intake_state`, `state_reason`
    and `order_relationship`, as of service orders. `outbound_state` says how far its
    hand-off to an outside system is.
    """

    name: str | None = None
    external_id: str | None = None
    category: str | None = None
    description: str | None = None
    order_type: str | None = None
    priority: int | None = None
    order_date: datetime | None = None
    requested_start_date: datetime | None = None
    requested_completion_date: datetime | None = None
    expected_completion_date: datetime | None = None
    start_date: datetime | None = None
    completion_date: datetime | None = None
    state: OrderState | None = None
    state_reason: Annotated[str | None, PERSONAL] = None
    intake_state: IntakeState | None = None
    intake_policy: list[str] = many()
    channel: list[RelatedChannel] = many()
    outbound_state: OutboundState | None = None
    product_order: ProductOrderRef | None = None
    product_order_item_id: str | None = None
    service_order: ServiceOrderRef | None = None
    service_order_item_id: str | None = None
    resource_order: ResourceOrderRef | None = None
    resource_order_item_id: str | None = None
    external_reference: list[ExternalId] = many()
    note: list[Note] = many()
    order_relationship: list[ServiceOrderRelationship] = many()
    order_item: list[ResourceOrderItem] = many()
    related_party: list[RelatedParty] = many()

    @property
    def every_item(self) -> list[ResourceOrderItem]:
        """Its items."""
        return self.order_item

    @property
    def came_from(self) -> str | None:
        """The id of the order that it was broken down from; None for one by itself."""
        whole = self.product_order or self.service_order or self.resource_order
        return whole.id if whole is not None else None


@rule(ResourceOrder)
def resource_order_dates_are_in_order(
    _work: object, _old: ResourceOrder | None, new: ResourceOrder
) -> Iterator[Fault]:
    """Refuse an order wanted done before it starts, and periods inside it that end early."""
    yield from requested_date_faults(new.requested_start_date, new.requested_completion_date)
    yield from period_faults(new)


@rule(ResourceOrder)
def resource_order_items_fit_together(
    _work: object, _old: ResourceOrder | None, new: ResourceOrder
) -> Iterator[Fault]:
    """Refuse an item id used twice, and a relationship to an item that the order lacks.

    An item without an id is known by its number.
    """
    yield from item_faults(
        PlacedItem(path, item.id or str(index + 1), tuple(_named(path, item)))
        for index, item in enumerate(new.order_item)
        for path in [f"orderItem[{index}]"]
    )


def placed_resource_items(
    items: Iterable[ResourceOrderItem],
) -> Iterator[tuple[str, ResourceOrderItem]]:
    """Yield every item with its path; there is none inside another."""
    return ((f"orderItem[{index}]", item) for index, item in enumerate(items))


def _named(path: str, item: ResourceOrderItem) -> Iterator[tuple[str, str]]:
    for index, relationship in enumerate(item.order_item_relationship):
        other = relationship.order_item
        if other is not None and other.item_id is not None and other.resource_order_id is None:
            yield f"{path}.orderItemRelationship[{index}].orderItem.itemId", other.item_id
