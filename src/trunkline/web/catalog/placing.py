"""Placing: which entry another one lies in, and its move to another place of the tree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from trunkline.catalog.catalog import Catalog
from trunkline.catalog.category import Category
from trunkline.catalog.entry import CatalogEntry
from trunkline.catalog.offering import ProductOffering
from trunkline.documents.errors import Invalid, NotFound
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.rest.writing import change
from trunkline.web.catalog.tree import MOVABLE, TAKES, holds, upper_of
from trunkline.web.records import documents_of

MERGE = "application/merge-patch+json"
PLACES: tuple[type[CatalogEntry], ...] = (Catalog, Category)


@dataclass(frozen=True)
class Place:
    """An entry that another one can be put into; `chosen` where it lies there now."""

    kind: type[CatalogEntry]
    id: str
    key: str
    label: str
    chosen: bool


def movable_kind(name: str) -> type[CatalogEntry]:
    """Return the kind of entries that are moved in the tree; refuses (400) all others."""
    kinds: dict[str, type[CatalogEntry]] = {
        "Category": Category,
        "ProductOffering": ProductOffering,
    }
    if name not in MOVABLE:
        raise Invalid("notMovable", "only categories and offers are moved in the tree")
    return kinds[name]


def places_for(work: Work, kind: type[CatalogEntry], ident: str) -> list[Place]:
    """Return where an entry can be put, by name; where it lies now is marked."""
    entry = documents_of(work, {kind.resource.name: [ident]})
    if not entry or not isinstance(entry[0], CatalogEntry):
        raise NotFound("notFound", f"there is no {kind.resource.title.lower()} {ident}")
    found = [
        Place(type(one), one.id, one.key, one.name, holds(one, entry[0]))
        for one in upper_of(work)
        if one.id != ident and kind.resource.name in TAKES[one.resource.name].split()
    ]
    return sorted(found, key=lambda one: (one.kind is Category, one.label.casefold()))


def holders(work: Work, kind: type[CatalogEntry], ident: str) -> Sequence[CatalogEntry]:
    """Return the entries in which one lies now."""
    if kind is ProductOffering:
        offer = work.get(ProductOffering, ident)
        named = [one.id for one in offer.category if one.id] if offer is not None else []
        return [
            *work.many(Category, named).values(),
            *work.find(Category, {"productOffering.id": ident}),
        ]
    found: list[CatalogEntry] = [*work.find(Catalog, {"category.id": ident})]
    found += work.find(Category, {"subCategory.id": ident})
    category = work.get(Category, ident)
    if category is not None and category.parent_id:
        parent = work.get(Category, category.parent_id)
        found += [parent] if parent is not None else []
    return found


def move(
    work: Work, kind: type[CatalogEntry], ident: str, to: CatalogEntry, leaves: str | None
) -> str:
    """Put an entry into another one and return its key; it leaves one place, or all for None."""
    if kind.resource.name not in TAKES.get(to.resource.name, "").split():
        raise Invalid("notMovable", f"{to.name} takes no {kind.resource.title.lower()}")
    entry = work.lock(kind, ident)
    left = [
        one
        for one in holders(work, kind, entry.id)
        if one.id != to.id and (leaves is None or leaves in (one.id, one.key))
    ]
    for one in left:
        _leave(work, entry, one)
    _enter(work, entry, to)
    return entry.key


def _leave(work: Work, entry: CatalogEntry, holder: CatalogEntry) -> None:
    """Take an entry out of a list that names it, on whichever of the two sides that is."""
    names = ("category",) if isinstance(holder, Catalog) else ("subCategory", "productOffering")
    document = work.lock(type(holder), holder.id)
    patch = {
        name: [one for one in document.raw[name] if one.get("id") != entry.id]
        for name in names
        if _holds(document.raw.get(name), entry.id)
    }
    if patch:
        change(work, document, patch, MERGE)
    own: dict[str, Json] = {}
    if isinstance(entry, ProductOffering) and _holds(entry.raw.get("category"), holder.id):
        own["category"] = [one for one in entry.raw["category"] if one.get("id") != holder.id]
    elif isinstance(entry, Category) and entry.parent_id in (holder.id, holder.key):
        own["parentId"] = None
    if own:
        change(work, entry, own, MERGE)


def _enter(work: Work, entry: CatalogEntry, to: CatalogEntry) -> None:
    """Name the new place where the model keeps it: an offer its category, a list what it holds."""
    if isinstance(entry, ProductOffering):
        held = list(entry.raw.get("category") or ())
        if not _holds(held, to.id) and not _holds(to.raw.get("productOffering"), entry.id):
            change(work, entry, {"category": [*held, {"id": to.id, "name": to.name}]}, MERGE)
        return
    name = "category" if isinstance(to, Catalog) else "subCategory"
    document = work.lock(type(to), to.id)
    held = list(document.raw.get(name) or ())
    if not _holds(held, entry.id):
        change(work, document, {name: [*held, {"id": entry.id, "name": entry.name}]}, MERGE)
    own: dict[str, Any] = {"isRoot": isinstance(to, Catalog)}
    own["parentId"] = None if isinstance(to, Catalog) else to.id
    change(work, entry, own, MERGE)


def _holds(held: Json, ident: str) -> bool:
    return isinstance(held, list) and any(
        isinstance(one, dict) and one.get("id") == ident for one in held
    )
