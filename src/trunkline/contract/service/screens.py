"""Screens of contracts, service contracts and entitlements."""

from __future__ import annotations

from trunkline.contract.service.contract import Contract
from trunkline.contract.service.definition import EntitlementDefinition
from trunkline.contract.service.entitlement import Entitlement, EntitlementUse
from trunkline.contract.service.service_contract import ServiceContract
from trunkline.screens.screen import Action, Declared, Panel, Section, screen

CUSTOMER = "relatedParty[customer].name"
END = "validFor.endDateTime"
LINE = ("productOffering", "quantity", "product", "price", "validFor")
ACTIONS = (
    Action("activate", "Bring into force", "active"),
    Action("suspend", "Suspend", "suspended", explain=True),
    Action("cancel", "Cancel", "cancelled", danger=True, explain=True),
)

screen(
    Contract,
    Declared(
        columns=("name", CUSTOMER, "state", "validFor.startDateTime", END, "contractValue"),
        filters=("state", "validFor", "relatedParty", "quote", "productOrder", "agreement",
                 "externalId"),
        sort="-validFor.endDateTime",
        form=(
            Section("Contract", ("name", "description", "relatedParty", "billingAccount",
                                 "validFor", "termMonths", "contractValue", "beginsByItself")),
            Section("Lines", ("contractLine",)),
            Section("How it goes on", ("renewal", "terminationRule")),
            Section("Service levels", ("serviceLevel",), folded=True),
            Section("Where it comes from", ("quote", "agreement", "productOrder", "externalId"),
                    folded=True),
            Section("Notes", ("note", "stateReason", "feeWaiverReason"), folded=True),
        ),
        facts=("state", "validFor", "contractValue", "quote", "renewedFrom", "renewedBy"),
        panels=(
            Panel("Service contracts", "ServiceContract", "contract.id",
                  ("name", "state", "billingAccount", "place", "validFor")),
            Panel("Renewed by", "Contract", "renewedFrom.id", ("name", "state", "validFor")),
            Panel("Goes on in", "Contract", "consolidates.id", ("name", "state", "validFor")),
            Panel("Messages", "CommunicationMessage", "relatedEntity.id",
                  ("subject", "receiver.name", "state", "sendTimeComplete")),
        ),
        actions=(
            Action("goOn", "Renew or end …", address="/contract/{key}/renew"),
            *ACTIONS,
        ),
        search=("name", "description", "externalId"),
        numbers=("externalId",),
        inner=(("contractLine", LINE),),
        depends=(("billingAccount", ("relatedParty",)),),
    ),
)  # fmt: skip
screen(
    ServiceContract,
    Declared(
        columns=("name", CUSTOMER, "state", "billingAccount", "place", "validFor.startDateTime",
                 END),
        filters=("state", "validFor", "relatedParty", "billingAccount", "contract", "productOrder",
                 "externalId"),
        sort="-validFor.startDateTime",
        form=(
            Section("What is served", ("name", "description", "relatedParty", "billingAccount",
                                       "place", "contract", "validFor", "endsWithContract")),
            Section("Lines", ("contractLine",)),
            Section("Service levels", ("serviceLevel",)),
            Section("Notes", ("note", "stateReason", "externalId"), folded=True),
        ),
        facts=("state", "validFor", "billingAccount", "place", "contract", "productOrder"),
        panels=(
            Panel("Entitlements", "Entitlement", "serviceContract.id",
                  ("name", "state", "remainingUnits", "validFor")),
            Panel("Renewed by", "ServiceContract", "renewedFrom.id", ("name", "state", "validFor")),
        ),
        actions=ACTIONS,
        search=("name", "description", "externalId"),
        numbers=("externalId",),
        inner=(("contractLine", LINE),),
        depends=(("billingAccount", ("relatedParty",)),),
    ),
)  # fmt: skip
screen(
    Entitlement,
    Declared(
        columns=("name", CUSTOMER, "state", "coverageKind", "remainingUnits", END),
        filters=("state", "validFor", "relatedParty", "billingAccount", "serviceContract",
                 "definition", "product", "externalId"),
        sort="-validFor.startDateTime",
        form=(
            Section("Right", ("name", "description", "relatedParty", "billingAccount",
                              "serviceContract", "definition", "validFor", "endsWithContract")),
            Section("What it covers", ("product", "issueType", "channel", "coverageKind", "unit",
                                       "totalUnits", "casesAllowed")),
            Section("Service levels", ("serviceLevel",)),
            Section("Notes", ("note", "stateReason", "externalId"), folded=True),
        ),
        facts=("state", "validFor", "coverageKind", "remainingUnits", "usedUnits",
               "serviceContract"),
        panels=(
            Panel("Used for", "EntitlementUse", "entitlement.id",
                  ("reference", "units", "issueType", "usedAt", "usedBy")),
        ),
        actions=ACTIONS,
        search=("name", "description", "externalId"),
        numbers=("externalId",),
        depends=(("billingAccount", ("relatedParty",)),),
    ),
)  # fmt: skip
screen(
    EntitlementDefinition,
    Declared(
        columns=("name", "code", "coverageKind", "totalUnits", "termMonths", "isOff"),
        form=(
            Section("Right", ("name", "code", "description", "isOff")),
            Section("What brings it", ("productOffering", "productSpecification")),
            Section("What it covers", ("coverageKind", "unit", "totalUnits", "casesAllowed",
                                       "issueType", "channel", "termMonths")),
            Section("Service levels", ("serviceLevel",)),
        ),
        facts=("code", "coverageKind", "totalUnits", "termMonths"),
        panels=(
            Panel("Entitlements", "Entitlement", "definition.id",
                  ("name", "state", "remainingUnits", "validFor")),
        ),
    ),
)  # fmt: skip
screen(
    EntitlementUse,
    Declared(
        columns=("reference", "entitlement", "units", "issueType", "usedAt", "usedBy"),
        filters=("entitlement", "reference", "usedAt"),
        sort="-usedAt",
        facts=("entitlement", "units", "usedAt", "usedBy", "about"),
        found=False,
    ),
)
