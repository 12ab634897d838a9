"""The tree: catalogs, categories, offers with their parts, and what realizes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from trunkline.catalog.catalog import Catalog
from trunkline.catalog.category import Category
from trunkline.catalog.category_rules import child_ids
from trunkline.catalog.entry import CatalogEntry, Specification
from trunkline.catalog.offering import ProductOffering, part_ids
from trunkline.catalog.price import ProductOfferingPrice
from trunkline.catalog.product_specification import ProductSpecification
from trunkline.catalog.relation import relations
from trunkline.catalog.resource_specification import ResourceSpecification
from trunkline.catalog.service_specification import ServiceSpecification
from trunkline.documents.errors import NotFound
from trunkline.documents.shape import Json
from trunkline.kernel.filters import Condition, ListQuery, Schema, Sort
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Resource
from trunkline.kernel.select import array_of
from trunkline.kernel.work import Work
from trunkline.web.addresses import Addresses
from trunkline.web.catalog.kinds import address_of, short_name
from trunkline.web.records import Branch, Record, documents_of, records_of, select_among
from trunkline.web.values import Cell, state

CHILDREN_MAX = 200
NEWEST = f"order by t.id desc limit {CHILDREN_MAX}"
GROUPS: dict[type[CatalogEntry], str] = {
    ProductOffering: "All product offerings",
    ProductSpecification: "All product specifications",
    ServiceSpecification: "All service specifications",
    ResourceSpecification: "All resource specifications",
}
MOVABLE = frozenset({"Category", "ProductOffering"})
TAKES = {"Catalog": "Category", "Category": "Category ProductOffering"}
"""What may be put into an entry of a kind by dragging it there."""

ALL = "all:"
MORE = "More in the list"
RELATED = ("serviceSpecification", "resourceSpecification")
HOLDS = {
    "Catalog": ("category",),
    "ProductOffering": ("bundledProductOffering", "productOfferingPrice", "productSpecification"),
    "ProductSpecification": (*RELATED, "bundledProductSpecification",
                             "productSpecificationRelationship"),
    "ServiceSpecification": (*RELATED, "serviceSpecRelationship"),
    "ResourceSpecification": ("resourceSpecRelationship",),
}  # fmt: skip
"""What of an entry of a kind leads to what is below it."""


@dataclass(frozen=True)
class TreeNode:
    """One node: `of` names what is below it, empty for a leaf."""

    label: str
    short: str
    address: str = ""
    of: str = ""
    state: Cell | None = None
    kind: str = ""
    takes: str = ""
    movable: bool = False
    is_group: bool = False


def roots(work: Work, addresses: Addresses) -> list[TreeNode]:
    """Return the catalogs, the categories in none of them, and all entries by kind."""
    upper = upper_of(work)
    catalogs = [one for one in upper if isinstance(one, Catalog)]
    categories = [one for one in upper if isinstance(one, Category)]
    held = {one.id for catalog in catalogs for one in catalog.category}
    held |= {ident for one in categories for ident in child_ids(one)}
    loose = [one for one in categories if one.id not in held and not one.parent_id]
    nodes = _nodes(addresses, [*catalogs, *loose], work)
    for kind, title in GROUPS.items():
        if _may(work, kind):
            nodes.append(TreeNode(title, "", of=f"{ALL}{kind.resource.name}", is_group=True))
    return nodes


def branch(work: Work, addresses: Addresses, of: str) -> list[TreeNode]:
    """Return what is below a node: `segment/id` of an entry, or `all:Kind`."""
    if of.startswith(ALL):
        return _all(work, addresses, of.removeprefix(ALL))
    entry = _entry(work, addresses, of)
    found = below(work, entry)
    nodes = _nodes(addresses, found, work)
    if len(found) >= CHILDREN_MAX:
        nodes.append(TreeNode(MORE, "", _list_of(addresses, entry, found)))
    return nodes


def _list_of(addresses: Addresses, entry: CatalogEntry, found: Sequence[CatalogEntry]) -> str:
    """Return the list in which all stands of which a tree shows the newest."""
    listed = addresses.of_list(found[-1].resource)
    is_held = isinstance(entry, Category) and isinstance(found[-1], ProductOffering)
    return f"{listed}?category.id={entry.id}" if is_held else listed


def path_to(work: Work, addresses: Addresses, of: str) -> list[str]:
    """Return what has to be opened in the tree to see an entry, from the top, as `branch` reads it.

    Of several places it is the first; what lies in no category is found among all of its kind.
    """
    entry = _entry(work, addresses, of)
    is_price = isinstance(entry, ProductOfferingPrice) and _may(work, ProductOffering)
    holding = [_holding(work, ProductOffering, "productOfferingPrice.id", entry.id)]
    found = _read(work, [*_of_upper(work), *(holding if is_price else ())])
    upper = [one for one in found if not isinstance(one, ProductOffering)]
    for offer in found:
        if isinstance(offer, ProductOffering):
            return [*_above(addresses, offer, upper), _name(addresses, offer)]
    return _above(addresses, entry, upper)


def _above(addresses: Addresses, entry: CatalogEntry, upper: Sequence[CatalogEntry]) -> list[str]:
    """Return the chain of what an entry lies in, the first place of several."""
    if not isinstance(entry, (ProductOffering, Category)):
        return [f"{ALL}{entry.resource.name}"] if type(entry) in GROUPS else []
    found: list[CatalogEntry] = []
    at: CatalogEntry = entry
    while len(found) <= len(upper):
        here = at
        holder = next((one for one in upper if holds(one, here) and one not in found), None)
        if holder is None:
            break
        at = holder
        found = [holder, *found]
    if not found and isinstance(entry, ProductOffering):
        return [f"{ALL}{entry.resource.name}"]
    return [_name(addresses, one) for one in found]


def holds(place: CatalogEntry, entry: CatalogEntry) -> bool:
    """Tell whether a catalog or category holds an entry, on whichever of the two sides that is."""
    if isinstance(entry, ProductOffering):
        named = {one.id for one in entry.category}
        return isinstance(place, Category) and (
            place.id in named or any(one.id == entry.id for one in place.product_offering)
        )
    if not isinstance(entry, Category):
        return False
    if isinstance(place, Catalog):
        return any(one.id == entry.id for one in place.category)
    is_parent = entry.parent_id in (place.id, place.key)
    return isinstance(place, Category) and (is_parent or entry.id in child_ids(place))


def below(work: Work, entry: CatalogEntry) -> list[CatalogEntry]:
    """Return the entries right below one, as far as the visitor may read them."""
    if isinstance(entry, Catalog):
        return _known(work, {"Category": [one.id for one in entry.category]})
    if isinstance(entry, Category):
        return _in_category(work, entry)
    if isinstance(entry, ProductOffering):
        made = entry.product_specification
        prices = [one.id for one in entry.product_offering_price]
        wanted: dict[str, Sequence[str | None]] = {
            "ProductOffering": part_ids(entry),
            "ProductOfferingPrice": prices,
            "ProductSpecification": [made.id] if made else [],
        }
        return _known(work, wanted)
    if isinstance(entry, Specification):
        found: dict[str, list[str | None]] = {}
        for one in relations(entry):
            found.setdefault(one.target, []).append(one.target_id)
        return _known(work, found)
    return []


def _in_category(work: Work, category: Category) -> list[CatalogEntry]:
    branches = []
    if _may(work, Category):
        parents = (category.id, category.key)
        branches += [_holding(work, Category, "parentId", *parents),
                     _among(Category, child_ids(category))]  # fmt: skip
    if _may(work, ProductOffering):
        named = [one.id for one in category.product_offering if one.id]
        branches += [_holding(work, ProductOffering, "category.id", category.id),
                     _among(ProductOffering, named)]  # fmt: skip
    found = {one.id: one for one in _read(work, branches)}
    return sorted(found.values(), key=lambda one: (isinstance(one, ProductOffering),
                                                   one.raw.get("order") or 0,
                                                   one.name.casefold()))  # fmt: skip


def upper_of(work: Work) -> list[CatalogEntry]:
    """Return the catalogs and the categories, newest first, in one statement."""
    return _read(work, _of_upper(work))


def _of_upper(work: Work) -> list[Branch]:
    upper: tuple[type[CatalogEntry], ...] = (Catalog, Category)
    return [Branch(one.resource, "true", (), NEWEST) for one in upper if _may(work, one)]


def _read(work: Work, branches: Sequence[Branch]) -> list[CatalogEntry]:
    """Return what branches read, in one statement."""
    return [one for one in select_among(work, branches) if isinstance(one, CatalogEntry)]


def _holding(work: Work, kind: type[CatalogEntry], path: str, *values: str) -> Branch:
    """Return the branch of the entries that say one of some values at a path."""
    condition = Condition(path, *Schema(kind.resource).leaf(path), "eq", values)
    sql = work.filtered(kind.resource, [condition])
    return Branch(kind.resource, sql.text, sql.parameters, NEWEST)


def _among(kind: type[CatalogEntry], idents: Iterable[str]) -> Branch:
    """Return the branch of the entries with some ids."""
    wanted = [one for one in idents if UUID.match(one)]
    return Branch(kind.resource, "t.id = any(%s::uuid[])", [array_of(wanted)], NEWEST)


def _known(work: Work, wanted: Mapping[str, Sequence[str | None]]) -> list[CatalogEntry]:
    """Return the entries with ids by the name of their kind, in that order."""
    named = {kind: [one for one in idents if one] for kind, idents in wanted.items()}
    found = {one.id: one for one in documents_of(work, named)}
    ordered = (found.get(one) for idents in named.values() for one in dict.fromkeys(idents))
    return [one for one in ordered if isinstance(one, CatalogEntry)][:CHILDREN_MAX]


def _entry(work: Work, addresses: Addresses, of: str) -> CatalogEntry:
    """Return the entry that `segment/id` names, the key for the id too; refuses (404) no entry."""
    segment, _, ident = of.partition("/")
    resource = addresses.resource(segment)
    if resource is None:
        raise NotFound("notFound", f"the catalog has no {segment}")
    work.actor.must(resource, "read")
    found = documents_of(work, {resource.name: [ident]}) if UUID.match(ident) else [
        one for one in [work.get(resource.type, ident)] if one is not None]  # fmt: skip
    if not found or not isinstance(found[0], CatalogEntry):
        raise NotFound("notFound", f"the catalog has no {segment} {ident}")
    return found[0]


def _may(work: Work, kind: type[CatalogEntry]) -> bool:
    return work.actor.grant(kind.resource, "read") is not None


def _all(work: Work, addresses: Addresses, name: str) -> list[TreeNode]:
    kind = next((one for one in GROUPS if one.resource.name == name), None)
    if kind is None:
        raise NotFound("notFound", f"the catalog has no {name}")
    by_name = (Sort("name", "text", descending=False),)
    page = records_of(work, kind.resource, ListQuery(sorts=by_name, limit=CHILDREN_MAX))
    nodes = [node_of(addresses, one, may_move=_may_move(work, kind.resource))
             for one in page.records]  # fmt: skip
    if page.next is not None:
        nodes.append(TreeNode(MORE, "", addresses.of_list(kind.resource)))
    return nodes


def _nodes(addresses: Addresses, entries: Iterable[CatalogEntry], work: Work) -> list[TreeNode]:
    return [
        _node(addresses, one.resource, one.id, one.key, one.name or one.key, one.raw,
              may_move=_may_move(work, one.resource))
        for one in entries
    ]  # fmt: skip


def node_of(addresses: Addresses, record: Record, *, may_move: bool) -> TreeNode:
    """Return the node of a record of the catalog."""
    return _node(addresses, record.resource, record.id, record.key, record.label, record.document,
                 may_move=may_move)  # fmt: skip


def _may_move(work: Work, resource: Resource) -> bool:
    return resource.name in MOVABLE and work.actor.grant(resource, "update") is not None


def _node(
    addresses: Addresses, resource: Resource, ident: str, key: str, label: str,
    raw: dict[str, Json], *, may_move: bool,
) -> TreeNode:  # fmt: skip
    name = resource.name
    address = address_of(addresses, resource, key)
    status = raw.get("lifecycleStatus")
    return TreeNode(
        label,
        short_name(resource, raw),
        address,
        f"{_segment(addresses, resource)}/{ident}" if _has_more(resource, raw) else "",
        state(status) if status else None,
        name,
        TAKES.get(name, ""),
        may_move,
    )


def _has_more(resource: Resource, raw: dict[str, Json]) -> bool:
    """Tell whether something may be below an entry; of a category nobody knows before."""
    if resource is Category.resource:
        return True
    return any(raw.get(name) for name in HOLDS.get(resource.name, ()))


def _name(addresses: Addresses, entry: CatalogEntry) -> str:
    return f"{_segment(addresses, entry.resource)}/{entry.id}"


def _segment(addresses: Addresses, resource: Resource) -> str:
    return addresses.of_list(resource).rpartition("/")[2]
