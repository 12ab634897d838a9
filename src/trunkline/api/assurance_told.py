"""Assurance's own verbs, described: what each operation takes and answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from trunkline.assurance.api import ASSURANCE
from trunkline.rest.verb import Object, Verb, shape

ONE = {"id": "text", "key": "text", "href": "text", "@referredType": "text"}
SCHEMAS: Mapping[str, Object] = {
    "TicketClock": shape(
        "What the clock of a ticket shows, and every stretch that counted or not. `dueDate` is "
        "missing while the clock stands; `leftSeconds` is less than 0 once the time is up.",
        {"standing": {"enum": ["running", "paused", "over"]}, "elapsedSeconds": "integer",
         "targetSeconds": "integer", "leftSeconds": "integer", "dueDate": "instant",
         "isBreached": "flag", "breachedAt": "instant", "calendar": "text",
         "interval": "list ClockInterval"},
        "standing elapsedSeconds isBreached interval",
    ),
    "ClockInterval": shape(
        "A stretch in one state, and the time for work in it that counted.",
        {"status": "text", "startDateTime": "instant", "endDateTime": "instant",
         "isCounted": "flag", "elapsedSeconds": "integer"},
        "status startDateTime endDateTime isCounted elapsedSeconds",
    ),
    "TicketMention": shape(
        "A ticket by its id, key and address, with its state.", ONE | {"status": "text"}, "id key"
    ),
    "HeldTicket": shape(
        "A ticket, whose queue it is in, who works on it and how far it was escalated.",
        {"id": "text", "key": "text", "status": "text", "handledBy": "text",
         "assignee": "object", "escalationLevel": "integer"},
        "id key status",
    ),
    "TicketHolder": shape(
        "Who is to work on it, by login; `me` is the asker.", {"login": "text"}, "login"
    ),
    "EscalationReason": shape("Why it goes a step up.", {"reason": "text"}, "reason"),
    "MergeTarget": shape("The ticket that stays, by id or key.", {"into": "text"}, "into"),
    "MergedTickets": shape(
        "The ticket that was merged and the one that it was merged into.",
        {"duplicate": "HeldTicket", "kept": "HeldTicket"}, "duplicate kept",
    ),
    "AssuranceMention": shape("A record by its id, key, kind and address.", ONE, "id key"),
    "HitCustomer": shape(
        "A customer whom a problem hits, with the products and services of theirs that it does.",
        {"customer": "AssuranceMention", "product": "list AssuranceMention",
         "service": "list AssuranceMention"},
        "customer product service",
    ),
    "TicketsToLink": shape(
        "Tickets by id or key.", {"troubleTicket": "list text"}, "troubleTicket"
    ),
    "TicketToUnlink": shape("A ticket by id or key.", {"troubleTicket": "text"}, "troubleTicket"),
    "LinkedTickets": shape(
        "A problem and the tickets that are linked to it.",
        {"id": "text", "key": "text", "troubleTicket": "list object"}, "id key troubleTicket",
    ),
    "MassNotice": shape(
        "What all are told: the name of a text for messages, which each gets in their language, "
        "or a subject and a content; {name}, {problem}, {what} and {date} are filled in. Who was "
        "told the same since the problem came into its state is told once more only with `again`.",
        {"text": "text", "subject": "text", "content": "text", "again": "flag"},
    ),
    "TakenNotice": shape(
        "A notice that is going out; its problem says how many were told.",
        {"id": "text", "subject": "text", "saidAt": "instant", "saidBy": "text",
         "isDone": "flag", "told": "integer", "notTold": "integer", "alreadyTold": "integer",
         "again": "flag"},
        "id saidAt",
    ),
    "TicketsToResolve": shape(
        "Tickets by id or key, all open ones of the problem where none are named, and the reason.",
        {"troubleTicket": "list text", "reason": "text"},
    ),
    "ResolvedTickets": shape(
        "The tickets that were resolved, and those that must not be yet with the reason.",
        {"resolved": "list object", "refused": "list object"}, "resolved refused",
    ),
    "Outage": shape(
        "An open problem that hits what was asked about.",
        ONE | {"name": "text", "category": "text", "status": "text", "description": "text",
               "isPlanned": "flag", "creationDate": "instant",
               "expectedResolutionDate": "instant", "plannedPeriod": "object"},
        "id key isPlanned",
    ),
    "InstalledProduct": shape(
        "A product of a customer: its state, site and prices, the orders and tickets that are "
        "open about it, and what can be ordered for it.",
        {"product": "object", "status": "text", "site": "object", "price": "list object",
         "openOrder": "list object", "openTicket": "list object", "canBeOrdered": "list text"},
        "product status price openOrder openTicket canBeOrdered",
    ),
}  # fmt: skip


def verbs() -> Iterator[Verb]:
    """Yield the operations, as OpenAPI tells of them."""
    yield from _ticket_verbs()
    yield from _problem_verbs()
    yield Verb(
        api=ASSURANCE, method="get", path="/outage", name="listOutage",
        scope="ServiceProblem:read", about="Outage", answers="Outage", is_list=True,
        summary="List the open problems that hit a customer, a product, a service or a place",
        filters={"customer": "The id or key of a customer.", "product": "Of a product.",
                 "service": "Of a service.", "place": "The id of a site or an address."},
    )  # fmt: skip
    yield Verb(
        api=ASSURANCE, method="get", path="/customer/{id}/product", name="listInstalledProduct",
        scope="Product:read", about="InstalledProduct", answers="InstalledProduct", is_list=True,
        summary="List what a customer has, with what is open about it and can be ordered for it",
    )  # fmt: skip


def _ticket_verbs() -> Iterator[Verb]:
    one = "/troubleTicket/{id}"
    yield Verb(
        api=ASSURANCE, method="get", path=f"{one}/clock", name="retrieveTicketClock",
        scope="TroubleTicket:read", about="TicketClock", answers="TicketClock",
        summary="Return what the clock of a ticket shows, and what of its life counted",
    )  # fmt: skip
    yield Verb(
        api=ASSURANCE, method="get", path=f"{one}/duplicate", name="listTicketDuplicate",
        scope="TroubleTicket:read", about="TicketMention", answers="TicketMention", is_list=True,
        summary="List open tickets that may be about the same trouble",
    )  # fmt: skip
    post = partial(
        Verb, api=ASSURANCE, method="post", parameters="Idempotency-Key", conflicts=True,
        scope="TroubleTicket:update",
    )  # fmt: skip
    held = partial(post, about="HeldTicket", answers="HeldTicket")
    yield held(
        path=f"{one}/assign", name="assignTicket", takes="TicketHolder",
        summary="Give a ticket to somebody, whoever has it",
    )  # fmt: skip
    yield held(path=f"{one}/release", name="releaseTicket", summary="Give a ticket back")
    yield held(
        path=f"{one}/escalate", name="escalateTicket", takes="EscalationReason",
        summary="Take a ticket a step of its type up",
    )  # fmt: skip
    merged = partial(post, about="MergedTickets", answers="MergedTickets")
    yield merged(
        path=f"{one}/merge", name="mergeTicket", takes="MergeTarget",
        summary="Merge a ticket into another one about the same trouble",
    )  # fmt: skip
    yield merged(
        path=f"{one}/unmerge", name="unmergeTicket",
        summary="Take a merged ticket out of the other one again",
    )  # fmt: skip


def _problem_verbs() -> Iterator[Verb]:
    one = "/serviceProblem/{id}"
    ask = partial(Verb, api=ASSURANCE, method="get", is_list=True, scope="ServiceProblem:read")
    yield ask(
        path=f"{one}/affected", name="listHitCustomer", about="HitCustomer",
        answers="HitCustomer", summary="List the customers whom a problem hits",
        filters={"offset": "How many to leave out.", "limit": "How many at most."},
    )  # fmt: skip
    yield ask(
        path=f"{one}/openTicket", name="listOpenTicketOfProblem", about="TicketMention",
        answers="TicketMention", summary="List the open tickets of a problem",
    )  # fmt: skip
    post = partial(
        Verb, api=ASSURANCE, method="post", parameters="Idempotency-Key", conflicts=True,
        scope="ServiceProblem:update",
    )  # fmt: skip
    linked = partial(post, about="LinkedTickets", answers="LinkedTickets")
    yield linked(
        path=f"{one}/link", name="linkTickets", takes="TicketsToLink",
        summary="Link tickets to a problem",
    )  # fmt: skip
    yield linked(
        path=f"{one}/unlink", name="unlinkTicket", takes="TicketToUnlink",
        summary="Take a ticket away from a problem",
    )  # fmt: skip
    yield post(
        path=f"{one}/notify", name="notifyHitCustomers", takes="MassNotice", about="TakenNotice",
        answers="TakenNotice", status="202", summary="Have everybody told whom a problem hits",
    )  # fmt: skip
    yield post(
        path=f"{one}/resolveTicket", name="resolveTickets", takes="TicketsToResolve",
        about="ResolvedTickets", answers="ResolvedTickets",
        summary="Resolve the tickets of a problem that is over",
    )  # fmt: skip
