"""Troubles: what a pass that is repeated fails at, and since when, until it goes well again.

One bad record must not keep a pass from all others: it is noted here, seen by the doctor and in
the figures, and tried again later.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from trunkline.database.problems import DatabaseProblem

LOST = ("08", "57P")
"""How the codes of errors begin that tell of a lost connection or of a server that stops."""
WHOLE = ""
ERROR_LENGTH_MAX = 500
NOTE = """
insert into trouble (pass, subject, error) values (%s, %s, %s)
on conflict (pass, subject) do update set error = excluded.error,
  times = trouble.times + 1, last_at = clock_timestamp()
"""
STANDING = """
select pass, count(*), min(since), max(last_at),
  (array_agg(subject order by since, subject))[1], (array_agg(error order by since, subject))[1]
from trouble group by pass order by pass
"""


@dataclass(frozen=True)
class Trouble:
    """What a pass fails at: how many things since when, and the first of them with its error.

    The subject is the id of a record, the name of a part, or empty for the pass as a whole.
    """

    name: str
    count: int
    since: datetime
    last_at: datetime
    subject: str
    error: str


def is_away(error: Exception) -> bool:
    """Tell whether it is the database that is not there: nothing is wrong with what was done."""
    if not isinstance(error, psycopg.OperationalError):
        return isinstance(error, (DatabaseProblem, psycopg.InterfaceError))
    return error.sqlstate is None or error.sqlstate.startswith(LOST)


def note(connection: Any, name: str, subject: str, error: Exception) -> None:
    """Note that a pass fails at something, since now or since it was first noted."""
    text = f"{type(error).__name__}: {error}"[:ERROR_LENGTH_MAX].replace("\0", "")
    connection.execute(NOTE, [name, subject, text])


def noted(connection: Any, name: str) -> set[str]:
    """Return what a pass has failed at and not done well since."""
    rows = connection.execute("select subject from trouble where pass = %s", [name]).fetchall()
    return {subject for (subject,) in rows}


def over(connection: Any, name: str, subjects: Iterable[str]) -> None:
    """Forget what went well."""
    if gone := list(subjects):
        connection.execute(
            "delete from trouble where pass = %s and subject = any(%s)", [name, gone]
        )


def standing(connection: Any) -> list[Trouble]:
    """Return what each pass fails at now, by its name."""
    return [Trouble(*row) for row in connection.execute(STANDING).fetchall()]
