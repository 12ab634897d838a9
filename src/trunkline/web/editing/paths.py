"""Paths of forms: `contact[0].phone` as parts, and values put at them and taken from them."""

from __future__ import annotations

import json
import re

from trunkline.documents.patch import own_id, same
from trunkline.documents.shape import Json

STEP = re.compile(
    r'(?:^|\.)(?P<name>[^.\[\]]+)|\[(?P<index>[0-9]{1,6})\]|\[id=(?P<id>[^\[\]"]+)\]'
    r'|\[(?P<quoted>"(?:[^"\\]|\\.)*")\]'
)
PLACE = re.compile(r"\[[^\]]*\]")


class Lost(ValueError):
    """A path that leads nowhere in a document."""


class ElementId(str):
    """A part of a path that picks an element of a list by its own id."""

    __slots__ = ()


Part = str | int | ElementId


def parts_of(path: str) -> list[Part]:
    """Return the parts of a path. Raises Lost where it is none."""
    parts: list[Part] = []
    position = 0
    while position < len(path):
        found = STEP.match(path, position)
        if found is None:
            raise Lost(path)
        if found["index"] is not None:
            parts.append(int(found["index"]))
        elif found["id"] is not None:
            parts.append(ElementId(found["id"]))
        else:
            parts.append(found["name"] or json.loads(found["quoted"]))
        position = found.end()
    return parts


def _place(holder: list[Json], part: Part) -> int:
    """Return where in a list an element is, the length of the list where it is not."""
    if isinstance(part, int):
        return part
    for index, one in enumerate(holder):
        if isinstance(part, ElementId) and str(own_id(one)) == part:
            return index
    return len(holder)


def _inside(value: Json, part: Part) -> Json:
    if isinstance(value, dict) and isinstance(part, str) and not isinstance(part, ElementId):
        return value.get(part)
    if isinstance(value, list) and (place := _place(value, part)) < len(value):
        return value[place]
    return None


def value_at(document: Json, path: str) -> Json:
    """Return the value at a path, or None."""
    try:
        for part in parts_of(path):
            document = _inside(document, part)
    except Lost:
        return None
    return document


def put(document: dict[str, Json], path: str, value: Json) -> None:
    """Set the value at a path, making what is missing on the way; None takes it away.

    What becomes empty by that goes, too. Raises Lost where an element of a list is not there.
    """
    _put(document, parts_of(path), value)


def _put(holder: Json, parts: list[Part], value: Json) -> None:
    part, *rest = parts
    is_place = isinstance(part, (int, ElementId))
    if isinstance(holder, list) and is_place:
        part = _element(holder, part, value)
    elif not isinstance(holder, dict) or is_place:
        raise Lost(str(part))
    if rest:
        inner = _inside(holder, part)
        if not isinstance(inner, (dict, list)):
            if value is None:
                return
            inner = [] if isinstance(rest[0], (int, ElementId)) else {}
            holder[part] = inner
        _put(inner, rest, value)
        if value is None and not inner:
            del holder[part]
    elif value is not None:
        holder[part] = value
    elif isinstance(holder, list):
        del holder[int(part)]
    else:
        holder.pop(part, None)


def _element(holder: list[Json], part: Part, value: Json) -> int:
    """Return where in a list a value goes; a new element stands at its end."""
    place = _place(holder, part)
    if place > len(holder) or (place == len(holder) and value is None):
        raise Lost(str(part))
    if place == len(holder):
        holder.append({"id": str(part)} if isinstance(part, ElementId) else {})
    return place


def without_places(path: str) -> str:
    """Return a path without the places in lists: `contact[0].phone` is `contact.phone`."""
    return PLACE.sub("", path)


def anchor_of(path: str) -> str:
    """Return the id of the element of a page that a path stands for."""
    return "at-" + re.sub(r"[^A-Za-z0-9_-]+", "-", path).strip("-")


def difference(before: dict[str, Json], after: dict[str, Json]) -> dict[str, Json]:
    """Return the merge patch that makes one document of another; lists are replaced whole."""
    patch: dict[str, Json] = {name: None for name in before if name not in after}
    for name, value in after.items():
        old = before.get(name)
        if isinstance(old, dict) and isinstance(value, dict):
            inner = difference(old, value)
            if inner:
                patch[name] = inner
        elif name not in before or not same(old, value):
            patch[name] = value
    return patch
