"""Own carts: what customers put into them where only what is agreed on is for them."""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.contract.agreement.shown import own_hand_faults
from trunkline.documents.errors import Fault
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.sales.cart.shopping_cart import ShoppingCart


@rule(ShoppingCart)
def customers_choose_what_is_agreed(
    work: Work, old: ShoppingCart | None, new: ShoppingCart
) -> Iterator[Fault]:
    """Refuse what a customer puts into its cart beside the agreement that it is bound to."""
    known = {one.id for one in old.cart_item} if old is not None else set()
    yield from own_hand_faults(work, (
        (f"cartItem[{index}]", one.product_offering.id)
        for index, one in enumerate(new.cart_item)
        if one.id not in known
        and one.action in (None, "add")
        and one.product_offering is not None
    ))  # fmt: skip
