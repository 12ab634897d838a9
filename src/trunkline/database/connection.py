"""Connections to PostgreSQL: two small pools, one per role, and a listener.

What a borrower reads: `json` as raw bytes, `uuid` as lower-case text, `timestamptz` as aware
date-times in UTC. Text for `uuid` because ids only travel from JSON to SQL and back.
"""

import select
import threading
from functools import cache
from types import TracebackType
from typing import Any, Self, TypeAlias, cast
from uuid import UUID

import psycopg
from psycopg import errors, sql
from psycopg.abc import AdaptContext, Buffer, Loader
from psycopg.adapt import AdaptersMap
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import Format, TransactionStatus
from psycopg.pq.abc import PGresult

from trunkline.database.prepared import PreparedConnection, checked
from trunkline.database.problems import DatabaseBusy, DatabaseUnavailable

APP_ROLE = "trunkline_app"
SCOPED_ROLE = "trunkline_scoped"

STATEMENT_TIMEOUT_MS = 5_000
LOCK_TIMEOUT_MS = 2_000
IDLE_IN_TRANSACTION_TIMEOUT_MS = 30_000

_CONNECT_DEFAULTS: dict[str, str | int] = {
    "connect_timeout": 5,
    "application_name": "trunkline",
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]


class Database:
    """One PostgreSQL database, used under two roles that own nothing in it.

    `app` sees every row; for `scoped` row-level security decides.
    """

    def __init__(self, dsn: str, *, connections_max: int = 8, wait_s: float = 2.0) -> None:
        """Keep how to connect; the first borrower of each pool connects."""
        self._dsn = _with_defaults(dsn)
        self.app = Pool(self._dsn, APP_ROLE, connections_max=connections_max, wait_s=wait_s)
        self.scoped = Pool(self._dsn, SCOPED_ROLE, connections_max=connections_max, wait_s=wait_s)

    def listen(self, channel: str) -> "Listener":
        """Return a listener on a channel of NOTIFY, on a connection of its own."""
        return Listener(self._dsn, channel)

    def close(self) -> None:
        """Close both pools; connections in use close when they come back."""
        self.app.close()
        self.scoped.close()


class Pool:
    """A few open connections under one role, the one used last lent first."""

    def __init__(self, dsn: str, role: str, *, connections_max: int, wait_s: float) -> None:
        """Keep how to connect, how many may be open and how long a borrower waits."""
        self._dsn = dsn
        self._role = role
        self._wait_s = wait_s
        self._free: list[tuple[Connection, select.poll]] = []
        self._permits = threading.Semaphore(connections_max)
        self._closed = False

    def connection(self) -> "Loan":
        """Lend a connection for a `with` block: autocommit, prepared statements, own role.

        Raises DatabaseBusy when none is free in time and DatabaseUnavailable without a server.
        """
        return Loan(self)

    def close(self) -> None:
        """Close the free connections, and every other one when it comes back."""
        self._closed = True
        while self._free:
            self._free.pop()[0].close()

    def take(self) -> tuple[Connection, select.poll]:
        """Take a live connection out of the pool, or open one."""
        if not self._permits.acquire(timeout=self._wait_s):
            raise DatabaseBusy(
                f"All database connections of {self._role} have been in use for {self._wait_s} s."
                " Try again; if it lasts, look for slow requests or allow more connections."
            )
        try:
            while True:
                try:
                    taken = self._free.pop()
                except IndexError:
                    return self._open()
                # An idle connection that has something to read was ended by the server.
                if not taken[1].poll(0):
                    return taken
                taken[0].close()
        except BaseException:
            self._permits.release()
            raise

    def give_back(self, taken: tuple[Connection, select.poll], *, is_spoiled: bool) -> None:
        """Put a connection back; one in a transaction is rolled back, a broken one replaced."""
        connection = taken[0]
        try:
            status = connection.pgconn.transaction_status
            if status in (TransactionStatus.INTRANS, TransactionStatus.INERROR):
                status = _rolled_back(connection)
            if status == TransactionStatus.IDLE and not is_spoiled and not self._closed:
                self._free.append(taken)
            else:
                connection.close()
        finally:
            self._permits.release()

    def _open(self) -> tuple[Connection, select.poll]:
        if self._closed:
            raise DatabaseUnavailable("The database connections are closed: the program ends.")
        connection = connect(self._dsn, role=self._role)
        poll = select.poll()
        poll.register(connection.pgconn.socket, select.POLLIN)
        return connection, poll


class Loan:
    """A connection lent for a `with` block."""

    __slots__ = ("_pool", "_taken")

    def __init__(self, pool: Pool) -> None:
        """Remember the pool; nothing is taken before the block."""
        self._pool = pool

    def __enter__(self) -> Connection:
        """Take the connection."""
        self._taken = self._pool.take()
        return self._taken[0]

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the connection back.

        A plan that no longer fits its table after a migration would fail again and again, so the
        connection that holds it goes.
        """
        is_spoiled = isinstance(error, errors.FeatureNotSupported)
        self._pool.give_back(self._taken, is_spoiled=is_spoiled)


class Listener:
    """A connection that waits for NOTIFY; it reconnects by itself at the next wait."""

    def __init__(self, dsn: str, channel: str) -> None:
        """Keep how to connect; the first wait connects."""
        self._dsn = dsn
        self._channel = channel
        self._connection: Connection | None = None

    def wait(self, timeout_s: float) -> list[str]:
        """Return the payloads that arrived, after the first one or the time-out (none).

        A lost connection counts as a time-out, since a reader also polls. Raises
        DatabaseUnavailable where it cannot connect.
        """
        connection = self._connected()
        try:
            arrived = list(connection.notifies(timeout=timeout_s, stop_after=1))
            arrived += connection.notifies(timeout=0)
        except psycopg.OperationalError:
            self.close()
            return []
        return [notify.payload for notify in arrived]

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def __enter__(self) -> Self:
        """Start to listen now, so that nothing sent from here on is missed."""
        self._connected()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connection."""
        self.close()

    def _connected(self) -> Connection:
        if self._connection is None:
            connection = connect(self._dsn, role=APP_ROLE)
            connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(self._channel)))
            self._connection = connection
        return self._connection


def connect(dsn: str, *, role: str) -> Connection:
    """Open a connection as Trunkline uses it, under a role and with its time-outs."""
    try:
        connection = PreparedConnection.connect(
            dsn, autocommit=True, prepare_threshold=None, context=_Adapters(_adapters())
        )
    except psycopg.OperationalError as error:
        raise DatabaseUnavailable(f"The database does not answer: {error}") from error
    try:
        connection.execute(
            sql.SQL(
                "SET TimeZone = 'UTC'; SET statement_timeout = {}; SET lock_timeout = {};"
                " SET idle_in_transaction_session_timeout = {}; SET ROLE {}"
            ).format(
                STATEMENT_TIMEOUT_MS,
                LOCK_TIMEOUT_MS,
                IDLE_IN_TRANSACTION_TIMEOUT_MS,
                sql.Identifier(role),
            )
        )
    except (errors.InvalidParameterValue, errors.InsufficientPrivilege) as error:
        connection.close()
        raise DatabaseUnavailable(
            f"The database login cannot act as {role}: {error}. Run `trunkline migrate`, which"
            f" makes that role and lets the login use it."
        ) from error
    except psycopg.OperationalError as error:
        connection.close()
        raise DatabaseUnavailable(f"The database does not answer: {error}") from error
    return connection


def run_plain(connection: Connection, sql: bytes) -> PGresult:
    """Run statements without parameters in one trip and return the result of the last one.

    Every transaction begins so; by a cursor that would cost several times as much.
    """
    return checked(connection.pgconn.exec_(sql))


class _Adapters:
    """What psycopg asks of a context: the type conversions of a new connection."""

    connection = None

    def __init__(self, adapters: AdaptersMap) -> None:
        self.adapters = adapters


class _JsonTextLoader:
    """Makes psycopg's compiled loader of raw bytes serve also where JSON comes as text."""

    format = Format.TEXT

    def __new__(cls, oid: int, context: AdaptContext | None = None) -> Loader:  # type: ignore[misc]
        return _bytes_loader()(oid, context)


class _JsonBinaryLoader(_JsonTextLoader):
    format = Format.BINARY


class _UuidBinaryLoader(psycopg.adapt.Loader):
    format = Format.BINARY

    def load(self, data: Buffer) -> str:
        return str(UUID(bytes=bytes(data)))


@cache
def _adapters() -> AdaptersMap:
    adapters = AdaptersMap(psycopg.adapters)
    for loader in (_JsonTextLoader, _JsonBinaryLoader):
        adapters.register_loader("json", cast("type[Loader]", loader))
    text_oid = psycopg.adapters.types["text"].oid
    as_text = psycopg.adapters.get_loader(text_oid, Format.TEXT)
    if as_text is not None:
        adapters.register_loader("uuid", as_text)
    adapters.register_loader("uuid", _UuidBinaryLoader)
    return adapters


@cache
def _bytes_loader() -> type[Loader]:
    loader = psycopg.adapters.get_loader(psycopg.adapters.types["bytea"].oid, Format.BINARY)
    assert loader is not None, "psycopg reads bytea"
    return loader


def _rolled_back(connection: Connection) -> int:
    try:
        connection.rollback()
    except psycopg.Error:
        return TransactionStatus.UNKNOWN
    return connection.pgconn.transaction_status


def _with_defaults(dsn: str) -> str:
    try:
        given = conninfo_to_dict(dsn)
    except psycopg.ProgrammingError as error:
        raise DatabaseUnavailable(f"The database address cannot be read: {error}") from error
    return make_conninfo(**(_CONNECT_DEFAULTS | given))  # type: ignore[arg-type]
