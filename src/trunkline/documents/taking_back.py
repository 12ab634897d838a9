"""Taking back: what a document was before a change, from what it is and what was changed. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TypeAlias

from trunkline.documents.patch import ABSENT, Change, copied, own_id, same
from trunkline.documents.shape import Json

STEP = re.compile(
    r'(?:^|\.)(?P<name>[^.\[\]]+)|\[(?P<index>[0-9]+)\]'
    r'|\[id=(?P<quoted_id>"(?:[^"\\]|\\.)*"|[^\]]+)\]|\[(?P<quoted>"(?:[^"\\]|\\.)*")\]'
)  # fmt: skip
ORDER = "[*].id"


class _Id(str):
    """A part of a path that picks the element of a list with an id."""

    __slots__ = ()


_Part: TypeAlias = str | int | _Id


def taken_back(document: dict[str, Json], changes: Sequence[Change]) -> dict[str, Json]:
    """Return a document as it was before changes that led to it.

    What came goes, the last first; what went or differs is again what it was. Containers that
    become empty by that go, too; elements that come back to a list of ids stand at its end.
    """
    before: dict[str, Json] = copied(document)
    values = [one for one in changes if not one.path.endswith(ORDER)]
    for one in values:
        if one.old is not ABSENT:
            _put(before, _parts(one.path), copied(one.old))
    for one in reversed([one for one in values if one.old is ABSENT]):
        _take(before, _parts(one.path), one.new)
    for one in changes:
        if one.path.endswith(ORDER):
            _order(before, one)
    return before


def _parts(path: str) -> list[_Part]:
    parts: list[_Part] = []
    position = 0
    while position < len(path):
        found = STEP.match(path, position)
        if found is None:
            raise ValueError(f"{path} is no path of a change")
        if found["index"] is not None:
            parts.append(int(found["index"]))
        elif found["quoted_id"] is not None:
            text = found["quoted_id"]
            parts.append(_Id(json.loads(text) if text.startswith('"') else text))
        else:
            parts.append(found["name"] or json.loads(found["quoted"]))
        position = found.end()
    return parts


def _key(holder: Json, part: _Part) -> Json:
    """Return under which name or index a part is, or would be, in its holder."""
    if not isinstance(part, _Id):
        return part
    elements = holder if isinstance(holder, list) else []
    return next(
        (index for index, one in enumerate(elements) if str(own_id(one)) == part), len(elements)
    )


def _has(holder: Json, key: Json) -> bool:
    if isinstance(holder, dict):
        return key in holder
    return isinstance(holder, list) and isinstance(key, int) and key < len(holder)


def _take(holder: Json, parts: Sequence[_Part], value: Json) -> None:
    """Take a value at a path out, and what becomes empty by that."""
    part, *rest = parts
    key = _key(holder, part)
    if not _has(holder, key):
        return
    if rest:
        _take(holder[key], rest, value)
        if holder[key] in ({}, []) or (isinstance(part, _Id) and rest == ["id"]):
            del holder[key]
    elif same(holder[key], value):
        del holder[key]


def _put(holder: Json, parts: Sequence[_Part], value: Json) -> None:
    """Put a value at a path, making what is missing on the way."""
    part, *rest = parts
    key = _key(holder, part)
    if not rest:
        _set(holder, key, value)
        return
    wanted = list if isinstance(rest[0], int | _Id) else dict
    if not (_has(holder, key) and isinstance(holder[key], wanted)):
        _set(holder, key, {"id": str(part)} if isinstance(part, _Id) else wanted())
    _put(holder[key], rest, value)


def _set(holder: Json, key: Json, value: Json) -> None:
    if isinstance(holder, list):
        while len(holder) <= key:
            holder.append({})
    holder[key] = value


def _order(document: dict[str, Json], change: Change) -> None:
    """Put elements that stayed into their former order."""
    holder: Json = document
    for part in _parts(change.path.removesuffix(ORDER)):
        key = _key(holder, part)
        if not _has(holder, key):
            return
        holder = holder[key]
    by_id = {own_id(one): one for one in holder if isinstance(one, dict)}
    stayed = [one for one in change.old if one in by_id]
    places = [index for index, one in enumerate(holder) if own_id(one) in stayed]
    for index, ident in zip(places, stayed, strict=True):
        holder[index] = by_id[ident]
