"""What assurance keeps as configuration, in a package: ticket types and policies of credits."""

from __future__ import annotations

from trunkline.assurance.credit.policy import ServiceCreditPolicy
from trunkline.assurance.ticket.ticket_type import TicketType
from trunkline.governance.packaged_records import named, packaged
from trunkline.ordering.packaged import calendar_found, calendar_named

packaged(
    TicketType, "ticketTypes", "Ticket types", key=named("code"), order=89,
    outward=calendar_named("workingCalendar"), inward=calendar_found("workingCalendar"),
)  # fmt: skip
packaged(
    ServiceCreditPolicy, "serviceCreditPolicies", "Policies of service level credits",
    key=named("code"), order=74,
)  # fmt: skip
