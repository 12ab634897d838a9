"""Awaited values: what an order says of the values on whose arrival more of it is made. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from trunkline.documents.shape import Json
from trunkline.ordering.node import Deferred
from trunkline.ordering.order_line import lines_of
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.standalone_line import RootOrder

AWAITED = "awaitedValue"


def await_values(order: RootOrder, deferred: Iterable[Deferred]) -> None:
    """Note on an order which values of its items are not known yet, and what they make."""
    found: dict[tuple[str, str, str], Json] = {}
    for one in deferred:
        if one.value is not None:
            body = {"itemId": one.item_id, "name": one.value, "makes": one.specification_name,
                    "reason": one.reason}  # fmt: skip
            found.setdefault((one.item_id, one.value, one.specification_name), body)
    if found:
        order.raw[AWAITED] = list(found.values())
    else:
        order.raw.pop(AWAITED, None)


def known_by_item(order: ProductOrder) -> dict[str, dict[str, Json]]:
    """Return the values that the items of an order give their products, by name."""
    return {
        ident: {
            one.name: one.value
            for one in (line.item.product.product_characteristic if line.item.product else ())
        }
        for ident, line in lines_of(order).items()
    }
