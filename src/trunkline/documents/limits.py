"""Limits: which spheres rights are kept to. A sphere is `dimension:value`, such as `team:north`.

A limit names one value or several of each of its dimensions: an owner lies within it who lies in
one of those spheres in every dimension that it names. Of several limits any one will do.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import TypeAlias

Limit: TypeAlias = frozenset[str]
Limits: TypeAlias = frozenset[Limit]

SPHERE = re.compile(r"[a-z][A-Za-z0-9]{0,39}:[^\0]{1,200}")
ENTERED = "entered"
"""The dimension of who has entered an owner of whom nothing else is said yet."""

OWN = "$own"
"""Stands for the values that who asks has in a dimension."""

LIES_IN = "(select tsvector_to_array(s.lies_in) from owner_sphere s where s.owner = {})"
"""SQL: the spheres of the owner that a column names."""


def values_of(limit: Limit) -> dict[str, set[str]]:
    """Return the spheres of each dimension that a limit names."""
    found: dict[str, set[str]] = {}
    for one in sorted(limit):
        found.setdefault(one.partition(":")[0], set()).add(one)
    return found


def listed(limits: Limits) -> list[list[str]]:
    """Return limits in the form in which they are kept and sent."""
    return sorted(sorted(one) for one in limits)


def query_of(limits: Iterable[Limit]) -> str:
    """Return limits as the text of a query over spheres; without any it finds nothing."""
    alternatives = {
        " & ".join(
            "(" + " | ".join(_quoted(one) for one in sorted(spheres)) + ")"
            for _, spheres in sorted(values_of(limit).items())
        )
        for limit in limits
        if limit
    }
    return " | ".join(f"({one})" for one in sorted(alternatives))


def _quoted(sphere: str) -> str:
    return "'" + sphere.replace("\\", "\\\\").replace("'", "''") + "'"


def lies_within(limits: Iterable[Limit], spheres: Collection[str] | None) -> bool:
    """Tell whether an owner who lies in these spheres lies within one of the limits."""
    held = set(spheres or ())
    return any(
        limit and all(held & wanted for wanted in values_of(limit).values()) for limit in limits
    )


def covers(wider: Limits, narrower: Limits) -> bool:
    """Tell whether whoever lies within some limits surely lies within others."""
    return all(any(one and _covers(one, each) for one in wider) for each in narrower)


def _covers(wider: Limit, narrower: Limit) -> bool:
    held = values_of(narrower)
    return all(name in held and held[name] <= spheres for name, spheres in values_of(wider).items())


def resolved(limits: Iterable[Limit], own: Iterable[str], asker: str) -> Limits:
    """Return limits with the asker's own values in place of what stands for them.

    A limit to values of which the asker has none is left out. Who is limited goes on with owners
    that they have entered, until something is said of those.
    """
    mine = values_of(frozenset(own))
    found = set()
    for limit in limits:
        named = values_of(limit)
        for name, spheres in named.items():
            if f"{name}:{OWN}" in spheres:
                named[name] = (spheres - {f"{name}:{OWN}"}) | mine.get(name, set())
        if all(named.values()):
            found.add(frozenset[str]().union(*named.values()))
    return frozenset(found) | ({frozenset({f"{ENTERED}:{asker}"})} if found else frozenset())
