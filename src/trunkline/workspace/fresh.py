"""Fresh: records that are so new that the index of the search may not have them yet."""

from __future__ import annotations

from datetime import datetime, timedelta

FRESH_FOR = timedelta(hours=1)


def fresh_from(now: datetime) -> str:
    """Return an id below those of all records that were made of late."""
    return first_id(now - FRESH_FOR)


def first_id(moment: datetime) -> str:
    """Return an id below those of all records that are made from a moment on."""
    digits = f"{int(moment.timestamp() * 1000):012x}"
    return f"{digits[:8]}-{digits[8:]}-7000-8000-000000000000"
