"""Cancellations of service orders (TMF641): a task that ends with its order called off, or not."""

from __future__ import annotations

from typing import Literal

from trunkline.documents.lifecycle import Lifecycle
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.ordering.api import TMF641
from trunkline.ordering.cancel_product_order import SET_BY_US, CancelDetails
from trunkline.ordering.service_order import ErrorMessage
from trunkline.shared.reference import ServiceOrderRef

# TMF641 4.1 calls the first state `accepted` where TMF622 and TMF652 say `acknowledged`.
CANCEL_SERVICE_ORDER_LIFECYCLE = Lifecycle(
    attribute="state",
    initial="accepted",
    moves={
        "accepted": ("inProgress", "terminatedWithError"),
        "inProgress": ("done", "terminatedWithError"),
        "done": (),
        "terminatedWithError": (),
    },
)


@resource(
    api=TMF641,
    path="cancelServiceOrder",
    prefix="CSO",
    operations=("list", "retrieve", "create"),
    lifecycle=CANCEL_SERVICE_ORDER_LIFECYCLE,
    server_sets=(*SET_BY_US, "completion_message", "error_message"),
    promote=(Promoted("state"),),
    owner=("serviceOrder",),
    root="serviceOrder",
    label=("cancellationReason",),
    columns=("key", "cancellationReason", "state", "effectiveCancellationDate"),
)
class CancelServiceOrder(CancelDetails, Document):
    """The wish to cancel a service order, and what became of it."""

    service_order: ServiceOrderRef
    state: Literal["accepted", "terminatedWithError", "inProgress", "done"] | None = None
    completion_message: str | None = None
    error_message: ErrorMessage | None = None
