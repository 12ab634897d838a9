"""Item changes: another thing asked for by a product order that has been sent in already."""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.ordering import order_context
from trunkline.ordering.intake_rules import UNSENT, order_faults
from trunkline.ordering.order_catalog import offering_id
from trunkline.ordering.order_line import action_of
from trunkline.ordering.product_order import ProductOrder, must_be_right
from trunkline.ordering.product_order_item import ProductOrderItem, placed_product_items

# Steps beside those of the order itself: it has been broken down.
BROKEN_DOWN = "select exists(select 1 from plan_item where root = %s and layer <> 'order')"


@rule(ProductOrder)
def items_change_before_the_order_begins(
    work: Work, old: ProductOrder | None, new: ProductOrder
) -> Iterator[Fault]:
    """Refuse to change what a begun order asks for; before that the order is checked anew."""
    if old is None or old.internal_state in UNSENT or not must_be_right(new):
        return
    if asked(old) == asked(new):
        return
    if work.connection.execute(BROKEN_DOWN, [new.id]).fetchone()[0]:
        message = "the order has begun; leave what its items ask for, or cancel it and order anew"
        yield Fault("productOrderItem", "conflictOrderBegun", message)
    else:
        yield from order_faults(new, order_context.load(work, new))


def asked(order: ProductOrder) -> list[tuple[Json, ...]]:
    """Return what the items of an order ask for, without what is noted on them on the way."""
    return [_asked(path, item) for path, item in placed_product_items(order.product_order_item)]


def _asked(path: str, item: ProductOrderItem) -> tuple[Json, ...]:
    """What an item adds gets its product's id when the order begins."""
    product = item.product.raw if item.product is not None else {}
    changes = action_of(item) != "add"
    return (
        path,
        item.id,
        action_of(item),
        item.quantity,
        offering_id(item),
        product.get("id") if changes else None,
        product.get("productCharacteristic"),
        product.get("place"),
    )
