"""Moving: an order carried through the states before it begins, with its lines and the reason.

Orders of products have these states inside. A service or resource order by itself has its published
states alone; while somebody looks at it, `intake_state` says in the same words how far that is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias, TypeVar

from trunkline.kernel.work import Work
from trunkline.ordering.effect import set_order_state
from trunkline.ordering.product_order import (
    PRODUCT_ORDER_LIFECYCLE,
    OrderInternalState,
    ProductOrder,
)
from trunkline.ordering.product_order_item import ItemInternalState, placed_product_items
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.roll_up import set_item_state
from trunkline.ordering.service_order import SERVICE_ORDER_LIFECYCLE, IntakeState, ServiceOrder

Ordered: TypeAlias = ProductOrder | ServiceOrder | ResourceOrder
"""Orders that policies look at: of products, and of services and resources by themselves."""
AnyOrder = TypeVar("AnyOrder", bound=Ordered)
ENRICHING = ("enrichmentInProgress", "enrichmentOnHold")
HELD = ("submitted", *ENRICHING, "new")
"""The states in which an order is looked at before it is accepted."""
ITEM_STATES: dict[OrderInternalState, ItemInternalState] = {
    "submitted": "submitted",
    "enrichmentInProgress": "enrichmentInProgress",
    "enrichmentOnHold": "enrichmentOnHold",
    "new": "new",
    "acknowledged": "acknowledged",
    "rejected": "rejected",
}

LOOKED_AT: Mapping[OrderInternalState, IntakeState] = {
    "submitted": "submitted",
    "enrichmentInProgress": "enrichmentInProgress",
    "enrichmentOnHold": "enrichmentOnHold",
    "new": "new",
}
PUT_ASIDE = ("pending", "rejected")
SENT = ("acknowledged", "held", "inProgress")


def stage_of(order: Ordered) -> str | None:
    """Return how far an order is, in the words of the states that product orders have inside."""
    if isinstance(order, ProductOrder):
        return order.internal_state
    if order.intake_state is not None and order.state not in SERVICE_ORDER_LIFECYCLE.final:
        return order.intake_state
    return "canceled" if order.state == "cancelled" else order.state


def is_sent_in(old: ServiceOrder | ResourceOrder, new: ServiceOrder | ResourceOrder) -> bool:
    """Tell whether an order by itself that was put aside or sent back is sent in by now."""
    return old.state in PUT_ASIDE and stage_of(old) not in HELD and new.state in SENT


def move(
    work: Work, order: AnyOrder, state: OrderInternalState, why: str | None = None
) -> AnyOrder:
    """Bring an order and its lines into one of the states before it begins, and say why."""
    released: Ordered
    if not isinstance(order, ProductOrder) and order.state == "inProgress":
        # It was released as such while it had not begun; from there it goes by way of pending.
        with work.edit(type(order), order.id) as released:
            set_order_state(released, "pending")
    with work.edit(type(order), order.id) as held:
        set_intake_state(held, state)
        held.state_reason = why
    return held


def set_intake_state(order: Ordered, state: OrderInternalState) -> None:
    """Set the state of an order that has not begun, and that of its lines."""
    if not isinstance(order, ProductOrder):
        order.intake_state = LOOKED_AT.get(state)
        set_order_state(order, PRODUCT_ORDER_LIFECYCLE.published_state(state))
        return
    order.internal_state = state
    for _, item in placed_product_items(order.product_order_item):
        set_item_state(item, ITEM_STATES[state])
