"""Own carts: what customers put into them where only what is agreed on is for them."""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.contract.agreement.shown import own_hand_faults
from trunkline.documents.errors import Fault
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.sales.cart.shopping_cart import CartItem, ShoppingCart


@rule(ShoppingCart)
def customers_choose_what_is_agreed(
    work: Work, old: ShoppingCart | None, new: ShoppingCart
) -> Iterator[Fault]:
    """Refuse what a customer puts into its cart beside the agreement that it is bound to."""
    known = {(one.id, _offering(one)) for one in old.cart_item} if old is not None else set()
    yield from own_hand_faults(work, (
        (f"cartItem[{index}]", _offering(one))
        for index, one in enumerate(new.cart_item)
        if (one.id, _offering(one)) not in known and one.action in (None, "add")
    ))  # fmt: skip


def _offering(item: CartItem) -> str | None:
    return item.product_offering.id if item.product_offering is not None else None
