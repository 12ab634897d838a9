"""Who it is that orders: a customer by own hand, or somebody of the operator's or a partner's."""

from __future__ import annotations

from trunkline.kernel.work import Work
from trunkline.ordering.product_order import ProductOrder


def is_by_customer(work: Work) -> bool:
    """Tell whether it is a customer, or somebody acting for one, who orders by own hand."""
    grant = work.actor.grant(ProductOrder.resource, "create")
    return work.actor.kind == "user" and grant is not None and grant.reach == "own"
