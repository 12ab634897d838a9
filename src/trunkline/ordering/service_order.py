"""Service orders (TMF641): what is to be done to services, for a product order or by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from trunkline.documents.errors import Fault
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import Limits, format_instant, many
from trunkline.inventory.service import ServiceRefOrValue
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.ordering.api import TMF641, Action, OrderState, OutboundState
from trunkline.ordering.product_order import OrderDetails, requested_date_faults
from trunkline.ordering.product_order_item import PlacedItem, item_faults
from trunkline.shared.extensible import Extensible
from trunkline.shared.period import period_faults
from trunkline.shared.reference import (
    AppointmentRef,
    NamedExternalReference,
    ProductOrderRef,
    RelatedChannel,
    ServiceOrderRef,
)

IntakeState: TypeAlias = Literal["submitted", "enrichmentInProgress", "enrichmentOnHold", "new"]
"""How far it is that somebody looks at an order by itself, in the words of product orders."""

# Service and resource orders go the same way. `pending` waits for what must come first,
# `acknowledged` may start. A refused cancellation goes back to where the order was.
DOMAIN_ORDER_MOVES: dict[str, tuple[str, ...]] = {
    "acknowledged": (
        "pending",
        "held",
        "inProgress",
        "rejected",
        "assessingCancellation",
        "pendingCancellation",
        "cancelled",
    ),
    "pending": (
        "acknowledged",
        "held",
        "inProgress",
        "rejected",
        "assessingCancellation",
        "pendingCancellation",
        "cancelled",
    ),
    "held": (
        "acknowledged",
        "pending",
        "inProgress",
        "failed",
        "assessingCancellation",
        "pendingCancellation",
    ),
    "inProgress": (
        "pending",
        "held",
        "completed",
        "partial",
        "failed",
        "assessingCancellation",
        "pendingCancellation",
    ),
    "assessingCancellation": (
        "pendingCancellation",
        "acknowledged",
        "pending",
        "held",
        "inProgress",
    ),
    "pendingCancellation": ("cancelled",),
    "rejected": (),
    "cancelled": (),
    "completed": (),
    "partial": (),
    "failed": (),
}
# How an order ends is for fulfilment and cancellation to say.
ON_REQUEST = frozenset({"acknowledged", "pending", "held", "inProgress"})
SERVICE_ORDER_LIFECYCLE = Lifecycle(
    attribute="state",
    initial="acknowledged",
    starts=("pending", "inProgress"),
    # What was sent back is put right and sent again, as orders of products are.
    moves={**DOMAIN_ORDER_MOVES, "rejected": ("acknowledged",)},
    on_request=ON_REQUEST,
)


class ErrorMessage(Extensible):
    """What went wrong, in the words of TM Forum's errors."""

    code: str | None = None
    reason: str | None = None
    message: str | None = None
    status: str | None = None
    reference_error: str | None = None


class ServiceOrderItemRef(Extensible):
    """An item of a service order: of another one where that is named, else of the same."""

    id: str | None = None
    item_id: str | None = None
    service_order_id: str | None = None
    service_order_href: str | None = None
    referred_type: str | None = None


class ServiceOrderItemById(ServiceOrderItemRef):
    """An item that something is said about: its id has to be told there."""

    id: str


class ServiceOrderErrorMessage(ErrorMessage):
    """What went wrong with a service order, when, and with which of its items."""

    timestamp: datetime | None = None
    service_order_item: list[ServiceOrderItemById] = many()


class ServiceOrderItemErrorMessage(ErrorMessage):
    """What went wrong with one item of a service order, and when."""

    timestamp: datetime | None = None


class ServiceOrderJeopardyAlert(Extensible):
    """A warning that a service order may be late, and for which of its items."""

    id: str | None = None
    name: str | None = None
    alert_date: datetime | None = None
    exception: str | None = None
    jeopardy_type: str | None = None
    message: str | None = None
    service_order_item: list[ServiceOrderItemById] = many()


class ServiceOrderMilestone(Extensible):
    """A step that a service order has reached or shall reach, and for which of its items."""

    id: str | None = None
    name: str | None = None
    description: str | None = None
    message: str | None = None
    milestone_date: datetime | None = None
    status: str | None = None
    service_order_item: list[ServiceOrderItemById] = many()


class ServiceOrderRelationship(
    Extensible, targets=("ServiceOrder", "ProductOrder", "ResourceOrder")
):
    """Another order that a service order depends on or comes from."""

    id: str
    href: str | None = None
    relationship_type: str
    referred_type: str | None = None


class ServiceOrderItemRelationship(Extensible):
    """How one item hangs together with another item, of the same order or of another one."""

    relationship_type: str | None = None
    order_item: ServiceOrderItemRef | None = None


class ServiceOrderItem(Extensible):
    """One line of a service order: what to do with which service.

    `left_out`, of several alike those that go, is ours: by their records, or the keys of steps.
    """

    id: str
    action: Action
    quantity: Annotated[int | None, Limits(minimum=0)] = None
    left_out: list[str] = many()
    state: OrderState | None = None
    outbound_state: OutboundState | None = None
    appointment: AppointmentRef | None = None
    error_message: list[ServiceOrderItemErrorMessage] = many()
    service: ServiceRefOrValue
    service_order_item: list[ServiceOrderItem] = many()
    service_order_item_relationship: list[ServiceOrderItemRelationship] = many()


@resource(
    api=TMF641,
    path="serviceOrder",
    prefix="SO",
    lifecycle=SERVICE_ORDER_LIFECYCLE,
    server_sets=(
        "order_date",
        "start_date",
        "completion_date",
        "outbound_state",
        # Who wrote these would pass what is looked at of orders by themselves.
        "product_order",
        "product_order_item_id",
        "service_order",
        "service_order_item_id",
        "intake_state",
        "intake_policy",
    ),
    guarded=("serviceOrderItem.state", "serviceOrderItem.outboundState"),
    defaults={"order_date": format_instant, "outbound_state": lambda _at: "notApplicable"},
    promote=(
        Promoted("state"),
        Promoted("outboundState"),
        Promoted("externalId"),
        Promoted("orderDate", "instant"),
    ),
    owner=("relatedParty[customer]", "productOrder", "serviceOrder", "relatedParty"),
    partner=("relatedParty[partner]",),
    root="productOrder",
    label=("externalId",),
    columns=("key", "externalId", "category", "state", "orderDate", "requestedCompletionDate"),
)
class ServiceOrder(OrderDetails, Document):
    """An order of services: for a line of a product order, or placed by itself.

    `product_order` and `product_order_item_id` are ours: the line it was broken down from;
    `service_order` and `service_order_item_id` are the same where that is one of services. So is
    `channel`, by which policies know orders by themselves. `intake_policy` names the policies (by
    key) that looked at it when it was sent in, `intake_state` says how far that is while it lasts.
    `outbound_state` says how far its hand-off to an outside system is.
    """

    product_order: ProductOrderRef | None = None
    product_order_item_id: str | None = None
    service_order: ServiceOrderRef | None = None
    service_order_item_id: str | None = None
    outbound_state: OutboundState | None = None
    intake_state: IntakeState | None = None
    intake_policy: list[str] = many()
    start_date: datetime | None = None
    error_message: list[ServiceOrderErrorMessage] = many()
    channel: list[RelatedChannel] = many()
    external_reference: list[NamedExternalReference] = many()
    jeopardy_alert: list[ServiceOrderJeopardyAlert] = many()
    milestone: list[ServiceOrderMilestone] = many()
    order_relationship: list[ServiceOrderRelationship] = many()
    service_order_item: Annotated[list[ServiceOrderItem], Limits(items_min=1)]

    @property
    def every_item(self) -> list[ServiceOrderItem]:
        """Its items, each before those inside it."""
        return [one for _, one in placed_service_items(self.service_order_item)]

    @property
    def came_from(self) -> str | None:
        """The id of the order that it was broken down from; None for one by itself."""
        whole = self.product_order or self.service_order
        return whole.id if whole is not None else None


@rule(ServiceOrder)
def service_order_dates_are_in_order(
    _work: object, _old: ServiceOrder | None, new: ServiceOrder
) -> Iterator[Fault]:
    """Refuse an order wanted done before it starts, and periods inside it that end early."""
    yield from requested_date_faults(new.requested_start_date, new.requested_completion_date)
    yield from period_faults(new)


@rule(ServiceOrder)
def service_order_items_fit_together(
    _work: object, _old: ServiceOrder | None, new: ServiceOrder
) -> Iterator[Fault]:
    """Refuse an item id used twice, and a relationship to an item that the order lacks."""
    yield from item_faults(
        PlacedItem(path, item.id, tuple(_named(path, item)))
        for path, item in placed_service_items(new.service_order_item)
    )


def placed_service_items(
    items: Iterable[ServiceOrderItem], above: str = ""
) -> Iterator[tuple[str, ServiceOrderItem]]:
    """Yield every item with its dotted path, each before the items inside it."""
    for index, item in enumerate(items):
        path = f"{above}serviceOrderItem[{index}]"
        yield path, item
        yield from placed_service_items(item.service_order_item, f"{path}.")


def _named(path: str, item: ServiceOrderItem) -> Iterator[tuple[str, str]]:
    for index, relationship in enumerate(item.service_order_item_relationship):
        other = relationship.order_item
        if other is not None and other.item_id is not None and other.service_order_id is None:
            place = f"{path}.serviceOrderItemRelationship[{index}].orderItem.itemId"
            yield place, other.item_id
