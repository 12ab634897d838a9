"""Configured: what is read of the configuration once per generation, and what moves that.

Records of the kinds named by `configures` are configuration: with each write of one every process
reads what it keeps of them anew at its next transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.row import ROW, document_of
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work

T = TypeVar("T")
D = TypeVar("D", bound=Document)
MOVED = "configuration_moved"
_configuring: list[Resource] = []
_followed: dict[str, str] = {}


def configures(kind: type[D]) -> type[D]:
    """Say that records of a kind are configuration."""
    _configuring.append(kind.resource)
    return kind


def followed_by(function: str) -> Callable[[type[D]], type[D]]:
    """Say which function of the database carries each write of a kind on within it."""

    def declare(kind: type[D]) -> type[D]:
        _followed[kind.resource.table] = function
        return kind

    return declare


def configured(work: Work, kind: type[T], read: Callable[[Any], T]) -> T:
    """Return what is kept of the configuration under a type, read where it is not yet.

    `read` takes the connection. What it returns is shared by all threads: nobody changes it.
    """
    kept = work.configuration.kept
    found: T | None = kept.get(kind)
    if found is None:  # a connection is asked for only here, since that writes what waits first
        found = kept[kind] = read(work.connection)
    return found


def configured_at(
    services: Services, connection: Any, generation: int, kind: type[T], read: Callable[[Any], T]
) -> T:
    """Return the same as of a generation, where there is no transaction of the domain."""
    kept = services.configuration(connection, generation).kept
    found: T | None = kept.get(kind)
    if found is None:
        found = kept[kind] = read(connection)
    return found


def all_of(connection: Any, kind: type[D]) -> list[D]:
    """Return every record of a kind, oldest first: configuration is nobody's own."""
    rows = connection.execute(
        f"select {ROW} from {kind.resource.table} t order by t.id"  # noqa: S608 - our own names
    ).fetchall()
    return [document_of(kind, row) for row in rows]


def all_on(connection: Any, kind: type[D]) -> list[D]:
    """Return the records of a kind that are on, by their position, then oldest first."""
    rows = connection.execute(
        f"select {ROW} from {kind.resource.table} t where t.p_is_on "  # noqa: S608 - our own names
        "order by (t.doc->>'position')::numeric nulls last, t.id"
    ).fetchall()
    return [document_of(kind, row) for row in rows]


def read_anew(work: Work) -> None:
    """Let the rest of a transaction see what it has changed of the configuration itself.

    What is read from now on belongs to this transaction alone.
    """
    work.generation = -int(work.services.chance.uuid().replace("-", "")[:15], 16)


def statements(connection: Any) -> Iterator[str]:
    """Yield the triggers that the tables of configuration still lack."""
    rows = connection.execute("select tgrelid::regclass::text, tgname::text from pg_trigger")
    present = set(rows.fetchall())
    for resource in _configuring:
        if (resource.table, MOVED) not in present:
            yield (
                f"create trigger {MOVED} after insert or update or delete "
                f"on {resource.table} for each statement execute function attributes_moved()"
            )
    for table, function in _followed.items():
        if (table, function) not in present:
            yield (
                f"create trigger {function} after insert or update or delete "
                f"on {table} for each row execute function {function}()"
            )
