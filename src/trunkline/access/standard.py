"""The usual roles of an operator's staff, partners, customers and systems, as data.

Each line says which verbs a role has on which things, how far they reach and what they see. A
thing is a resource, the number of an interface or a module. Cost, margin and means of payment are
sensitive, contact data and notes personal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trunkline.access.limiting import limited
from trunkline.documents.shape import DataClass
from trunkline.identity.change import changing
from trunkline.identity.roles import Role, all_roles, define_role
from trunkline.kernel.actor import EVERY_CLASS, Grant, Reach, system
from trunkline.kernel.services import Services

PLAIN: frozenset[DataClass] = frozenset({"public", "internal"})
WITH_PERSONAL: frozenset[DataClass] = PLAIN | {"personal"}
READ = ("read",)
WRITE = ("read", "create", "update")
ALL = ("read", "create", "update", "delete")

SOLD = ("sales", "TMF622", "TMF681")
PROPOSED = ("NextAction", "CustomerSignal", "ActionAnswer")
PARTIES = ("TMF632", "TMF629", "TMF669", "TMF666")
PLACES = ("TMF673", "TMF674", "TMF675")
CATALOGS = ("TMF620", "TMF633", "TMF634", "TMF671")
SELLING = ("TMF699", "TMF648", "TMF651", "TMF663", "TMF679", "TMF645", "TMF760", "TMF680", "TMF696")
ORDERS = ("TMF622", "TMF641", "TMF652")
FULFILMENT = ("TMF641", "TMF652", "TMF640", "TMF646", "TMF653", "TMF697", "TMF700", "TMF701")
INSTALLED = ("TMF637", "TMF638", "TMF639", "TMF687")
POLICIES = ("OrderPolicy", "ChangePolicy", "DeliveryPolicy", "FailurePolicy", "PriorityFactor",
            "WorkingCalendar")  # fmt: skip
DECIDING = ("approve", "approveRevision", "revise", "retry", "skip", "takeOver", "completeTask",
            "takePayment", "editPlan", "transferOwnership", "waiveFee", "simulate")  # fmt: skip
CARE = ("TMF621", "TMF683", "TMF681", "TMF667", "TMF646")
ASKED = ("CustomerRequest",)
SERVING = (*ASKED, "TMF683", "TMF667")
CHECKING = ("checkAgain", "checkMany")
KNOWING = ("RequestType", "TicketType", "VerificationMethod", "IdentityVerification")
ASSURANCE = ("TMF642", "TMF656", "TMF657")
BILLS = ("TMF678", "TMF676", "TMF670", "TMF654", "TMF677", "TMF635")
CONTRACTS = ("Contract", "ServiceContract", "Entitlement", "EntitlementUse",
             "EntitlementDefinition")  # fmt: skip
PRIVACY = ("TMF644", "TMF720", "RetentionRule", "RetentionRun", "ErasureRequest", "LegalHold",
           "KeepingRule")  # fmt: skip
WORKSPACE = ("own", "records")
"""What tokens of the staff need for preferences, views, jobs and tasks, and for notes and files."""


@dataclass(frozen=True)
class Line:
    """What a role may do with some things, whose, and what it sees of them."""

    things: Sequence[str]
    verbs: Sequence[str]
    sees: frozenset[DataClass] = PLAIN
    reach: Reach = "all"

    def grants(self) -> dict[str, Grant]:
        """Return the permissions of this line."""
        grant = Grant(self.reach, self.sees)
        return {f"{thing}:{verb}": grant for thing in self.things for verb in self.verbs}


def _role(
    name: str, title: str, description: str, *lines: Line, interfaces_only: bool = False
) -> Role:
    permissions: dict[str, Grant] = {}
    for line in lines:
        for permission, grant in line.grants().items():
            former = permissions.get(permission, grant)
            permissions[permission] = former.joined(grant)
    return Role(name, title, description, permissions, interfaces_only)


ROLES: Mapping[str, Role] = {
    one.name: one
    for one in (
        _role(
            "sales",
            "Sales agent",
            "Wins customers: leads, quotes, agreements and their orders.",
            Line((*PARTIES, *SELLING, *SERVING, "TMF622"), WRITE, WITH_PERSONAL),
            Line(("sales", "Contract", "ServiceContract"), WRITE, WITH_PERSONAL),
            Line(CONTRACTS, READ, WITH_PERSONAL),
            Line(KNOWING, READ, WITH_PERSONAL),
            Line(("IdentityVerification",), ("create",), WITH_PERSONAL),
            Line(("TMF663",), ("delete",)),
            Line((*PLACES, *CATALOGS, *INSTALLED, "TMF687"), READ, WITH_PERSONAL),
            Line(("TMF646",), WRITE, WITH_PERSONAL),
            Line(PLACES, ("create",), WITH_PERSONAL),
            Line(("ordering",), ("simulate", "revise"), WITH_PERSONAL),
            Line(("OrderRevision",), ("read", "update"), WITH_PERSONAL),
            Line(("matching",), (*WRITE, "check"), WITH_PERSONAL),
            Line(("onboarding",), ("lookUpCompany",)), Line(("pools",), (*READ, "reserve")),
            Line(("qualification",), (*READ, *CHECKING)),
            Line(("workspace",), WORKSPACE),
        ),
        _role(
            "sales_manager",
            "Sales manager",
            "Watches over sales: gives leads to people, opens again what was lost, keeps cycles.",
            Line((*PARTIES, *SELLING, "sales", "TMF683"), WRITE, WITH_PERSONAL),
            # What an opportunity costs us, and its margin.
            Line(("SalesOpportunity",), WRITE, WITH_PERSONAL | {"sensitive"}),
            Line((*PLACES, *CATALOGS, *INSTALLED, "TMF622"), READ, WITH_PERSONAL),
            Line(("sales",), ("reopen", "approveQuote")), Line(("contract",), ("waiveFee",)),
            Line(CONTRACTS, WRITE, WITH_PERSONAL),
            Line(("DecisionTable",), READ),
            Line(("matching",), (*READ, "check"), WITH_PERSONAL),
            Line(("workspace",), WORKSPACE),
        ),
        _role(
            "care",
            "Care agent",
            "Helps customers: tickets, changes to what they have, bills explained.",
            Line((*CARE, *ASKED, *PARTIES, *PLACES, "TMF622", "TMF653"), WRITE, WITH_PERSONAL),
            Line(PROPOSED, READ, WITH_PERSONAL),
            Line(("ActionAnswer",), ("create",), WITH_PERSONAL),
            Line(KNOWING, READ, WITH_PERSONAL),
            Line(("IdentityVerification",), ("create",), WITH_PERSONAL),
            Line((*CATALOGS, *SELLING, "sales", *ORDERS, *INSTALLED), READ, WITH_PERSONAL),
            Line(CONTRACTS, READ, WITH_PERSONAL),
            Line(("contract",), ("useEntitlement",)),
            Line(("TMF645", "TMF679"), WRITE, WITH_PERSONAL),
            Line(("qualification",), (*READ, *CHECKING)),
            Line((*ASSURANCE, *BILLS), READ, WITH_PERSONAL),
            Line(("Correction", "PaymentPlan"), ("read", "create"), WITH_PERSONAL),
            Line(("DunningCase",), READ, WITH_PERSONAL),
            Line(("billing",), ("adjust",)),
            Line(("ordering",), ("simulate", "revise", "transferOwnership"), WITH_PERSONAL),
            Line(("OwnershipTransfer",), ("read", "create"), WITH_PERSONAL),
            Line(("OrderRevision",), ("read", "update"), WITH_PERSONAL),
            Line(("matching",), (*WRITE, "check"), WITH_PERSONAL),
            Line(("onboarding",), ("lookUpCompany",)), Line(("pools",), (*READ, "reserve")),
            Line(("workspace",), WORKSPACE),
        ),
        _role(
            "care_lead",
            "Care manager",
            "Watches over care: deadlines of requests, who asks again and again, the figures.",
            Line((*CARE, *ASKED, *PARTIES, *PLACES, "TMF622"), READ, WITH_PERSONAL),
            Line(("CustomerRequest",), ("update",), WITH_PERSONAL),
            Line(("TMF621", "TMF656"), WRITE, WITH_PERSONAL),
            Line(("TMF681",), ("create",), WITH_PERSONAL),
            Line((*INSTALLED, "ServiceCredit", "ServiceCreditPolicy"), READ, WITH_PERSONAL),
            Line(KNOWING, READ, WITH_PERSONAL),
            Line(("care",), ("watch",)), Line(("workspace",), WORKSPACE),
        ),
        _role(
            "dispatcher",
            "Dispatcher",
            "Sees to it that somebody comes: visits, teams, and what was reported of them.",
            Line(("TMF697", "TMF646"), WRITE, WITH_PERSONAL),
            Line((*ORDERS, *PARTIES, *PLACES, *INSTALLED), READ, WITH_PERSONAL),
            Line(("FieldTeam", "WorkType"), ALL), Line(("WorkingCalendar",), READ),
            Line(("fieldwork",), ("report", "dispatch"), WITH_PERSONAL),
            Line(("workspace",), WORKSPACE),
        ),
        _role(
            "technician",
            "Technician",
            "Visits customers and reports what was done there.",
            Line(("TMF697",), ("read", "update"), WITH_PERSONAL),
            Line(("TMF646", "TMF629", *PLACES), READ, WITH_PERSONAL),
            Line(("FieldTeam", "WorkType"), READ), Line(("fieldwork",), ("report",), WITH_PERSONAL),
            Line(("ordering",), ("completeOwnTask",), WITH_PERSONAL),
            Line(("workspace",), ("own",)),
        ),
        _role(
            "fallout",
            "Fallout agent",
            "Gets stuck orders going again: takes, corrects, retries, skips.",
            Line((*ORDERS, *FULFILMENT), WRITE, WITH_PERSONAL),
            Line((*INSTALLED, *PLACES, *CATALOGS, "TMF621"), READ, WITH_PERSONAL),
            Line(("TMF621",), ("create", "update"), WITH_PERSONAL),
            Line(("TMF681",), ("read", "create"), WITH_PERSONAL),
            Line(("Fallout", "OrderRevision"), WRITE, WITH_PERSONAL),
            Line(("ordering",), (*READ, "retry", "skip", "takeOver", "revise", "completeTask"),
                 WITH_PERSONAL),
            Line(("workspace",), WORKSPACE),
        ),
        _role(
            "order_manager",
            "Order manager",
            "Decides about orders: approves them and their changes, and keeps the policies.",
            Line((*ORDERS, *FULFILMENT), WRITE, WITH_PERSONAL),
            Line((*PARTIES, *INSTALLED, *PLACES, *CATALOGS, "TMF621"), READ, WITH_PERSONAL),
            Line(("TMF681",), ("read", "create"), WITH_PERSONAL),
            Line(("Fallout", "HeaderTask", "OrderRequest", "OrderRevision"), WRITE, WITH_PERSONAL),
            Line((*POLICIES, "SaveOffer", "OrderGroup"), ALL),
            Line(("OwnershipTransfer",), ("read", "create"), WITH_PERSONAL),
            Line(("ordering",), (*READ, *DECIDING), WITH_PERSONAL),
            Line(("workspace",), WORKSPACE),
        ),
        _role(
            "inventory_manager",
            "Inventory manager",
            "Keeps what is installed and the pools of numbers, cards, addresses and ports.",
            Line(INSTALLED, WRITE, WITH_PERSONAL),
            Line((*PLACES, *CATALOGS, "TMF622"), READ, WITH_PERSONAL),
            Line(("pools",), (*ALL, "reserve", "operate"), WITH_PERSONAL),
            Line(("InventoryDifference",), WRITE, WITH_PERSONAL),
            Line(("inventory",), ("changeState",), WITH_PERSONAL),
            Line(("workspace",), WORKSPACE),
        ),
        _role(
            "marketing",
            "Marketer",
            "Addresses customers and leads who have agreed to it, and sees what came of it.",
            Line(("campaign",), (*ALL, "target", "report"), WITH_PERSONAL),
            Line((*PARTIES, *SELLING, *SOLD, *CATALOGS), READ, WITH_PERSONAL),
            Line(("TMF680",), WRITE, WITH_PERSONAL), Line(("workspace",), WORKSPACE),
        ),
        _role(
            "catalog",
            "Catalog manager",
            "Says what is sold and for how much; sees nothing of a person.",
            Line(CATALOGS, ALL, PLAIN | {"sensitive"}),
            Line(("TMF687",), READ),
            Line(("catalog",), ("publish", "transfer", "countUses"), PLAIN | {"sensitive"}),
            Line(("ordering",), ("simulate",)), Line(("qualification",), ALL),
            Line(("PlanDefinition", "DecisionTable", "OutsideSystem"), ALL),
            Line(("workspace",), ("own",)),
        ),
        _role(
            "billing",
            "Billing agent",
            "Runs and corrects bills and payments.",
            Line((*BILLS, "TMF666", "DunningSchedule", "ServiceCreditPolicy"), WRITE, EVERY_CLASS),
            Line((*PARTIES, *PLACES, *CATALOGS, "TMF622", "TMF637", "TMF651"), READ, WITH_PERSONAL),
            Line(("billing",), (*READ, "run", "adjust", "approve", "takePayment"), EVERY_CLASS),
            Line(("BillRun",), ("create",), EVERY_CLASS),
            Line(("Correction", "DunningHold", "DunningPolicy", "PaymentPlan"), WRITE, EVERY_CLASS),
            Line(("ServiceCredit", "TMF656", "RequestType", "ErasureRequest"), READ, WITH_PERSONAL),
            Line(("privacy",), ("readKept",), EVERY_CLASS),
            Line(("BillingMessage",), ("read", "create"), WITH_PERSONAL),
            Line(ASKED, ("read", "update"), WITH_PERSONAL), Line(("workspace",), WORKSPACE),
        ),
        _role(
            "privacy",
            "Privacy officer",
            "Answers people who ask for their data or its erasure; sees all there is of them.",
            Line(("*",), READ, EVERY_CLASS),
            Line(PRIVACY, WRITE, EVERY_CLASS),
            Line(("privacy",), ("export", "erase", "readLog", "readKept"), EVERY_CLASS),
            Line(("archive",), ("read", "restore"), EVERY_CLASS),
            Line(("workspace",), WORKSPACE),
        ),
        _role(
            "integrator",
            "Integrating system",
            "A system beside this one: reads, writes and hears of events by the interfaces.",
            Line(("*",), WRITE, WITH_PERSONAL),
            Line(("events",), ("subscribe",), WITH_PERSONAL),
            Line(("matching",), ("check",), WITH_PERSONAL),
            Line(("qualification",), ("answer",)),
            Line(("fieldwork",), ("report",), WITH_PERSONAL),
            Line(("workspace",), WORKSPACE),
            interfaces_only=True,
        ),
        _role(
            "billing_system",
            "Billing and payment system",
            "A system that makes bills and takes money: posts bills, their lines and payments.",
            Line(("TMF678", "TMF676"), ALL, WITH_PERSONAL),
            Line(("TMF666", "TMF637", "TMF629"), READ, WITH_PERSONAL),
            Line(("billing",), ("receive", "takePayment"), WITH_PERSONAL),
            Line(("TMF678", "TMF676", "TMF637"), ("subscribe",), WITH_PERSONAL),
            interfaces_only=True,
        ),
        _role(
            "partner",
            "Partner",
            "A dealer: sells, and follows what became of it; the partner's own customers only.",
            Line(("TMF632", "TMF629", "TMF666", "TMF648", "TMF663", "TMF679", "TMF645"), WRITE,
                 WITH_PERSONAL, "partner"),
            Line(("TMF622", "TMF621", "TMF674", "SalesLead", "SalesOpportunity", *ASKED),
                 ("read", "create"), WITH_PERSONAL, "partner"),
            Line(("RequestType",), READ, frozenset({"public"}), "partner"),
            Line(("TMF637", "TMF651"), READ, WITH_PERSONAL, "partner"),
            Line(("TMF620",), READ, frozenset({"public"}), "partner"),
            Line(("TMF622", "TMF637", "TMF621"), ("subscribe",), WITH_PERSONAL, "partner"),
            Line(("matching",), ("check",), WITH_PERSONAL, "partner"),
            Line(("workspace",), WORKSPACE, reach="partner"),
        ),
        _role(
            "self_service",
            "Self service",
            "A customer in the portal: what is the customer's own, and what is on sale.",
            Line(("TMF632", "TMF629", "TMF666", "TMF674"), ("read", "update"), WITH_PERSONAL,
                 "own"),
            Line(("TMF663",), ("update",), WITH_PERSONAL, "own"),
            Line(("TMF622", "TMF621", "TMF663", "TMF670", "TMF676", "PaymentPlan"),
                 ("read", "create"), WITH_PERSONAL, "own"),
            Line(("TMF637", "TMF678", "TMF677", "TMF654", "TMF651", "TMF644"), READ, WITH_PERSONAL,
                 "own"),
            Line((*ASKED, "TMF621"), ("read", "create", "update"), WITH_PERSONAL, "own"),
            Line(("RequestType", "TicketType"), READ, frozenset({"public"}), "own"),
            Line(("TMF644",), ("create", "update"), WITH_PERSONAL, "own"),
            Line(("TMF620", "TMF679", "TMF645"), READ, frozenset({"public"}), "own"),
            Line(("TMF679",), ("read", "create"), WITH_PERSONAL, "own"),
            Line(("TermsOfSale",), READ, frozenset({"public"}), "own"),
            Line(("sales",), ("selfCare",), WITH_PERSONAL, "own"),
        ),
    )
}  # fmt: skip


def _only_for(name: str, title: str, description: str, *kinds: str) -> Role:
    """Return who serves customers of some kinds only: sells to them and helps them."""
    sales, care = ROLES["sales"].permissions, ROLES["care"].permissions
    both = {
        one: sales[one].joined(care[one]) if one in sales and one in care else grant
        for one, grant in ({**sales, **care}).items()
    }
    limit = frozenset(f"customerType:{kind}" for kind in kinds)
    return Role(name, title, description, limited(both, limit))


LIMITED_ROLES: Mapping[str, Role] = {
    one.name: one
    for one in (
        _only_for(
            "consumer_agent", "Agent for consumers",
            "Sells to consumers and households and helps them; sees no company.",
            "consumer", "foreignConsumer", "household",
        ),
        _only_for(
            "company_agent", "Agent for companies",
            "Sells to companies and wholesale customers and helps them; sees no consumer.",
            "company", "wholesale",
        ),
    )
}  # fmt: skip
"""Who serves a part of the customers only."""

ACTING_ROLES: Mapping[str, Role] = {
    one.name: one
    for one in (
        _role(
            "contact",
            "Contact of customers",
            "Acts for customers, there by the responsibilities that each has given.",
            Line(("party",), ("act",), PLAIN, "own"),
            Line(("sales",), ("selfCare",), PLAIN, "own"),
        ),
        _role(
            "responsible_for_orders",
            "Responsible for orders",
            "A responsibility: orders for accounts and sites, and sees what was ordered.",
            Line(("TMF622",), ("read", "create"), WITH_PERSONAL, "own"),
            Line(("TMF629", "TMF666", "TMF637", "TMF674"), READ, WITH_PERSONAL, "own"),
            Line(("TMF620", "TMF679", "TMF645"), READ, frozenset({"public"}), "own"),
            Line(("TermsOfSale",), READ, frozenset({"public"}), "own"),
        ),
        _role(
            "responsible_for_bills",
            "Responsible for bills",
            "A responsibility: sees accounts and bills.",
            Line(("TMF666", "TMF678", "TMF677", "TMF676"), READ, WITH_PERSONAL, "own"),
        ),
        _role(
            "responsible_for_services",
            "Responsible for technical matters",
            "A responsibility: sees products, services and sites, and reports trouble.",
            Line(("TMF637", "TMF638", "TMF674"), READ, WITH_PERSONAL, "own"),
            Line(("TMF621",), ("read", "create"), WITH_PERSONAL, "own"),
        ),
    )
}  # fmt: skip
"""What lets a person act for customers, and what such a person may be responsible for there."""


def shipped_roles() -> list[Role]:
    """Return the usual roles, as this version of the program ships them."""
    return [*ROLES.values(), *LIMITED_ROLES.values(), *ACTING_ROLES.values()]


def ensure_roles(services: Services) -> list[str]:
    """Define the usual roles that are missing and return their names.

    One that the operator has changed stays as it is.
    """
    made = []
    with changing(services) as connection:
        present = {one.name for one in all_roles(connection)}
        for role in shipped_roles():
            if role.name not in present:
                define_role(
                    services, by=system("setup"), name=role.name, title=role.title,
                    description=role.description, permissions=role.permissions,
                    interfaces_only=role.interfaces_only, connection=connection,
                )  # fmt: skip
                made.append(role.name)
    return made
