"""Outages: the open problems that hit a customer, or one of the things that a customer has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from trunkline.assurance.problem.affected import problems_touching, touching
from trunkline.assurance.problem.problem import OPEN, PLANNED, ServiceProblem
from trunkline.assurance.ticket.ticket import OPEN as OPEN_TICKETS
from trunkline.assurance.ticket.ticket import KnownProblemRef, TicketRef, TroubleTicket
from trunkline.documents.shape import Json
from trunkline.kernel.behaviour import enrich, on
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import event
from trunkline.kernel.select import Sql
from trunkline.kernel.work import Work
from trunkline.party.customer import names_of


def outages_of(work: Work, ident: str, customer: Mapping[str, Json]) -> list[ServiceProblem]:
    """Return the open problems that hit anything that a customer has, the gravest first.

    `customer` is its document, as far as the actor sees it.
    """
    work.actor.must(ServiceProblem.resource, "read")
    parties = names_of(ident, customer)
    return _known(work, problems_touching(work, (), OPEN, parties=parties))


def outages_at(work: Work, things: Sequence[str]) -> list[ServiceProblem]:
    """Return the open problems that hit any of some products, services or places."""
    work.actor.must(ServiceProblem.resource, "read")
    asked = [one for one in things if UUID.match(one)]
    return _known(work, problems_touching(work, asked, OPEN) if asked else ())


def hitting(things: Sequence[str]) -> Sql:
    """Return the condition on problems that finds the same, for who reads more at once."""
    asked = touching([one for one in things if UUID.match(one)], OPEN)
    return Sql(f"t.id in ({asked.text})", asked.parameters)


def gravest_first(problems: Iterable[ServiceProblem]) -> list[ServiceProblem]:
    """Return problems in the order in which they are told."""
    return sorted(problems, key=lambda one: (one.priority or 0, one.id))


def _known(work: Work, idents: Sequence[str]) -> list[ServiceProblem]:
    return gravest_first(work.many(ServiceProblem, idents).values())


def is_planned(problem: ServiceProblem) -> bool:
    """Tell whether a problem is work that was announced."""
    return problem.category == PLANNED


@enrich(TroubleTicket)
def known_problems_are_named(work: Work, new: TroubleTicket) -> None:
    """Say on a new ticket which open problems hit what it is about: it need not be looked into."""
    things = [one.id for one in new.related_entity if UUID.match(one.id)]
    if new.meta.version or new.status not in OPEN_TICKETS or not things:
        return
    known = problems_touching(work, things, OPEN)
    if known:
        new.known_problem = [KnownProblemRef(id=one) for one in sorted(known)]


@on(event(TroubleTicket, "created"))
def known_problem_takes_the_ticket(work: Work, ticket: TroubleTicket) -> None:
    """Link a new ticket about something that an open problem hits to that problem."""
    things = [one.id for one in ticket.related_entity if UUID.match(one.id)]
    if ticket.status not in OPEN_TICKETS or not things:
        return
    for ident in sorted(problems_touching(work, things, OPEN)):
        with work.edit(ServiceProblem, ident) as problem:
            if is_planned(problem) or problem.status not in OPEN:
                continue
            if ticket.id not in {one.id for one in problem.trouble_ticket}:
                problem.trouble_ticket = [*problem.trouble_ticket, TicketRef(id=ticket.id)]
