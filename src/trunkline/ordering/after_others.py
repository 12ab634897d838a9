"""After others: what an order asks of products that the orders before it have only now left."""

from __future__ import annotations

from collections.abc import Sequence

from trunkline.documents.errors import Fault
from trunkline.kernel.work import Work
from trunkline.ordering import order_context
from trunkline.ordering.capture.linked import followed
from trunkline.ordering.intake_rules import order_faults
from trunkline.ordering.order_line import lines_of
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.waiting import Order


def faults_after_others(work: Work, order: Order) -> Sequence[Fault]:
    """Return what is wrong with an order that begins after others, by what they made of products.

    When it was sent in, these were not done yet. What it adds by itself was looked at then: an
    offering that has gone off sale meanwhile is still delivered.
    """
    if not isinstance(order, ProductOrder) or not any(followed(order)):
        return ()  # services by themselves may be changed in any state but the last
    lines = lines_of(order).values()
    changed = tuple(f"{one.path}." for one in lines if one.action not in (None, "add"))
    if not changed:
        return ()
    context = order_context.load(work, order, holds=False)
    return [one for one in order_faults(order, context) if one.path.startswith(changed)]
