"""Escalation: trouble that takes too long, or that somebody says is too much, goes a step up."""

from __future__ import annotations

from trunkline.assurance.ticket.holding import must_work_on
from trunkline.assurance.ticket.keeping import terms_of
from trunkline.assurance.ticket.ticket import OPEN, TroubleTicket
from trunkline.care.staff import holders_of, notice
from trunkline.documents.errors import Conflict, Fault, Invalid
from trunkline.kernel.work import Work
from trunkline.shared.note import Note
from trunkline.workspace.notes import Told


def escalate(work: Work, ident: str, *, reason: str) -> tuple[TroubleTicket, Told]:
    """Take a ticket a step up by hand, with a reason; refuses (409) where there is no further one.

    The reason is kept as a note.
    """
    must_work_on(work)
    if not reason.strip():
        raise Invalid.of([Fault("reason", "required", "say why it is escalated")])
    with work.edit(TroubleTicket, ident) as one:
        if one.status not in OPEN:
            raise Conflict("conflictTicketEnded", f"{one.key} has ended; nothing is left to do")
        kind = terms_of(work, one)
        if kind is None or (one.escalation_level or 0) >= len(kind.escalation):
            message = f"{one.key} cannot be escalated further; its type has no further step"
            raise Conflict("conflictNoStep", message)
        said = Note(text=reason.strip(), author=work.actor.name, date=work.now)
        one.note = [*one.note, said]
        told = escalated(work, one, by_time=False)
    return one, told


def escalated(work: Work, ticket: TroubleTicket, *, by_time: bool) -> Told:
    """Take a ticket that is being edited a step up; return whom to tell."""
    kind = terms_of(work, ticket)
    level = ticket.escalation_level or 0
    assert kind is not None, "a ticket without a type has no steps"
    step = kind.escalation[level]
    ticket.escalation_level, ticket.escalated_at = level + 1, work.now
    if step.takes_over:
        ticket.handled_by, ticket.assignee = step.role, None
    mark = f"{level + 1} {'time' if by_time else 'hand'}"
    return notice(ticket, holders_of(work, step.role), "escalated", mark, count=level + 1)
