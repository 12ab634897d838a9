"""Who works on a ticket: taken on, given to somebody, given back."""

from __future__ import annotations

from collections.abc import Sequence

from trunkline.assurance.ticket.ticket import OPEN, TroubleTicket
from trunkline.care.staff import assignable, give, give_back
from trunkline.documents.errors import Conflict, Fault, Forbidden, Invalid
from trunkline.documents.patch import copied
from trunkline.kernel.work import Work


def assign_ticket(work: Work, idents: Sequence[str], login: str) -> list[TroubleTicket]:
    """Give tickets to somebody by login, or to the one who asks by `me`, whoever has them.

    One that nobody had begun is in progress from then on. Refuses one that has ended (409), and
    whoever may not work on tickets (400).
    """
    must_work_on(work)
    held = assignable(work, login, TroubleTicket.resource, "tickets", lambda grant: grant.is_staffs)
    found = [open_ticket(work, ident) for ident in dict.fromkeys(idents)]
    give(work, found, held)
    return found


def release_ticket(work: Work, idents: Sequence[str]) -> list[TroubleTicket]:
    """Give tickets back to their queue, whoever has them; one that nobody has stays as it is."""
    found = [open_ticket(work, ident) for ident in dict.fromkeys(idents)]
    give_back(work, found)
    return found


def move_ticket(
    work: Work, idents: Sequence[str], *, status: str, reason: str
) -> list[TroubleTicket]:
    """Bring tickets into a state and say why."""
    if not reason.strip():
        raise Invalid.of([Fault("reason", "required", "say what became of the ticket, and why")])
    must_work_on(work)
    found = [work.lock(TroubleTicket, ident) for ident in dict.fromkeys(idents)]
    for one in found:
        before = dict(one.raw)
        one.status_change_reason = reason.strip()
        one.raw["status"] = status
        work.save(one, before)
    return found


def open_ticket(work: Work, ident: str) -> TroubleTicket:
    """Return a ticket that has not ended, locked, for one of the staff."""
    must_work_on(work)
    found = work.lock(TroubleTicket, ident)
    if found.status not in OPEN:
        raise Conflict("conflictTicketEnded", f"{found.key} has ended; nothing is left to do")
    return found


def must_work_on(work: Work) -> None:
    """Refuse (403) whoever is not of the staff; customers report, confirm and open again only."""
    if not work.actor.must(TroubleTicket.resource, "update").is_staffs:
        message = "working on tickets is for the staff; confirm it, open it again or take it back"
        raise Forbidden("notAllowed", message)


def report_step(work: Work, ident: str, title: str) -> TroubleTicket:
    """Report a step of a ticket's checklist as done; refuses (400) one that it does not have."""
    found = open_ticket(work, ident)
    before = copied(found.raw)
    for one in found.checklist:
        if one.title == title:
            one.is_done = True
            work.save(found, before)
            return found
    raise Invalid.of([Fault("checklist", "badValue", f"{found.key} has no step “{title}”")])
