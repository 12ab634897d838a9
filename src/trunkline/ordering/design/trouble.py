"""Trouble: what outside systems answered that was no answer, and since when they are well again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

MESSAGE_MAX = 500
NOTE = """
insert into outside_trouble as t (system, errors, since, last_at, message)
values (%(system)s, 1, %(now)s, %(now)s, %(message)s)
on conflict (system) do update set
  errors = case when t.mended_at is null then t.errors + 1 else 1 end,
  since = case when t.mended_at is null then t.since else excluded.since end,
  last_at = excluded.last_at, message = excluded.message, mended_at = null
"""
MEND = "update outside_trouble set mended_at = %s where system = %s and mended_at is null"
TROUBLES = "select system, errors, since, last_at, message, mended_at from outside_trouble"


@dataclass(frozen=True)
class Trouble:
    """What went wrong at a system: so many errors in a row, the last of them, and its end."""

    system: str
    errors: int
    since: datetime
    last_at: datetime
    message: str
    mended_at: datetime | None = None


def note_trouble(connection: Any, system: str, message: str, now: datetime) -> None:
    """Write down that a call came to nothing."""
    asked = {"system": system, "message": message[:MESSAGE_MAX], "now": now}
    connection.execute(NOTE, asked)


def mend(connection: Any, system: str, now: datetime) -> None:
    """Write down that a system is well again, where it was not."""
    connection.execute(MEND, [now, system])


def troubles(connection: Any) -> Mapping[str, Trouble]:
    """Return the last trouble of each system that ever had one, by its code."""
    return {row[0]: Trouble(*row) for row in connection.execute(TROUBLES).fetchall()}
