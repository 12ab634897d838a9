"""Moments that a visitor asks for: typed in their own time zone, said again in the same."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from trunkline.documents.errors import Fault, Invalid


def typed_moment(text: str | None, zone: ZoneInfo) -> datetime | None:
    """Return the moment that was typed or linked to; refuses (400) what is none."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        message = "must be a day and a time such as 2026-11-30T12:00"
        raise Invalid.of([Fault("at", "badValue", message)]) from None
    return found if found.tzinfo is not None else found.replace(tzinfo=zone)


def as_typed(moment: datetime | None, zone: ZoneInfo) -> str:
    """Return a moment as the field of a form takes it; empty for none."""
    return moment.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S") if moment is not None else ""
