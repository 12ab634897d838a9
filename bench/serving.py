"""The servers that are compared: the whole program, and a bare handler on the same pool.

The bare handler is there in two ways: with psycopg's own `execute`, as anybody would write it, and
with the program's, which makes one call of libpq of a statement (`trunkline.database.prepared`).
"""

from __future__ import annotations

import json
import logging
import os
import random
import sys
from collections.abc import Callable, Iterable
from typing import Any

import psycopg
import structlog
from granian import Granian
from granian.constants import Interfaces

from bench.statements import TAIL, TAIL_RANGE
from trunkline.api.app import make_app
from trunkline.database.connection import Database
from trunkline.database.prepared import PreparedConnection
from trunkline.identity.authenticate import Authenticator
from trunkline.kernel.module import load_modules
from trunkline.program.start import collect_rarely, make_services
from trunkline.settings import load

THREADS = 4


def full() -> Any:
    """Return the program's WSGI application."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    load_modules()
    settings = load({"TRUNKLINE_DATABASE_URL": os.environ["BENCH_DSN"]})
    services = make_services(
        settings, Database(os.environ["BENCH_DSN"], connections_max=THREADS + 1)
    )
    app = make_app(services, Authenticator(services), settings)
    collect_rarely()
    return app


def bare() -> Callable[..., Iterable[bytes]]:
    """Return a handler whose statements are psycopg's."""
    return _handler(psycopg.Connection.execute)


def quick() -> Callable[..., Iterable[bytes]]:
    """Return a handler whose statements go out as the program's do."""
    return _handler(PreparedConnection.execute)


def _handler(execute: Callable[..., Any]) -> Callable[..., Iterable[bytes]]:
    """Return a handler that runs fixed statements and returns what they give, as it is.

    `BENCH_STATEMENTS` is a JSON list of [statement, parameters]; the body is the column named
    doc of each row, joined by commas.
    """
    pool = Database(os.environ["BENCH_DSN"], connections_max=THREADS + 1).app
    with open(os.environ["BENCH_STATEMENTS"], encoding="utf-8") as file:
        statements = [(sql, parameters) for sql, parameters in json.load(file)]
    has_new = TAIL in json.dumps(statements)

    def renewed(value: Any, tail: str) -> Any:
        if not has_new:
            return value
        if isinstance(value, dict):
            return {name: renewed(one, tail) for name, one in value.items()}
        if isinstance(value, list):
            return [renewed(one, tail) for one in value]
        return value.replace(TAIL, tail) if isinstance(value, str) else value

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        body = b""
        with pool.connection() as connection:
            tail = str(random.randint(*TAIL_RANGE))
            for text, values in statements:
                sql, parameters = renewed(text, tail), renewed(values, tail)
                cursor = execute(connection, sql, parameters)
                if cursor.description is not None:
                    names = [column.name for column in cursor.description]
                    at = names.index("doc") if "doc" in names else 0
                    rows = cursor.fetchall()
                    body = b",".join(
                        row[at] if isinstance(row[at], bytes) else str(row[at]).encode()
                        for row in rows
                    ) or body  # fmt: skip
        start(
            "200 OK",
            [("Content-Type", "application/json"), ("Content-Length", str(len(body)))],
        )
        return [body]

    return answer


def main() -> None:
    """Serve what the first argument names, in one process."""
    target = f"bench.serving:{sys.argv[1]}"
    Granian(
        target,
        factory=True,
        address="127.0.0.1",
        port=int(os.environ["PORT"]),
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        log_enabled=False,
    ).serve()


if __name__ == "__main__":
    main()
