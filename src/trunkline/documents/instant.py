"""Instants: how moments are stored, and what is read of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any


def parse_instant(text: str) -> datetime:
    """Return the UTC instant of a stored date-time or of any RFC 3339 text.

    ValueError for one that is none, or that lies before the first day or after the last.
    """
    moment = datetime.fromisoformat(text)
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(str(error)) from error


def instant_in(value: Any) -> datetime | None:
    """Return the moment that a stored value tells; None for one that is none.

    What was kept before its attribute was declared, when anything could stand there, stays as it
    is and says nothing. What is sent now is decoded, and refused where it is no moment.
    """
    try:
        return parse_instant(value)
    except (ValueError, TypeError, OverflowError):
        return None


def format_instant(moment: datetime) -> str:
    """Return the stored form of an instant: UTC, milliseconds, fixed width, `Z`."""
    if moment.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    utc = moment.astimezone(UTC)
    return utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")
