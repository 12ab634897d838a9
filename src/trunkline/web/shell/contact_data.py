"""Contact data at hand: in the bar of each page about a record that belongs to a customer."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from trunkline.documents.paths import reference_paths
from trunkline.kernel.actor import Actor
from trunkline.kernel.resource import Registry, Resource
from trunkline.web.addresses import Addresses

REACHED = ("Customer", "Individual", "Organization")
"""The kinds that say how a customer is reached."""
NEW = {"/transfer/new": ("product", "Product")}
"""Pages that make something of a record which their address names as a parameter."""


def contact_data_of(
    registry: Registry, addresses: Addresses, actor: Actor, path: str,
    asked: Callable[[str], str | None],
) -> str:  # fmt: skip
    """Return where a page gets the contact data of its record's customer, to be corrected there.

    It is empty where a page is about nobody's record, shows them itself, and for who may change
    none of them or has to do with the own ones only.
    """
    parameter, kind = NEW.get(path, ("", ""))
    ident = asked(parameter) if parameter else None
    found = (registry[kind], ident) if ident else addresses.behind(path)
    if found is None or not has_customer(found[0]):
        return ""
    resource, ident = found
    if resource.name == "Customer" and path in _showing(addresses, resource, ident):
        return ""
    grants = [actor.grant(registry[name], "update") for name in REACHED]
    may = actor.grant(registry["Customer"], "read") is not None
    is_theirs = any(one is not None and one.reach != "own" for one in grants)
    return f"{addresses.of_facts(resource, ident)}/reach" if may and is_theirs else ""


@cache
def has_customer(resource: Resource) -> bool:
    """Tell whether records of a kind belong to a customer, or name customers as such."""
    named = (one.targets for one in reference_paths(resource.type) if len(one.path) == 1)
    return bool(resource.owner) or resource.owner_is_self or ("Customer",) in named


def _showing(addresses: Addresses, customer: Resource, ident: str) -> tuple[str, str]:
    """Return the pages of a customer that show the contact data themselves."""
    own = addresses.of_record(customer, ident)
    return own, f"{own}/contact"
