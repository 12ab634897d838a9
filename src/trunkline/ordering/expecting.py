"""Expecting: when an order that waits for its day would be done, before it is planned. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from trunkline.ordering.line_dates import line_starts
from trunkline.ordering.node import Node
from trunkline.ordering.planned_nodes import planned_steps
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import placed_product_items
from trunkline.ordering.schedule import Terms


def expect(order: ProductOrder, nodes: Sequence[Node], start_at: datetime, terms: Terms) -> None:
    """Say of an order and its items when they would be done if it began at a moment."""
    planned = planned_steps(nodes, start_at, terms, line_starts(order))
    ends: dict[str, datetime] = {}
    for node in nodes:
        for item_id in node.item_ids or (node.item_id,):
            ends[item_id] = max(ends.get(item_id, start_at), planned[node.key].end_at)
    for _, item in placed_product_items(order.product_order_item):
        item.expected_completion_date = ends.get(item.id, start_at)
    order.expected_completion_date = max(ends.values(), default=start_at)


def forget(order: ProductOrder) -> None:
    """Say nothing of that any more, since the order begins: its plan tells its dates."""
    for document in (order, *(one for _, one in placed_product_items(order.product_order_item))):
        document.raw.pop("expectedCompletionDate", None)


def is_expected(order: ProductOrder) -> bool:
    """Tell whether it is said of every item when it would be done, after it is wanted begun."""
    starts = line_starts(order)
    said = {one.id: one.expected_completion_date
            for _, one in placed_product_items(order.product_order_item)}  # fmt: skip
    return all(one is not None and starts.get(line, one) <= one for line, one in said.items())
