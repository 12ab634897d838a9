"""Fresh: records that are so new that the index of the search may not have them yet."""

from __future__ import annotations

from datetime import datetime, timedelta

FRESH_FOR = timedelta(hours=1)


def fresh_from(now: datetime) -> str:
    """Return an id below those of all records that were made of late."""
    digits = f"{int((now - FRESH_FOR).timestamp() * 1000):012x}"
    return f"{digits[:8]}-{digits[8:]}-7000-8000-000000000000"
