"""Screens of tickets and their types."""

from __future__ import annotations

from trunkline.assurance.ticket.ticket import TroubleTicket
from trunkline.assurance.ticket.ticket_type import TicketType
from trunkline.screens.screen import Action, Declared, Panel, Section, screen

CUSTOMER = "relatedParty[customer].name"

screen(
    TroubleTicket,
    Declared(
        columns=("name", CUSTOMER, "ticketType", "severity", "status", "dueDate", "handledBy",
                 "assignee.name"),
        filters=("status", "ticketType", "severity", "priority", "handledBy", "dueDate",
                 "creationDate", "relatedParty"),
        sort="-creationDate",
        form=(
            Section("Trouble", ("ticketType", "severity", "priority", "name", "description")),
            Section("Whose, and with what", ("relatedParty", "relatedEntity", "interaction",
                                             "channel", "tag")),
            Section("Handling", ("handledBy", "expectedResolutionDate",
                                 "requestedResolutionDate", "checklist")),
            Section("More", ("externalId", "troubleTicketRelationship", "attachment", "note"),
                    folded=True),
        ),
        facts=("status", "dueDate", "severity", "priority", "ticketType", "handledBy",
               "assignee.name", "escalationLevel", "breachedAt", "mergedInto"),
        actions=(
            Action("work", "Work on it", address="/tickets/{key}"),
            Action("begin", "Begin", "inProgress"),
            Action("wait", "Wait for the customer", "pending", explain=True),
            Action("hold", "Put on hold", "held", explain=True),
            Action("resolve", "Resolve", "resolved", explain=True),
            Action("close", "Close", "closed"),
            Action("reject", "Reject", "rejected", danger=True, explain=True),
            Action("cancel", "Cancel", "cancelled", danger=True, explain=True),
        ),
        panels=(
            Panel("Problems", "ServiceProblem", "troubleTicket.id",
                  ("description", "status", "priority")),
            Panel("Messages", "CommunicationMessage", "relatedEntity.id",
                  ("subject", "receiver.name", "state", "sendTimeComplete")),
        ),
        search=("name", "description"),
        numbers=("externalId",),
    ),
)  # fmt: skip
screen(
    TicketType,
    Declared(
        form=(
            Section("Type", ("code", "name", "description", "isDefault", "selfService")),
            Section("Who handles it, and by when", ("handledBy", "workingCalendar", "target",
                                                    "pauseStatus", "warnPercent", "confirmDays")),
            Section("Steps and escalation", ("checklist", "escalation")),
        ),
        facts=("code", "handledBy", "workingCalendar", "confirmDays", "isDefault"),
        actions=(
            Action("retire", "Retire", "retired", danger=True),
            Action("activate", "Use again", "active"),
        ),
    ),
)  # fmt: skip
