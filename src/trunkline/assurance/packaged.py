"""What assurance keeps as configuration, in a package: ticket types and policies of credits."""

from __future__ import annotations

from trunkline.assurance.credit.policy import ServiceCreditPolicy
from trunkline.assurance.ticket.ticket_type import TicketType
from trunkline.governance.packaged_records import named, packaged, without

# Calendars are no part of packages; each installation names its own.
packaged(
    TicketType, "ticketTypes", "Ticket types", key=named("code"), order=73,
    outward=without("workingCalendar"),
)  # fmt: skip
packaged(
    ServiceCreditPolicy, "serviceCreditPolicies", "Policies of service level credits",
    key=named("code"), order=74,
)  # fmt: skip
