"""Line facts: what decision tables may ask about a line of an order. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from trunkline.documents.shape import Json
from trunkline.ordering.order_line import ACTIONS, action_of
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import ProductOrderItem
from trunkline.ordering.resource_order import ResourceOrder, ResourceOrderItem
from trunkline.ordering.service_order import ServiceOrder, ServiceOrderItem


def line_facts(
    order: ProductOrder | ServiceOrder | ResourceOrder,
    item: ProductOrderItem | ServiceOrderItem | ResourceOrderItem,
    customer: Mapping[str, Json],
) -> dict[str, Json]:
    """Return what a table may ask about a line; `customer` is empty where nobody asked who it is.

    An offering is known by its name, a channel by id and name, an action also by how it is done. A
    line of a service or resource order by itself has no offering.
    """
    offering = None
    doings: list[str | None] = [item.action, ACTIONS.get(item.action or "add")]
    if isinstance(item, ProductOrderItem):
        offering, doings = item.product_offering, [action_of(item), item.operation]
    return {
        "offering": (offering.name or offering.id) if offering is not None else None,
        "action": [one for one in doings if one],
        "channel": [text for one in order.channel for text in (one.id, one.name) if text],
        "category": order.category,
        "customerSegment": customer.get("customerSegment"),
        "customerType": customer.get("customerType"),
    }
