"""Narrowing: whose lists of a kind hold some of its records only, as a module above says."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from trunkline.kernel.filters import Condition, ListQuery, Schema
from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.work import Work

Chosen = Callable[[Work], Collection[str] | None]
NONE = "00000000-0000-0000-0000-000000000000"
"""The id of no record: for a list that holds none."""

_chosen: dict[str, Chosen] = {}


def narrows(kind: type[Document], chosen: Chosen) -> None:
    """Let lists of a kind hold the records alone whose ids are chosen; None stands for all."""
    _chosen[kind.resource.name] = chosen


def narrowed(work: Work, resource: Resource, query: ListQuery) -> ListQuery:
    """Return a query that leaves out what the one who asks is not shown."""
    chosen = _chosen.get(resource.name)
    found = chosen(work) if chosen is not None else None
    if found is None:
        return query
    steps, kind = Schema(resource).leaf("id")
    among = Condition("id", steps, kind, "eq", tuple(sorted(found)) or (NONE,))
    return replace(query, conditions=(*query.conditions, among))
