"""Cancellations of product orders (TMF622): a task that ends with its order called off, or not."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

from trunkline.documents.lifecycle import Lifecycle
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.ordering.api import TMF622
from trunkline.shared.extensible import Extensible
from trunkline.shared.reference import ProductOrderRef

TaskState: TypeAlias = Literal["acknowledged", "terminatedWithError", "inProgress", "done"]
CancelResult: TypeAlias = Literal["canceled", "refused"]

# A refused cancellation is done as well: the order then goes on as before.
CANCEL_LIFECYCLE = Lifecycle(
    attribute="state",
    initial="acknowledged",
    moves={
        "acknowledged": ("inProgress", "terminatedWithError"),
        "inProgress": ("done", "terminatedWithError"),
        "done": (),
        "terminatedWithError": (),
    },
)


class CancelDetails(Extensible):
    """What every cancellation says: why, from when it was wanted, and from when it holds.

    Ours: what came of it, and why where it was not done.
    """

    cancellation_reason: str | None = None
    requested_cancellation_date: datetime | None = None
    effective_cancellation_date: datetime | None = None
    cancellation_result: CancelResult | None = None
    cancellation_result_reason: str | None = None


SET_BY_US = (
    "state",
    "effective_cancellation_date",
    "cancellation_result",
    "cancellation_result_reason",
)
"""What nobody who asks for a cancellation says of it."""


@resource(
    api=TMF622,
    path="cancelProductOrder",
    prefix="COR",
    operations=("list", "retrieve", "create"),
    lifecycle=CANCEL_LIFECYCLE,
    server_sets=SET_BY_US,
    promote=(Promoted("state"),),
    owner=("productOrder",),
    root="productOrder",
    label=("cancellationReason",),
    columns=("key", "cancellationReason", "state", "effectiveCancellationDate"),
)
class CancelProductOrder(CancelDetails, Document):
    """The wish to cancel a product order, and what became of it."""

    product_order: ProductOrderRef
    state: TaskState | None = None
