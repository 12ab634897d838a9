"""Watching tickets: holders are warned, breaches written down, trouble escalated, closed in time.

A piece of work looks at a ticket when its next moment has come. What moment that is follows from
its history and its type (see `clock.py`), so a pause or another target moves it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from trunkline.assurance.ticket.clock import crossing
from trunkline.assurance.ticket.escalating import escalated
from trunkline.assurance.ticket.keeping import clock_of, history_of, settle_due, terms_of
from trunkline.assurance.ticket.known_types import KnownType, known_types
from trunkline.assurance.ticket.ticket import OPEN, TroubleTicket
from trunkline.assurance.ticket.ticket_type import TicketType
from trunkline.care.staff import notice, told_of
from trunkline.documents.shape import format_instant
from trunkline.kernel.behaviour import handler, on
from trunkline.kernel.reactions import LeaseLost
from trunkline.kernel.resource import event
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row
from trunkline.ordering.jeopardy.working_calendar import WorkingCalendar
from trunkline.workspace.notes import Told, pass_on
from trunkline.workspace.timer import leased, locked, look_again, waits

Doing: TypeAlias = Literal["warn", "breach", "escalate", "close"]
WATCH, RESETTLE = "assurance.watch", "assurance.resettle"
CHUNK = 100
CONFIRMED_BY_TIME = "nobody opened it again within %s days"


@dataclass(frozen=True)
class Next:
    """What is to be done next about a ticket, and when."""

    doing: Doing
    at: datetime


def next_of(work: Work, ticket: TroubleTicket) -> Next | None:
    """Return what is to be done next about a ticket; None where nothing is."""
    kind = terms_of(work, ticket)
    if kind is None:
        return None
    if ticket.status == "resolved":
        days, since = kind.document.confirm_days, ticket.status_change_date
        if days is None or since is None:
            return None
        return Next("close", since + timedelta(days=days))
    if ticket.status not in OPEN:
        return None
    return min(_moments(ticket, kind), key=lambda one: one.at, default=None)


def _moments(ticket: TroubleTicket, kind: KnownType) -> Sequence[Next]:
    terms = kind.terms(ticket.severity, ticket.priority)
    if terms.target is None:
        return ()
    history = history_of(ticket.status_change)
    wanted: list[tuple[Doing, int]] = []
    if ticket.warned_at is None and ticket.breached_at is None and kind.warn_percent < 100:
        wanted.append(("warn", kind.warn_percent))
    if ticket.breached_at is None:
        wanted.append(("breach", 100))
    level = ticket.escalation_level or 0
    if level < len(kind.escalation):
        wanted.append(("escalate", kind.escalation[level].percent))
    found = ((doing, crossing(history, terms, terms.target * part / 100)) for doing, part in wanted)
    return [Next(doing, at) for doing, at in found if at is not None]


@on(
    event(TroubleTicket, "created"),
    event(TroubleTicket, "changed"),
    event(TroubleTicket, "state_changed"),
)
def watch_ticket(work: Work, ticket: TroubleTicket) -> None:
    """Have a ticket looked at when its next moment comes: warning, breach, escalation, closing."""
    found = next_of(work, ticket)
    if found is not None:
        look_again(work, WATCH, [ticket.id], found.at)


@handler(WATCH)
def look_at_ticket(services: Services, row: Row) -> None:
    """Do what is due about a ticket, or look at it again when its moment comes."""
    told: Sequence[Told] = ()
    with leased(services, row) as work:
        ticket = locked(work, TroubleTicket, row.subject)
        found = next_of(work, ticket) if ticket is not None else None
        if ticket is None or found is None:
            queue.finish(work.connection, row)
            return
        if waits(work, row, found.at):
            return
        told = _do(work, ticket.id, found)
        queue.finish(work.connection, row)
    for one in told:
        pass_on(services, one)


def _do(work: Work, ident: str, found: Next) -> Sequence[Told]:
    """Do what is due about a ticket and write down that it was done."""
    with work.edit(TroubleTicket, ident) as one:
        mark = format_instant(found.at)
        if found.doing == "warn":
            one.warned_at = work.now
            return [notice(one, _who_has(work, one), "requestDue", mark)]
        if found.doing == "breach":
            one.breached_at = found.at
            one.due_date = found.at
            return [notice(one, _who_has(work, one), "requestLate", mark)]
        if found.doing == "escalate":
            return [escalated(work, one, by_time=True)]
        kind = terms_of(work, one)
        days = kind.document.confirm_days if kind is not None else 0
        one.status_change_reason = CONFIRMED_BY_TIME % days
        one.status = "closed"
        return ()


def _who_has(work: Work, ticket: TroubleTicket) -> list[str]:
    return told_of(work, ticket.assignee, ticket.handled_by)


@on(
    event(TicketType, "created"),
    event(TicketType, "changed"),
    event(TicketType, "state_changed"),
)
def type_holds_for_open_tickets(work: Work, kind: TicketType) -> None:
    """Have the tickets of a type that was changed, or came or went, counted anew."""
    _resettle(work, kind, str(kind.meta.version))


@on(event(WorkingCalendar, "changed"))
def calendar_holds_for_open_tickets(work: Work, calendar: WorkingCalendar) -> None:
    """Have the tickets of the types that go by a calendar counted anew."""
    for one in work.find(TicketType, {"workingCalendar.id": calendar.id}):
        _resettle(work, one, f"{one.meta.version} {calendar.id} {calendar.meta.version}")


def _resettle(work: Work, kind: TicketType, mark: str) -> None:
    once = f"{RESETTLE} {kind.id} {mark}"
    work.schedule(NewWork(RESETTLE, kind.id, payload={"after": ""}, once=once))


@handler(RESETTLE)
def count_anew(services: Services, row: Row) -> None:
    """Say of some tickets of a type by when they are due now, then of the next ones."""
    with as_system(services, RESETTLE) as work:
        kind = work.get(TicketType, row.subject)
        payload = row.payload if isinstance(row.payload, dict) else {}
        idents = _lasting_ones(work, kind, str(payload.get("after") or "")) if kind else []
        # What looks at a ticket takes its piece of work first and the ticket then; so does this.
        look_again(work, WATCH, idents)
        for ident in idents:
            with work.edit(TroubleTicket, ident) as one:
                settle_due(work, one)
        if len(idents) == CHUNK:
            once = f"{row.id} {RESETTLE} {idents[-1]}"
            work.schedule(NewWork(RESETTLE, row.subject, payload={"after": idents[-1]}, once=once))
        if not queue.finish(work.connection, row):
            raise LeaseLost(row.kind)


def _lasting_ones(work: Work, kind: TicketType, after: str) -> list[str]:
    """Return the next tickets that have not ended and go by a type, or by none, by id.

    Those of types that nobody has described go by the default, which the change may have made
    another.
    """
    rows = work.connection.execute(
        f"select id::text from {TroubleTicket.resource.table} "  # noqa: S608 - our own table
        "where p_status = any(%s) and (p_ticket_type = %s or p_ticket_type <> all(%s)) "
        "and (%s = '' or id > nullif(%s, '')::uuid) order by id limit %s",
        [[*OPEN, "resolved"], kind.code, [*known_types(work).by_code], after, after, CHUNK],
    ).fetchall()
    return [one for (one,) in rows]


def is_late(work: Work, ticket: TroubleTicket) -> bool:
    """Tell whether the time of an open ticket is up."""
    return ticket.status in OPEN and clock_of(work, ticket).breached_at is not None
