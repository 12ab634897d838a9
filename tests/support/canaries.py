"""Canaries: words that nobody else says, and a look for them into everything that is stored."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tests.support.program import Site

STEM = "qyzx"
NUMBER = "9182736455"
WORD = re.compile(f"{STEM}[a-z]*|{NUMBER}", re.IGNORECASE)
OF_JOBS = ("job_line", "job_part")
SEALED = {
    ("event", "payload"): ("owner", "event|{id}"),
    ("audit", "changes"): ("owner", "audit|{id}"),
    ("staff_note", "said"): ("owner", "note|{id}"),
    ("staff_file", "said"): ("owner", "file|{id}"),
    ("staff_file", "content"): ("owner", "content|{id}"),
    ("staff_task", "said"): ("owner author", "task|{id}"),
    ("draft", "typed"): ("principal", "draft|{place}"),
    ("job", "asked"): ("principal", "job|{id}"),
    ("job_line", "detail"): ("asker", "job|{job}"),
    ("job_part", "body"): ("asker", "job|{job}"),
    ("merge_gone", "sealed"): ("owner", "merge|{merge}"),
    ("delivery", "answer"): ("owner", "delivery|{id}"),
    ("idempotency", "answer"): ("owner", "answer|{subject}"),
    ("erasure_run", "words"): ("party", "erasure|{request}"),
    ("erasure_kept", "sealed"): ("request", "kept|{record}"),
}
"""Columns that are sealed: whose key opens them, and for which purpose."""


def word(name: str) -> str:
    """Return the canary of a field."""
    return f"{STEM.title()}{name}"


def found_in(site: Site) -> dict[str, set[str]]:
    """Return by table and column the canaries in it, what is sealed opened by every key there is.

    Every column of each table of the installation is read.
    """
    found: dict[str, set[str]] = {}
    site.services.keyring.forget()
    with psycopg.connect(site.dsn, autocommit=True) as connection:
        rows = connection.execute(
            "select c.relname::text, array_agg(a.attname::text order by a.attnum), "
            "array_agg(a.atttypid = 'bytea'::regtype order by a.attnum) from pg_class c "
            "join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped "
            "where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') "
            "and not c.relispartition group by 1"
        ).fetchall()
        for table, columns, are_bytes in rows:
            kinds = dict(zip(columns, are_bytes, strict=True))
            for name, text in _texts(connection, table, columns):
                if words := {one.lower() for one in WORD.findall(text)}:
                    found.setdefault(f"{table}.{name}", set()).update(words)
            for name in (one for one, is_bytes in kinds.items() if is_bytes):
                for text in _opened(site, connection, table, name):
                    if words := {one.lower() for one in WORD.findall(text)}:
                        found.setdefault(f"{table}.{name}", set()).update(words)
    return found


def _texts(connection: Any, table: str, columns: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the values, with their columns, of the rows in which a canary stands."""
    listed = ", ".join(f'"{one}"::text' for one in columns)
    sql = f'select {listed} from "{table}" t where t::text ~* %s'
    for values in connection.execute(sql, [f"{STEM}|{NUMBER}"]):
        yield from ((name, one) for name, one in zip(columns, values, strict=True) if one)


def _opened(site: Site, connection: Any, table: str, column: str) -> Iterator[str]:
    """Yield the bytes of a column as texts, and opened where they are sealed and a key is there."""
    cursor = connection.cursor(row_factory=dict_row)
    for row in cursor.execute(f'select * from "{table}" where "{column}" is not null'):
        stored = bytes(row[column])
        yield stored.decode("utf-8", "replace")
        owners, purpose = SEALED.get((table, column), ("", ""))
        if table in OF_JOBS:
            (row["asker"],) = connection.execute(
                "select principal from job where id = %s", [row["job"]]
            ).fetchone()
        for owner in (row[one] for one in owners.split() if row[one]):
            body = site.services.keyring.open(connection, str(owner), purpose.format(**row), stored)
            yield (body or b"").decode("utf-8", "replace")
