"""Exporting: catalog entries as a file that another installation can import."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs

from trunkline.catalog.entry import CatalogEntry
from trunkline.catalog.portable import Kind, catalog_references
from trunkline.documents.decode import encode
from trunkline.documents.errors import Invalid
from trunkline.documents.paths import walk_path
from trunkline.documents.shape import Json
from trunkline.kernel.references import UUID
from trunkline.kernel.work import Work

ENTRIES_MAX = 5000


def export_entries(
    work: Work, kinds: Sequence[Kind], ident: str | None, query: str | None
) -> bytes:
    """Return the JSON of all entries of the kinds, of those that the query selects, or of one.

    Each entry, and each reference to one, carries the code by which it is found elsewhere.
    """
    held = {kind: _selected(work, kind, ident, query) for kind in kinds}
    codes = _codes(work, [one for found in held.values() for one in found])
    content = {
        kind.resource.path: [portable(one, codes) for one in found]
        for kind, found in held.items()
        if found
    }
    return encode(content)


def portable(entry: CatalogEntry, codes: dict[str, str]) -> dict[str, Json]:
    """Return an entry as a file holds it; `codes` are those of the entries by id."""
    raw: dict[str, Json] = {"id": entry.id, **copy.deepcopy(entry.raw)}
    raw["externalId"] = code_of(entry)
    for found, _ in catalog_references(type(entry), raw):
        if found.id in codes:
            found.holder["externalId"] = codes[found.id]
    return raw


def code_of(entry: CatalogEntry) -> str:
    """Return what an entry is called across installations: its external id, else its id."""
    return entry.external_id or entry.id


def conditions(query: str | None) -> dict[str, Json]:
    """Return the values by path that a filter text asks for; several mean any of them."""
    asked = parse_qs((query or "").removeprefix("?"), keep_blank_values=True)
    return {
        path: [one for text in texts for one in text.split(",")] for path, texts in asked.items()
    }


def _selected(work: Work, kind: Kind, ident: str | None, query: str | None) -> list[CatalogEntry]:
    if ident is not None:
        one = work.get(kind, ident)
        if one is None:
            raise Invalid("jobPath", f"path: there is no {kind.resource.path} {ident}")
        return [one]
    wanted = conditions(query)
    _check_paths(kind, wanted)
    found = work.find(kind, wanted, limit=ENTRIES_MAX + 1)
    if len(found) > ENTRIES_MAX:
        raise Invalid(
            "jobTooWide",
            f"query: selects more than {ENTRIES_MAX} of {kind.resource.path}; narrow it",
        )
    return sorted(found, key=lambda one: (one.name, one.version or "", one.id))


def _check_paths(kind: Kind, wanted: Mapping[str, Json]) -> None:
    for path in wanted:
        try:
            walk_path(kind, path)
        except KeyError as error:
            message = f"query: {kind.resource.path} has no attribute {path}; correct or drop it"
            raise Invalid("jobQuery", message) from error


def _codes(work: Work, entries: Sequence[CatalogEntry]) -> dict[str, str]:
    """Return the codes of the entries and of all that they refer to, by id."""
    codes = {one.id: code_of(one) for one in entries}
    wanted: dict[Kind, set[str]] = {}
    for entry in entries:
        for found, targets in catalog_references(type(entry), entry.raw):
            if found.id not in codes and UUID.match(found.id):
                for target in targets:
                    wanted.setdefault(target, set()).add(found.id)
    for kind, ids in wanted.items():
        codes.update({one.id: code_of(one) for one in work.many(kind, ids).values()})
    return codes
