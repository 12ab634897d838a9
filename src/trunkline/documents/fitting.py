"""Fitting: whether a value is of a kind that was named at run time, and what it is as of one."""

from __future__ import annotations

from decimal import Decimal

from trunkline.documents.shape import Json, format_instant, parse_instant

WANTED = {"number": "a number", "boolean": "true or false", "text": "text",
          "texts": "a list of texts", "instant": "a date-time"}  # fmt: skip
INDEXED_TEXT_MAX = 600
"""Characters that fit into an entry of an index (2,704 bytes), at four bytes each."""


def fits(kind: str, value: Json) -> bool:
    """Tell whether a value is of a kind."""
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "number":
        return isinstance(value, (int, Decimal)) and not isinstance(value, bool)
    if kind == "texts":
        return isinstance(value, list) and all(fits("text", one) for one in value)
    return isinstance(value, str)


def fitting(kind: str, value: Json) -> Json:
    """Return an older value as the index keeps it, or None where none of its kind can be."""
    if kind == "text":
        if isinstance(value, (bool, int, Decimal)):
            value = str(value).lower() if isinstance(value, bool) else str(value)
        return value if isinstance(value, str) and len(value) <= INDEXED_TEXT_MAX else None
    if kind == "instant" and isinstance(value, str):
        try:
            return format_instant(parse_instant(value))
        except (ValueError, OverflowError):
            return None
    return value if kind != "instant" and fits(kind, value) else None
