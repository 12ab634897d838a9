"""Kinds: which records the catalog editor shows, and what each is called in short."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from trunkline.catalog.entry import CatalogEntry
from trunkline.catalog.service_specification import facing_of
from trunkline.documents.errors import NotFound
from trunkline.documents.shape import Json
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.web.addresses import Addresses

BASE = "/catalog"
SHORT = {
    "Catalog": "Catalog",
    "Category": "Category",
    "ProductOffering": "Offer",
    "ProductOfferingPrice": "Price",
    "ProductSpecification": "Product",
    "ServiceSpecification": "Service",
    "ResourceSpecification": "Resource",
}
"""What a kind is called beside a name in the tree."""

FACING = {"CustomerFacingService": "CFS", "ResourceFacingService": "RFS"}


def is_entry(resource: Resource) -> bool:
    """Tell whether records of a kind are entries of the catalog."""
    return resource.published and issubclass(resource.type, CatalogEntry)


def entry_kind(addresses: Addresses, segment: str) -> Resource:
    """Return the kind that a part of an address names; refuses (404) what is no catalog entry."""
    resource = addresses.resource(segment)
    if resource is None or not is_entry(resource):
        raise NotFound("notFound", f"the catalog has no {segment}")
    return resource


def readable_kinds(work: Work) -> list[Resource]:
    """Return the kinds of entries that the visitor may read, those of the tree first."""
    places = {name: place for place, name in enumerate(SHORT)}
    found = [
        one
        for one in work.services.registry
        if is_entry(one) and work.actor.grant(one, "read") is not None
    ]
    return sorted(found, key=lambda one: places.get(one.name, len(places)))


def address_of(addresses: Addresses, resource: Resource, key: str) -> str:
    """Return the address of an entry in the editor."""
    segment = addresses.of_list(resource).rpartition("/")[2]
    return f"{BASE}/{segment}/{quote(key, safe='')}"


def short_name(resource: Resource, document: Mapping[str, Json]) -> str:
    """Return what an entry is, in a word: services by whom they face, offers by their parts."""
    kind = resource.name
    if kind == "ServiceSpecification":
        return FACING.get(str(facing_of(document)), SHORT[kind])
    if kind == "ProductOffering" and document.get("bundledProductOffering"):
        return "Bundle"
    return SHORT.get(kind, resource.title)
