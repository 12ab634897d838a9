"""Connections that run a statement with parameters in one call of the driver's library.

psycopg's cursors send, wait and read by turns of their own, each with a change of who holds the
interpreter; a statement that was prepared before goes out and comes back in one call here. What
values become on the way is decided by psycopg's own adapters, as ever.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import psycopg
from psycopg import abc, adapt, errors
from psycopg.adapt import PyFormat
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

PREPARED_STATEMENTS_MAX = 500
PARSED_STATEMENTS_MAX = 2_000
ANSWERED = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)
PLACEHOLDER = re.compile(r"%(?:%|([sbt])|\((\w+)\)([sbt]))")
FORMATS = {"s": PyFormat.AUTO, "b": PyFormat.BINARY, "t": PyFormat.TEXT}
Row = tuple[Any, ...]
Parameters = Sequence[Any] | Mapping[str, Any]


class Column(NamedTuple):
    """A column of what a statement gave."""

    name: str


class Rows:
    """What a statement gave: all of its rows, read once by whoever asks."""

    __slots__ = ("_result", "_rows")

    def __init__(self, result: PGresult, rows: list[Row]) -> None:
        """Keep the rows, and the result that says how many were written."""
        self._result = result
        self._rows = rows

    def fetchall(self) -> list[Row]:
        """Return the rows that were not fetched before."""
        rows, self._rows = self._rows, []
        return rows

    def fetchone(self) -> Row | None:
        """Return the next row, or None after the last one."""
        return self._rows.pop(0) if self._rows else None

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows that were not fetched before."""
        return iter(self.fetchall())

    @property
    def rowcount(self) -> int:
        """How many rows were read or written."""
        written = self._result.command_tuples
        return -1 if written is None else written

    @property
    def description(self) -> list[Column] | None:
        """The columns of a statement that gives rows; None of one that gives none."""
        result = self._result
        if result.status != ExecStatus.TUPLES_OK:
            return None
        names = (result.fname(at) or b"" for at in range(result.nfields))
        return [Column(one.decode()) for one in names]


class PreparedConnection(psycopg.Connection[Row]):
    """A connection whose statements with parameters go out, and come back, in one call.

    It is used by one thread at a time; who lends it sees to that.
    """

    def __init__(self, *values: Any, **named: Any) -> None:
        """Begin with nothing prepared."""
        super().__init__(*values, **named)
        self._names: OrderedDict[tuple[bytes, tuple[int, ...] | None], bytes] = OrderedDict()
        self._made = 0
        self._adapt: abc.Transformer | None = None  # a connection gets its adapters after this

    def execute(self, query: Any, params: Parameters | None = None, **options: Any) -> Any:
        """Run a statement and return its rows; of several without parameters, the last one's.

        Raises the `psycopg.Error` that its SQLSTATE says. Composed statements are psycopg's own.
        """
        if options or not isinstance(query, str):
            return super().execute(query, params, **options)
        if self._adapt is None:
            self._adapt = adapt.Transformer(self)
        known = self._adapt
        if params is None:
            result = checked(self.pgconn.exec_(query.encode()))
        else:
            sql, formats, names = _parsed(query)
            values = known.dump_sequence(_in_order(params, names, len(formats)), formats)
            result = self._sent(sql, values, known)
        known.set_pgresult(result)
        rows = known.load_rows(0, result.ntuples, tuple) if result.nfields else []
        return Rows(result, rows)

    def commit(self) -> None:
        """Commit what the transaction wrote."""
        checked(self.pgconn.exec_(b"commit"))

    def rollback(self) -> None:
        """Take back what the transaction wrote."""
        checked(self.pgconn.exec_(b"rollback"))

    def _sent(self, sql: bytes, values: Sequence[Any], known: abc.Transformer) -> PGresult:
        """Run a statement: parsed each time at its first use, prepared from its second one on."""
        types, formats = known.types, known.formats
        spot = (sql, types)
        name = self._names.get(spot)
        if name is None:
            self._names[spot] = b""
            if len(self._names) > PREPARED_STATEMENTS_MAX:
                self._forget()
            return checked(self.pgconn.exec_params(sql, values, types, formats))
        self._names.move_to_end(spot)
        if not name:
            self._made += 1
            name = b"trunkline_%d" % self._made
            checked(self.pgconn.prepare(name, sql, types))
            self._names[spot] = name
        return checked(self.pgconn.exec_prepared(name, values, formats))

    def _forget(self) -> None:
        """Give up the statement that was not used for the longest time."""
        _, name = self._names.popitem(last=False)
        if name:
            checked(self.pgconn.exec_(b"deallocate " + name))


def checked(result: PGresult) -> PGresult:
    """Return a result, or raise the `psycopg.Error` that the server says."""
    if result.status in ANSWERED:
        return result
    error = errors.error_from_result(result)
    raise error if error.sqlstate else psycopg.OperationalError(str(error))  # none: it is gone


@lru_cache(PARSED_STATEMENTS_MAX)
def _parsed(query: str) -> tuple[bytes, list[PyFormat], tuple[str, ...]]:
    """Return a statement with $1 for its first placeholder, their formats, and their names."""
    formats: list[PyFormat] = []
    places: dict[str, int] = {}

    def place(found: re.Match[str]) -> str:
        plain, name, named = found.groups()
        if plain is None and name is None:
            return "%"
        if name in places:
            return f"${places[name]}"
        formats.append(FORMATS[plain or named])
        if name is not None:
            places[name] = len(formats)
        return f"${len(formats)}"

    return PLACEHOLDER.sub(place, query).encode(), formats, tuple(places)


def _in_order(params: Parameters, names: Sequence[str], count: int) -> Sequence[Any]:
    if isinstance(params, Mapping):
        return [params[one] for one in names]
    if len(params) != count:
        raise psycopg.ProgrammingError(
            f"the statement has {count} placeholders, and {len(params)} values were given"
        )
    return params
