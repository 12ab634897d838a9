"""Paging: how one goes through very many rows in an order, from one page to the next.

An order ends with the id, so that it is total. A cursor holds the values of its terms in the last
row of a page; the next page is read from there, however far down that is.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

Piece = tuple[str, list[Any]]
"""A piece of SQL with its parameters in order."""


class BadCursor(Exception):
    """A cursor that is none, or of another order."""


@dataclass(frozen=True)
class Order:
    """One term of an order by: the expression, the type to cast cursor values to, direction.

    Where a value may be absent and an index has the values, these are read by two scans of it.
    """

    expression: str
    cast: str
    descending: bool
    is_optional: bool = True
    is_indexed: bool = False


NEWEST_FIRST = Order("t.id", "uuid", descending=True, is_optional=False)


def page_rows(
    source: Piece, columns: str, condition: Piece, terms: Sequence[Order], *,
    limit: int, offset: int, cursor: str | None,
) -> Piece:  # fmt: skip
    """Return the query for the rows of a page; `s0`, `s1`, … are the values of its terms."""
    values = ", ".join(f"{one.expression} as s{n}" for n, one in enumerate(terms))
    named = [replace(one, expression=f"t.s{n}", is_indexed=False) for n, one in enumerate(terms)]
    texts: list[str] = []
    parameters: list[Any] = []
    for text, own in _scans(terms, cursor):
        texts.append(
            f"(select {columns}, {values} from {source[0]} where {text} and {condition[0]} "
            f"order by {order_by(terms)} limit %s)"
        )
        parameters += [*source[1], *own, *condition[1], limit + offset]
    rows = " union all ".join(texts)
    text = f"select * from ({rows}) t order by {order_by(named)} limit %s offset %s"
    return text, [*parameters, limit, offset]


def order_by(terms: Sequence[Order]) -> str:
    """Return the text of an order by; absent values come last, but where scans keep them apart."""
    return ", ".join(
        f"{term.expression} {'desc' if term.descending else 'asc'}"
        + (" nulls last" if term.is_optional and (n or not term.is_indexed) else "")
        for n, term in enumerate(terms)
    )


def _scans(terms: Sequence[Order], cursor: str | None) -> list[Piece]:
    """Return the conditions by which the rows of a page are read, those of the first scan first.

    An index has absent values at its other end where an order descends, and finds its place by
    one bound only: records with a value are read from the cursor's on, then those without.
    """
    first = terms[0]
    after, own, value = _after(terms, cursor) if cursor is not None else ("true", [], None)
    if first.is_optional and not first.is_indexed:
        return [(after, own)]
    present: Piece = after, own
    if value is not None:
        sign = "<=" if first.descending else ">="
        present = f"{after} and {first.expression} {sign} %s::{first.cast}", [*own, value]
    if not first.is_optional:
        return [present]
    absent = f"{first.expression} is null"
    if cursor is not None and value is None:
        return [(f"{after} and {absent}", own)]
    return [(f"{present[0]} and {first.expression} is not null", present[1]), (absent, [])]


def _after(terms: Sequence[Order], cursor: str) -> tuple[str, list[Any], str | None]:
    """Return the condition for the rows that follow a cursor, and the cursor's first value."""
    values = _values(cursor)
    if len(values) != len(terms) or values[-1] is None:
        raise BadCursor(cursor)
    alternatives: list[str] = []
    parameters: list[Any] = []
    for index, term in enumerate(terms):
        if values[index] is None:
            continue
        parts, own = _ties(terms[:index], values)
        sign = "<" if term.descending else ">"
        parts.append(
            f"({term.expression} {sign} %s::{term.cast}"
            + (f" or {term.expression} is null)" if term.is_optional else ")")
        )
        alternatives.append(" and ".join(parts))
        parameters += [*own, values[index]]
    return "(" + " or ".join(alternatives) + ")", parameters, values[0]


def _values(cursor: str) -> list[str | None]:
    try:
        text = base64.urlsafe_b64decode(cursor.encode("ascii") + b"==")
        return msgspec.json.decode(text, type=list[str | None])
    except (ValueError, msgspec.DecodeError) as error:
        raise BadCursor(cursor) from error


def _ties(terms: Sequence[Order], values: Sequence[Any]) -> tuple[list[str], list[Any]]:
    parts: list[str] = []
    own: list[Any] = []
    for term, value in zip(terms, values, strict=False):
        if value is None:
            parts.append(f"{term.expression} is null")
        else:
            parts.append(f"{term.expression} = %s::{term.cast}")
            own.append(value)
    return parts, own


def cursor_of(values: Sequence[Any]) -> str:
    """Return the cursor that continues after a row with these values of the order's terms."""
    texts = [None if one is None else str(one) for one in values]
    return base64.urlsafe_b64encode(msgspec.json.encode(texts)).decode("ascii").rstrip("=")
