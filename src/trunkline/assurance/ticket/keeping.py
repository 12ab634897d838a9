"""What is kept of a ticket as it moves: history, the steps of its type, due date and doubles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from trunkline.assurance.ticket.clock import Reckoned, Step, reckon
from trunkline.assurance.ticket.known_types import NO_TERMS, KnownType, known_types
from trunkline.assurance.ticket.likeness import like
from trunkline.assurance.ticket.ticket import (
    OPEN,
    ChecklistItem,
    StatusChange,
    TicketRef,
    TroubleTicket,
)
from trunkline.documents.errors import Fault
from trunkline.documents.patch import copied
from trunkline.kernel.behaviour import enrich, rule
from trunkline.kernel.work import Work
from trunkline.shared.party_reference import RelatedParty

NAME_MAX = 80
STAFFS = ("expectedResolutionDate", "interaction", "tag", "priority")
SETTLED = (*STAFFS, "handledBy", "checklist", "assignee", "escalationLevel", "mergedInto")


def terms_of(work: Work, ticket: TroubleTicket) -> KnownType | None:
    """Return the type of a ticket, if anybody has described it or a default."""
    return known_types(work).of(ticket.ticket_type)


def clock_of(work: Work, ticket: TroubleTicket, now: datetime | None = None) -> Reckoned:
    """Return what the clock of a ticket says now."""
    kind = terms_of(work, ticket)
    terms = kind.terms(ticket.severity, ticket.priority) if kind is not None else NO_TERMS
    return reckon(history_of(ticket.status_change), terms, now or work.now)


def history_of(changes: Sequence[StatusChange]) -> list[Step]:
    """Return the states of a ticket in order."""
    return [
        Step(str(one.status), one.change_date) for one in changes if one.change_date is not None
    ]


def _moved(old: TroubleTicket, new: TroubleTicket) -> bool:
    return _clocked(old) != _clocked(new) or [*_done(old)] != [*_done(new)]


def _clocked(one: TroubleTicket) -> tuple[str | None, ...]:
    return one.status, one.severity, one.priority, one.ticket_type


def _done(one: TroubleTicket) -> Iterator[tuple[str, bool | None, bool]]:
    return ((each.title, each.is_done, each.done_at is None) for each in one.checklist)


def _retyped(old: TroubleTicket, new: TroubleTicket) -> bool:
    return old.ticket_type != new.ticket_type


@enrich(TroubleTicket, again=_retyped)
def another_type_brings_its_queue_and_steps(work: Work, new: TroubleTicket) -> None:
    """Take queue and steps from the type that a ticket is of now, unless they were sent along."""
    old = work.get(TroubleTicket, new.id) if new.meta.version else None
    kind = terms_of(work, new)
    if old is None or kind is None:
        return
    if new.handled_by == old.handled_by:
        new.handled_by = kind.document.handled_by or old.handled_by
    if new.raw.get("checklist") == old.raw.get("checklist"):
        done = {one.title: one for one in old.checklist if one.is_done}
        new.checklist = [done.get(one.title, one) for one in steps_of(kind)]


@enrich(TroubleTicket, again=_moved)
def ticket_is_tracked(work: Work, new: TroubleTicket) -> None:
    """Take queue and steps from a new ticket's type, note each state, say when it is due."""
    if not new.meta.version:
        _begin(work, new)
    if not new.status_change or new.status_change[-1].status != new.status:
        last = new.status_change[-1].change_reason if new.status_change else None
        if new.status_change_reason == last:
            new.status_change_reason = None  # it is why it came into the state before
        step = StatusChange(status=new.status, change_date=work.now)
        step.change_reason = new.status_change_reason
        new.status_change = [*new.status_change, step]
        new.status_change_date = work.now
        if new.status in ("resolved", "closed"):
            new.resolution_date = new.resolution_date or work.now
        elif new.status in OPEN:
            new.resolution_date = None
    for item in new.checklist:
        if item.is_done and item.done_at is None:
            item.done_at, item.done_by = work.now, work.actor.name
        elif not item.is_done and item.done_at is not None:
            item.done_at = item.done_by = None
    settle_due(work, new)


def settle_due(work: Work, new: TroubleTicket) -> None:
    """Say by when a ticket is to be over; a breach that its history shows no more is taken back."""
    found = clock_of(work, new)
    is_known = found.standing == "running" or found.breached_at is not None
    new.due_date = found.due if is_known else None
    if found.breached_at is None:
        new.breached_at = None
    if new.due_date is not None and new.due_date > work.now and found.left is not None:
        kind = terms_of(work, new)
        percent = kind.warn_percent if kind is not None else 100
        if found.target and found.elapsed < found.target * percent / 100:
            new.warned_at = None


def _begin(work: Work, new: TroubleTicket) -> None:
    grant = work.actor.grant(TroubleTicket.resource, "create")
    is_own = grant is not None and grant.reach == "own"
    if is_own and not new.related_party and work.actor.party is not None:
        new.related_party = [RelatedParty(id=work.actor.party, role="customer")]
    if not new.name:
        new.name = " ".join((new.description or "").split())[:NAME_MAX] or None
    kind = terms_of(work, new)
    if kind is not None:
        new.handled_by = new.handled_by or kind.document.handled_by
        if not new.checklist:
            new.checklist = steps_of(kind)
    doubles = like(work, new) if new.status in OPEN else ()
    if doubles:
        new.possible_duplicate = [TicketRef(id=one.id) for one in doubles]


def steps_of(kind: KnownType) -> list[ChecklistItem]:
    """Return the steps that a type asks for, none of them done."""
    return [
        ChecklistItem.wrap({**copied(one.raw), "isMandatory": bool(one.is_mandatory)})
        for one in kind.document.checklist
    ]


@rule(TroubleTicket)
def a_ticket_is_of_a_type_in_use(
    work: Work, old: TroubleTicket | None, new: TroubleTicket
) -> Iterator[Fault]:
    """Refuse a retired type, and a customer's ticket of a type that only the staff takes."""
    if old is not None and old.ticket_type == new.ticket_type:
        return
    kind = known_types(work).by_code.get(new.ticket_type or "")
    if kind is None:
        return
    if kind.document.lifecycle_status != "active":
        message = f"{kind.document.name} is retired; choose another type"
        yield Fault("ticketType", "typeRetired", message)
    grant = work.actor.grant(TroubleTicket.resource, "create" if old is None else "update")
    if grant is not None and not grant.is_staffs and kind.document.self_service is False:
        message = f"{kind.document.name} is taken by the staff; ask them"
        yield Fault("ticketType", "notSelfService", message)
