"""The pools: what a borrower gets, what it costs, and how broken connections are replaced."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest

from trunkline.database.connection import Database
from trunkline.database.launcher import EmbeddedServer
from trunkline.database.migrate import migrate
from trunkline.database.problems import DatabaseBusy, DatabaseUnavailable

BODY = b'{"price": 19.90,  "name": "Fibre 1G"}'


@pytest.fixture
def database(dsn: str) -> Iterator[Database]:
    migrate(dsn, [])
    made = Database(dsn, connections_max=2, wait_s=0.1)
    yield made
    made.close()


@pytest.mark.parametrize("is_binary", [False, True])
def test_json_comes_as_the_bytes_that_were_stored(database: Database, is_binary: bool) -> None:
    with database.app.connection() as connection:
        row = connection.execute(
            "SELECT %s::json, '0193F5B1-0000-7000-8000-00000000000A'::uuid,"
            " '2026-03-01 01:00+01'::timestamptz, 1.50::numeric",
            [BODY.decode()],
            binary=is_binary,
        ).fetchone()
    assert row is not None
    assert row[0] == BODY
    assert type(row[0]) is bytes
    assert row[1] == "0193f5b1-0000-7000-8000-00000000000a"
    assert row[2] == datetime(2026, 3, 1, tzinfo=UTC)
    assert row[2].utcoffset().total_seconds() == 0
    assert str(row[3]) == "1.50"


def test_each_pool_acts_as_its_role_with_its_time_outs(database: Database) -> None:
    shown = "SELECT current_user, current_setting('statement_timeout'),"
    shown += " current_setting('lock_timeout'),"
    shown += " current_setting('idle_in_transaction_session_timeout'), current_setting('TimeZone')"
    for pool, role in ((database.app, "trunkline_app"), (database.scoped, "trunkline_scoped")):
        with pool.connection() as connection:
            assert connection.execute(shown).fetchone() == (role, "5s", "2s", "30s", "UTC")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("CREATE TABLE mine (id int)")


def test_the_last_connection_used_is_lent_first(database: Database) -> None:
    with database.app.connection() as one, database.app.connection() as other:
        assert one is not other
    with database.app.connection() as again:
        assert again is one


def test_busy_pools_say_so_in_time_and_serve_again(database: Database) -> None:
    with database.app.connection(), database.app.connection():
        begun = time.monotonic()
        with pytest.raises(DatabaseBusy, match="in use"), database.app.connection():
            pass
        assert time.monotonic() - begun < 10
        with database.scoped.connection() as other:
            assert other.execute("SELECT 1").fetchone() == (1,)
    with database.app.connection() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_waiting_borrower_gets_the_connection_that_comes_back(dsn: str) -> None:
    migrate(dsn, [])
    database = Database(dsn, connections_max=1, wait_s=5)
    got: list[object] = []

    def borrow() -> None:
        with database.app.connection() as connection:
            got.append(connection)

    with database.app.connection() as first:
        waiting = threading.Thread(target=borrow)
        waiting.start()
        time.sleep(0.05)
        assert got == []
    waiting.join()
    assert got == [first]
    database.close()


@pytest.mark.parametrize("statement", ["SELECT 1", "SELECT 1/0"])
def test_an_open_transaction_is_rolled_back(database: Database, statement: str) -> None:
    with database.app.connection() as first:
        first.execute("BEGIN")
        if statement == "SELECT 1/0":
            with pytest.raises(psycopg.errors.DivisionByZero):
                first.execute(statement)
        else:
            first.execute(statement)
    with database.app.connection() as again:
        assert again is first
        assert again.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_connections_that_the_server_ended_are_replaced(
    database: Database, server: EmbeddedServer
) -> None:
    with database.app.connection() as one:
        pid = one.info.backend_pid
    end_backend(server, pid)
    with database.app.connection() as other:
        assert other.execute("SELECT 1").fetchone() == (1,)
        assert other.info.backend_pid != pid
        end_backend(server, other.info.backend_pid)
        with pytest.raises(psycopg.OperationalError):
            other.execute("SELECT 1")
    for _ in range(3):
        with database.app.connection() as third:
            assert third.execute("SELECT 1").fetchone() == (1,)


ALL = "SELECT * FROM thing WHERE id > %s"


def test_a_plan_that_a_migration_broke_costs_one_error_at_most(
    database: Database, dsn: str, server: EmbeddedServer
) -> None:
    with psycopg.connect(dsn, autocommit=True) as owner:
        owner.execute("SET ROLE trunkline_owner; CREATE TABLE thing (id int)")
        with database.app.connection() as connection:
            for _ in range(4):
                connection.execute(ALL, [0])
        owner.execute("ALTER TABLE thing ADD COLUMN name text")
    with pytest.raises(psycopg.errors.FeatureNotSupported), database.app.connection() as connection:
        connection.execute(ALL, [0])
    with database.app.connection() as connection:
        connection.execute(ALL, [0])


def test_taking_and_giving_back_costs_microseconds(database: Database) -> None:
    best = 1.0
    for _ in range(20):
        begun = time.perf_counter()
        for _ in range(200):
            with database.app.connection():
                pass
        best = min(best, (time.perf_counter() - begun) / 200)
    assert best < 30e-6, f"{best * 1e6:.1f} µs"


def test_a_closed_database_lends_nothing(database: Database) -> None:
    with database.app.connection() as connection:
        database.close()
    assert connection.closed
    with pytest.raises(DatabaseUnavailable), database.app.connection():
        pass


def test_no_server_and_no_role_are_told_apart(dsn: str, server: EmbeddedServer) -> None:
    migrate(dsn, [])
    absent = Database("host=/nowhere dbname=trunkline connect_timeout=2")
    with pytest.raises(DatabaseUnavailable, match="does not answer"), absent.app.connection():
        pass
    with psycopg.connect(server.superuser_dsn("postgres"), autocommit=True) as connection:
        connection.execute("ALTER ROLE trunkline_app RENAME TO trunkline_elsewhere")
        try:
            roleless = Database(dsn).app
            with (
                pytest.raises(DatabaseUnavailable, match="trunkline migrate"),
                roleless.connection(),
            ):
                pass
        finally:
            connection.execute("ALTER ROLE trunkline_elsewhere RENAME TO trunkline_app")
    with pytest.raises(DatabaseUnavailable, match="cannot be read"):
        Database("nonsense")


def test_a_listener_hears_what_is_sent(database: Database) -> None:
    with database.listen("Work-due") as listener:
        assert listener.wait(0.01) == []
        with database.app.connection() as connection:
            connection.execute("SELECT pg_notify('Work-due', 'one'), pg_notify('Work-due', 'two')")
        assert listener.wait(5) == ["one", "two"]
        assert listener.wait(0.01) == []


def test_a_listener_connects_again(database: Database, server: EmbeddedServer) -> None:
    with database.listen("due") as listener:
        with psycopg.connect(server.superuser_dsn(), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ~ '^LISTEN'"
            )
        assert listener.wait(1) == []
        assert listener.wait(0.01) == []
        with database.app.connection() as connection:
            connection.execute("SELECT pg_notify('due', 'later')")
        assert listener.wait(5) == ["later"]


def end_backend(server: EmbeddedServer, pid: int) -> None:
    with psycopg.connect(server.superuser_dsn(), autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(%s, 2000)", [pid])
