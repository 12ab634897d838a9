"""Asking: what the items of an order ask for, and whether it is something else by now. Pure."""

from __future__ import annotations

from trunkline.documents.shape import Json
from trunkline.ordering.order_catalog import offering_id
from trunkline.ordering.order_line import action_of
from trunkline.ordering.product_order import UNSENT, ProductOrder, must_be_right
from trunkline.ordering.product_order_item import ProductOrderItem, placed_product_items


def asks_anew(old: ProductOrder, new: ProductOrder) -> bool:
    """Tell whether an order that was sent in already asks for something else by now."""
    is_sent = old.internal_state not in UNSENT and must_be_right(new)
    return is_sent and asked_by(old) != asked_by(new)


def asked_by(order: ProductOrder) -> list[tuple[Json, ...]]:
    """Return what the items of an order ask for, without what is noted on them on the way."""
    return [_content(path, item) for path, item in placed_product_items(order.product_order_item)]


def _content(path: str, item: ProductOrderItem) -> tuple[Json, ...]:
    """What an item adds gets its product's id when the order begins."""
    product = item.product.raw if item.product is not None else {}
    changes = action_of(item) != "add"
    return (
        path,
        item.id,
        action_of(item),
        item.quantity,
        item.raw.get("leftOut"),
        offering_id(item),
        product.get("id") if changes else None,
        product.get("productCharacteristic"),
        product.get("place"),
    )
