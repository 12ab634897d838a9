"""Which statements a request runs, recorded from the program itself."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from trunkline.database import connection as connections
from trunkline.database.prepared import PreparedConnection

PLACE = re.compile("%[sb]")
INTEGERS = (("smallint", 15), ("integer", 31))
NAMED = re.compile(r"%\((\w+)\)[sb]")


TAIL = ":tail"
"""Stands for the end of an id that is new each time; pgbench puts a variable in its place."""
ID = re.compile(r"\b([0-9a-f]{8})-([0-9a-f]{4})((?:-[0-9a-f]{4}){2})-[0-9a-f]{12}\b")
TAIL_RANGE = (100_000_000_000, 999_999_999_999)


@contextmanager
def recorded(*, undone: bool = False) -> Iterator[list[tuple[str, Any]]]:
    """Keep every statement that is executed inside the `with` block, with its parameters.

    What is `undone` is rolled back in the place of its commit: its ids are free afterwards.
    """
    commit: Callable[..., Any] = PreparedConnection.commit
    if undone:
        PreparedConnection.commit = PreparedConnection.rollback  # type: ignore[method-assign]
    try:
        with _kept() as kept:
            yield kept
    finally:
        PreparedConnection.commit = commit  # type: ignore[method-assign]


@contextmanager
def _kept() -> Iterator[list[tuple[str, Any]]]:
    kept: list[tuple[str, Any]] = []
    execute: Callable[..., Any] = PreparedConnection.execute
    plain: Callable[..., Any] = connections.run_plain

    def keeping(self: Any, query: Any, params: Any = None, **options: Any) -> Any:
        kept.append((str(query), params))
        return execute(self, query, params, **options)

    def keeping_plain(connection: Any, sql: bytes) -> Any:
        kept.append((sql.decode(), None))
        return plain(connection, sql)

    PreparedConnection.execute = keeping  # type: ignore[method-assign]
    connections.run_plain = keeping_plain
    try:
        yield kept
    finally:
        PreparedConnection.execute = execute  # type: ignore[method-assign]
        connections.run_plain = plain


def with_new_ids(recorded: list[tuple[str, Any]], since: datetime) -> list[tuple[str, Any]]:
    """Return statements whose ids made since an instant differ each time that they run.

    Else those who run them at once would wait for each other, as no two requests do.
    """
    first = int(since.timestamp() * 1000)

    def renewed(found: re.Match[str]) -> str:
        is_new = int(found[1] + found[2], 16) >= first
        return f"{found[1]}-{found[2]}{found[3]}-{TAIL}" if is_new else found[0]

    def told(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: told(one) for name, one in value.items()}
        if isinstance(value, (list, tuple)):
            return [told(one) for one in value]
        return ID.sub(renewed, value) if isinstance(value, str) else value

    return [(ID.sub(renewed, sql), told(plain(parameters))) for sql, parameters in recorded]


def script(recorded: list[tuple[str, Any]]) -> str:
    """Return a script for pgbench that writes: statements prepared once, and carried out anew."""
    prepared, carried_out = [], []
    for number, (sql, parameters) in enumerate(recorded):
        if not parameters:
            carried_out.append(sql.replace("%%", "%").replace("\n", " ") + ";")
            continue
        text, values = _numbered(sql, parameters)
        types = ",".join(map(_type, values))
        prepared.append(f"prepare s{number} ({types}) as {text};")
        carried_out.append(f"execute s{number} ({','.join(map(_literal_of, values))});")
    low, high = TAIL_RANGE
    head = [rf"\set tail random({low}, {high})", r"\if :ready = 0", *prepared, r"\set ready 1",
            r"\endif"]  # fmt: skip
    return "\n".join([*head, *carried_out, "rollback;"])


def _numbered(sql: str, parameters: Any) -> tuple[str, list[Any]]:
    """Return a statement with numbered places, and the values that come there."""
    if isinstance(parameters, dict):
        names = list(dict.fromkeys(NAMED.findall(sql)))
        text = NAMED.sub(lambda found: f"${names.index(found[1]) + 1}", sql)
        values = [parameters[one] for one in names]
    else:
        numbers = itertools.count(1)
        text = PLACE.sub(lambda _: f"${next(numbers)}", sql)
        values = list(parameters)
    return text.replace("%%", "%").replace("\n", " "), values


def _type(value: Any) -> str:
    """Return the type as which psycopg sends a value; a text is whatever stands there."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return next((name for name, bits in INTEGERS if abs(value) < 1 << bits), "bigint")
    return "double precision" if isinstance(value, float) else "unknown"


def _literal_of(value: Any) -> str:
    if isinstance(value, list):
        inner = ",".join("null" if one is None else json.dumps(str(one)) for one in value)
        return "'{" + inner.replace("'", "''") + "}'"
    return _literal(value)


def write(path: Path, statements: list[tuple[str, Any]], *, undone: bool = False) -> None:
    """Write statements for the bare handler; `undone` ones are rolled back each time."""
    rows: list[tuple[str, Any]] = [(sql, plain(parameters)) for sql, parameters in statements]
    if undone:
        rows.append(("rollback", None))
    path.write_text(json.dumps(rows), encoding="utf-8")


def plain(value: Any) -> Any:
    """Return parameters as JSON can hold them; bytes become PostgreSQL's hex form."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def literal(sql: str, parameters: Any) -> str:
    """Return a statement for pgbench, its parameters written in as literals."""
    if isinstance(parameters, dict):
        named = NAMED.sub(lambda found: _literal(parameters[found[1]]), sql)
        return named.replace("%%", "%").replace("\n", " ")
    for one in parameters or []:
        before, after = PLACE.split(sql, maxsplit=1)
        sql = f"{before}{_literal(one)}{after}"
    return sql.replace("%%", "%").replace("\n", " ")


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, (list, tuple)):
        return "array[" + ",".join(_literal(one) for one in value) + "]"
    return "'" + str(plain(value)).replace("'", "''") + "'"
