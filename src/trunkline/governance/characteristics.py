"""Characteristics: the standard's lists of named values, in which extra attributes are served, too.

A value is kept once, in the attribute of its name. Where a kind has a list of characteristics, its
extra attributes are read in it, written by it and asked for by `name` and `value` of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from trunkline.documents.decode import encode, load
from trunkline.documents.errors import Fault, Invalid, refuse
from trunkline.documents.patch import json_patch, same
from trunkline.documents.shape import DataClass, Json
from trunkline.governance.bindings import compared
from trunkline.governance.extra_values import Extra, extras_of
from trunkline.kernel.behaviour import rule
from trunkline.kernel.masks import hidden_paths, is_hidden
from trunkline.kernel.reading import Found
from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.work import Work
from trunkline.rest.patch_query import QUERY_TYPE, query_patch
from trunkline.rest.patching import PATCH_TYPE
from trunkline.rest.query import split_piece
from trunkline.rest.serving import serve

VALUE_TYPES: Mapping[str, str] = {
    "text": "string", "choice": "string", "choices": "array", "number": "number",
    "boolean": "boolean", "instant": "dateTime", "date": "date",
}  # fmt: skip
KEPT = frozenset({"name", "value", "valueType", "@type", "@baseType", "@schemaLocation"})
ANY_VALUE = "regex=."
_lists: dict[str, str] = {}


def characteristics_in(kind: type[Document], attribute: str) -> None:
    """Serve the extra attributes of a kind in its list of characteristics, too."""
    name = kind.resource.type.attributes()[attribute].json_name
    _lists[kind.resource.name] = name
    serve(kind.resource, Characteristics(name))


@dataclass(frozen=True)
class Characteristics:
    """One kind's list of characteristics, and what of it is kept as extra attributes."""

    name: str

    def shown(
        self, work: Work, resource: Resource, sees: frozenset[DataClass], rows: Sequence[Found]
    ) -> Sequence[Found]:
        """Return records with the extra attributes that somebody sees among the others."""
        extras = extras_of(work, resource)
        if not extras:
            return rows
        seen = _seen(resource, extras, sees)
        return [self._with_extras(one, seen) for one in rows]

    def taken(self, work: Work, resource: Resource, sent: dict[str, Json]) -> None:
        """Keep what was sent among the characteristics in the attributes of those names."""
        extras = extras_of(work, resource)
        if not extras or not isinstance(sent.get(self.name), list):
            return
        rest, values = self._parted(sent[self.name], extras)
        refuse(self._contradictions(values, sent))
        sent.update(values)
        sent[self.name] = rest
        if not rest:
            del sent[self.name]

    def patched(self, work: Work, document: Document, patch: Json, kind: str) -> tuple[Json, str]:
        """Return a patch of the attributes for one of the list; one left out of it is taken off."""
        extras = extras_of(work, document.resource)
        if not extras or not self._is_touched(patch, kind):
            return patch, kind
        sees = work.actor.must(document.resource, "update").sees
        seen = _seen(document.resource, extras, sees)
        if isinstance(patch, dict):
            return self._merged(document.raw, patch, extras, seen), kind
        if hidden_paths(document.resource, sees) is not None:
            message = f"values are hidden from you; send {self.name} in a merge patch"
            raise Invalid("positionHidden", message)
        before = self._listed(document.raw, seen)
        after = (query_patch if kind == QUERY_TYPE else json_patch)(load(encode(before)), patch)
        if not isinstance(after, dict):
            raise Invalid("badPatch", "the patch leaves no object")
        changed = {one: after.get(one) for one in {**before, **after}
                   if not same(before.get(one), after.get(one))}  # fmt: skip
        if self.name in changed:
            changed = self._merged(document.raw, changed, extras, seen)
        return list(_operations(document.raw, changed)), PATCH_TYPE

    def asked(self, work: Work, resource: Resource, query: str) -> str:
        """Return a query that asks the attribute where one names it as a characteristic."""
        if f"{self.name}.name" not in query:
            return query
        extras = extras_of(work, resource)
        pieces = [one for one in query.split("&") if one]
        parts = [split_piece(one) for one in pieces]
        named = [value for name, operator, value in parts
                 if name == f"{self.name}.name" and operator == "eq"]  # fmt: skip
        if len(named) != 1 or named[0] not in extras:
            return query
        found, is_valued = [], False
        for piece, (name, _operator, _value) in zip(pieces, parts, strict=True):
            if name == f"{self.name}.value" and piece.startswith(name):
                found.append(quote(named[0]) + piece.removeprefix(name))
                is_valued = True
            elif name != f"{self.name}.name":
                found.append(piece)
        return "&".join(found if is_valued else [*found, f"{quote(named[0])}.{ANY_VALUE}"])

    def _with_extras(self, found: Found, extras: Mapping[str, Extra]) -> Found:
        document = load(found.body)
        listed = self._listed(document, extras)
        return found if listed is document else found._replace(body=encode(listed))

    def _listed(self, raw: dict[str, Json], extras: Mapping[str, Extra]) -> dict[str, Json]:
        """Return a document with its extra attributes in the list, itself where it has none."""
        values = [
            {"name": one.name, "valueType": VALUE_TYPES[one.kind], "value": raw[one.name]}
            for one in extras.values()
            if raw.get(one.name) is not None
        ]
        if not values:
            return raw
        names = {one["name"] for one in values}
        others = [one for one in raw.get(self.name) or () if _name(one) not in names]
        return {**raw, self.name: [*others, *values]}

    def _is_touched(self, patch: Json, kind: str) -> bool:
        if isinstance(patch, dict):
            return self.name in patch
        if not isinstance(patch, list) or kind not in (PATCH_TYPE, QUERY_TYPE):
            return False
        pointers = [str(one.get(place)) for one in patch if isinstance(one, dict)
                    for place in ("path", "from")]  # fmt: skip
        return any(self.name in one for one in pointers)

    def _merged(
        self, raw: Mapping[str, Json], patch: dict[str, Json], extras: Mapping[str, Extra],
        seen: Mapping[str, Extra],
    ) -> dict[str, Json]:  # fmt: skip
        """Return a merge patch that keeps the values of a list in their attributes."""
        held = patch[self.name]
        if held is not None and not isinstance(held, list):
            return patch
        rest, values = self._parted(held or [], extras)
        refuse(self._contradictions(values, patch))
        gone = {one: None for one in seen
                if raw.get(one) is not None and one not in values and one not in patch}  # fmt: skip
        return {**patch, **gone, **values, self.name: rest or None}

    def _parted(
        self, held: Sequence[Json], extras: Mapping[str, Extra]
    ) -> tuple[list[Json], dict[str, Json]]:
        """Return what stays in the list, and the values of the extra attributes by name."""
        rest: list[Json] = []
        values: dict[str, Json] = {}
        faults = []
        for index, one in enumerate(held):
            name = _name(one)
            if name not in extras:
                rest.append(one)
                continue
            path = f"{self.name}[{index}]"
            if name in values:
                faults.append(Fault(path, "conflictName", f"{name} is there twice; say it once"))
            if "value" not in one:
                faults.append(Fault(f"{path}.value", "missing", f"{name} needs a value"))
            faults += [
                Fault(f"{path}.{more}", "notKept", f"{name} has a name and a value only")
                for more in one
                if more not in KEPT
            ]
            values[name] = one.get("value")
        refuse(faults)
        return rest, values

    def _contradictions(self, values: Mapping[str, Json], sent: Mapping[str, Json]) -> list[Fault]:
        message = f"is another value than in {self.name}; send it in one place only"
        return [
            Fault(name, "conflictValue", message)
            for name, value in values.items()
            if name in sent and not same(sent[name], value)
        ]


@rule()
def characteristics_are_kept_once(
    work: Work, old: Document | None, new: Document
) -> Iterator[Fault]:
    """Refuse a new characteristic by the name of an extra attribute: its value stands there."""
    name = _lists.get(new.resource.name)
    if name is None or not new.raw.get(name):
        return
    extras = extras_of(work, new.resource)
    _, before = compared(old, new)
    known = {_name(one) for one in before.get(name) or ()}
    for index, one in enumerate(new.raw[name] if extras else ()):
        if _name(one) in extras and _name(one) not in known:
            message = f"is the attribute {_name(one)} of the record; give it its value there"
            yield Fault(f"{name}[{index}].name", "conflictName", message)


def _seen(
    resource: Resource, extras: Mapping[str, Extra], sees: frozenset[DataClass]
) -> Mapping[str, Extra]:
    hidden = hidden_paths(resource, sees)
    if hidden is None:
        return extras
    return {name: one for name, one in extras.items() if not is_hidden(hidden, name)}


def _operations(before: Mapping[str, Json], changed: Mapping[str, Json]) -> Iterator[Json]:
    """Yield the JSON patch that sets or removes whole attributes."""
    for name, value in changed.items():
        pointer = "/" + name.replace("~", "~0").replace("/", "~1")
        if value is not None:
            yield {"op": "add", "path": pointer, "value": value}
        elif name in before:
            yield {"op": "remove", "path": pointer}


def _name(one: Json) -> str:
    name = one.get("name") if isinstance(one, dict) else None
    return name if isinstance(name, str) else ""
