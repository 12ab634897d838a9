"""Following: the work that an order of a transfer leaves when it has ended."""

from __future__ import annotations

from trunkline.leases.queue import NewWork
from trunkline.ordering.product_order import ProductOrder

FOLLOW = "transfer.follow"
"""The kind of work that goes on with a transfer when one of its orders has ended."""


def follow_up(order: ProductOrder) -> list[NewWork]:
    """Return the work that an order leaves which has ended; none where it is of no transfer."""
    transfer = order.ownership_transfer
    return [] if transfer is None else [NewWork(FOLLOW, transfer.id)]
