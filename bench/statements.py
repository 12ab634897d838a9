"""Which statements a request runs, recorded from the program itself."""

from __future__ import annotations

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
NAMED = re.compile(r"%\((\w+)\)[sb]")


@contextmanager
def recorded() -> Iterator[list[tuple[str, Any]]]:
    """Keep every statement that is executed inside the `with` block, with its parameters."""
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
