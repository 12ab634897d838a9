"""Orders in a customer's words: what has been done, what comes next, and until when. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from trunkline.ordering.line_dates import waits_for_its_day
from trunkline.ordering.plan_item import PlanItem
from trunkline.ordering.product_order import ProductOrder

Standing = Literal["done", "now", "todo", "stopped"]
RECEIVED, CHECKED, BUILT, READY = (
    "We have received your order", "We have checked your order",
    "We set up what you ordered", "Everything is ready",
)  # fmt: skip
WORDS = {
    "draft": ("Not sent yet", "warn"),
    "submitted": ("Received", "busy"),
    "enrichmentInProgress": ("Being checked", "busy"),
    "enrichmentOnHold": ("Waiting", "warn"),
    "new": ("Being checked", "busy"),
    "acknowledged": ("Accepted", "busy"),
    "rejected": ("Not possible", "bad"),
    "inProgress": ("On its way", "busy"),
    "revisionInProgress": ("Being changed", "warn"),
    "awaitingInformation": ("We need to hear from you", "warn"),
    "onHold": ("Paused", "warn"),
    "assessingCancellation": ("Being called off", "warn"),
    "cancellationInProgress": ("Being called off", "warn"),
    "canceled": ("Called off", "idle"),
    "completed": ("Done", "good"),
    "failed": ("Did not work", "bad"),
    "partial": ("Done in part", "warn"),
}
"""What a customer reads of an order's state, and its tone."""
NEXT = {
    "draft": "You have not sent this order yet. Call us, and we finish it together.",
    "submitted": "We check your order. You need not do anything.",
    "enrichmentInProgress": "We check your order. You need not do anything.",
    "enrichmentOnHold": "Something has to be cleared up first. We get in touch with you.",
    "new": "We check your order. You need not do anything.",
    "acknowledged": "We begin soon. You need not do anything.",
    "rejected": "We cannot carry this order out. Call us, and we look for another way.",
    "inProgress": "We are working on it. You need not do anything.",
    "revisionInProgress": "Your change is being checked. You need not do anything.",
    "awaitingInformation": "We need something from you. Please call us.",
    "onHold": "The order is paused. We get in touch with you.",
    "assessingCancellation": "We check whether the order can still be called off.",
    "cancellationInProgress": "We take back what was begun. You need not do anything.",
    "canceled": "Nothing more happens to this order.",
    "completed": "Nothing is left to do. Enjoy.",
    "failed": "This order could not be carried out. Call us, and we look for another way.",
    "partial": "A part of the order could not be carried out. Call us.",
}
CHECKING = ("submitted", "enrichmentInProgress", "enrichmentOnHold", "new", "draft")
OVER = ("canceled", "rejected", "failed")
ENDED = (*OVER, "completed", "partial")


@dataclass(frozen=True)
class Stage:
    """A stage of an order: what it is called, whether it is done, when, and how far it is."""

    title: str
    standing: Standing
    at: datetime | None = None
    done: int = 0
    of: int = 0


def stages(order: ProductOrder, steps: Iterable[PlanItem]) -> list[Stage]:
    """Return the stages of an order, in their order, by its state and the steps of its plan."""
    state = state_of(order)
    listed = [one for one in steps if one.layer != "order" and one.direction == "do"]
    done = sum(1 for one in listed if one.state in ("completed", "skipped"))
    found = [Stage(RECEIVED, "done" if state != "draft" else "now", order.order_date)]
    if state in OVER:
        end = order.cancellation_date if state == "canceled" else order.completion_date
        return [*found, Stage(WORDS[state][0], "stopped", end)]
    is_done = state in ("completed", "partial")
    checked: Standing = "now" if state in CHECKING else "done"
    found.append(Stage(CHECKED, "todo" if state == "draft" else checked))
    building: Standing = "todo" if state in CHECKING or state == "acknowledged" else "now"
    found.append(Stage(BUILT, "done" if is_done else building, None, done, len(listed)))
    ready: Standing = "done" if is_done else "todo"
    return [*found, Stage(READY, ready, order.completion_date if is_done else None)]


@dataclass(frozen=True)
class Dates:
    """When an order is expected to be done, what was promised or wished for, and whether it is
    later than that."""

    expected: datetime | None
    promised: datetime | None
    wished: datetime | None
    is_late: bool


def dates_of(order: ProductOrder, now: datetime) -> Dates:
    """Return the dates that a customer asks for; of items the latest one counts."""
    items = order.product_order_item
    expected = order.expected_completion_date or _latest(
        [one.expected_completion_date for one in items]
    )
    promised = order.committed_completion_date or _latest(
        [one.committed_completion_date for one in items]
    )
    wished = order.requested_completion_date
    due, is_open = promised or wished, order.internal_state not in ENDED
    reached = max([one for one in (expected, now) if one is not None])
    is_late = is_open and due is not None and reached > due
    return Dates(expected or promised or wished, promised, wished, is_late)


def next_action(order: ProductOrder) -> str:
    """Return what the customer is to do now, or that there is nothing to be done."""
    return NEXT.get(state_of(order), NEXT["inProgress"])


def told_state(order: ProductOrder) -> tuple[str, str]:
    """Return the word for an order's state, and its tone."""
    return WORDS.get(state_of(order), WORDS["inProgress"])


def state_of(order: ProductOrder) -> str:
    """Return the internal state; an order that waits for its day has only been accepted."""
    return "acknowledged" if waits_for_its_day(order) else order.internal_state or "acknowledged"


def _latest(moments: Sequence[datetime | None]) -> datetime | None:
    return max((one for one in moments if one is not None), default=None)
