"""Closures: what a catalog entry leads to, read level by level with one query each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TypeVar

from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work

D = TypeVar("D", bound=Document)


def present(work: Work, kind: type[D], ids: Iterable[str]) -> dict[str, D]:
    """Return the records with these ids, by id.

    Rules also run on documents with ids that can be none; those are refused elsewhere.
    """
    return work.many(kind, [one for one in ids if UUID.match(one)])


def closure(
    work: Work, kind: type[D], ids: Iterable[str], follow: Callable[[D], Iterable[str]],
    known: Mapping[str, D] = MappingProxyType({}),
) -> dict[str, D]:  # fmt: skip
    """Return the records with these ids and all that they lead to within their kind, by id.

    `follow` names the ids that a record leads to. Ids of missing records are left out; circles
    end where they meet what is found. Those of `known`, by id, are not read again.
    """
    found: dict[str, D] = {}
    waiting = set(ids)
    while waiting:
        level = {one: known[one] for one in waiting if one in known}
        level |= present(work, kind, waiting - level.keys())
        found.update(level)
        asked = {one for record in level.values() for one in follow(record)}
        waiting = asked - found.keys()
    return found
