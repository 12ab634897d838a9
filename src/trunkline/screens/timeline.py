"""Timelines: which records of other kinds are told where somebody's happenings are listed.

Whoever brings a kind of record says once, by `happens`, in which family it is told, when it
happened, by which channel, and what is told of it. The page, its chips and its filters follow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Family:
    """Records that are told under one chip; families stand in the order of their `place`."""

    name: str
    title: str
    icon: str
    place: int = 50


@dataclass(frozen=True)
class Happens:
    """How records of a kind are told.

    Paths are dotted, a number stands for an element of a list. `at` is when it happened, the
    first of several paths that says it, else when it was written; `channel` by which way; `told`
    maps what the page knows to tell (`name`, `amount`, `reason`, `direction`, `agent`, `ended`) to
    where it stands. What `clutters` is not told of somebody, only of other records.
    """

    kind: str
    family: Family
    at: str = ""
    channel: str = ""
    told: Mapping[str, str] = field(default_factory=dict)
    clutters: bool = False

    @property
    def paths(self) -> Mapping[str, str]:
        """What is told, the channel among it."""
        return {**self.told, "channel": self.channel} if self.channel else self.told


_told: dict[str, Happens] = {}


def happens(*told: Happens) -> None:
    """Let records of kinds be told; a kind that no module declares is not asked for."""
    for one in told:
        if one.kind in _told:
            raise ValueError(f"{one.kind} is told twice")
        _told[one.kind] = one


def told_kinds() -> list[tuple[Family, list[Happens]]]:
    """Return the families in their order, each with its kinds."""
    families = dict.fromkeys(sorted(_families(), key=lambda one: (one.place, one.name)))
    return [(one, [each for each in _told.values() if each.family == one]) for one in families]


def told_of(kind: str) -> Happens | None:
    """Return how a kind is told, None for one that is not."""
    return _told.get(kind)


def _families() -> Iterable[Family]:
    return (one.family for one in _told.values())
