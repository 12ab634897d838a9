"""Screens of the care module: contacts, requests and their types, verifications, documents."""

from __future__ import annotations

from trunkline.care.interaction import PartyInteraction
from trunkline.care.paper import PaperDocument, PaperSpecification
from trunkline.care.request import CustomerRequest
from trunkline.care.request_type import RequestType
from trunkline.care.verification import IdentityVerification, VerificationMethod
from trunkline.screens.screen import Action, Declared, Panel, Section, screen

CUSTOMER = "relatedParty[customer].name"

screen(
    PartyInteraction,
    Declared(
        columns=("reason", CUSTOMER, "direction", "channel.name", "agent.name", "wrapUpCode",
                 "status", "creationDate"),
        filters=("status", "reason", "direction", "wrapUpCode", "creationDate", "relatedParty",
                 "tag"),
        sort="-creationDate",
        form=(
            Section("Contact", ("reason", "direction", "channel", "interactionDate")),
            Section("Who", ("relatedParty", "tag")),
            Section("What was said", ("description", "note", "interactionItem")),
            Section("How it ended", ("status", "wrapUpCode", "wrapUpNote")),
            Section("More", ("interactionRelationship", "attachment"), folded=True),
        ),
        facts=("status", "reason", "direction", "agent.name", "wrapUpCode", "interactionDate",
               "repeatNumber"),
        panels=(
            Panel("Orders", "ProductOrder", "interaction.id", ("state", "orderDate")),
            Panel("Requests", "CustomerRequest", "interaction.id",
                  ("name", "status", "dueDate")),
            Panel("Tickets", "TroubleTicket", "interaction.id",
                  ("description", "status", "dueDate")),
            Panel("Corrections", "Correction", "interaction.id", ("kind", "amount", "state")),
        ),
        actions=(Action("reopen", "Open again", "inProgress"),),
        search=("description",),
    ),
)  # fmt: skip
screen(
    RequestType,
    Declared(
        form=(
            Section("Type", ("name", "description", "targetProcess")),
            Section("Who handles it", ("handledBy", "dueDays", "warnHours")),
            Section("Who may ask for it", ("channel", "selfService", "dailyLimit", "doneAtOnce")),
        ),
        facts=("targetProcess", "handledBy", "dueDays", "selfService"),
        panels=(
            Panel("Requests", "CustomerRequest", "requestType.id",
                  ("name", "status", "dueDate")),
        ),
        actions=(
            Action("retire", "Retire", "retired", danger=True),
            Action("activate", "Offer again", "active"),
        ),
    ),
)  # fmt: skip
screen(
    CustomerRequest,
    Declared(
        columns=("name", CUSTOMER, "status", "dueDate", "handledBy", "assignee.name", "channel"),
        filters=("status", "handledBy", "requestType", "dueDate", "requestDate", "relatedParty"),
        sort="-requestDate",
        form=(
            Section("Request", ("requestType", "name", "description", "channel")),
            Section("Who asks", ("relatedParty", "interaction", "tag")),
            Section("Handling", ("handledBy", "dueDate", "warnHours", "relatedEntity",
                                 "resolution")),
        ),
        facts=("status", "dueDate", "warningDate", "delayedAt", "delayNote", "handledBy",
               "assignee.name", "targetProcess", "channel"),
        actions=(
            Action("begin", "Begin", "inProgress"),
            Action("wait", "Wait for the customer", "pending", explain=True),
            Action("complete", "Complete", "completed"),
            Action("reject", "Reject", "rejected", danger=True, explain=True),
            Action("cancel", "Cancel", "cancelled", danger=True, explain=True),
        ),
        panels=(
            Panel("Messages", "CommunicationMessage", "relatedEntity.id",
                  ("subject", "receiver.name", "state", "sendTimeComplete")),
        ),
        search=("name",),
    ),
)  # fmt: skip
screen(
    VerificationMethod,
    Declared(
        form=(
            Section("Method", ("name", "description")),
            Section("How long it holds", ("validMinutes", "isRequired")),
        ),
        actions=(
            Action("retire", "Retire", "retired", danger=True),
            Action("activate", "Use again", "active"),
        ),
    ),
)
screen(
    IdentityVerification,
    Declared(
        form=(Section("Verification", ("customer", "method", "evidence", "interaction")),),
        facts=("customer", "method", "verifiedBy.name", "verifiedAt", "validUntil"),
    ),
)
screen(
    PaperSpecification,
    Declared(
        form=(
            Section("Document type", ("name", "description", "version", "validFor")),
            Section("More", ("specCharacteristic", "entitySpecRelationship", "constraint"),
                    folded=True),
        ),
    ),
)  # fmt: skip
screen(
    PaperDocument,
    Declared(
        columns=("name", "documentType", "version", "status", "lastUpdate"),
        filters=("name", "documentType", "status", "creationDate", "relatedParty"),
        form=(
            Section("Document", ("name", "documentType", "documentSpecification", "description")),
            Section("What it is about", ("relatedEntity", "relatedParty")),
            Section("More", ("category", "document", "externalIdentifier", "characteristic"),
                    folded=True),
        ),
        facts=("status", "documentType", "version", "lastUpdate"),
        actions=(
            Action("approve", "Approve", "approved"),
            Action("publish", "Publish", "published"),
            Action("archive", "Archive", "archived"),
        ),
        search=("name",),
        numbers=("externalIdentifier.id",),
    ),
)  # fmt: skip
