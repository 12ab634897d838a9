"""Ticket types: who handles a kind of trouble, by when, in which steps, and who is told if not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from trunkline.assurance.api import ASSURANCE
from trunkline.care.in_use import IN_USE
from trunkline.documents.errors import Fault
from trunkline.documents.shape import Classified, Limits, Shape, many
from trunkline.governance.configured import configures
from trunkline.governance.register_rules import code_faults
from trunkline.governance.role_names import role_faults
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.ordering.jeopardy.working_calendar import WorkingCalendarRef
from trunkline.shared.extensible import Extensible

PAUSES = ("pending", "held")
INTERNAL = Classified("internal")


class ServiceTarget(Shape):
    """Within how many minutes of work trouble of a severity and a priority is to be over.

    Where one of the two is left out, the target holds for any; the first that fits counts.
    """

    severity: str | None = None
    priority: str | None = None
    resolution_minutes: Annotated[int, Limits(minimum=1)]


class EscalationStep(Shape):
    """Who is told when so many percent of the time are over; with `takes_over` it is theirs."""

    percent: Annotated[int, Limits(minimum=1)]
    role: Annotated[str, Limits(length_max=63)]
    takes_over: bool | None = None


class ChecklistStep(Shape):
    """Something to be done about trouble of this kind, and how; it may be needed to end it."""

    title: Annotated[str, Limits(length_max=200)]
    instruction: Annotated[str | None, Limits(length_max=2000)] = None
    is_mandatory: bool | None = None


@configures
@resource(
    api=ASSURANCE,
    path="ticketType",
    prefix="TTY",
    required=("code", "name"),
    immutable=("code",),
    lifecycle=IN_USE,
    promote=(Promoted("code"), Promoted("name"), Promoted("lifecycleStatus")),
    data_class="public",
    columns=("key", "code", "name", "handledBy", "lifecycleStatus"),
)
class TicketType(Extensible, Document):
    """A kind of trouble, named in a ticket by its `code` (TMF621 `ticketType`).

    `handled_by` is the role whose queue tickets go to. The clock counts the hours of
    `working_calendar` (around the clock without one) while a ticket is in none of the states
    `pause_status`; `warn_percent` says when its holder is warned. `confirm_days` after it was
    resolved a ticket that nobody has opened again is closed. The one that `is_default` holds for
    tickets of a type that nobody has described.
    """

    code: Annotated[str | None, Limits(length_max=60)] = None
    name: Annotated[str | None, Limits(length_max=120)] = None
    description: Annotated[str | None, Limits(length_max=500)] = None
    handled_by: Annotated[str | None, INTERNAL, Limits(length_max=63)] = None
    working_calendar: Annotated[WorkingCalendarRef | None, INTERNAL] = None
    target: Annotated[list[ServiceTarget], INTERNAL] = many()
    pause_status: list[Literal["acknowledged", "inProgress", "pending", "held"]] = many()
    warn_percent: Annotated[int | None, Limits(minimum=1)] = None
    escalation: Annotated[list[EscalationStep], INTERNAL] = many()
    checklist: Annotated[list[ChecklistStep], INTERNAL] = many()
    confirm_days: Annotated[int | None, Limits(minimum=0)] = None
    self_service: bool | None = None
    is_default: bool | None = None
    lifecycle_status: Literal["active", "retired"] | None = None


@rule(TicketType)
def a_type_is_one(work: Work, old: TicketType | None, new: TicketType) -> Iterator[Fault]:
    """Refuse a second type of a code, a second default, and escalations out of order."""
    if old is None and new.code is not None:
        yield from code_faults(work, new, new.code)
    if new.is_default and not (old is not None and old.is_default):
        for one in work.find(TicketType, {}):
            if one.is_default and one.id != new.id:
                yield Fault("isDefault", "conflictDefault", f"{one.name} is the default; change it")
    percents = [one.percent for one in new.escalation]
    if percents != sorted(set(percents)):
        message = "each step comes at more percent than the one before; put them in order"
        yield Fault("escalation", "badOrder", message)


@rule(TicketType)
def tickets_go_to_roles_that_are_there(
    work: Work, old: TicketType | None, new: TicketType
) -> Iterator[Fault]:
    """Refuse a queue and an escalation of a role that there is not."""
    stands = [old.handled_by, *(one.role for one in old.escalation)] if old is not None else []
    yield from role_faults(work, "handledBy", new.handled_by, *stands)
    for at, one in enumerate(new.escalation):
        yield from role_faults(work, f"escalation[{at}].role", one.role, *stands)
