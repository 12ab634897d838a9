"""Hierarchies: walking upwards through records, and refusing one that leads back to itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work

LOCK = "select pg_advisory_xact_lock(hashtextextended(%s, 620))"


def ancestors(first: Iterable[str], parents_of: Callable[[str], Iterable[str]]) -> set[str]:
    """Return the ids of `first` and of everything above them, each visited once."""
    found: set[str] = set()
    waiting = list(first)
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting.extend(parents_of(current))
    return found


def leads_back(
    start: str, parents: Iterable[str], parents_of: Callable[[str], Iterable[str]]
) -> bool:
    """Return whether the way up from `start` over `parents` meets `start` again."""
    return start in ancestors(parents, parents_of)


def keep_others_out(work: Work, kind: type[Document]) -> None:
    """Let others who change how records of a kind hang together wait until this is stored.

    Two changes that are sound each by itself could close a circle together.
    """
    work.connection.execute(LOCK, [kind.resource.name])
