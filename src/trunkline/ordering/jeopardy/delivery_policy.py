"""Delivery policies: how long tasks take, when an order is in danger, and who is told, as data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, TypeAlias

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Limits, Shape, many
from trunkline.governance.configured import configures
from trunkline.governance.role_names import roles
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.ordering.fallout import ORDERING
from trunkline.ordering.jeopardy.levels import rank
from trunkline.ordering.jeopardy.working_calendar import WorkingCalendarRef
from trunkline.shared.party_reference import CustomerRef

DangerLevel: TypeAlias = Literal["low", "medium", "high", "critical"]
StopState: TypeAlias = Literal["onHold", "awaitingInformation", "revisionInProgress"]
TaskKind: TypeAlias = Literal["automatic", "callout", "manual", "timer", "fieldWork"]
SAYS = ("duration_minutes", "calendar", "task_threshold", "line_threshold", "clock_runs_on",
        "notify_from", "tells_customer")  # fmt: skip
OF_TASKS = ("duration_minutes", "calendar")


class JeopardyThreshold(Shape):
    """From more than how many percent on which level is reached."""

    percent: int
    level: DangerLevel


@configures
@resource(
    api=ORDERING,
    path="deliveryPolicy",
    prefix="DLP",
    promote=(Promoted("name"), Promoted("position", "number")),
    columns=("key", "name", "position", "customerSegment", "role", "taskKind"),
    live_name=True,
)
class DeliveryPolicy(Document):
    """What holds for some tasks, lines and customers; what it leaves out is for the next to say.

    Of several the one with the lowest `position` counts. What stands empty of `specification`
    (names of what is made or sold), `task_kind`, `role`, `customer_segment` and `customer` matches
    all. `task_threshold` are percent of the time that a task may take, `line_threshold` percent
    of the time from the order to its promise by which that is missed (less than 0: in danger
    before it). `clock_runs_on` names the states in which the clock does not stop. From the level
    `notify_from` on, who has the role `notify_role` is told. With `tells_customer` a new promise
    is told to the customer with the message text `message_text`, and that a promise is withdrawn
    with `withdrawn_text` (without one: `promise-withdrawn`).
    """

    name: Annotated[str, Limits(length_max=120)]
    position: Annotated[int | None, Limits(minimum=0)] = None
    specification: list[str] = many()
    task_kind: list[TaskKind] = many()
    role: list[str] = many()
    customer_segment: list[str] = many()
    customer: list[CustomerRef] = many()
    duration_minutes: Annotated[int | None, Limits(minimum=1)] = None
    calendar: WorkingCalendarRef | None = None
    task_threshold: list[JeopardyThreshold] = many()
    line_threshold: list[JeopardyThreshold] = many()
    clock_runs_on: list[StopState] = many()
    notify_from: DangerLevel | None = None
    notify_role: str | None = None
    tells_customer: bool | None = None
    message_text: str | None = None
    withdrawn_text: str | None = None


@rule(DeliveryPolicy)
def policy_says_something(
    _work: Work, _old: DeliveryPolicy | None, new: DeliveryPolicy
) -> Iterator[Fault]:
    """Refuse a policy that says nothing, or says of tasks what holds for some customers only."""
    if not any(getattr(new, name) not in (None, []) for name in SAYS):
        yield Fault("", "nothingSaid", "say a duration, a calendar, thresholds or who is told")
    if not new.customer and not new.customer_segment:
        return
    for name, path in zip(OF_TASKS, ("durationMinutes", "calendar"), strict=True):
        if getattr(new, name) is not None:
            message = "holds for the tasks of all customers; take the customers or this away"
            yield Fault(path, "badCombination", message)


@rule(DeliveryPolicy)
def thresholds_rise(
    _work: Work, _old: DeliveryPolicy | None, new: DeliveryPolicy
) -> Iterator[Fault]:
    """Refuse thresholds of which a higher one stands for a lower level."""
    yield from _threshold_faults("taskThreshold", new.task_threshold)
    yield from _threshold_faults("lineThreshold", new.line_threshold)


@rule(DeliveryPolicy)
def who_is_told_is_there(
    work: Work, _old: DeliveryPolicy | None, new: DeliveryPolicy
) -> Iterator[Fault]:
    """Refuse to tell a role that there is not, and to tell nobody or of nothing."""
    if (new.notify_from is None) != (new.notify_role is None):
        path = "notifyRole" if new.notify_role is None else "notifyFrom"
        yield Fault(path, "required", "say from which level on, and which role is told")
    if new.notify_role is not None and new.notify_role not in roles(work).titles:
        yield Fault("notifyRole", "badValue", f"there is no role {new.notify_role}")
    if new.tells_customer and not new.message_text:
        yield Fault("messageText", "required", "name the message text that the customer gets")


def _threshold_faults(path: str, listed: Sequence[JeopardyThreshold]) -> Iterator[Fault]:
    ordered = sorted(listed, key=lambda one: one.percent)
    levels = [rank(one.level) for one in ordered]
    if any(one >= two for one, two in zip(levels, levels[1:], strict=False)):
        yield Fault(path, "badOrder", "a higher percentage needs a graver level; mend the two")
