"""Navigation: the menu by job, with what the visitor may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from trunkline.kernel.actor import Actor
from trunkline.kernel.resource import Registry, Resource
from trunkline.web.addresses import Addresses
from trunkline.web.wording import plural

OPERATIONS_READ = "operations:read"
OPERATIONS_RETRY = "operations:retry"
COMPLETE_TASK = "ordering:completeTask"
TASKS_SEEN_BY = (COMPLETE_TASK, "ProductOrder:read")


@dataclass(frozen=True)
class Job:
    """A group of the menu: the module whose resources it holds, and those that stand first."""

    name: str
    title: str
    icon: str
    first: tuple[str, ...]


@dataclass(frozen=True)
class Worklist:
    """A list of work for the staff, for who holds one of the permissions over everything."""

    address: str
    title: str
    icon: str
    permissions: tuple[str, ...]


JOBS = (
    Job("party", "Customers", "people", ("Customer", "Individual", "Organization",
                                         "BillingAccount")),
    Job("ordering", "Orders", "order", ("ProductOrder", "ServiceOrder", "ResourceOrder")),
    Job("inventory", "Installed", "box", ("Product", "Service", "Resource")),
    Job("catalog", "Catalog", "tag", ("ProductOffering", "ProductOfferingPrice",
                                      "ProductSpecification", "ServiceSpecification",
                                      "ResourceSpecification")),
    Job("geography", "Places", "pin", ("GeographicSite", "GeographicAddress")),
    Job("access", "Access", "key", ()),
)  # fmt: skip
WORKLISTS = (
    Worklist("/tasks", "Manual tasks", "check", TASKS_SEEN_BY),
    Worklist("/fallout", "Fallout", "alert", ("Fallout:read",)),
    Worklist("/parked", "Parked work", "pause", (OPERATIONS_READ,)),
    Worklist("/deliveries", "Deliveries", "send", (OPERATIONS_READ,)),
)


OWN = (
    ("ProductOrder", "My orders", "order"), ("Product", "My products", "box"),
    ("BillingAccount", "My accounts", "tag"), ("GeographicSite", "My places", "pin"),
    ("Individual", "My details", "people"), ("Organization", "My organization", "people"),
    ("ProductOffering", "Offers", "tag"),
)  # fmt: skip
PARTIES = ("Individual", "Organization")
OWN_PAGES_OF_LIST = {
    "/r/customer": "/customer/", "/r/productOrder": "/order/",
    "/r/serviceOrder": "/service-order/", "/r/resourceOrder": "/resource-order/",
}  # fmt: skip


def jobs(registry: Registry, actor: Actor) -> list[tuple[Job, list[Resource], list[Resource]]]:
    """Return each group with the resources that stand first and the others, as far as readable."""
    readable = [one for one in registry if one.published and actor.grant(one, "read") is not None]
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
    links = [_link("/", "Home", "home", path)]
    if is_customer(actor):
        links += own_links(registry, addresses, actor, path, party_kind)
        return [{"title": "", "links": links, "more": []}]
    groups: list[dict[str, Any]] = [{"title": "", "links": links, "more": []}]
    worklists = [
        _link(one.address, one.title, one.icon, path)
        for one in WORKLISTS
        if may_see(registry, actor, *one.permissions)
    ]
    if worklists:
        groups.append({"title": "Work", "links": worklists, "more": []})
    for job, first, rest in jobs(registry, actor):
        groups.append(
            {
                "title": job.title,
                "links": [
                    _link(addresses.of_list(one), plural(one.title), job.icon, path)
                    for one in first
                ],
                "more": [
                    _link(addresses.of_list(one), plural(one.title), job.icon, path) for one in rest
                ],
            }
        )
    return groups


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


def _link(address: str, title: str, icon: str, path: str) -> dict[str, Any]:
    inside = OWN_PAGES_OF_LIST.get(address)
    current = path == address or (address != "/" and path.startswith(address + "/"))
    if inside is not None and path.startswith(inside):
        current = True
    return {"address": address, "title": title, "icon": icon, "current": current}
