"""Item changes: another thing asked for by a product order that has been sent in already."""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.documents.errors import Fault
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.ordering import order_context
from trunkline.ordering.asking import asks_anew
from trunkline.ordering.capture.linked import OVER, followed
from trunkline.ordering.intake_rules import order_faults
from trunkline.ordering.item_rules import busy_faults
from trunkline.ordering.order_line import lines_of
from trunkline.ordering.product_order import UNSENT, ProductOrder

# Steps beside those of the order itself: it has been broken down.
BROKEN_DOWN = "select exists(select 1 from plan_item where root = %s and layer <> 'order')"


@rule(ProductOrder)
def items_change_before_the_order_begins(
    work: Work, old: ProductOrder | None, new: ProductOrder
) -> Iterator[Fault]:
    """Refuse to change what a begun order asks for; before that the order is checked anew."""
    if old is None or old.order_version != new.order_version:
        return  # what a revision changes was looked at as a whole
    if not asks_anew(old, new):
        yield from _link_faults(work, old, new)
    elif work.connection.execute(BROKEN_DOWN, [new.id]).fetchone()[0]:
        message = "the order has begun; leave what its items ask for, or cancel it and order anew"
        yield Fault("productOrderItem", "conflictOrderBegun", message)
    else:
        yield from order_faults(new, order_context.load(work, new))


def _link_faults(work: Work, old: ProductOrder, new: ProductOrder) -> Iterator[Fault]:
    """Yield the products that other orders are not done with, where a link to them is taken off."""
    before, after = ({ident for _, ident in followed(one)} for one in (old, new))
    if before <= after or old.internal_state in UNSENT or new.state in OVER:
        return
    if not work.connection.execute(BROKEN_DOWN, [new.id]).fetchone()[0]:
        context = order_context.load(work, new)
        for line in lines_of(new).values():
            if line.action not in (None, "add"):
                yield from busy_faults(line, context)
