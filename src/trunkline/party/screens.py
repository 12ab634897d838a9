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
PLACE = tuple(
    f"contactMedium.characteristic.{one}"
    for one in ("street1", "street2", "postCode", "city", "stateOrProvince")
)


def _merge(kind: str) -> Action:
    """Return the action that leads to where a record of a kind is merged with another one."""
    address = f"/duplicates/merge?kind={kind}&survivor={{key}}"
    return Action("merge", "Merge with another one", address=address, makes="PartyMerge")


def _tree(address: str) -> Action:
    """Return the action that leads to where one sees what is above and below a record."""
    return Action("hierarchy", "Hierarchy", address=f"{address}/{{key}}", verb="read")


SUSPEND = Action("suspend", "Suspend", "suspended", danger=True, explain=True)
ORDERS = Panel("Orders", "ProductOrder", "relatedParty.id",
               ("state", "orderDate", "requestedCompletionDate"))  # fmt: skip
PRODUCTS = Panel("Products", "Product", "relatedParty.id", ("name", "status", "startDate"))
MONEY = (
    Panel("Bills", "CustomerBill", "billingAccount.id",
          ("billNo", "state", "billDate", "paymentDueDate", "amountDue", "remainingAmount")),
    Panel("Payments", "Payment", "account.id",
          ("correlatorId", "status", "paymentDate", "totalAmount", "unallocatedAmount")),
)  # fmt: skip
CONTRACTS = Panel("Contracts", "Contract", "relatedParty.id", ("name", "state", "validFor"))
ENTITLEMENTS = Panel("Entitlements", "Entitlement", "relatedParty.id",
                     ("name", "state", "remainingUnits", "validFor"))  # fmt: skip
ACCOUNTS = Panel("Accounts", "BillingAccount", "relatedParty.id", ("name", "state", "accountType"))
MEDIUM = (
    ("contactMedium", ("mediumType", "preferred", "characteristic")),
    ("contactMedium.characteristic", ("emailAddress", "phoneNumber", "street1", "postCode", "city",
                                      "country")),
)  # fmt: skip
ELSEWHERE = ("externalReference.name", "externalReference.id")
OWNER = "relatedParty[customer].name"
ROLES = Section("Relations", ("relatedParty", "tag"))
WISHES = Section("How to be reached", ("contactPreference",), folded=True)
CONTACTS = Panel("Contacts", "PartyRole", "relatedParty.id",
                 ("engagedParty.name", "roleType", "validFor", "status"))  # fmt: skip

screen(
    Individual,
    Declared(
        columns=("givenName", "familyName", EMAIL, PHONE, "status"),
        form=(
            Section("Name", ("title", "givenName", "middleName", "familyName")),
            Section("Contact", ("contactMedium",)),
            WISHES,
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
        panels=(
            Panel("Customer of", "Customer", "engagedParty.id", ("name", "status")),
            Panel("Roles", "PartyRole", "engagedParty.id",
                  ("name", "roleType", OWNER, "validFor", "status")),
            ORDERS, PRODUCTS,
        ),
        actions=(Action("validate", "Mark as validated", "validated"), _merge("Individual")),
        search=("givenName", "middleName", "familyName", "formattedName", "fullName", "legalName",
                "preferredGivenName", "otherName.givenName", "otherName.familyName",
                "otherName.fullName", EMAIL, *PLACE, *ELSEWHERE),
        numbers=(PHONE, "individualIdentification.identificationId", *ELSEWHERE),
        inner=MEDIUM,
    ),
)  # fmt: skip
screen(
    Organization,
    Declared(
        columns=("tradingName", "code", "organizationType", EMAIL, "status"),
        form=(
            Section("Name", ("tradingName", "code", "name", "nameType", "organizationType")),
            Section("Contact", ("contactMedium",)),
            WISHES,
            Section("Organization", ("legalForm", "industry", "isLegalEntity", "isHeadOffice",
                                     "existsDuring")),
            Section("Hierarchy", ("organizationParentRelationship",
                                  "organizationChildRelationship")),
            Section("Identification", ("organizationIdentification", "externalReference")),
            ROLES,
            Section("Other names", ("otherName",), folded=True),
            Section("Credit and tax", ("creditRating", "taxExemptionCertificate"), folded=True),
        ),
        facts=("status", "code", "hierarchyPath", "organizationType"),
        panels=(Panel("Customer of", "Customer", "engagedParty.id", ("name", "status")), CONTACTS,
                ORDERS, PRODUCTS),
        actions=(Action("validate", "Mark as validated", "validated"), _merge("Organization"),
                 _tree("/hierarchy")),
        search=("tradingName", "name", "otherName.name", "otherName.tradingName", EMAIL, *PLACE,
                *ELSEWHERE),
        numbers=("code", PHONE, "organizationIdentification.identificationId", *ELSEWHERE),
        inner=MEDIUM,
    ),
)  # fmt: skip
screen(
    Customer,
    Declared(
        columns=("name", "customerType", "engagedParty.@referredType", "status"),
        filters=("name", "customerType", "code", "status", "engagedParty", "tag"),
        form=(
            Section("Customer", ("name", "code", "engagedParty", "status", "validFor")),
            Section("Kind", ("customerType", "customerSegment", "lineOfBusiness", "rating")),
            Section("Contact", ("contactMedium",)),
            WISHES,
            Section("Addresses", ("place",)),
            Section("Accounts and agreements", ("account", "agreement", "paymentMethod",
                                               "externalReference")),
            ROLES,
            Section("Credit", ("creditProfile",), folded=True),
            Section("Characteristics", ("characteristic",), folded=True),
        ),
        facts=("status", "customerType", "engagedParty", "validFor"),
        panels=(CONTACTS, ORDERS, PRODUCTS, CONTRACTS, ENTITLEMENTS, ACCOUNTS),
        actions=(
            Action("activate", "Activate", "active"), SUSPEND,
            Action("terminate", "Terminate", "terminated", danger=True, explain=True),
            _merge("Customer"),
        ),
        search=("name", EMAIL, *PLACE, *ELSEWHERE),
        numbers=("code", PHONE, *ELSEWHERE),
        inner=MEDIUM,
    ),
)  # fmt: skip
screen(
    PartyRole,
    Declared(
        columns=("name", "roleType", "engagedParty.name", "relatedParty[customer].name", "status"),
        filters=("name", "roleType", "status", "engagedParty", "relatedParty"),
        form=(
            Section("Role", ("name", "roleType", "engagedParty", "status", "validFor")),
            Section("For whom", ("relatedParty", "account", "productOrder")),
            Section("Acts there with", ("responsibility",)),
            Section("Contact", ("contactMedium",)),
            Section("Agreements", ("agreement",), folded=True),
        ),
        facts=("status", "roleType", "engagedParty"),
        search=("name", EMAIL),
        numbers=(PHONE,),
        inner=MEDIUM,
    ),
)
APART = ("agreement", "contract", "lineOfBusiness", "costCentre", "settlementAccount")
"""What a billing account is kept apart from others for."""
for kind in (BillingAccount, PartyAccount, SettlementAccount):
    screen(
        kind,
        Declared(
            columns=("name", OWNER, "accountType", "state"),
            filters=("name", "state", "accountType", "relatedParty",
                     *(APART if kind is BillingAccount else ())),
            form=(
                Section("Account", ("name", "accountType", "description")),
                Section("Whose it is", ("relatedParty", "contact")),
                *((Section("Billed for", APART),) if kind is BillingAccount else ()),
                Section("Addresses", ("place",)),
                Section("Bill", ("billStructure", "paymentTerms", "defaultPaymentMethod",
                                 "paymentPlan")),
                Section("Limits and tax", ("creditLimit", "taxExemption", "paymentStatus",
                                           "paymentBehaviour")),
                Section("Debt collection", ("debtCollection",), folded=True),
                Section("Balances and relations", ("accountBalance", "accountRelationship",
                                                   "financialAccount"), folded=True),
            ),
            facts=("state", "accountType", "creditLimit", "paymentStatus"),
            panels=MONEY if kind is BillingAccount else (),
            actions=(
                Action("activate", "Activate", "active"), SUSPEND,
                Action("close", "Close", "closed", danger=True),
                *((_tree("/account-hierarchy"),) if kind is BillingAccount else ()),
            ),
            search=("name", "description", *(APART[3:4] if kind is BillingAccount else ())),
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
            Section("From and to", ("sender", "receiver", "relatedEntity", "inReplyTo")),
            Section("More", ("description", "priority", "attachment", "characteristic"),
                    folded=True),
        ),
        facts=("state", "statusReason", "messageType", "sendTimeComplete"),
        panels=(Panel("Answers", "CommunicationMessage", "inReplyTo.id",
                      ("subject", "sender.name", "state", "sendTimeComplete")),),
        actions=(
            Action("cancel", "Do not send", "cancelled"),
        ),
        search=("subject",),
    ),
)  # fmt: skip
