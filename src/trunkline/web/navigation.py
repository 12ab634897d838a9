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


@dataclass(frozen=True)
class Job:
    """A group of the menu: the module whose resources it holds, and those that stand first."""

    name: str
    title: str
    icon: str
    first: tuple[str, ...]


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
    ("/fallout", "Fallout", "alert", "Fallout:read"),
    ("/parked", "Parked work", "pause", OPERATIONS_READ),
    ("/deliveries", "Deliveries", "send", OPERATIONS_READ),
)


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


def menu(registry: Registry, addresses: Addresses, actor: Actor, path: str) -> list[dict[str, Any]]:
    """Return the groups of the menu with their links; `current` marks the one being looked at."""
    groups = [{"title": "", "links": [_link("/", "Home", "home", path)], "more": []}]
    worklists = [
        _link(address, title, icon, path)
        for address, title, icon, permission in WORKLISTS
        if may_see(registry, actor, permission)
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


def may_see(registry: Registry, actor: Actor, permission: str) -> bool:
    """Tell whether an actor holds a permission, whether of a resource or a module's own."""
    name, _, _ = permission.partition(":")
    if name[:1].isupper():
        resource = registry.resources.get(name)
        return resource is not None and actor.grant(resource, "read") is not None
    found = actor.may(permission)
    return found is not None and found.reach == "all"


def _link(address: str, title: str, icon: str, path: str) -> dict[str, Any]:
    inside = {"/r/customer": "/customer/", "/r/productOrder": "/order/"}.get(address)
    current = path == address or (address != "/" and path.startswith(address + "/"))
    if inside is not None and path.startswith(inside):
        current = True
    return {"address": address, "title": title, "icon": icon, "current": current}
