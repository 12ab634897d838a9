"""Asking: what the items of an order ask for, and whether it is something else by now. Pure."""

from __future__ import annotations

from trunkline.documents.shape import Json
from trunkline.ordering.order_catalog import offering_id
from trunkline.ordering.order_line import action_of
from trunkline.ordering.product_order import UNSENT, ProductOrder, must_be_right
from trunkline.ordering.product_order_item import ProductOrderItem, placed_product_items

ASKED = ("product", "id", "action", "operation", "quantity", "leftOut", "productOffering",
         "productOrderItem")  # fmt: skip
"""What of an item says what it asks for, the items inside it included."""


def asks_anew(old: ProductOrder, new: ProductOrder) -> bool:
    """Tell whether an order that was sent in already asks for something else by now."""
    if old.internal_state in UNSENT or not must_be_right(new):
        return False
    before, after = old.raw.get("productOrderItem"), new.raw.get("productOrderItem")
    return not _ask_alike(before, after) and asked_by(old) != asked_by(new)


def _ask_alike(before: Json, after: Json) -> bool:
    """Tell whether items surely ask for the same: cheap, since most that is written notes a state.

    What was begun has a product's id that was not there before, and is compared in full.
    """
    if not isinstance(before, list) or not isinstance(after, list) or len(before) != len(after):
        return False
    for one, other in zip(before, after, strict=True):
        for name in ASKED:
            if one.get(name) != other.get(name):
                return False
    return True


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
