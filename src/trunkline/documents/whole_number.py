"""Whole numbers: kept as such however they are written, and spans of time that end some day."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

WORD = re.compile(r"[A-Z]?[a-z]+")
LONGEST = {
    "seconds": 50 * 366 * 24 * 3600,
    "minutes": 50 * 366 * 24 * 60,
    "hours": 50 * 366 * 24,
    "days": 50 * 366,
    "weeks": 50 * 53,
    "months": 50 * 12,
    "quarters": 50 * 4,
    "years": 50,
}
"""Fifty years in each unit: dates that far off can still be reckoned with, and fit an integer."""


def whole(value: Any) -> Any:
    """Return a whole number as such, also one that is written `5.0`; all else as it is."""
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    return value


def longest(json_name: str) -> int | None:
    """Return the longest span that a number may say whose name begins or ends with its unit.

    `leadHours` and `daysAhead` are spans, `dailyLimit` is none.
    """
    words = [one.lower() for one in WORD.findall(json_name)]
    units = [one for one in (*words[-1:], *words[:1]) if one in LONGEST]
    return LONGEST[units[0]] if units else None
