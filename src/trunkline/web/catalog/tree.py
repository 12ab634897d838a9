"""The tree: catalogs, categories, offers with their parts, and what realizes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from trunkline.catalog.catalog import Catalog
from trunkline.catalog.category import Category
from trunkline.catalog.category_rules import child_ids
from trunkline.catalog.entry import CatalogEntry, Specification
from trunkline.catalog.offering import ProductOffering, part_ids
from trunkline.catalog.product_specification import ProductSpecification
from trunkline.catalog.relation import relations
from trunkline.catalog.resource_specification import ResourceSpecification
from trunkline.catalog.service_specification import ServiceSpecification
from trunkline.documents.errors import NotFound
from trunkline.kernel.filters import ListQuery, Sort
from trunkline.kernel.references import UUID
from trunkline.kernel.work import Work
from trunkline.web.addresses import Addresses
from trunkline.web.catalog.kinds import BASE, address_of, short_name
from trunkline.web.records import records_of
from trunkline.web.values import Cell, state

CHILDREN_MAX = 200
E = TypeVar("E", bound=CatalogEntry)
GROUPS: dict[type[CatalogEntry], str] = {
    ProductOffering: "All product offerings",
    ProductSpecification: "All product specifications",
    ServiceSpecification: "All service specifications",
    ResourceSpecification: "All resource specifications",
}
LAYERS: dict[str, type[Specification]] = {
    "ProductSpecification": ProductSpecification,
    "ServiceSpecification": ServiceSpecification,
    "ResourceSpecification": ResourceSpecification,
}
MOVABLE = frozenset({"Category", "ProductOffering"})
TAKES = {"Catalog": "Category", "Category": "Category ProductOffering"}
"""What may be put into an entry of a kind by dragging it there."""


@dataclass(frozen=True)
class TreeNode:
    """One node: `children` is the address of what is below it, empty for a leaf."""

    label: str
    short: str
    address: str = ""
    children: str = ""
    state: Cell | None = None
    kind: str = ""
    takes: str = ""
    movable: bool = False
    is_group: bool = False


def roots(work: Work, addresses: Addresses) -> list[TreeNode]:
    """Return the catalogs, the categories in none of them, and all entries by kind."""
    nodes: list[TreeNode] = []
    held: set[str] = set()
    if work.actor.grant(Catalog.resource, "read") is not None:
        catalogs = work.find(Catalog, {}, limit=CHILDREN_MAX)
        held = {one.id for catalog in catalogs for one in catalog.category}
        nodes += _nodes(addresses, catalogs)
    if work.actor.grant(Category.resource, "read") is not None:
        categories = work.find(Category, {}, limit=CHILDREN_MAX)
        held |= {ident for one in categories for ident in child_ids(one)}
        loose = [one for one in categories if one.id not in held and not one.parent_id]
        nodes += _nodes(addresses, loose)
    for kind, title in GROUPS.items():
        if work.actor.grant(kind.resource, "read") is not None:
            nodes.append(TreeNode(title, "", children=_branch(f"all:{kind.resource.name}"),
                                  is_group=True))  # fmt: skip
    return nodes


def branch(work: Work, addresses: Addresses, of: str) -> list[TreeNode]:
    """Return what is below a node: `segment/key` of an entry, or `all:Kind`."""
    if of.startswith("all:"):
        return _all(work, addresses, of.removeprefix("all:"))
    segment, _, ident = of.partition("/")
    resource = addresses.resource(segment)
    if resource is None:
        raise NotFound("notFound", f"the catalog has no {segment}")
    work.actor.must(resource, "read")
    entry = work.get(resource.type, ident)
    if not isinstance(entry, CatalogEntry):
        raise NotFound("notFound", f"the catalog has no {segment} {ident}")
    return _nodes(addresses, below(work, entry))


def below(work: Work, entry: CatalogEntry) -> list[CatalogEntry]:
    """Return the entries right below one, as far as the visitor may read them."""
    if isinstance(entry, Catalog):
        return [*_known(work, Category, (one.id for one in entry.category))]
    if isinstance(entry, Category):
        return _in_category(work, entry)
    if isinstance(entry, ProductOffering):
        made = entry.product_specification
        specification = _known(work, ProductSpecification, [made.id] if made else [])
        return [*_known(work, ProductOffering, part_ids(entry)), *specification]
    if isinstance(entry, Specification):
        return _realizing(work, entry)
    return []


def _in_category(work: Work, category: Category) -> list[CatalogEntry]:
    inner: dict[str, CatalogEntry] = {}
    if work.actor.grant(Category.resource, "read") is not None:
        for one in _known(work, Category, child_ids(category)):
            inner[one.id] = one
        for one in work.find(Category, {"parentId": [category.id, category.key]},
                             limit=CHILDREN_MAX):  # fmt: skip
            inner[one.id] = one
    offers: dict[str, CatalogEntry] = {}
    if work.actor.grant(ProductOffering.resource, "read") is not None:
        for offer in work.find(ProductOffering, {"category.id": category.id}, limit=CHILDREN_MAX):
            offers[offer.id] = offer
        missing = (one.id for one in category.product_offering if one.id not in offers)
        for offer in _known(work, ProductOffering, missing):
            offers[offer.id] = offer
    return [*_by_name(inner.values()), *_by_name(offers.values())]


def _realizing(work: Work, specification: Specification) -> list[CatalogEntry]:
    wanted: dict[str, list[str]] = {}
    for one in relations(specification):
        wanted.setdefault(one.target, []).append(one.target_id)
    found: list[CatalogEntry] = []
    for layer, idents in wanted.items():
        found += _known(work, LAYERS[layer], idents)
    return found


def _known(work: Work, kind: type[E], idents: Iterable[str | None]) -> list[E]:
    wanted = list(dict.fromkeys(one for one in idents if one is not None and UUID.match(one)))
    if not wanted or work.actor.grant(kind.resource, "read") is None:
        return []
    found = work.many(kind, wanted[:CHILDREN_MAX])
    return [found[one] for one in wanted if one in found]


def _by_name(entries: Iterable[CatalogEntry]) -> list[CatalogEntry]:
    return sorted(entries, key=lambda one: (one.raw.get("order") or 0, one.name.casefold()))


def _all(work: Work, addresses: Addresses, name: str) -> list[TreeNode]:
    kind = next((one for one in GROUPS if one.resource.name == name), None)
    if kind is None:
        raise NotFound("notFound", f"the catalog has no {name}")
    by_name = (Sort("name", "text", descending=False),)
    page = records_of(work, kind.resource, ListQuery(sorts=by_name, limit=CHILDREN_MAX))
    found = work.many(kind, [one.id for one in page.records])
    nodes = _nodes(addresses, [found[one.id] for one in page.records if one.id in found])
    if page.next is not None:
        nodes.append(TreeNode("More in the list", "", addresses.of_list(kind.resource)))
    return nodes


def _nodes(addresses: Addresses, entries: Sequence[CatalogEntry]) -> list[TreeNode]:
    return [_node(addresses, one) for one in entries]


def _node(addresses: Addresses, entry: CatalogEntry) -> TreeNode:
    address = address_of(addresses, entry.resource, entry.key)
    name = entry.resource.name
    return TreeNode(
        entry.name or entry.key,
        short_name(entry),
        address,
        _branch(address.removeprefix(f"{BASE}/")) if _has_more(entry) else "",
        state(entry.lifecycle_status) if entry.lifecycle_status else None,
        name,
        TAKES.get(name, ""),
        name in MOVABLE,
    )


def _has_more(entry: CatalogEntry) -> bool:
    """Tell whether something may be below an entry; of a category nobody knows before."""
    if isinstance(entry, Catalog):
        return bool(entry.category)
    if isinstance(entry, ProductOffering):
        return bool(part_ids(entry)) or entry.product_specification is not None
    if isinstance(entry, Specification):
        return next(relations(entry), None) is not None
    return isinstance(entry, Category)


def _branch(of: str) -> str:
    return f"{BASE}/branch?of={of}"
