"""Reading: the fields that a form posted, back to the document that they stand for.

A field's name says what it is and the path it stands for:

- `f:path` the text of a value, `n:path[0]` an element of a list (its value: which one it was
  before, empty for a new one), `l:path` a list that was asked for, `o:path` an opened object,
  `x:path` one that is not there;
- `t:path` the words in a look-up, and `w:path` those that it was shown with;
- `c:path:name` the values of one name in a list of named values (`structures` says how those
  with members are typed).

What was not asked for stays as it is in the document that the form was made of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from trunkline.documents.patch import copied, same
from trunkline.documents.shape import Attribute, Json, Shape
from trunkline.kernel.services import RuntimeAttribute
from trunkline.screens.asked_value import AskedValue
from trunkline.web.editing.structures import gathered, named_value, pieces_of
from trunkline.web.editing.texts import input_kind, value_of

ELEMENT = re.compile(r"^\[([0-9]{1,6})\]")
MARKS = ("f:", "n:", "l:", "o:", "x:", "t:", "w:", "c:")
PICKED = ("id", "name", "@referredType")
ENDS = {"", ".", ":", "["}
Asked = Mapping[str, Sequence[AskedValue]]


@dataclass
class Draft:
    """A document as typed, with what the page must know to show it so again.

    `origins` says for each list which element each was before (None: a new one); `opened` are
    the objects and elements that are open though nothing stands in them.
    """

    document: dict[str, Json]
    origins: dict[str, list[int | None]] = field(default_factory=dict)
    opened: set[str] = field(default_factory=set)


def marked(fields: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return the posted fields that stand for values of a document."""
    return {name: one for name, one in gathered(fields).items() if name[:2] in MARKS}


class Reader:
    """Reads one posted form."""

    def __init__(
        self, fields: Mapping[str, Sequence[str]], zone: ZoneInfo, asked: Asked | None = None
    ) -> None:
        self._fields = fields
        self._zone = zone
        self._asked = asked or {}
        self._seen: set[str] = set()
        for name in fields:
            path = name[2:].partition(":")[0] if name.startswith("c:") else name[2:]
            if name[:2] in MARKS:
                self._seen.update(_beginnings(path))
        self.draft = Draft({})

    def read(
        self,
        shape: type[Shape],
        base: dict[str, Json],
        runtime: Mapping[str, RuntimeAttribute],
    ) -> Draft:
        """Return the document that was typed over `base`."""
        document = self._object(shape, "", base)
        for name, one in runtime.items():
            if f"f:{name}" in self._fields and one.kind == "texts":
                _set(document, name, [each for each in self._fields[f"f:{name}"] if each] or None)
            elif f"f:{name}" in self._fields:
                _set(document, name, self._text(name, one.kind, base.get(name)))
        self.draft.document = document
        return self.draft

    def _object(self, shape: type[Shape], path: str, base: dict[str, Json]) -> dict[str, Json]:
        document: dict[str, Json] = copied(base)
        is_picked = bool(shape.targets) and f"t:{path}" in self._fields
        if is_picked:
            self._look_up(path, document)
        for name, attribute in shape.by_json_name().items():
            inner = f"{path}.{name}" if path else name
            if inner in self._seen and not (is_picked and name in PICKED):
                _set(document, name, self._value(attribute, inner, base.get(name)))
        return document

    def _value(self, attribute: Attribute, path: str, base: Json) -> Json:
        shape = attribute.shape
        if attribute.is_list:
            return self._list(attribute, path, base)
        if shape is None:
            if f"f:{path}" not in self._fields:
                return base
            return self._text(path, input_kind(attribute), base)
        if f"x:{path}" in self._fields and f"o:{path}" not in self._fields:
            return None if isinstance(base, dict) else base  # what is no object was not shown
        was = base if isinstance(base, dict) else {}
        found = self._object(shape, path, was)
        if f"o:{path}" in self._fields:
            self.draft.opened.add(path)
        return found or (base if not was and base is not None else None)

    def _text(self, path: str, kind: str, base: Json) -> Json:
        return value_of(kind, self._fields[f"f:{path}"][0], base, self._zone)

    def _list(self, attribute: Attribute, path: str, base: Json) -> Json:
        was: list[Json] = base if isinstance(base, list) else []
        if attribute.shape is None:
            return self._scalars(attribute, path, base) if f"f:{path}" in self._fields else base
        asked = self._asked.get(path)
        if f"l:{path}" not in self._fields and asked is None:
            return base
        elements, origins = self._elements(attribute.shape, path, was)
        if asked is not None:
            elements, origins = self._with_named(path, asked, was, elements, origins)
        self.draft.origins[path] = origins
        for index in range(len(elements)):
            self.draft.opened.add(f"{path}[{index}]")
        return elements or None

    def _elements(
        self, shape: type[Shape], path: str, was: list[Json]
    ) -> tuple[list[Json], list[int | None]]:
        """Return the elements that were posted, each with what it was before."""
        places = sorted(
            int(found[1])
            for name in self._fields
            if name.startswith(f"n:{path}[")
            and (found := ELEMENT.match(name[len(path) + 2 :]))
            and name == f"n:{path}{found[0]}"
        )
        elements: list[Json] = []
        origins: list[int | None] = []
        for place in places:
            origin = _origin(self._fields[f"n:{path}[{place}]"][0], was)
            before = was[origin] if origin is not None else {}
            if not isinstance(before, dict):
                continue
            moved = Reader(
                _moved(self._fields, f"{path}[{place}]", f"{path}[{len(elements)}]"),
                self._zone,
                self._asked,
            )
            elements.append(moved._object(shape, f"{path}[{len(elements)}]", before))
            self.draft.origins.update(moved.draft.origins)
            self.draft.opened.update(moved.draft.opened)
            origins.append(origin)
        return elements, origins

    def _scalars(self, attribute: Attribute, path: str, base: Json) -> Json:
        kind = input_kind(attribute)
        texts = [
            line
            for value in self._fields[f"f:{path}"]
            for line in value.replace("\r\n", "\n").split("\n")
            if line.strip()
        ]
        values = [value_of(kind, one, None, self._zone) for one in texts]
        shown = base if isinstance(base, list) else []
        return base if same(values, shown) else values or None

    def _look_up(self, path: str, document: dict[str, Json]) -> None:
        """Take what was picked; words that were typed and not picked are a key or an id."""
        typed, shown = self._first(f"t:{path}").strip(), self._first(f"w:{path}").strip()
        if typed == shown:
            for name in PICKED:
                text = self._fields.get(f"f:{path}.{name}")
                if text is not None and text[0] != str(document.get(name) or ""):
                    _set(document, name, text[0] or None)
            return
        for name in ("href", *PICKED):
            document.pop(name, None)
        if typed:
            document["id"] = typed

    def _with_named(
        self, path: str, asked: Sequence[AskedValue], was: list[Json],
        elements: list[Json], origins: list[int | None],
    ) -> tuple[list[Json], list[int | None]]:  # fmt: skip
        """Return the whole list: what has a name that is asked for, and the other elements."""
        typed = {one.name: self._named(path, one, was) for one in asked}
        others = dict(zip(origins, elements, strict=True))
        asks_others = f"l:{path}" in self._fields
        merged: list[tuple[Json, int | None]] = []
        told: set[str] = set()
        for index, one in enumerate(was):
            name = one.get("name") if isinstance(one, dict) else None
            if name in typed:
                merged += [(entry, index) for entry in typed[name] if name not in told]
                told.add(name)
            elif index in others or not asks_others:
                merged.append((others.get(index, one), index))
        for name, entries in typed.items():
            merged += [(entry, None) for entry in entries if name not in told]
        new = zip(origins, elements, strict=True)
        merged += [(one, None) for origin, one in new if origin is None]
        return [one for one, _ in merged], [origin for _, origin in merged]

    def _named(self, path: str, asked: AskedValue, was: list[Json]) -> list[Json]:
        """Return the elements of one name as they were typed."""
        before = [one for one in was if isinstance(one, dict) and one.get("name") == asked.name]
        texts = self._fields.get(f"c:{path}:{asked.name}")
        if texts is None or asked.fixed:
            return list(before)
        former = flat_values(before)
        if not asked.is_many:
            texts = texts[-1:]
        lines = [line for text in texts for line in pieces_of(asked, text) if line.strip()]
        values = [
            named_value(asked, line, former[index] if index < len(former) else None, self._zone)
            for index, line in enumerate(lines)
        ]
        if same(values, former):
            return list(before)
        wanted = [values] if asked.is_array and values else values
        entries: list[Json] = []
        for index, value in enumerate(wanted):
            kept = dict(before[index]) if index < len(before) else {"name": asked.name}
            if asked.value_type:
                kept.setdefault("valueType", asked.value_type)
            entries.append(kept | {"value": value})
        return entries

    def _first(self, name: str) -> str:
        return self._fields.get(name, [""])[0]


def flat_values(entries: Sequence[Json]) -> list[Json]:
    """Return the values of elements of one name, those of lists one by one."""
    found: list[Json] = []
    for one in entries:
        value = one.get("value") if isinstance(one, dict) else None
        found += value if isinstance(value, list) else [value] if value is not None else []
    return found


def flat_by_name(elements: Iterable[Mapping[str, Json]]) -> dict[str, list[Json]]:
    """Return all values of each name that elements have."""
    entries: dict[str, list[Json]] = {}
    for one in elements:
        entries.setdefault(one["name"], []).append(one)
    return {name: flat_values(own) for name, own in entries.items()}


def pruned(draft: Draft) -> dict[str, Json]:
    """Return the document without objects and new elements in which nothing was typed."""
    document: dict[str, Json] = _pruned(draft.document, "", draft)
    return document


def _pruned(value: Json, path: str, draft: Draft) -> Json:
    if isinstance(value, dict):
        found = {}
        for name, one in value.items():
            inner = f"{path}.{name}" if path else name
            kept = _pruned(one, inner, draft)
            if kept not in ({}, []) or one in ({}, []) and inner not in draft.opened:
                found[name] = kept
        return found
    if isinstance(value, list):
        origins = draft.origins.get(path)
        kept_elements = []
        for index, one in enumerate(value):
            kept = _pruned(one, f"{path}[{index}]", draft)
            is_new = origins is not None and (index >= len(origins) or origins[index] is None)
            if kept != {} or not is_new:
                kept_elements.append(kept)
        return kept_elements
    return value


def _set(document: dict[str, Json], name: str, value: Json) -> None:
    if value is None:
        document.pop(name, None)
    else:
        document[name] = value


def _origin(text: str, was: Sequence[Json]) -> int | None:
    return int(text) if text.isdecimal() and int(text) < len(was) else None


def _moved(
    fields: Mapping[str, Sequence[str]], before: str, after: str
) -> dict[str, Sequence[str]]:
    """Return the fields of one element under the place that it has now."""
    return {
        name[:2] + after + name[2 + len(before) :]: values
        for name, values in fields.items()
        if name[2:].startswith(before) and name[2 + len(before) : 3 + len(before)] in ENDS
    }


def _beginnings(path: str) -> list[str]:
    """Return a path and every path that leads to it, without the places in lists at their ends."""
    found, at = [], 0
    for index, letter in enumerate(path):
        if letter in ".[" and index > at:
            found.append(path[:index])
            at = index
    return [*found, path]
