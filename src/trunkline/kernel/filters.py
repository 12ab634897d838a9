"""Filters and sorts: what a query string asks for, checked against what is declared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from trunkline.kernel.resource import Resource, Step, walk_path

Operator = Literal["eq", "ne", "gt", "gte", "lt", "lte", "regex"]
OPERATORS: tuple[Operator, ...] = ("eq", "ne", "gt", "gte", "lt", "lte", "regex")
OWN_COLUMNS = {"id": "any", "key": "text", "href": "text", "createdAt": "instant",
               "updatedAt": "instant"}  # fmt: skip


@dataclass(frozen=True)
class Condition:
    """One filter: the values of `path` compare with any of `values`; conditions are ANDed."""

    path: str
    steps: tuple[Step, ...]
    kind: str
    operator: Operator
    values: tuple[str | bool | Decimal, ...]


@dataclass(frozen=True)
class Sort:
    """One term of an order; absent values come last."""

    path: str
    kind: str
    descending: bool


@dataclass(frozen=True)
class ListQuery:
    """What a list request asks for."""

    conditions: tuple[Condition, ...] = ()
    sorts: tuple[Sort, ...] = ()
    fields: tuple[str, ...] | None = None
    offset: int = 0
    limit: int = 100
    paged: bool = False
    after: str | None = None
    parameters: tuple[tuple[str, str], ...] = field(default=())


@dataclass(frozen=True)
class Schema:
    """What may be filtered on: a resource's declared attributes and its run-time ones.

    `path` turns a path of the asked-for view into the stored one.
    """

    resource: Resource
    runtime: Mapping[str, str] = field(default_factory=dict)
    page_default: int = 100
    page_max: int = 1000
    translate: Callable[[str], str] | None = None

    def stored(self, path: str) -> str:
        """Return the stored form of a path of the asked-for view."""
        return self.translate(path) if self.translate else path

    def leaf(self, path: str) -> tuple[tuple[Step, ...], str]:
        """Return the steps and the kind of value at a path; KeyError names what is undeclared."""
        if path in OWN_COLUMNS:
            return (), OWN_COLUMNS[path]
        if path in self.runtime:
            return (), self.runtime[path]
        steps = tuple(walk_path(self.resource.type, path))
        return steps, steps[-1].attribute.scalar
