"""Periods as they are sent: when something that is given begins and ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json, format_instant, parse_instant


def end_of(holding: Json) -> datetime | None:
    """Return when something ends by its `validFor`; None for never, or where that is no time."""
    end = _instant(holding, "endDateTime")
    return end if isinstance(end, datetime) else None


def until(end: datetime | None) -> dict[str, Json]:
    """Return a period that ends then."""
    return {"endDateTime": format_instant(end)} if end else {}


def start_faults(holding: Mapping[str, Json], now: datetime) -> Iterator[Fault]:
    """Yield a fault where something would begin later: what is given holds at once."""
    start = _instant(holding, "startDateTime")
    if start is not None and (isinstance(start, str) or start > now):
        yield Fault("validFor.startDateTime", "badValue", "is now or a time in the past")


def end_faults(holding: Json, path: str, now: datetime) -> Iterator[Fault]:
    """Yield a fault where something has ended already; `path` leads to it, with a dot."""
    end = _instant(holding, "endDateTime")
    if end is not None and (isinstance(end, str) or end <= now):
        yield Fault(f"{path}validFor.endDateTime", "badValue", "is a time in the future")


def _instant(holding: Json, name: str) -> datetime | str | None:
    """Return one end of a period; its text where that is not a time."""
    period = holding.get("validFor") if isinstance(holding, dict) else None
    value = period.get(name) if isinstance(period, dict) else None
    if value is None:
        return None
    try:
        return parse_instant(str(value))
    except (ValueError, OverflowError):
        return str(value)
