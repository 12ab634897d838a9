"""The demonstration operator's contacts: request types, calls of the last weeks, what was asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from trunkline.care.codes import CHANNELS
from trunkline.care.interaction import PartyInteraction
from trunkline.care.paper import PaperDocument
from trunkline.care.request import CustomerRequest
from trunkline.care.request_type import RequestType
from trunkline.care.verification import IdentityVerification, VerificationMethod
from trunkline.demo.people import DemoCustomer
from trunkline.documents.shape import format_instant
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system

TYPES: Sequence[dict[str, Any]] = (
    {"name": "Copy of a bill", "targetProcess": "information", "handledBy": "billing",
     "dueDays": 2, "warnHours": 8, "selfService": True, "dailyLimit": 5},
    {"name": "Bill is too high", "targetProcess": "dispute", "handledBy": "billing", "dueDays": 5,
     "selfService": True},
    {"name": "Line does not work", "targetProcess": "ticket", "handledBy": "care", "dueDays": 1,
     "warnHours": 4, "selfService": True},
    {"name": "Change of plan", "targetProcess": "order", "handledBy": "sales", "dueDays": 3},
    {"name": "Complaint", "targetProcess": "complaint", "handledBy": "care", "dueDays": 7,
     "selfService": True},
    {"name": "Opening hours", "targetProcess": "information", "selfService": True,
     "doneAtOnce": True},
)  # fmt: skip
METHODS = (("Phone password", 30), ("Paper seen in a shop", 60 * 24 * 365), ("Code by text", 15))
CALLS = (
    ("orderStatus", "phone", "inbound", "Asks when the technician comes.", "resolved"),
    ("bill", "phone", "inbound", "Does not understand the last bill; explained.", "resolved"),
    ("fault", "chat", "inbound", "Wi-Fi drops in the evening; router restarted.", "resolved"),
    ("change", "shop", "inbound", "Wants a faster line; offers shown.", "promised"),
    ("complaint", "email", "inbound", "Waited too long for an answer.", "requestTaken"),
    ("contactData", "portal", "inbound", "New e-mail address entered.", "resolved"),
    ("information", "phone", "outbound", "Reminded of the appointment tomorrow.", "resolved"),
    ("cancellation", "letter", "inbound", "Gives notice for the end of the year.", "forwarded"),
)
WORDS = (
    "The one of March, please, with the details of all calls.",
    "Roaming is charged although I was at home the whole month.",
    "No dial tone since this morning; the router shows a red light.",
    "A faster line, from the first of next month if possible.",
    "Nobody called back although it was promised twice.",
)
"""What is asked for, in the words of customers, in the order of the types."""
CALLERS, DAYS = 40, 45
REQUESTS = 12
AGENT = {"id": "care", "name": "Kim Torres"}


def add_care(
    services: Services,
    at: Callable[[Services, datetime], Services],
    random: Random,
    people: Sequence[DemoCustomer],
) -> None:
    """Store what customers may ask for, whom they spoke with, and what waits to be done.

    `at` gives the services as of a moment of the past.
    """
    today = services.now()
    with as_system(services, "demo") as work:
        types = [RequestType.wrap(dict(one)) for one in TYPES]
        work.add(*types)
        methods = [
            VerificationMethod.wrap({"name": name, "validMinutes": minutes})
            for name, minutes in METHODS
        ]
        work.add(*methods)
    for day in range(DAYS, 0, -3):
        moment = today - timedelta(days=day, hours=random.randint(0, 7))
        callers = [people[0], *random.sample(list(people[:CALLERS]), min(3, len(people)))]
        with as_system(at(services, moment), "demo") as work:
            calls = {one.id: _call(random, one, moment) for one in callers}
            work.add(*calls.values())
    with as_system(services, "demo") as work:
        _today(work, random, people, types, methods)


def _call(random: Random, who: DemoCustomer, moment: datetime) -> PartyInteraction:
    reason, channel, direction, text, ended = random.choice(CALLS)
    end = moment + timedelta(minutes=random.randint(2, 25))
    return PartyInteraction.wrap(
        {
            "reason": reason, "direction": direction, "status": "completed", "wrapUpCode": ended,
            "channel": [{"id": channel, "name": CHANNELS[channel]}],
            "interactionDate": {"startDateTime": format_instant(moment),
                                "endDateTime": format_instant(end)},
            "relatedParty": _parties(who), "agent": dict(AGENT),
            "note": [{"text": text, "author": AGENT["name"], "date": format_instant(end)}],
        }
    )  # fmt: skip


def _today(
    work: Work,
    random: Random,
    people: Sequence[DemoCustomer],
    types: Sequence[RequestType],
    methods: Sequence[VerificationMethod],
) -> None:
    """Store requests that wait, Ada's open contact, her verification and her contract."""
    ada = people[0]
    waiting = [
        CustomerRequest.wrap(
            {"requestType": {"id": types[number % 5].id}, "relatedParty": _parties(one),
             "channel": random.choice(("phone", "portal", "shop")),
             "description": WORDS[number % 5]}
        )
        for number, one in enumerate(people[:REQUESTS])
    ]  # fmt: skip
    work.add(*waiting)
    begun = format_instant(work.now - timedelta(minutes=4))
    contact = PartyInteraction.wrap(
        {
            "reason": "bill", "direction": "inbound", "status": "inProgress",
            "channel": [{"id": "phone", "name": CHANNELS["phone"]}],
            "interactionDate": {"startDateTime": begun}, "agent": dict(AGENT),
            "relatedParty": _parties(ada),
            "interactionItem": [{"reason": "bill", "item": {"id": waiting[0].id, "role": "result",
                                                            "@referredType": "CustomerRequest"}}],
        }
    )  # fmt: skip
    work.add(contact)
    paper = methods[1]
    held = {"customer": {"id": ada.id}, "method": {"id": paper.id}, "evidence": "Identity card"}
    work.add(IdentityVerification.wrap(held))
    work.add(
        PaperDocument.wrap(
            {"name": "Contract, Ada Lovelace", "documentType": "contract", "status": "published",
             "relatedParty": _parties(ada),
             "relatedEntity": [{"id": ada.id, "role": "subject", "@referredType": "Customer"}]}
        )
    )  # fmt: skip


def _parties(who: DemoCustomer) -> list[dict[str, str]]:
    return [{"id": who.id, "role": "customer", "@referredType": "Customer"}]
