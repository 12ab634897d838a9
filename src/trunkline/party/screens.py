"""Screens of the party module: how people, organizations, customers and accounts are kept."""

from __future__ import annotations

from trunkline.party.account import BillingAccount, PartyAccount, SettlementAccount
from trunkline.party.billing_cycle import BillingCycleSpecification
from trunkline.party.communication_message import CommunicationMessage
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.party.organization import Organization
from trunkline.party.role import PartyRole
from trunkline.screens.screen import Action, Declared, Panel, Section, screen

EMAIL = "contactMedium.characteristic.emailAddress"
PHONE = "contactMedium.characteristic.phoneNumber"
SUSPEND = Action("suspend", "Suspend", "suspended", danger=True, explain=True)
ORDERS = Panel("Orders", "ProductOrder", "relatedParty.id",
               ("state", "orderDate", "requestedCompletionDate"))  # fmt: skip
PRODUCTS = Panel("Products", "Product", "relatedParty.id", ("name", "status", "startDate"))
ACCOUNTS = Panel("Accounts", "BillingAccount", "relatedParty.id", ("name", "state", "accountType"))
MEDIUM = (
    ("contactMedium", ("mediumType", "preferred", "characteristic")),
    ("contactMedium.characteristic", ("emailAddress", "phoneNumber", "street1", "postCode", "city",
                                      "country")),
)  # fmt: skip
OWNER = "relatedParty[customer].name"
ROLES = Section("Relations", ("relatedParty",))

screen(
    Individual,
    Declared(
        columns=("givenName", "familyName", EMAIL, PHONE, "status"),
        form=(
            Section("Name", ("title", "givenName", "middleName", "familyName")),
            Section("Contact", ("contactMedium",)),
            Section("Person", ("birthDate", "gender", "maritalStatus", "nationality",
                               "placeOfBirth", "countryOfBirth", "languageAbility")),
            Section("Identification", ("individualIdentification", "externalReference")),
            ROLES,
            Section("Other names", ("preferredGivenName", "familyNamePrefix", "aristocraticTitle",
                                    "generation", "formattedName", "fullName", "legalName",
                                    "otherName"), folded=True),
            Section("Credit and tax", ("creditRating", "taxExemptionCertificate"), folded=True),
        ),
        facts=("status", "birthDate", "nationality"),
        panels=(Panel("Customer of", "Customer", "engagedParty.id", ("name", "status")), ORDERS,
                PRODUCTS),
        actions=(Action("validate", "Mark as validated", "validated"),),
        search=("givenName", "middleName", "familyName", "formattedName", EMAIL),
        numbers=(PHONE, "individualIdentification.identificationId"),
        inner=MEDIUM,
    ),
)  # fmt: skip
screen(
    Organization,
    Declared(
        columns=("tradingName", "organizationType", EMAIL, "status"),
        form=(
            Section("Name", ("tradingName", "name", "nameType", "organizationType")),
            Section("Contact", ("contactMedium",)),
            Section("Organization", ("isLegalEntity", "isHeadOffice", "existsDuring")),
            Section("Hierarchy", ("organizationParentRelationship",
                                  "organizationChildRelationship")),
            Section("Identification", ("organizationIdentification", "externalReference")),
            ROLES,
            Section("Other names", ("otherName",), folded=True),
            Section("Credit and tax", ("creditRating", "taxExemptionCertificate"), folded=True),
        ),
        facts=("status", "organizationType", "isLegalEntity"),
        panels=(Panel("Customer of", "Customer", "engagedParty.id", ("name", "status")), ORDERS,
                PRODUCTS),
        actions=(Action("validate", "Mark as validated", "validated"),),
        search=("tradingName", "name", EMAIL),
        numbers=(PHONE, "organizationIdentification.identificationId"),
        inner=MEDIUM,
    ),
)  # fmt: skip
screen(
    Customer,
    Declared(
        columns=("name", "engagedParty.@referredType", "status"),
        filters=("name", "status", "engagedParty"),
        form=(
            Section("Customer", ("name", "engagedParty", "status", "validFor")),
            Section("Contact", ("contactMedium",)),
            Section("Accounts and agreements", ("account", "agreement", "paymentMethod")),
            ROLES,
            Section("Credit", ("creditProfile",), folded=True),
            Section("Characteristics", ("characteristic",), folded=True),
        ),
        facts=("status", "engagedParty", "validFor"),
        panels=(ORDERS, PRODUCTS, ACCOUNTS),
        actions=(
            Action("activate", "Activate", "active"), SUSPEND,
            Action("terminate", "Terminate", "terminated", danger=True, explain=True),
        ),
        search=("name", EMAIL),
        numbers=(PHONE,),
        inner=MEDIUM,
    ),
)  # fmt: skip
screen(
    PartyRole,
    Declared(
        columns=("name", "engagedParty.name", "engagedParty.@referredType", "status"),
        filters=("name", "status", "engagedParty"),
        form=(
            Section("Role", ("name", "engagedParty", "status", "validFor")),
            Section("Contact", ("contactMedium",)),
            Section("Accounts and agreements", ("account", "agreement")),
            ROLES,
        ),
        facts=("status", "engagedParty"),
        search=("name", EMAIL),
        numbers=(PHONE,),
        inner=MEDIUM,
    ),
)
for kind in (BillingAccount, PartyAccount, SettlementAccount):
    screen(
        kind,
        Declared(
            columns=("name", OWNER, "accountType", "state"),
            filters=("name", "state", "accountType", "relatedParty"),
            form=(
                Section("Account", ("name", "accountType", "description")),
                Section("Whose it is", ("relatedParty", "contact")),
                Section("Bill", ("billStructure", "defaultPaymentMethod", "paymentPlan")),
                Section("Limits and tax", ("creditLimit", "taxExemption", "paymentStatus")),
                Section("Balances and relations", ("accountBalance", "accountRelationship",
                                                   "financialAccount"), folded=True),
            ),
            facts=("state", "accountType", "creditLimit", "paymentStatus"),
            actions=(
                Action("activate", "Activate", "active"), SUSPEND,
                Action("close", "Close", "closed", danger=True),
            ),
            search=("name", "description"),
            numbers=("externalId",) if "externalId" in kind.by_json_name() else (),
        ),
    )  # fmt: skip
screen(
    BillingCycleSpecification,
    Declared(
        form=(
            Section("Cycle", ("name", "frequency", "billingPeriod", "description", "validFor")),
            Section("Days after the cycle begins", ("billingDateShift", "chargeDateOffset",
                    "creditDateOffset", "mailingDateOffset", "paymentDueDateOffset")),
        ),
    ),
)  # fmt: skip
screen(
    CommunicationMessage,
    Declared(
        form=(
            Section("Message", ("messageType", "subject", "content", "scheduledSendTime")),
            Section("From and to", ("sender", "receiver")),
            Section("More", ("description", "priority", "attachment", "characteristic"),
                    folded=True),
        ),
        facts=("state", "messageType", "sendTimeComplete"),
        actions=(
            Action("cancel", "Do not send", "cancelled"),
        ),
        search=("subject",),
    ),
)  # fmt: skip
