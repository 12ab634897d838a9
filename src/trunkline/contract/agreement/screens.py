"""Screens of agreements and their kinds."""

from __future__ import annotations

from trunkline.contract.agreement.agreement import Agreement
from trunkline.contract.agreement.agreement_specification import AgreementSpecification
from trunkline.screens.screen import Action, Declared, Panel, Section, screen

CUSTOMER = "engagedParty[customer].name"

screen(
    Agreement,
    Declared(
        columns=("name", CUSTOMER, "internalState", "agreementPeriod.startDateTime",
                 "agreementPeriod.endDateTime", "version"),
        filters=("internalState", "engagedParty", "agreementPeriod", "name", "externalId",
                 "initialDate"),
        sort="-agreementPeriod.startDateTime",
        form=(
            Section("Agreement", ("name", "agreementType", "engagedParty", "agreementPeriod",
                                  "description", "agreementSpecification", "onlyAgreed")),
            Section("What is agreed", ("agreementItem",)),
            Section("Commitments and service levels", ("commitment", "serviceLevel")),
            Section("More", ("statementOfIntent", "documentNumber", "externalId", "version",
                             "agreementAuthorization", "associatedAgreement", "characteristic",
                             "quote", "opportunity"), folded=True),
        ),
        facts=("internalState", CUSTOMER, "agreementPeriod", "version", "quote"),
        panels=(
            Panel("Orders", "ProductOrder", "agreement.id", ("state", "orderDate")),
            Panel("Quotes", "Quote", "agreement.id", ("internalState", "quoteDate")),
            Panel("Later versions", "Agreement", "formerVersion.id",
                  ("version", "internalState", "agreementPeriod.startDateTime")),
        ),
        actions=(
            Action("approve", "Approve", "approved"),
            Action("amend", "Amend", address="/agreements/{key}/amend", verb="create"),
            Action("cancel", "Cancel agreement", "cancelled", danger=True, explain=True),
        ),
        search=("name", "externalId", "description"),
        numbers=("externalId",),
    ),
)  # fmt: skip
screen(
    AgreementSpecification,
    Declared(
        columns=("name", "lifecycleStatus", "version", "lastUpdate"),
        search=("name", "description"),
    ),
)
