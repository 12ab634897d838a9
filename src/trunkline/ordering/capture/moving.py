"""Moving: an order carried through the states before it begins, with its lines and the reason."""

from __future__ import annotations

from trunkline.kernel.work import Work
from trunkline.ordering.product_order import OrderInternalState, ProductOrder
from trunkline.ordering.product_order_item import ItemInternalState, placed_product_items
from trunkline.ordering.roll_up import set_item_state

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


def move(work: Work, ident: str, state: OrderInternalState, why: str | None = None) -> ProductOrder:
    """Bring an order and its lines into one of the states before it begins, and say why."""
    with work.edit(ProductOrder, ident) as order:
        set_intake_state(order, state)
        order.state_reason = why
    return order


def set_intake_state(order: ProductOrder, state: OrderInternalState) -> None:
    """Set the state of an order that has not begun, and that of its lines."""
    order.internal_state = state
    for _, item in placed_product_items(order.product_order_item):
        set_item_state(item, ITEM_STATES[state])
