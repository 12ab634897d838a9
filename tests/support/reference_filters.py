"""Reference filters: what TMF630 filters and sorts mean, said over plain documents in Python."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

SUFFIX = {"eq": "", "ne": ".ne", "gt": ".gt", "gte": ".gte", "lt": ".lt", "lte": ".lte",
          "regex": ".regex"}  # fmt: skip


@dataclass(frozen=True)
class Filter:
    """One condition: any value at `path` compares with any of `values`; `kind` says how."""

    path: str
    kind: str
    operator: str
    values: tuple[Any, ...]

    @property
    def query(self) -> str:
        """The condition as a part of a query string."""
        return f"{self.path}{SUFFIX[self.operator]}=" + ",".join(map(_written, self.values))


def _written(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return quote(f'"{text}"' if set(text) & set(",;'") else text)


def values_at(document: Any, path: str) -> Iterator[Any]:
    """Yield every value at a dotted path, through lists; absent ones and nulls are not there."""
    name, _, rest = path.partition(".")
    value = document.get(name) if isinstance(document, dict) else None
    for one in value if isinstance(value, list) else [value]:
        if one is None:
            continue
        if rest:
            yield from values_at(one, rest)
        else:
            yield one


def matches(document: Any, filters: Sequence[Filter]) -> bool:
    """Tell whether a document meets all conditions; `ne` holds where nothing is equal."""
    return all(_holds(document, one) for one in filters)


def _holds(document: Any, wanted: Filter) -> bool:
    held = list(values_at(document, wanted.path))
    if wanted.operator == "ne":
        return not any(_meets(one, wanted, "eq") for one in held)
    return any(_meets(one, wanted, wanted.operator) for one in held)


def _meets(held: Any, wanted: Filter, operator: str) -> bool:
    if operator == "regex":
        return any(re.search(str(one), text_of(held)) for one in wanted.values)
    for one in wanted.values:
        left, right = comparable(held, wanted.kind), comparable(one, wanted.kind)
        if left is None or right is None:
            continue
        if (operator == "eq" and left == right) or (
            operator in {"gt", "gte"} and left > right or operator in {"lt", "lte"} and left < right
        ):  # fmt: skip
            return True
        if operator in {"gte", "lte"} and left == right:
            return True
    return False


def comparable(value: Any, kind: str) -> Any:
    """Return what a value of a kind is compared by."""
    if kind in {"number", "integer"}:
        return None if isinstance(value, (bool, str)) else Decimal(str(value))
    if kind == "instant":
        moment = datetime.fromisoformat(str(value))
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return text_of(value)


def text_of(value: Any) -> str:
    """Return a value as text: as JSON writes it, strings without their quotes."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def ordered(documents: Sequence[Any], path: str, kind: str, *, descending: bool) -> list[str]:
    """Return the ids in the order of a sort: absent values last, ties by id the same way."""
    present = [one for one in documents if list(values_at(one, path))]
    absent = [one for one in documents if not list(values_at(one, path))]
    present.sort(key=lambda one: one["id"], reverse=descending)
    present.sort(key=lambda one: comparable(next(values_at(one, path)), kind), reverse=descending)
    absent.sort(key=lambda one: one["id"], reverse=descending)
    return [one["id"] for one in [*present, *absent]]
