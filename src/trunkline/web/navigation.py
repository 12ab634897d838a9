"""Navigation: the menu by job, with what the visitor may see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from trunkline.governance.operating_models import models_of_right
from trunkline.governance.profiles import Profiles
from trunkline.identity.rights import ADMINISTER
from trunkline.kernel.actor import Actor
from trunkline.kernel.resource import Registry, Resource
from trunkline.screens.screen import screen_of
from trunkline.web.addresses import Addresses
from trunkline.web.page import Page, pages_of_modules
from trunkline.web.wording import plural
from trunkline.workspace.about import is_staff

MY_TASKS = "/my-tasks"
OPERATIONS_READ = "operations:read"
OPERATIONS_RETRY = "operations:retry"
COMPLETE_TASK = "ordering:completeTask"
TASKS_SEEN_BY = (COMPLETE_TASK, "ordering:completeOwnTask", "ProductOrder:read")


@dataclass(frozen=True)
class Job:
    """A group of the menu: the module whose resources it holds, and those that stand first.

    `go` is the action whose key leads to the group where no kind in it has that key: to its first
    list where it is about kinds, which a worklist above them does not take, else to its first page.
    """

    name: str
    title: str
    icon: str
    first: tuple[str, ...]
    go: str = ""


@dataclass(frozen=True)
class Worklist:
    """A page beside the lists of records, for who holds one of the permissions over everything.

    `job` is the group that it stands in; one with a `count` shows how much waits there. In which
    ways of working it is needed goes by its first permission, or by that of what it is `about`.
    """

    address: str
    title: str
    icon: str
    permissions: tuple[str, ...]
    job: str = "work"
    count: bool = False
    about: str = ""
    go: str = ""

    @property
    def models(self) -> Sequence[str]:
        """The ways of working that it is for; none where it is for all."""
        return models_of_right(self.about or self.permissions[0])


GO = {
    "Customer": "go.customers",
    "Individual": "page.people",
    "SalesOpportunity": "go.sell",
    "Quote": "go.quotes",
    "ProductOrder": "go.orders",
    "CustomerBill": "go.bills",
    "Product": "go.installed",
    "ProductOffering": "go.catalog",
    "GeographicSite": "go.places",
}
"""The actions whose keys lead to the lists of some kinds."""
WORK = Job("work", "Work", "check", (), "go.work")
JOBS = (
    Job("party", "Customers", "people", ("Customer", "Individual", "Organization",
                                         "BillingAccount"), "go.customers"),
    Job("care", "Care", "note", ("PartyInteraction", "CustomerRequest", "PaperDocument")),
    Job("assurance", "Assurance", "alert", ("TroubleTicket", "ServiceProblem", "ServiceCredit",
                                            "TicketType")),
    Job("sales", "Sell", "cart", ("SalesOpportunity", "Quote", "ShoppingCart", "SalesLead"),
        "go.sell"),
    Job("campaign", "Campaigns", "send", ("MarketingCampaign", "CampaignWave", "PartyCampaign",
                                          "CampaignWaveDefinition", "ContactFrequency")),
    Job("contract", "Contracts", "file", ("Agreement", "Contract", "ServiceContract",
                                          "Entitlement", "EntitlementDefinition")),
    Job("ordering", "Orders", "order", ("ProductOrder", "ServiceOrder", "ResourceOrder"),
        "go.orders"),
    Job("billing", "Bills", "file", ("CustomerBill", "BillRun", "Payment", "Refund",
                                     "DunningCase", "Correction", "PaymentPlan")),
    Job("inventory", "Installed", "box", ("Product", "Service", "Resource"), "go.installed"),
    Job("catalog", "Catalog", "tag", ("ProductOffering", "ProductOfferingPrice",
                                      "ProductSpecification", "ServiceSpecification",
                                      "ResourceSpecification"), "go.catalog"),
    Job("geography", "Places", "pin", ("GeographicSite", "GeographicAddress"), "go.places"),
    Job("qualification", "Qualification", "search", ("ProductOfferingQualification",
                                                     "CheckServiceQualification", "CoverageArea")),
    Job("fieldwork", "Field work", "pin", ("WorkOrder", "Appointment", "FieldTeam", "WorkType")),
    Job("matching", "Duplicates", "people", ()),
    Job("privacy", "Privacy", "key", ("ErasureRequest", "LegalHold", "KeepingRule")),
    Job("access", "Admin", "key", (), "go.admin"),
)  # fmt: skip
WORKLISTS = (
    Worklist("/tasks", "Manual tasks", "check", TASKS_SEEN_BY, count=True),
    Worklist("/to-decide", "To decide", "order", ("HeaderTask:read",), count=True),
    Worklist("/quotes-in-review", "Quotes in review", "cart", ("sales:approveQuote",), count=True),
    Worklist("/requests", "Open requests", "people", ("CustomerRequest:update",), count=True),
    Worklist("/tickets", "Open tickets", "alert", ("TroubleTicket:update",), count=True),
    Worklist("/leads", "Board of leads", "people", ("SalesLead:read",), "sales"),
    Worklist("/sales/figures", "Figures of leads", "file", ("SalesLead:read",), "sales"),
    Worklist(
        "/entitlements/check", "Check an entitlement", "check", ("Entitlement:read",), "contract"
    ),
    Worklist("/care/figures", "Figures of care", "file", ("care:watch",), "care"),
    Worklist("/duplicates", "Duplicates", "people", ("DuplicatePair:update",), count=True),
    Worklist("/jeopardy", "Orders in danger", "clock", ("ProductOrder:read",), count=True),
    Worklist("/fallout", "Fallout", "alert", ("Fallout:read",), count=True),
    Worklist(
        "/qualify",
        "Check what can be had",
        "search",
        ("ProductOfferingQualification:create",),
        "qualification",
    ),
    Worklist(
        "/save-offers",
        "Offers to stay",
        "people",
        ("ProductOrder:read",),
        "ordering",
        about="SaveOffer:read",
    ),
    Worklist("/plans", "Plan definitions", "edit", ("PlanDefinition:read",), "catalog"),
    Worklist(
        "/dunning",
        "Ask for overdue money",
        "clock",
        ("billing:run",),
        "billing",
        about="DunningCase:read",
        go="page.dunning",
    ),
    Worklist("/visits", "Visits of a day", "clock", ("Appointment:read",), "fieldwork"),
    Worklist("/pools", "Pools", "key", ("ResourcePool:read",), "inventory"),
    Worklist(
        "/reconciliation", "Other inventories", "again", ("InventoryDifference:read",), "inventory"
    ),
    Worklist("/catalog", "Catalog editor", "edit", ("ProductOffering:read",), "catalog"),
    Worklist("/administration/users", "Users", "people", (ADMINISTER,), "access"),
    Worklist("/administration/roles", "Roles", "key", (ADMINISTER,), "access"),
    Worklist("/administration/clients", "API clients", "link", (ADMINISTER,), "access"),
    Worklist(
        "/administration/attributes",
        "Own attributes",
        "tag",
        ("attributes:read",),
        "access",
        go="page.attributes",
    ),
    Worklist("/administration/registers", "Registers", "note", ("Register:read",), "access"),
    Worklist("/administration/status", "Status rules", "arrow", ("StatusRule:read",), "access"),
    Worklist(
        "/administration/configuration",
        "Configuration packages",
        "box",
        ("governance:export",),
        "access",
    ),
    Worklist("/outside-systems", "Outside systems", "link", ("OutsideSystem:read",), "access"),
    Worklist("/administration/health", "Health", "gear", (OPERATIONS_READ,), "access"),
    Worklist("/parked", "Parked work", "pause", (OPERATIONS_READ,), "access", count=True),
    Worklist("/administration/listeners", "Event listeners", "send", (OPERATIONS_READ,), "access"),
    Worklist("/undelivered", "Failed deliveries", "send", (OPERATIONS_READ,), "access", count=True),
    Worklist("/deliveries", "Deliveries", "again", (OPERATIONS_READ,), "access"),
)
NEW_FIRST = ("Customer", "Individual", "Organization", "ProductOrder", "BillingAccount",
             "GeographicAddress", "GeographicSite", "ProductOffering")  # fmt: skip
NEW_PAGES = {"ProductOrder": "/order/new", "Quote": "/order/new?quote=new", "Customer": "/onboard",
             "ProductOfferingQualification": "/qualify"}  # fmt: skip
"""Kinds of records that are made on pages of their own."""
NOT_NEW = frozenset(
    {"DuplicatePair", "PartyMerge", "InventoryDifference", "BillingMessage", "EntitlementUse"}
)
"""Kinds of records that come of what is done to others."""

OWN = (
    ("ProductOrder", "My orders", "order"), ("Product", "My products", "box"),
    ("CustomerRequest", "My requests", "note"),
    ("BillingAccount", "My accounts", "tag"), ("GeographicSite", "My places", "pin"),
    ("Individual", "My details", "people"), ("Organization", "My organization", "people"),
    ("ProductOffering", "Offers", "tag"),
)  # fmt: skip
PARTIES = ("Individual", "Organization")
OWN_PAGES_OF_LIST = {
    "/r/customer": "/customer/", "/r/productOrder": "/order/",
    "/r/serviceOrder": "/service-order/", "/r/resourceOrder": "/resource-order/",
    "/r/shoppingCart": "/cart/",
    "/r/productOfferingQualification": "/qualify/", "/r/resourcePool": "/pools/",
    "/r/geographicSite": "/places/site/", "/r/geographicAddress": "/places/address/",
    "/r/salesOpportunity": "/opportunities/", "/r/serviceProblem": "/problems/",
    "/r/quote": "/quote/", "/r/erasureRequest": "/erasure/",
}  # fmt: skip


def jobs(registry: Registry, actor: Actor) -> list[tuple[Job, list[Resource], list[Resource]]]:
    """Return each group with the resources that stand first and the others, as far as readable."""
    readable = [
        one for one in registry
        if one.published and screen_of(one).found and actor.grant(one, "read") is not None
    ]  # fmt: skip
    known = {job.name for job in JOBS}
    others = dict.fromkeys(one.module for one in readable if one.module not in known)
    all_jobs = [*JOBS, *(Job(name, name.capitalize(), "box", ()) for name in others)]
    found = []
    for job in all_jobs:
        own = [one for one in readable if one.module == job.name]
        if not own:
            continue
        names = job.first or tuple(one.name for one in own)
        first = [one for name in names for one in own if one.name == name]
        found.append((job, first, [one for one in own if one not in first]))
    return found


def menu(
    registry: Registry, addresses: Addresses, actor: Actor, path: str, party_kind: str | None
) -> list[dict[str, Any]]:
    """Return the groups of the menu with their links; `current` marks the one being looked at.

    `party_kind` is what the visitor's own party is: `Individual` or `Organization`.
    """
    home = _link("/", "Home", "home", path) | {"go": "go.home"}
    if is_customer(actor):
        links = [home, *own_links(registry, addresses, actor, path, party_kind)]
        return [{"title": "", "links": links, "more": []}]
    mine = [_link(MY_TASKS, "My tasks", "check", path) | {"count": True}]
    own = [home, *(mine if is_staff(actor) else ())]
    groups: list[dict[str, Any]] = [{"title": "", "links": own, "more": []}]
    held = {job.name: (first, rest) for job, first, rest in jobs(registry, actor)}
    known = [WORK, *JOBS, *(job for job, _, _ in jobs(registry, actor) if job not in JOBS)]
    pages = {one.title for one in WORKLISTS if may_see(registry, actor, *one.permissions)}
    for job in known:
        first, rest = held.get(job.name, ([], []))
        listed, more = (
            [
                _link(addresses.of_list(one), plural(one.title), job.icon, path)
                | {"go": GO.get(one.name, "")}
                for one in some
                if plural(one.title) not in pages  # its own page leads to the list
            ]
            for some in (first, rest)
        )
        links = [*_worklists(registry, actor, job.name, path), *listed]
        if not links:
            links, more = more, []
        if links:
            if job.go not in {one["go"] for one in (*links, *more)}:
                leading = next(iter((*listed, *more, *links) if job.first else links))
                leading["go"] = f"{leading['go']} {job.go}".strip()
            groups.append({"title": job.title, "links": links, "more": more})
    return groups


def without(groups: list[dict[str, Any]], hidden: frozenset[str]) -> list[dict[str, Any]]:
    """Return the groups of the menu less the links to these addresses; empty ones go."""
    if not hidden:
        return groups
    found = []
    for group in groups:
        links, more = (
            [one for one in group[name] if one["address"] not in hidden]
            for name in ("links", "more")
        )
        if links or more:
            found.append(group | {"links": links or more, "more": more if links else []})
    return found


def _worklists(registry: Registry, actor: Actor, job: str, path: str) -> list[dict[str, Any]]:
    return [
        _link(one.address, one.title, one.icon, path) | {"count": one.count, "go": one.go}
        for one in WORKLISTS
        if one.job == job and may_see(registry, actor, *one.permissions)
    ]


def creatable(registry: Registry, addresses: Addresses, actor: Actor) -> list[dict[str, Any]]:
    """Return what a visitor may make new: titles, and the addresses of their empty forms.

    Kinds that nobody changes afterwards are tasks for the program, which have pages of their own.
    """
    if is_customer(actor):
        return []
    found = [
        one
        for one in registry
        if one.published
        and {"create", "patch"} <= {*one.operations}
        and one.name not in NOT_NEW
        and addresses.has(one)
        and actor.grant(one, "create") is not None
        and actor.grant(one, "read") is not None
    ]
    places = {name: place for place, name in enumerate(NEW_FIRST)}
    icons = {job.name: job.icon for job in JOBS}
    found.sort(key=lambda one: places.get(one.name, len(places)))
    return [
        {"name": one.name, "title": one.title, "icon": icons.get(one.module, "box"),
         "address": NEW_PAGES.get(one.name) or f"{addresses.of_list(one)}/new"}
        for one in found
    ]  # fmt: skip


def is_customer(actor: Actor) -> bool:
    """Tell whether an actor is a customer, who sees what is the customer's own and no work."""
    return (
        actor.kind == "user"
        and actor.party is not None
        and all(one.reach == "own" for one in actor.grants.values())
    )


def own_links(
    registry: Registry, addresses: Addresses, actor: Actor, path: str, party_kind: str | None
) -> list[dict[str, Any]]:
    """Return the links to what a customer has, in a customer's words; a person has no company."""
    found = ((registry.resources.get(name), title, icon) for name, title, icon in OWN)
    return [
        _link(addresses.of_list(one), title, icon, path)
        for one, title, icon in found
        if one is not None
        and actor.grant(one, "read") is not None
        and (one.name not in PARTIES or one.name == party_kind)
    ]


def may_see(registry: Registry, actor: Actor, *permissions: str) -> bool:
    """Tell whether an actor holds one of these over everything, a resource's or a module's own."""
    return any(_reaches_all(registry, actor, one) for one in permissions)


def _reaches_all(registry: Registry, actor: Actor, permission: str) -> bool:
    name, _, _ = permission.partition(":")
    if name[:1].isupper():
        resource = registry.resources.get(name)
        found = actor.grant(resource, "read") if resource is not None else None
    else:
        found = actor.may(permission)
    return found is not None and found.reach == "all"


def with_pages(
    groups: list[dict[str, Any]], pages: Iterable[Page], path: str
) -> list[dict[str, Any]]:
    """Return the groups of a menu with pages of modules, each in the section that it names."""
    for page in pages:
        group = next((one for one in groups if one["title"] == page.section), None)
        if group is None:
            group = {"title": page.section, "links": [], "more": []}
            groups.append(group)
        group["links"].append(_link(page.address, page.label, page.icon, path))
    return groups


def hidden_addresses(
    registry: Registry, addresses: Addresses, profiles: Profiles
) -> frozenset[str]:
    """Return the addresses of the menu that nobody needs in the ways of working that are on."""
    if not profiles.on:
        return frozenset()
    kinds = (one for one in registry if profiles.hides_kind(one.name))
    lists = {addresses.of_list(one) for one in kinds if addresses.has(one)}
    entries: list[Worklist | Page] = [*WORKLISTS, *pages_of_modules()]
    pages = {one.address for one in entries if profiles.hides_page(one.address, one.models)}
    return frozenset(lists | pages | profiles.pages_of_none())


def _link(address: str, title: str, icon: str, path: str) -> dict[str, Any]:
    inside = OWN_PAGES_OF_LIST.get(address)
    current = path == address or (address != "/" and path.startswith(address + "/"))
    if inside is not None and path.startswith(inside):
        current = True
    return {"address": address, "title": title, "icon": icon, "current": current,
            "count": False, "go": ""}  # fmt: skip
