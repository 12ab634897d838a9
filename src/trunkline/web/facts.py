"""Facts: a document as what a template shows: single facts, tables and groups of facts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from trunkline.documents.references import references
from trunkline.documents.shape import Attribute, Json, Shape
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Registry, Resource
from trunkline.pages.language import ENGLISH, say, spoken
from trunkline.web.governed import NOTHING, Governed
from trunkline.web.records import Mention
from trunkline.web.values import EMPTY, Cell, cell, compound
from trunkline.web.wording import words

REFERENCE_NAMES = frozenset({"id", "href", "name", "@referredType", "@type", "@baseType",
                             "@schemaLocation"})  # fmt: skip
TABLE_COLUMNS_MAX = 7
DEPTH_MAX = 12
MADE_UP = re.compile(r"[a-z]+(?:[A-Z][a-z0-9]*)*")


@dataclass(frozen=True)
class Fact:
    """A name with what stands under it; `declared` is False for an attribute nobody declared."""

    name: str
    label: str
    value: Value
    declared: bool = True


@dataclass(frozen=True)
class Value:
    """What stands under a name: a `cell`, `cells` in a row, a `table`, a `group` or `groups`."""

    kind: str
    cell: Cell = EMPTY
    cells: tuple[Cell, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Value, ...], ...] = ()
    facts: tuple[Fact, ...] = ()
    groups: tuple[tuple[Fact, ...], ...] = ()

    @property
    def is_small(self) -> bool:
        """Tell whether it fits on the line of its name."""
        return self.kind in {"cell", "cells"} and self.cell.kind != "long"


@dataclass(frozen=True)
class Teller:
    """Tells documents as facts: in a time zone, with the names of what they point at."""

    zone: ZoneInfo
    mentions: Mapping[str, Mention]
    known: Governed = NOTHING

    def facts(
        self, shape: type[Shape] | None, raw: dict[str, Json], within: str = ""
    ) -> list[Fact]:
        """Return the facts of an object: declared ones in their order, then the others.

        `within` is the path that leads to it, without places in lists; empty for the record itself.
        """
        declared = shape.by_json_name() if shape is not None else {}
        objects = (one for one in raw.values() if isinstance(one, dict))
        said = {one["id"] for one in objects if isinstance(one.get("id"), str)}
        known = [one for one in raw if one == "id" or not _is_said(raw[one], said)]
        names = [*(one for one in declared if one in known), *(one for one in known
                                                               if one not in declared)]  # fmt: skip
        return [
            Fact(
                one,
                (self.known.label(one) if not within else "") or words(one),
                self._named(raw[one])
                if one == "name" and "valueType" in declared and "value" in declared
                else self.value(one, raw[one], declared.get(one), within),
                declared=one in declared
                or shape is None
                or one.startswith("@")
                or (not within and one in self.known.extras),
            )
            for one in names
        ]

    def _named(self, name: Json) -> Value:
        """Return the name of a named value: what is no word of a language is made one."""
        text = str(name)
        return Value("cell", Cell("word", words(text) if MADE_UP.fullmatch(text) else text))

    def value(self, name: str, value: Json, attribute: Attribute | None, within: str = "") -> Value:
        """Return what to show of one attribute's value."""
        shape = attribute.shape if attribute is not None else None
        path = f"{within}.{name}" if within else name
        coded = self._coded(path, value)
        if coded is not None:
            return coded
        if isinstance(value, dict):
            return self._object(shape, value, path)
        if isinstance(value, list):
            return self._list(name, value, attribute, shape, path)
        return Value("cell", cell(name, value, self.zone, attribute))

    def _coded(self, path: str, value: Json) -> Value | None:
        """Return a value of a register, or of a kind that only its definition knows."""
        if not isinstance(value, list):
            found = self.known.cell(path, value)
            return Value("cell", found) if found is not None else None
        cells = [self.known.cell(path, one) for one in value]
        if not cells or None in cells:
            return None
        return Value("cells", cells=tuple(one for one in cells if one is not None))

    def _object(self, shape: type[Shape] | None, value: dict[str, Json], path: str) -> Value:
        single = compound(value, self.zone)
        if single is not None:
            return Value("cell", single)
        link = self.link(shape, value)
        others = {one: inner for one, inner in value.items() if one not in REFERENCE_NAMES}
        if link is not None and not others:
            return Value("cell", link)
        if not value or path.count(".") >= DEPTH_MAX:
            return Value("cell", EMPTY if not value else Cell("text", "…"))
        if link is None:
            return Value("group", facts=tuple(self.facts(shape, value, path)))
        facts = self.facts(shape, others, path)
        return Value("group", facts=(Fact("name", "Name", Value("cell", link)), *facts))

    def link(self, shape: type[Shape] | None, value: dict[str, Json]) -> Cell | None:
        """Return the link of a reference; one to what the visitor cannot open is plain text."""
        ident = value.get("id")
        if shape is None or not shape.targets or not isinstance(ident, str):
            return None
        mention = self.mentions.get(ident)
        name = value.get("name")
        kind = value.get("@referredType")
        if mention is None:
            text = name if isinstance(name, str) and name else ident
            return Cell("text", text, more=words(kind) if isinstance(kind, str) else "")
        is_own = isinstance(name, str) and name and name != mention.stored
        text = str(name) if is_own else mention.label
        more = mention.title if text == mention.key else mention.key
        return Cell("link", text, address=mention.address, more=more)

    def _list(
        self,
        name: str,
        value: list[Json],
        attribute: Attribute | None,
        shape: type[Shape] | None,
        path: str,
    ) -> Value:
        if not value:
            return Value("cell", EMPTY)
        if not all(isinstance(one, dict) for one in value):
            texts = [one if not isinstance(one, (dict, list)) else str(one) for one in value]
            return Value(
                "cells", cells=tuple(cell(name, one, self.zone, attribute) for one in texts)
            )
        if path.count(".") >= DEPTH_MAX:
            return Value("cell", Cell("text", "…"))
        rows = [self._row(shape, one, path) for one in value]
        flat = [_flattened(row) for row in rows]
        if len({fact.name for row in flat for fact in row}) <= TABLE_COLUMNS_MAX:
            rows = flat
        columns = list(dict.fromkeys(fact.name for row in rows for fact in row))
        labels = {fact.name: fact.label for row in rows for fact in row}
        is_flat = all(fact.value.is_small for row in rows for fact in row)
        if not is_flat or len(columns) > TABLE_COLUMNS_MAX:
            return Value("groups", groups=tuple(tuple(row) for row in rows))
        return Value("table", columns=tuple(labels[one] for one in columns),
                     rows=tuple(_ordered(row, columns) for row in rows))  # fmt: skip

    def _row(self, shape: type[Shape] | None, one: dict[str, Json], path: str) -> list[Fact]:
        link = self.link(shape, one)
        if link is None:
            return self.facts(shape, one, path)
        others = {name: inner for name, inner in one.items() if name not in REFERENCE_NAMES}
        facts = self.facts(shape, others, path)
        return [Fact("name", "Name", Value("cell", link)), *facts]


def _is_said(value: Json, said: set[Json]) -> bool:
    """Tell whether a value only repeats the id of a record that another attribute names."""
    return isinstance(value, str) and UUID.match(value) is not None and value in said


def _flattened(row: list[Fact]) -> list[Fact]:
    """Return the facts of a row with those of its objects beside them.

    They are called as they are there; a name as what it is of, and one that would be told twice
    with what it is of in front.
    """
    inside = [(one, fact) for one in row if one.value.kind == "group" for fact in one.value.facts]
    times = Counter(one.label for one in row if one.value.kind != "group")
    times.update(fact.label for _, fact in inside)
    found: list[Fact] = []
    for one in row:
        if one.value.kind != "group":
            found.append(one)
            continue
        for fact in one.value.facts:
            label = fact.label if times[fact.label] == 1 else _joined(one.label, fact.label)
            label = one.label if fact.name == "name" else label
            found.append(replace(fact, name=f"{one.name}.{fact.name}", label=label))
    return found


def _joined(outer: str, inner: str) -> str:
    if outer == "Characteristic":
        return inner
    if spoken().code == ENGLISH:
        return f"{outer} {inner[0].lower()}{inner[1:]}"
    return f"{say(outer)}: {say(inner)}"


def _ordered(row: list[Fact], columns: list[str]) -> tuple[Value, ...]:
    by_name = {one.name: one.value for one in row}
    return tuple(by_name.get(one, Value("cell", EMPTY)) for one in columns)


def pointed_at(
    registry: Registry, resource: Resource, document: dict[str, Json]
) -> dict[str, set[str]]:
    """Return the ids of the records that a document points at, by the name of their resource."""
    found: dict[str, set[str]] = {}
    for one in references(resource.type, document):
        for target in _targets(registry, one.shape, one.holder):
            found.setdefault(target.name, set()).add(one.id)
    return found


def _targets(registry: Registry, shape: type[Shape], holder: dict[str, Json]) -> Iterator[Resource]:
    """Yield the resource that a reference means; all possible ones where it does not say."""
    claimed = holder.get("@referredType")
    held = [registry[name] for name in shape.targets if name in registry.resources]
    named = [one for one in held if claimed in {one.name, one.type_name}]
    yield from named or held
