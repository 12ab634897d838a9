"""What the network keeps about each command, and how its ids are made."""

from __future__ import annotations

import uuid
from enum import StrEnum

import msgspec

from .command import Command
from .document import Document
from .trouble import Failure, Plan

_NAMESPACE = uuid.UUID("6f0f6a0e-2f0f-4c57-9a3e-5f1d0b0c7a11")


class OrderState(StrEnum):
    """States of a service order that the simulator uses (TMF641 v4 ServiceOrderStateType)."""

    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "inProgress"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class TaskState(StrEnum):
    """States of a cancellation (TMF641 v4 TaskStateType)."""

    DONE = "done"
    TERMINATED_WITH_ERROR = "terminatedWithError"


class Notification(StrEnum):
    """What became of the call-back about the end of an order."""

    NONE = "none"
    PENDING = "pending"
    DELIVERED = "delivered"
    GAVE_UP = "gaveUp"


class Order(msgspec.Struct):
    """A command and what became of it. `results`: final service by item id."""

    id: str
    command: Command
    plan: Plan
    accepted_at: str
    callback: str | None = None
    state: OrderState = OrderState.ACKNOWLEDGED
    completed_at: str | None = None
    failure: Failure | None = None
    results: dict[str, Document] = {}
    notification: Notification = Notification.NONE

    @property
    def is_open(self) -> bool:
        """Say whether the network still has to carry it out."""
        return self.state in (OrderState.ACKNOWLEDGED, OrderState.IN_PROGRESS)


class Cancellation(msgspec.Struct, frozen=True):
    """A request to cancel an order, and whether it came in time."""

    id: str
    key: str
    order_id: str
    requested_at: str
    state: TaskState
    reason: str | None = None
    failure: Failure | None = None


class Subscription(msgspec.Struct, frozen=True):
    """A call-back address registered at a hub."""

    id: str
    callback: str
    query: str | None = None


def made_id(*names: str) -> str:
    """Make the same id from the same names, so that runs can be repeated."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(names)))
