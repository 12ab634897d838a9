"""What assurance keeps as configuration, in a package: the ticket types, known by their codes."""

from __future__ import annotations

from trunkline.assurance.ticket.ticket_type import TicketType
from trunkline.governance.packaged_records import named, packaged
from trunkline.governance.packages import Body
from trunkline.kernel.work import Work

STAYS = ("workingCalendar",)
"""Calendars are no part of packages; each installation names its own."""


def _without_calendar(_work: Work, body: Body) -> Body:
    return {name: value for name, value in body.items() if name not in STAYS}


packaged(
    TicketType, "ticketTypes", "Ticket types", key=named("code"), order=73,
    outward=_without_calendar,
)  # fmt: skip
