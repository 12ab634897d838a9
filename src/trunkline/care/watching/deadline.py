"""Deadlines of requests: who handles one is warned in time, and the customer told of a delay.

A piece of work looks at a request when its next moment has come: the warning, the deadline, or at
once where a later day was promised. While a request waits for the customer no clock runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, TypeAlias

from trunkline.care.request import CustomerRequest
from trunkline.care.staff import notice, told_of
from trunkline.care.watching.delay import tell_of_delay
from trunkline.documents.shape import format_instant
from trunkline.kernel.behaviour import handler, on
from trunkline.kernel.resource import event
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.leases import queue
from trunkline.leases.queue import Row
from trunkline.workspace.notes import Told, pass_on
from trunkline.workspace.timer import leased, locked, look_again, waits

Step: TypeAlias = Literal["warn", "late", "promise"]
DEADLINE = "care.deadline"
RUNNING = ("acknowledged", "inProgress")


def next_step(request: CustomerRequest) -> tuple[Step, datetime | None] | None:
    """Return what is to be done next about a request, and when; None as the moment for at once."""
    due = request.due_date
    if request.status not in RUNNING or due is None:
        return None
    if request.promised_date is not None and due > request.promised_date:
        return "promise", None
    if request.warning_date is not None and request.warned_at is None:
        return "warn", request.warning_date
    return ("late", due) if request.delayed_at is None else None


@on(
    event(CustomerRequest, "created"),
    event(CustomerRequest, "changed"),
    event(CustomerRequest, "state_changed"),
)
def watch_request(work: Work, request: CustomerRequest) -> None:
    """Have a request looked at when its next moment comes: warning, deadline, later promise."""
    found = next_step(request)
    if found is not None:
        look_again(work, DEADLINE, [request.id], found[1])


@handler(DEADLINE)
def look_at_request(services: Services, row: Row) -> None:
    """Warn of a request, tell of its delay, or look at it again when its moment comes."""
    told: Sequence[Told] = ()
    with leased(services, row) as work:
        request = locked(work, CustomerRequest, row.subject)
        found = next_step(request) if request is not None else None
        if request is None or found is None:
            queue.finish(work.connection, row)
            return
        step, at = found
        if waits(work, row, at):
            return
        told = _done(work, request, step)
        queue.finish(work.connection, row)
    for one in told:
        pass_on(services, one)


def _done(work: Work, request: CustomerRequest, step: Step) -> Sequence[Told]:
    """Do what is due about a request and write down that it was done."""
    with work.edit(CustomerRequest, request.id) as one:
        if step == "warn":
            one.warned_at = work.now
            return [_notice(work, one, "requestDue")]
        one.delay_note = tell_of_delay(work, one, is_late=step == "late")
        one.promised_date = one.due_date
        if step == "late":
            one.delayed_at = work.now
            return [_notice(work, one, "requestLate")]
        return ()


def _notice(work: Work, request: CustomerRequest, code: str) -> Told:
    """Return what who has a request is told, or all of the role that handles it."""
    people = told_of(work, request.assignee, request.handled_by)
    due = format_instant(request.due_date) if request.due_date is not None else ""
    return notice(request, people, code, due)
