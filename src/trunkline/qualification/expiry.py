"""How long an answer holds: as long as the offering or the specification says, else thirty days."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from trunkline.catalog.qualification_terms import QualificationTerms

DAYS = 30


def expires_at(terms: Iterable[QualificationTerms | None], now: datetime) -> datetime:
    """Return until when an answer holds: the shortest of what is said, where anything is."""
    days = [one.valid_days for one in terms if one is not None and one.valid_days is not None]
    return now + timedelta(days=min(days, default=DAYS))
