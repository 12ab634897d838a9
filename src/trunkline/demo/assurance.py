"""The demonstration operator's trouble: types of tickets, a dozen tickets, one cut cable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from trunkline.assurance.problem.problem import ServiceProblem
from trunkline.assurance.ticket.ticket import OPEN, TroubleTicket
from trunkline.assurance.ticket.ticket_type import TicketType
from trunkline.demo.people import DemoCustomer
from trunkline.documents.shape import format_instant
from trunkline.inventory.product import Product
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.ordering.jeopardy.working_calendar import WorkingCalendar
from trunkline.shared.note import Note

OFFICE = {
    "name": "Service desk hours",
    "timeZone": "Europe/Vienna",
    "workingHours": [
        {"day": day, "startHour": "08:00", "endHour": "18:00"}
        for day in ("monday", "tuesday", "wednesday", "thursday", "friday")
    ],
}
TYPES: Sequence[dict[str, Any]] = (
    {"code": "noService", "name": "Service does not work", "handledBy": "care", "isDefault": True,
     "target": [{"severity": "critical", "resolutionMinutes": 240},
                {"resolutionMinutes": 480}],
     "warnPercent": 75, "confirmDays": 3, "selfService": True,
     "checklist": [{"title": "Line tested", "isMandatory": True,
                    "instruction": "Test from the exchange and from the box; note both."},
                   {"title": "Customer called back"}],
     "escalation": [{"percent": 100, "role": "care_lead"},
                    {"percent": 150, "role": "fallout", "takesOver": True}]},
    {"code": "slow", "name": "Service is slow", "handledBy": "care", "selfService": True,
     "target": [{"resolutionMinutes": 960}], "confirmDays": 5},
    {"code": "billQuestion", "name": "Question about a bill", "handledBy": "billing",
     "target": [{"resolutionMinutes": 1200}], "confirmDays": 3, "selfService": True},
)  # fmt: skip
TROUBLE = (
    ("noService", "critical", "No light on the box since this morning", "acknowledged", 1),
    ("noService", "major", "Telephone is dead", "inProgress", 3),
    ("slow", "minor", "Films stop in the evening", "inProgress", 26),
    ("slow", "minor", "Upload is slower than promised", "pending", 30),
    ("billQuestion", "minor", "Charged twice for the box", "acknowledged", 5),
    ("noService", "major", "Line goes down when it rains", "held", 70),
    ("noService", "minor", "No dial tone in the second office", "resolved", 20),
    ("slow", "minor", "Wi-Fi does not reach the kitchen", "closed", 200),
    ("billQuestion", "minor", "Wants a bill on paper", "rejected", 90),
    ("noService", "minor", "Box was not plugged in", "cancelled", 50),
)
REASONS = {
    "pending": "asked for a speed test by cable",
    "held": "a new drop cable is on its way",
    "resolved": "a port was set anew",
    "rejected": "paper bills are ordered in the portal",
    "cancelled": "taken back by the customer",
    "closed": "a second access point was put up",
}
CUT, FIRST_HIT = 3, 20
AGENT = "Kim Torres"


def add_assurance(
    services: Services,
    at: Callable[[Services, datetime], Services],
    people: Sequence[DemoCustomer],
) -> None:
    """Store ticket types, tickets in every state, and a problem that three of them hang on.

    `at` gives the services as of a moment of the past.
    """
    now = services.now()
    with as_system(services, "demo") as work:
        work.skip_reactions = True  # there is no ticket yet that would be counted anew
        office = WorkingCalendar.wrap(dict(OFFICE))
        work.add(office)
        kinds = [TicketType.wrap({**one}) for one in TYPES]
        for one in kinds[1:]:
            one.raw["workingCalendar"] = {"id": office.id}
        work.add(*kinds)
    for place, (kind, severity, text, status, hours) in enumerate(TROUBLE):
        who = people[place % len(people)]
        begun = now - timedelta(hours=hours)
        with as_system(at(services, begun), "demo") as work:
            ident = _ticket(work, who, kind, severity, text)
        _move(services, at, ident, status, begun, now)
    _cut_cable(services, at, people, now - timedelta(hours=2))


def _ticket(work: Work, who: DemoCustomer, kind: str, severity: str, text: str) -> str:
    held = work.find(Product, {"relatedParty.id": who.id, "status": "active"}, limit=1)
    body: dict[str, Any] = {
        "ticketType": kind, "severity": severity, "name": text, "description": f"{text}.",
        "relatedParty": [{"id": who.id, "role": "customer", "@referredType": "Customer"}],
        "channel": {"id": "phone", "name": "Phone"},
    }  # fmt: skip
    if held and kind != "billQuestion":
        body["relatedEntity"] = [{"id": held[0].id, "role": "subject", "@referredType": "Product"}]
    made = TroubleTicket.wrap(body)
    work.add(made)
    return made.id


def _move(
    services: Services,
    at: Callable[[Services, datetime], Services],
    ident: str,
    status: str,
    begun: datetime,
    now: datetime,
) -> None:
    """Bring a ticket into a state by the way that it would have gone, a while after each other."""
    way = {"acknowledged": (), "inProgress": ("inProgress",), "closed": ("resolved", "closed")}
    steps = way.get(status, ("inProgress", status))
    pause = (now - begun) / (len(steps) + 2)
    for number, one in enumerate(steps, start=1):
        then = begun + pause * number
        with (
            as_system(at(services, then), "demo") as work,
            work.edit(TroubleTicket, ident) as ticket,
        ):
            if one not in OPEN:
                for item in ticket.checklist:
                    item.is_done = True
            reason = REASONS.get(one)
            if reason is not None:
                said = Note(text=reason.capitalize() + ".", author=AGENT, date=then)
                ticket.note = [*ticket.note, said]
                ticket.status_change_reason = reason
            ticket.raw["status"] = one


def _cut_cable(
    services: Services,
    at: Callable[[Services, datetime], Services],
    people: Sequence[DemoCustomer],
    begun: datetime,
) -> None:
    """Store a cut cable that hits some customers, of whom three have called already."""
    hit = [*people[FIRST_HIT : FIRST_HIT + 2 * CUT]] or list(people[: 2 * CUT])
    with as_system(at(services, begun), "demo") as work:
        held = work.find(
            Product, {"relatedParty.id": [one.id for one in hit], "status": "active"}, limit=100
        )
        lines = sorted({ref.id for one in held for ref in one.realizing_service})
        tickets = [
            _ticket(work, one, "noService", "critical", "Internet went off all at once")
            for one in hit[:CUT]
        ]
        expected = begun + timedelta(hours=7)
        work.add(
            ServiceProblem.wrap(
                {
                    "name": "Cable cut at the harbour", "category": "outage", "priority": 1,
                    "description": "An excavator has cut the trunk cable at the harbour.",
                    "reason": "Damage by others", "status": "inProgress",
                    "originatorParty": {"id": hit[0].party},
                    "affectedService": [{"id": one} for one in lines],
                    "troubleTicket": [{"id": one} for one in tickets],
                    "expectedResolutionDate": format_instant(expected),
                }
            )
        )  # fmt: skip
