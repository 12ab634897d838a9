"""Origins: which version of a document each of its values stems from. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

from trunkline.documents.decode import encode
from trunkline.documents.patch import ABSENT, own_id, path_to, path_to_id, same
from trunkline.documents.shape import Json

S = TypeVar("S")


class Datum(NamedTuple, Generic[S]):
    """One value of a document, where it stands, and the stamp of the version that brought it."""

    path: str
    value: Json
    stamp: S


def stamps_after(old: Json, held: Json, new: Json, stamp: S) -> Json:
    """Return the stamps of a new state, shaped as it is: `held` where a value stayed, else `stamp`.

    `old` is the state before (ABSENT: none) and `held` its stamps. Elements of lists are followed
    by their ids, or by what is in them: one that only moves keeps its stamps.
    """
    if isinstance(new, dict):
        was, known = (old, held) if isinstance(old, dict) else ({}, {})
        return {
            name: stamps_after(was.get(name, ABSENT), known.get(name), value, stamp)
            for name, value in new.items()
        }
    if isinstance(new, list):
        before, kept = (old, held) if isinstance(old, list) else ([], [])
        return [
            stamps_after(ABSENT, None, value, stamp)
            if at is None
            else stamps_after(before[at], kept[at], value, stamp)
            for value, at in zip(new, _followed(before, new), strict=True)
        ]
    is_same = old is not ABSENT and same(old, new)
    return held if is_same else stamp


def data_of(value: Json, stamps: Json, path: str = "") -> Iterator[Datum[S]]:
    """Yield each value of a document with its stamp; empty objects and lists have none.

    `value` may be a part of what the stamps are of: what is hidden is left out.
    """
    if isinstance(value, dict):
        known: Mapping[str, Json] = stamps if isinstance(stamps, dict) else {}
        for name, inner in value.items():
            yield from data_of(inner, known.get(name), path_to(path, name))
    elif isinstance(value, list):
        each = stamps if isinstance(stamps, list) else [None] * len(value)
        ids = [own_id(one) for one in value]
        has_ids = None not in ids and len(set(ids)) == len(ids)
        for index, (inner, own) in enumerate(zip(value, each, strict=False)):
            inside = path_to_id(path, str(ids[index])) if has_ids else f"{path}[{index}]"
            yield from data_of(inner, own, inside)
    else:
        yield Datum(path, value, stamps)


def _followed(old: Sequence[Json], new: Sequence[Json]) -> list[int | None]:
    """Return for each new element which old one it was: the equal one, by id, or by its place."""
    found: list[int | None] = [None] * len(new)
    free = dict.fromkeys(range(len(old)))
    for key_of in (_whole, own_id, _kind):
        waiting: dict[Json, list[int]] = {}
        for at in free:
            if (key := key_of(old[at])) is not None:
                waiting.setdefault(key, []).append(at)
        for index, one in enumerate(new):
            key = key_of(one) if found[index] is None else None
            if key is not None and waiting.get(key):
                at = waiting[key].pop(0)
                found[index] = at
                del free[at]
    return found


def _whole(element: Json) -> bytes:
    return encode(element)


def _kind(element: Json) -> str | None:
    """Return what tells elements without ids apart at all: objects are followed in their order."""
    return "object" if isinstance(element, dict) and own_id(element) is None else None
