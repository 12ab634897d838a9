"""Counts the statements that a piece of a test sends to the database."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from trunkline.database import connection as connections
from trunkline.database.prepared import PreparedConnection


@contextmanager
def counted() -> Iterator[list[str]]:
    """Collect the text of every statement sent in a `with` block by this process."""
    sent: list[str] = []
    lock = threading.Lock()
    original, plain = PreparedConnection.execute, connections.run_plain

    def execute(self: Any, query: Any, *values: Any, **options: Any) -> Any:
        with lock:
            sent.append(query if isinstance(query, str) else str(query))
        return original(self, query, *values, **options)

    def run_plain(connection: Any, sql: bytes) -> Any:
        with lock:
            sent.append(sql.decode())
        return plain(connection, sql)

    PreparedConnection.execute = execute  # type: ignore[method-assign]
    connections.run_plain = run_plain
    try:
        yield sent
    finally:
        PreparedConnection.execute = original  # type: ignore[method-assign]
        connections.run_plain = plain
