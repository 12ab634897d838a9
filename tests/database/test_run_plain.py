"""Statements without parameters in one trip: the last one's result, and errors as elsewhere."""

from collections.abc import Iterator

import psycopg
import pytest

from trunkline.database.connection import Database, run_plain
from trunkline.database.migrate import migrate


@pytest.fixture
def database(dsn: str) -> Iterator[Database]:
    migrate(dsn, [])
    made = Database(dsn, connections_max=2, wait_s=0.1)
    yield made
    made.close()


def test_the_last_result_comes_back_and_the_transaction_is_open(database: Database) -> None:
    with database.app.connection() as connection:
        found = run_plain(connection, b"begin; select 7, null, 'x'")
        assert [found.get_value(0, column) for column in range(3)] == [b"7", None, b"x"]
        status = connection.info.transaction_status
        assert status == psycopg.pq.TransactionStatus.INTRANS


def test_what_the_server_refuses_is_raised_as_its_kind(database: Database) -> None:
    with database.app.connection() as connection:
        with pytest.raises(psycopg.errors.UndefinedTable):
            run_plain(connection, b"begin; select * from nowhere")
        connection.rollback()
        assert connection.execute("select 1").fetchone() == (1,)


def test_a_connection_that_was_ended_is_an_operational_error(database: Database, dsn: str) -> None:
    with database.app.connection() as connection:
        with psycopg.connect(dsn, autocommit=True) as owner:
            owner.execute("select pg_terminate_backend(%s)", [connection.info.backend_pid])
        with pytest.raises(psycopg.OperationalError):
            run_plain(connection, b"begin; select 1")
