"""Filters and sorts: what a query string asks for, checked against what is declared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from trunkline.documents.paths import Step, walk_path
from trunkline.kernel.resource import Asked, Resource, View

Operator = Literal["eq", "ne", "gt", "gte", "lt", "lte", "regex"]
OPERATORS: tuple[Operator, ...] = ("eq", "ne", "gt", "gte", "lt", "lte", "regex")
OWN_COLUMNS = {"id": "any", "key": "text", "href": "text", "createdAt": "instant",
               "updatedAt": "instant"}  # fmt: skip


@dataclass(frozen=True)
class Condition:
    """One filter: the values of `path` compare with any of `values`; conditions are ANDed.

    With `or_absent` it also holds where there is no value.
    """

    path: str
    steps: tuple[Step, ...]
    kind: str
    operator: Operator
    values: tuple[str | bool | Decimal, ...]
    or_absent: bool = False


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
    """What may be filtered on, in the words of a view: declared attributes and run-time ones."""

    resource: Resource
    runtime: Mapping[str, str] = field(default_factory=dict)
    page_default: int = 100
    page_max: int = 1000
    view: View | None = None

    def stored(self, path: str) -> str:
        """Return the stored form of a path of the asked-for view."""
        return self.view.path(self.resource.name, path) if self.view else path

    def asked(self, path: str, operator: Operator, values: Sequence[str]) -> Asked:
        """Return what a filter means; ValueError says why it cannot be asked."""
        if self.view is None or self.view.ask is None:
            return Asked(self.stored(path), tuple(values))
        return self.view.ask(self.resource.name, path, operator, values)

    def leaf(self, path: str) -> tuple[tuple[Step, ...], str]:
        """Return the steps and the kind of value at a path; KeyError names what is undeclared."""
        if path in OWN_COLUMNS:
            return (), OWN_COLUMNS[path]
        if path in self.runtime:
            return (), self.runtime[path]
        steps = tuple(walk_path(self.resource.type, path))
        return steps, steps[-1].attribute.scalar
