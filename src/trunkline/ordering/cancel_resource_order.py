"""Cancellations of resource orders (TMF652): a task that ends with its order called off, or not."""

from __future__ import annotations

from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.ordering.api import TMF652
from trunkline.ordering.cancel_product_order import (
    CANCEL_LIFECYCLE,
    SET_BY_US,
    CancelDetails,
    TaskState,
)
from trunkline.shared.reference import ResourceOrderRef


@resource(
    api=TMF652,
    path="cancelResourceOrder",
    prefix="CRO",
    operations=("list", "retrieve", "create"),
    lifecycle=CANCEL_LIFECYCLE,
    server_sets=SET_BY_US,
    promote=(Promoted("state"),),
    owner=("resourceOrder",),
    root="resourceOrder",
    label=("cancellationReason",),
    columns=("key", "cancellationReason", "state", "effectiveCancellationDate"),
)
class CancelResourceOrder(CancelDetails, Document):
    """The wish to cancel a resource order, and what became of it."""

    resource_order: ResourceOrderRef
    state: TaskState | None = None
