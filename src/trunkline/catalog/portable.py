"""Portable catalogs: the entries of a file, in the order in which they can be stored."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from trunkline.catalog.catalog import Catalog
from trunkline.catalog.category import Category
from trunkline.catalog.entry import CatalogEntry
from trunkline.catalog.offering import ProductOffering
from trunkline.catalog.price import ProductOfferingPrice
from trunkline.catalog.product_specification import ProductSpecification
from trunkline.catalog.resource_catalog import (
    ResourceCandidate,
    ResourceCatalog,
    ResourceCategory,
)
from trunkline.catalog.resource_specification import ResourceSpecification
from trunkline.catalog.service_catalog import ServiceCandidate, ServiceCatalog, ServiceCategory
from trunkline.catalog.service_specification import ServiceSpecification
from trunkline.documents.decode import decode
from trunkline.documents.errors import Invalid
from trunkline.documents.references import Found, references
from trunkline.documents.shape import Json, Shape

Kind: TypeAlias = type[CatalogEntry]
Identity: TypeAlias = tuple[str, str]
"""The name of a kind and an id in the installation that a file comes from."""

KINDS: Mapping[str, Sequence[Kind]] = {
    "TMF620": (ProductSpecification, ProductOfferingPrice, Category, ProductOffering, Catalog),
    "TMF633": (ServiceSpecification, ServiceCategory, ServiceCandidate, ServiceCatalog),
    "TMF634": (ResourceSpecification, ResourceCategory, ResourceCandidate, ResourceCatalog),
}
"""What the files of each interface hold, in the order of storing."""

KIND_NAMED: Mapping[str, Kind] = {one.__name__: one for held in KINDS.values() for one in held}
PARENT = "parentId"


@dataclass(frozen=True)
class Entry:
    """One entry of a file; `where` says where it stands there."""

    kind: Kind
    where: str
    raw: dict[str, Json]

    @property
    def source_id(self) -> str | None:
        """Its id in the installation that the file comes from."""
        found = self.raw.get("id")
        return found if isinstance(found, str) else None

    @property
    def code(self) -> str | None:
        """What it is called across installations."""
        found = self.raw.get("externalId")
        return found if isinstance(found, str) else None

    @property
    def label(self) -> str:
        """How a report names it: where it stands, and its code or name."""
        called = self.code or self.raw.get("name") or self.source_id or "without a name"
        return f"{self.where} {called}"


@dataclass(frozen=True)
class Step:
    """Store one entry, leaving out references to entries that are not stored yet."""

    entry: Entry
    leave_out: frozenset[Identity] = frozenset()


def select(kinds: Sequence[Kind], path: str | None) -> tuple[list[Kind], str | None]:
    """Return the kinds that a job's path names, and the id where it names one record.

    Without a path, or with that of the whole interface, these are all kinds.
    """
    parts = [part for part in (path or "").split("?")[0].split("/") if part]
    by_path = {kind.resource.path: kind for kind in kinds}
    for index, part in enumerate(parts):
        if part in by_path:
            ident = parts[index + 1] if index + 1 < len(parts) else None
            return [by_path[part]], ident
    if parts and not re.fullmatch(r"v\d+(\.\d+)*", parts[-1]):
        names = ", ".join(by_path)
        raise Invalid("jobPath", f"path: {path} names none of {names}; name one or leave it out")
    return list(kinds), None


def read_entries(content: bytes, kinds: Sequence[Kind]) -> list[Entry]:
    """Return the entries of a file, in its order.

    A file is an object with a list of records per resource (`{"productOffering": [...]}`). Where
    only one kind is asked for, the list, or one record alone, will do. Refuses: jobContent.
    """
    value = decode(content)
    if len(kinds) == 1 and (isinstance(value, list) or _is_record(value)):
        value = {kinds[0].resource.path: value if isinstance(value, list) else [value]}
    by_path = {kind.resource.path: kind for kind in kinds}
    if not isinstance(value, dict) or not value.keys() <= by_path.keys():
        names = ", ".join(by_path)
        raise Invalid("jobContent", f"the file must be an object with lists under: {names}")
    entries: list[Entry] = []
    for path, held in value.items():
        for index, raw in enumerate(held if isinstance(held, list) else [held]):
            if not isinstance(raw, dict):
                raise Invalid("jobContent", f"{path}[{index}] must be an object")
            entries.append(Entry(by_path[path], f"{path}[{index}]", raw))
    return entries


def _is_record(value: Json) -> bool:
    return isinstance(value, dict) and isinstance(value.get("name"), str)


def plan(entries: Iterable[Entry], kinds: Sequence[Kind]) -> list[Step]:
    """Return the steps that store all entries: what others refer to first, low versions first.

    Where entries refer to each other in a circle, one is stored without the reference and once
    more at the end.
    """
    ordered = _in_order(sorted(entries, key=lambda one: _rank(one, kinds)))
    held = {identity for entry in ordered if (identity := identity_of(entry))}
    stored: set[Identity] = set()
    first: list[Step] = []
    again: list[Step] = []
    for entry in ordered:
        later = frozenset(
            one for one in pointed_at(entry.kind, entry.raw) if one in held and one not in stored
        )
        first.append(Step(entry, later))
        if later:
            again.append(Step(entry))
        if identity := identity_of(entry):
            stored.add(identity)
    return first + again


def identity_of(entry: Entry) -> Identity | None:
    """Return the kind's name and the source's id of an entry that has one."""
    return (entry.kind.__name__, entry.source_id) if entry.source_id else None


def catalog_references(kind: Kind, raw: dict[str, Json]) -> Iterator[tuple[Found, list[Kind]]]:
    """Yield the references of a record to catalog entries, with the kinds they may point at."""
    for found in references(kind, raw):
        targets = [KIND_NAMED[name] for name in found.shape.targets if name in KIND_NAMED]
        if targets:
            yield found, targets


def pointed_at(kind: Kind, raw: dict[str, Json]) -> Iterator[Identity]:
    """Yield what a record refers to within the catalogs, a category's parent included."""
    for found, targets in catalog_references(kind, raw):
        for target in targets:
            yield target.__name__, found.id
    if has_parent(kind) and isinstance(raw.get(PARENT), str):
        yield kind.__name__, raw[PARENT]


def has_parent(kind: Kind) -> bool:
    """Return whether records of a kind name the one above them by its bare id."""
    return PARENT in kind.by_json_name()


def without(kind: Kind, raw: dict[str, Json], ids: frozenset[Identity]) -> dict[str, Json]:
    """Return a record without its references to the given ids."""
    if not ids:
        return raw
    kept = _without(kind, raw, ids)
    if has_parent(kind) and (kind.__name__, kept.get(PARENT)) in ids:
        del kept[PARENT]
    return kept


def _without(shape: type[Shape], raw: dict[str, Json], ids: frozenset[Identity]) -> dict[str, Json]:
    kept: dict[str, Json] = {}
    for name, value in raw.items():
        attribute = shape.by_json_name().get(name)
        inner = attribute.shape if attribute is not None else None
        if inner is None or not isinstance(value, (dict, list)):
            kept[name] = value
        elif isinstance(value, list):
            rest = [
                _without(inner, one, ids) if isinstance(one, dict) else one
                for one in value
                if not _names(inner, one, ids)
            ]
            if rest:
                kept[name] = rest
        elif not _names(inner, value, ids):
            kept[name] = _without(inner, value, ids)
    return kept


def _names(shape: type[Shape], value: Json, ids: frozenset[Identity]) -> bool:
    return isinstance(value, dict) and any(
        (target, value.get("id")) in ids for target in shape.targets
    )


def _rank(entry: Entry, kinds: Sequence[Kind]) -> tuple[int, str, list[tuple[int, str]]]:
    return (
        kinds.index(entry.kind),
        str(entry.code or entry.raw.get("name") or ""),
        version_order(entry.raw.get("version")),
    )


def version_order(version: Json) -> list[tuple[int, str]]:
    """Return a key that sorts versions as people count: 2 before 10, and none first."""
    parts = re.findall(r"\d+|[^\d.]+", version) if isinstance(version, str) else []
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def _in_order(entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries with those of the same kind that they refer to before them."""
    held = {identity: entry for entry in entries if (identity := identity_of(entry))}
    ordered: list[Entry] = []
    seen: set[str] = set()
    for start in entries:
        waiting = [(start, False)]
        while waiting:
            entry, is_ready = waiting.pop()
            if is_ready:
                ordered.append(entry)
            elif entry.where not in seen:
                seen.add(entry.where)
                waiting.append((entry, True))
                waiting += [
                    (held[one], False)
                    for one in pointed_at(entry.kind, entry.raw)
                    if one[0] == entry.kind.__name__ and one in held
                ]
    return ordered
