"""Columns: what a list shows of its records, and all that it could show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from trunkline.documents.paths import walk_path
from trunkline.documents.shape import Attribute, Shape
from trunkline.kernel.filters import OWN_COLUMNS, Schema
from trunkline.kernel.masks import Mask, is_hidden
from trunkline.kernel.resource import Resource
from trunkline.pages.language import say_count
from trunkline.screens.screen import screen_of
from trunkline.screens.values_at import plain_path, values_at
from trunkline.web.addresses import Addresses
from trunkline.web.governed import Governed
from trunkline.web.lists.address import Address, kind_of, path_words
from trunkline.web.records import Record
from trunkline.web.values import EMPTY, Cell, ago, cell, compound, instant
from trunkline.workspace.list_columns import STAMPS, is_path

DEPTH_MAX = 3
SHOWN_MAX = 3
NOT_COLUMNS = frozenset({"id", "href", "@type", "@baseType", "@schemaLocation"})
SAME = frozenset({"key", "updatedAt", "lastUpdate", "lastModified"})
"""What each list begins and ends with, whatever the kind calls it."""


def columns_of(resource: Resource, hidden: Mask | None) -> list[str]:
    """Return the paths of a list's columns: the declared ones that the visitor may see."""
    declared = [one for one in screen_of(resource).columns if one not in SAME]
    return ["key", *(one for one in declared if _shows(hidden, one)), "updatedAt"]


def chosen_columns(
    resource: Resource, hidden: Mask | None, wanted: Sequence[str] | None, runtime: Iterable[str]
) -> list[str]:
    """Return the columns that somebody wants, less what is unknown or hidden; the key is first."""
    if not wanted:
        return columns_of(resource, hidden)
    own = {*runtime, *STAMPS, "id"}
    found = [one for one in wanted if one in own or (is_path(resource, one)
                                                     and _shows(hidden, one))]  # fmt: skip
    return ["key", *dict.fromkeys(one for one in found if one != "key")]


def choosable(resource: Resource, hidden: Mask | None, runtime: Iterable[str]) -> list[str]:
    """Return every path that may be a column: values, references, and what objects hold."""
    found = [*_paths(resource.type, "", 0), *runtime, *STAMPS, "id"]
    return [one for one in dict.fromkeys(found) if one in STAMPS or _shows(hidden, one)]


def _paths(shape: type[Shape], start: str, depth: int) -> Iterator[str]:
    for name, attribute in shape.by_json_name().items():
        if name in NOT_COLUMNS or name.startswith("@"):
            continue
        path = f"{start}.{name}" if start else name
        inner = attribute.shape
        if inner is None or _is_one_value(inner):
            yield path
        elif inner.targets:
            yield f"{path}.name"
            if depth == 0:
                yield from _further(inner, path)
        elif depth + 1 < DEPTH_MAX:
            yield from _paths(inner, path, depth + 1)


def _further(shape: type[Shape], path: str) -> Iterator[str]:
    """Yield what is said of a reference beside what it points at, such as a role."""
    if "role" in shape.by_json_name():
        yield f"{path}.role"


def parts_of(resource: Resource, path: str) -> list[str]:
    """Return the paths of what is at a path: an amount and its unit stand in columns of a file."""
    attribute = _attribute(resource, path) if path == plain_path(path) else None
    if attribute is None or attribute.shape is None or not _is_one_value(attribute.shape):
        return [path]
    own = attribute.shape.by_json_name()
    return [f"{path}.{one}" for one in own if not one.startswith("@")]


def _is_one_value(shape: type[Shape]) -> bool:
    names = {one for one in shape.by_json_name() if not one.startswith("@")}
    return names in ({"value", "unit"}, {"amount", "units"}, {"startDateTime", "endDateTime"})


def _shows(hidden: Mask | None, path: str) -> bool:
    return hidden is None or not is_hidden(hidden, plain_path(path))


def heads_of(
    resource: Resource, columns: Sequence[str], address: Address, known: Governed
) -> list[dict[str, str]]:
    """Return the heads of a list's columns: title, link that sorts by it, and how it sorts now."""
    heads = []
    for path in columns:
        now = {path: "ascending", "+" + path: "ascending", "-" + path: "descending"}.get(
            address["sort"], "none"
        )
        other = path if now == "descending" else "-" + path
        if now == "none":
            other = "-" + path if kind_of(resource, path) == "instant" else path
        extra = known.extras.get(path)
        sorts = extra.kind != "choices" if extra else is_sortable(resource, path)
        link = address.query(sort=other) if sorts else ""
        kind = extra.kind if extra else kind_of(resource, path)
        declared = resource.type.by_json_name().get(path)
        is_list = declared is not None and declared.is_list  # several stand as a text does
        number = "number" if kind in {"number", "integer"} and not is_list else ""
        heads.append(
            {"title": column_words(path, known), "link": link, "now": now, "class": number}
        )
    return heads


def column_words(path: str, known: Governed | None = None) -> str:
    """Return the head of a column: of `customer.name` only what it is about."""
    own = known.label(path) if known is not None else ""
    if own:
        return own
    shorter = path.removesuffix(".name")
    if path.endswith(".@referredType"):
        return "Kind"
    return path_words(shorter.rpartition(".")[2] if "." in path else path)


def is_sortable(resource: Resource, path: str) -> bool:
    """Tell whether a list can be sorted by what stands at a path."""
    if path in OWN_COLUMNS or any(one.path == path for one in resource.promote):
        return True
    try:
        steps, kind = Schema(resource).leaf(path)
    except KeyError:
        return False
    named_live = path.endswith(".name") and any(
        step.attribute.shape is not None and step.attribute.shape.targets for step in steps
    )
    return kind != "object" and not any(one.is_list for one in steps) and not named_live


def row_of(
    record: Record, columns: Sequence[str], addresses: Addresses, zone: ZoneInfo,
    now: datetime | None = None, known: Governed | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return one row: its link, and a cell for each column but the key.

    With `now` it tells how long ago the record was changed; `known` is what is governed of it.
    """
    return {
        "id": record.id,
        "address": addresses.of_record(record.resource, record.key),
        "facts": addresses.of_facts(record.resource, record.key),
        "key": record.key,
        "label": record.label,
        "cells": [cell_at(record, path, zone, now, known) for path in columns[1:]],
        "labels": [column_words(path, known) for path in columns[1:]],
    }


def cell_at(
    record: Record, path: str, zone: ZoneInfo, now: datetime | None = None,
    known: Governed | None = None,
) -> Cell:  # fmt: skip
    """Return the cell of what a record has at a path, through lists."""
    if path == "updatedAt":
        at = record.updated_at
        return instant(at, zone) if now is None else ago(at, zone, now)
    if path in {"id", "key"}:
        return Cell("text", record.id if path == "id" else record.key)
    values = [one for one in values_at(record.document, path) if one not in ("", [], {})]
    if not values:
        return EMPTY
    name = plain_path(path).rpartition(".")[2]
    attribute = _attribute(record.resource, plain_path(path))
    cells = [
        (known.cell(path, one) if known is not None else None) or _cell(name, one, zone, attribute)
        for one in values
    ]
    if len(cells) == 1:
        return cells[0]
    texts = list(dict.fromkeys(_text(one) for one in cells))
    more = f"+{len(texts) - SHOWN_MAX}" if len(texts) > SHOWN_MAX else ""
    return Cell("text", ", ".join(texts[:SHOWN_MAX]), more=more)


def _text(one: Cell) -> str:
    return one.text if one.kind == "coded" else f"{one.text} {one.more}".strip()


def _cell(name: str, value: Any, zone: ZoneInfo, attribute: Attribute | None) -> Cell:
    if isinstance(value, dict):
        said = value.get("name") or value.get("id")
        return compound(value, zone) or Cell(
            "text", str(said or say_count("%(count)s value", "%(count)s values", len(value)))
        )
    if isinstance(value, list):
        return Cell("text", str(len(value)))
    return cell(name, value, zone, attribute)


def _attribute(resource: Resource, path: str) -> Attribute | None:
    try:
        return walk_path(resource.type, path)[-1].attribute
    except KeyError:
        return None


def columns_shown(
    columns: Sequence[str], paths: Sequence[str], known: Governed
) -> Mapping[str, Sequence[dict[str, Any]]]:
    """Return the boxes of the column chooser: those chosen in their order, then all others."""
    own = [one for one in columns if one != "key"]
    others = [one for one in paths if one not in own and known.has_use_for(one)]
    return {
        name: [{"path": one, "label": known.label(one) or path_words(one)} for one in each]
        for name, each in (("chosen", own), ("others", others))
    }
