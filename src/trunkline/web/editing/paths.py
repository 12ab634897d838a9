"""Paths of forms: `contact[0].phone` as parts, and values put at them and taken from them."""

from __future__ import annotations

import json
import re

from trunkline.documents.patch import own_id, same
from trunkline.documents.shape import Json

Part = str | int
STEP = re.compile(
    r'(?:^|\.)(?P<name>[^.\[\]]+)|\[(?P<index>[0-9]{1,6})\]|\[id=(?P<id>[^\[\]"]+)\]'
    r'|\[(?P<quoted>"(?:[^"\\]|\\.)*")\]'
)
PLACE = re.compile(r"\[[^\]]*\]")


class Lost(ValueError):
    """A path that leads nowhere in a document."""


def parts_of(path: str, document: Json = None) -> list[Part]:
    """Return the parts of a path; `[id=7]` is found in the document. Raises Lost."""
    parts: list[Part] = []
    position, here = 0, document
    while position < len(path):
        found = STEP.match(path, position)
        if found is None:
            raise Lost(path)
        part: Part = found["name"] or (json.loads(found["quoted"]) if found["quoted"] else "")
        if found["index"] is not None:
            part = int(found["index"])
        elif found["id"] is not None:
            part = _index_of(here, found["id"])
        here = _inside(here, part)
        parts.append(part)
        position = found.end()
    return parts


def _index_of(value: Json, ident: str) -> int:
    for index, one in enumerate(value if isinstance(value, list) else ()):
        if str(own_id(one)) == ident:
            return index
    raise Lost(ident)


def _inside(value: Json, part: Part) -> Json:
    if isinstance(value, dict) and isinstance(part, str):
        return value.get(part)
    if isinstance(value, list) and isinstance(part, int) and part < len(value):
        return value[part]
    return None


def value_at(document: Json, path: str) -> Json:
    """Return the value at a path, or None."""
    try:
        for part in parts_of(path, document):
            document = _inside(document, part)
    except Lost:
        return None
    return document


def put(document: dict[str, Json], path: str, value: Json) -> None:
    """Set the value at a path, making what is missing on the way; None takes it away.

    What becomes empty by that goes, too. Raises Lost where an element of a list is not there.
    """
    _put(document, parts_of(path, document), value)


def _put(holder: Json, parts: list[Part], value: Json) -> None:
    part, *rest = parts
    if isinstance(holder, list) and isinstance(part, int):
        if part > len(holder) or (part == len(holder) and value is None):
            raise Lost(str(part))
        if part == len(holder):
            holder.append({} if rest and isinstance(rest[0], str) else [])
    elif not isinstance(holder, dict) or not isinstance(part, str):
        raise Lost(str(part))
    if rest:
        inner = _inside(holder, part)
        if not isinstance(inner, (dict, list)):
            if value is None:
                return
            inner = [] if isinstance(rest[0], int) else {}
            holder[part] = inner
        _put(inner, rest, value)
        if value is None and not inner:
            del holder[part]
    elif value is None:
        if isinstance(holder, list):
            del holder[part]  # type: ignore[arg-type]
        else:
            holder.pop(part, None)
    else:
        holder[part] = value


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
