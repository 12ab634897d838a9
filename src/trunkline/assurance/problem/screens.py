"""The screen of problems."""

from __future__ import annotations

from trunkline.assurance.problem.problem import ServiceProblem
from trunkline.screens.screen import Action, Declared, Panel, Section, screen

screen(
    ServiceProblem,
    Declared(
        columns=("name", "category", "priority", "status", "affectedNumberOfServices",
                 "expectedResolutionDate", "creationDate"),
        filters=("status", "category", "priority", "creationDate"),
        sort="-creationDate",
        form=(
            Section("Problem", ("name", "description", "category", "priority", "reason",
                                "originatorParty")),
            Section("What it hits", ("affectedService", "affectedResource", "affectedLocation")),
            Section("By when", ("beganAt", "expectedResolutionDate", "plannedPeriod",
                                "responsibleParty")),
            Section("More", ("troubleTicket", "parentProblem", "underlyingProblem",
                             "rootCauseService", "rootCauseResource", "relatedParty",
                             "relatedEntity", "externalIdentifier", "note"), folded=True),
        ),
        facts=("status", "category", "priority", "affectedNumberOfServices",
               "beganAt", "expectedResolutionDate", "resolutionDate", "plannedPeriod"),
        actions=(
            Action("affected", "Whom it hits", address="/problems/{key}", verb="read"),
            Action("begin", "Begin", "inProgress"),
            Action("hold", "Put on hold", "held", explain=True),
            Action("resolve", "Resolve", "resolved", explain=True),
            Action("close", "Close", "closed"),
            Action("cancel", "Cancel", "cancelled", danger=True, explain=True),
        ),
        panels=(
            Panel("Credits", "ServiceCredit", "serviceProblem.id",
                  ("customer", "product", "taxIncludedAmount", "state")),
            Panel("Messages", "CommunicationMessage", "relatedEntity.id",
                  ("subject", "receiver.name", "state", "sendTimeComplete")),
        ),
        search=("name", "description"),
    ),
)  # fmt: skip
