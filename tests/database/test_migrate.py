"""Migrations: order, history, rights, locks."""

import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

import psycopg
import pytest

from trunkline.database.connection import Connection, Database
from trunkline.database.launcher import EmbeddedServer
from trunkline.database.migrate import MigrationSource, migrate, pending, statements_of
from trunkline.database.problems import MigrationProblem

FIRST = "CREATE TABLE ledger (id bigint GENERATED ALWAYS AS IDENTITY, amount numeric NOT NULL);\n"
SECOND = "ALTER TABLE ledger ADD COLUMN note text;\nREVOKE UPDATE ON ledger FROM trunkline_app;\n"


@pytest.fixture
def source(tmp_path: Path) -> MigrationSource:
    (tmp_path / "0001_ledger.sql").write_text(FIRST)
    (tmp_path / "README.md").write_text("Not a migration.")
    return MigrationSource("billing", tmp_path)


def add(source: MigrationSource, name: str, text: str) -> None:
    assert isinstance(source.folder, Path)
    (source.folder / name).write_text(text)


def test_from_empty_and_from_a_previous_state(dsn: str, source: MigrationSource) -> None:
    said: list[str] = []
    assert pending(dsn, [source]) == ["billing 0001_ledger"]
    assert migrate(dsn, [source], say=said.append) == ["billing 0001_ledger"]
    assert said == ["Applying billing 0001_ledger"]
    add(source, "0002_note.sql", SECOND)
    assert pending(dsn, [source]) == ["billing 0002_note"]
    assert migrate(dsn, [source]) == ["billing 0002_note"]
    assert pending(dsn, [source]) == []
    assert migrate(dsn, [source]) == []
    with psycopg.connect(dsn) as connection:
        rows = connection.execute("SELECT source, number, title FROM migration ORDER BY number")
        assert rows.fetchall() == [("billing", 1, "ledger"), ("billing", 2, "note")]


def test_the_owner_owns_and_the_roles_use(dsn: str, source: MigrationSource) -> None:
    add(source, "0002_note.sql", SECOND)
    migrate(dsn, [source])
    migrate(dsn, [source])  # A right that a migration took away stays away.
    with psycopg.connect(dsn) as connection:
        owners = connection.execute(
            "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        assert owners == [("trunkline_owner",)]
        flags = connection.execute(
            "SELECT rolname, rolsuper OR rolbypassrls OR rolcanlogin OR rolcreaterole"
            " FROM pg_roles WHERE rolname LIKE 'trunkline\\_%' ORDER BY 1"
        ).fetchall()
        names = ("trunkline_app", "trunkline_owner", "trunkline_scoped")
        assert flags == [(name, False) for name in names]
    database = Database(dsn)
    for pool in (database.app, database.scoped):
        with pool.connection() as user:
            user.execute("INSERT INTO ledger (amount) VALUES (19.90)")
            user.execute("DELETE FROM ledger")
            for refused in ("DELETE FROM migration", "DROP TABLE ledger"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    user.execute(refused)
    with (
        database.app.connection() as user,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        user.execute("UPDATE ledger SET amount = 0")
    database.close()


def test_sources_run_in_their_order(dsn: str, source: MigrationSource, tmp_path: Path) -> None:
    later = tmp_path / "later"
    later.mkdir()
    (later / "0001_view.sql").write_text("CREATE VIEW total AS SELECT sum(amount) FROM ledger")
    sources = [source, MigrationSource("reports", later)]
    assert migrate(dsn, sources) == ["billing 0001_ledger", "reports 0001_view"]


def test_a_changed_file_is_refused(dsn: str, source: MigrationSource) -> None:
    migrate(dsn, [source])
    add(source, "0001_ledger.sql", FIRST.replace("\n", "\r\n"))
    assert migrate(dsn, [source]) == []  # A check-out with other line ends is no change.
    add(source, "0001_ledger.sql", FIRST + "-- more")
    for check in (migrate, pending):
        with pytest.raises(MigrationProblem, match="billing 0001_ledger was changed"):
            check(dsn, [source])


@pytest.mark.parametrize("name", ["0003_gap.sql", "0001_twice.sql", "2_short.sql", "0002_Big.sql"])
def test_gaps_and_strange_names_are_refused(dsn: str, source: MigrationSource, name: str) -> None:
    add(source, name, "SELECT 1")
    with pytest.raises(MigrationProblem, match="without gaps"):
        migrate(dsn, [source])


def test_a_database_of_a_newer_release_is_refused(dsn: str, source: MigrationSource) -> None:
    add(source, "0002_note.sql", SECOND)
    migrate(dsn, [source])
    assert isinstance(source.folder, Path)
    (source.folder / "0002_note.sql").unlink()
    with pytest.raises(MigrationProblem, match="newer release"):
        migrate(dsn, [source])


def test_a_history_with_a_hole_is_refused(dsn: str, source: MigrationSource) -> None:
    add(source, "0002_note.sql", SECOND)
    migrate(dsn, [source])
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("SET ROLE trunkline_owner; DELETE FROM migration WHERE number = 1")
    with pytest.raises(MigrationProblem, match="never applied"):
        migrate(dsn, [source])


def test_a_file_that_fails_leaves_nothing(dsn: str, source: MigrationSource) -> None:
    add(source, "0002_bad.sql", "CREATE TABLE half (id int); SELECT 1/0;")
    with pytest.raises(MigrationProblem, match="0002_bad failed: division by zero"):
        migrate(dsn, [source])
    assert pending(dsn, [source]) == ["billing 0002_bad"]
    with psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT to_regclass('half')").fetchone() == (None,)


def test_a_file_without_transaction_runs_statement_by_statement(
    dsn: str, source: MigrationSource
) -> None:
    text = (
        "-- no transaction\n-- It's an index; made while users work.\n"
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS by_amount ON ledger (amount);\n"
        "DO $do$ BEGIN PERFORM ';'; END $do$;\n"
    )
    add(source, "0002_index.sql", text)
    assert migrate(dsn, [source])[-1] == "billing 0002_index"


def test_statements_are_told_apart() -> None:
    text = "SELECT ';' /* ; */; -- ;\nSELECT \"a;b\", E'\\';', $x$ ; $$ ; $x$;;\n-- end\n"
    assert list(statements_of(text)) == [
        "SELECT ';' /* ; */",
        "-- ;\nSELECT \"a;b\", E'\\';', $x$ ; $$ ; $x$",
    ]


def test_derived_statements_come_after_the_files(dsn: str, source: MigrationSource) -> None:
    def derived(connection: Connection) -> Iterable[str]:
        known = connection.execute("SELECT to_regclass('by_amount')").fetchone()
        if known == (None,):
            yield "CREATE INDEX CONCURRENTLY by_amount\nON ledger (amount)"
            yield "COMMENT ON TABLE ledger IS '100 % derived'"

    first = migrate(dsn, [source], derived)
    assert first == [
        "billing 0001_ledger",
        "derived: CREATE INDEX CONCURRENTLY by_amount",
        "derived: COMMENT ON TABLE ledger IS '100 % derived'",
    ]
    assert migrate(dsn, [source], derived) == []


@pytest.fixture
def reader(dsn: str, source: MigrationSource) -> Iterator[psycopg.Connection]:
    """A reader in the middle of a long transaction, which blocks every ALTER TABLE."""
    migrate(dsn, [source])
    with psycopg.connect(dsn) as connection:
        connection.execute("SELECT FROM ledger")
        yield connection


def test_a_blocking_reader_is_waited_for(
    dsn: str, source: MigrationSource, reader: psycopg.Connection
) -> None:
    add(source, "0002_note.sql", SECOND)
    said: list[str] = []
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        reader.rollback()

    assert migrate(dsn, [source], say=said.append, pause=pause) == ["billing 0002_note"]
    assert said[-1] == "billing 0002_note waits for a lock (attempt 1)"
    assert len(pauses) == 1


def test_a_reader_that_stays_ends_the_migration_not_the_users(
    dsn: str, source: MigrationSource, reader: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trunkline.database.migrate.ATTEMPTS_MAX", 2)
    monkeypatch.setattr("trunkline.database.migrate.LOCK_TIMEOUT_MS", 50)
    add(source, "0002_note.sql", SECOND)
    with pytest.raises(MigrationProblem, match="did not get its lock in 2 attempts"):
        migrate(dsn, [source], pause=lambda seconds: None)
    reader.rollback()
    assert migrate(dsn, [source]) == ["billing 0002_note"]


def test_two_migrators_do_the_work_once(dsn: str, source: MigrationSource) -> None:
    add(source, "0002_slow.sql", "SELECT pg_sleep(0.3)")
    done: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: done.append(migrate(dsn, [source]))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(len, done)) == [0, 2]


def test_a_login_that_may_not_make_roles_is_told_what_to_run(server: EmbeddedServer) -> None:
    with psycopg.connect(server.superuser_dsn("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE poor")
        connection.execute("REVOKE CREATE ON DATABASE poor FROM PUBLIC")
        connection.execute("ALTER ROLE trunkline NOCREATEROLE")
        connection.execute("ALTER ROLE trunkline_owner RENAME TO trunkline_gone")
        try:
            with pytest.raises(MigrationProblem) as caught:
                migrate(server.dsn("poor"), [])
        finally:
            connection.execute("ALTER ROLE trunkline_gone RENAME TO trunkline_owner")
            connection.execute("ALTER ROLE trunkline CREATEROLE")
            connection.execute("DROP DATABASE poor")
    message = str(caught.value)
    assert "The login trunkline may not prepare Trunkline's roles" in message
    assert "CREATE ROLE trunkline_owner NOLOGIN" in message
    assert 'GRANT trunkline_owner, trunkline_app, trunkline_scoped TO "trunkline";' in message
    assert "ON SCHEMA public TO trunkline_owner;" in message


def test_the_application_may_sign_in_as_somebody_else(
    dsn: str, source: MigrationSource, server: EmbeddedServer
) -> None:
    with psycopg.connect(server.superuser_dsn("postgres"), autocommit=True) as connection:
        connection.execute("CREATE ROLE ada LOGIN")
        try:
            migrate(dsn, [source], login="ada")
            connection.execute("SET SESSION AUTHORIZATION ada")
            connection.execute("SET ROLE trunkline_app; SET ROLE trunkline_scoped")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("SET ROLE trunkline_owner")
        finally:
            connection.execute("RESET SESSION AUTHORIZATION; DROP ROLE ada")


def test_a_database_of_another_encoding_is_refused(server: EmbeddedServer) -> None:
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
        with pytest.raises(MigrationProblem, match="LATIN1"):
            migrate(server.dsn("latin"), [])
        connection.execute("DROP DATABASE latin")
