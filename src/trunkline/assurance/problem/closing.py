"""Tickets of a problem: linked to it, and proposed to be resolved when it is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trunkline.assurance.problem.problem import OPEN, ServiceProblem
from trunkline.assurance.ticket.ticket import OPEN as OPEN_TICKETS
from trunkline.assurance.ticket.ticket import TicketRef, TroubleTicket
from trunkline.documents.errors import Conflict, Fault, Invalid, NotFound, Refusal
from trunkline.kernel.work import Work

AT_ONCE = 500


@dataclass(frozen=True)
class Ended:
    """A ticket that was to be resolved, and what stood in the way, empty where nothing did."""

    ticket: TroubleTicket
    problem: str = ""


def link_tickets(work: Work, ident: str, tickets: Sequence[str]) -> ServiceProblem:
    """Link tickets to a problem that is not over; those that are linked stay linked once."""
    work.actor.must(ServiceProblem.resource, "update")
    work.actor.must(TroubleTicket.resource, "read")
    if not tickets:
        raise Invalid.of([Fault("troubleTicket", "required", "name the tickets")])
    with work.edit(ServiceProblem, ident) as problem:
        if problem.status not in OPEN:
            raise Conflict("conflictProblemOver", f"{problem.key} is over; open it again first")
        known = {one.id for one in problem.trouble_ticket}
        for index, one in enumerate(tickets):
            held = work.get(TroubleTicket, one)
            if held is None:
                message = f"there is no ticket {one}; correct the key"
                raise Invalid.of([Fault(f"troubleTicket[{index}]", "danglingReference", message)])
            if held.id not in known:
                known.add(held.id)
                problem.trouble_ticket = [*problem.trouble_ticket, TicketRef(id=held.id)]
    return problem


def unlink_ticket(work: Work, ident: str, ticket: str) -> ServiceProblem:
    """Take a ticket away from a problem; refuses (404) one that is not linked to it."""
    work.actor.must(ServiceProblem.resource, "update")
    work.actor.must(TroubleTicket.resource, "read")
    held = work.get(TroubleTicket, ticket)
    with work.edit(ServiceProblem, ident) as problem:
        rest = [one for one in problem.trouble_ticket if held is None or one.id != held.id]
        if len(rest) == len(problem.trouble_ticket):
            raise NotFound("notFound", f"{ticket} is not linked to {problem.key}")
        problem.trouble_ticket = rest
    return problem


def proposed(work: Work, problem: ServiceProblem) -> list[TroubleTicket]:
    """Return the tickets of a problem that are still open; once it is over they may be resolved."""
    held = work.many(TroubleTicket, [one.id for one in problem.trouble_ticket])
    return sorted(
        (one for one in held.values() if one.status in OPEN_TICKETS), key=lambda one: one.id
    )


def resolve_tickets(
    work: Work, ident: str, *, tickets: Sequence[str] = (), reason: str = ""
) -> list[Ended]:
    """Resolve open tickets of a problem that is over, all where none are named.

    One that must not be resolved yet stays as it is, with what stands in the way. Refuses (409)
    while the problem is open, and (400) tickets that are not linked to it.
    """
    work.actor.must(ServiceProblem.resource, "update")
    work.actor.must(TroubleTicket.resource, "update")
    problem = work.lock(ServiceProblem, ident, verb="read")
    if problem.status not in ("resolved", "closed"):
        message = f"{problem.key} is not over; resolve it first, then its tickets"
        raise Conflict("conflictProblemOpen", message)
    named = _named(work, problem, tickets)
    found = [one for one in proposed(work, problem) if not tickets or one.id in named]
    why = reason.strip() or problem.status_change_reason or f"{problem.key} is over"
    return [_resolved(work, one, why) for one in found[:AT_ONCE]]


def _named(work: Work, problem: ServiceProblem, tickets: Sequence[str]) -> set[str]:
    linked, named = {one.id for one in problem.trouble_ticket}, set()
    for index, key in enumerate(tickets):
        held = work.get(TroubleTicket, key)
        if held is None or held.id not in linked:
            message = f"no ticket {key} is linked to {problem.key}; correct the key"
            raise Invalid.of([Fault(f"troubleTicket[{index}]", "danglingReference", message)])
        named.add(held.id)
    return named


def _resolved(work: Work, ticket: TroubleTicket, why: str) -> Ended:
    try:
        with work.connection.transaction(), work.edit(TroubleTicket, ticket.id) as one:
            one.status_change_reason = why
            one.status = "resolved"
    except Refusal as refusal:
        return Ended(ticket, refusal.told)
    return Ended(one)
