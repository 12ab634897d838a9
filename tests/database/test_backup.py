"""Backup, restore and the upgrade to a new major version."""

import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.database.conftest import DEBIAN_15, wheel
from tests.support.room import new_folder
from trunkline.database.account import Account, Command
from trunkline.database.backup import Tools, _restore_at_once, backup, restore
from trunkline.database.binaries import server_binaries
from trunkline.database.launcher import EmbeddedServer
from trunkline.database.migrate import MigrationSource, migrate, pending
from trunkline.database.problems import BackupProblem, ServerProblem
from trunkline.database.upgrade import upgrade_data

TABLES = """
CREATE TABLE customer (id bigint GENERATED ALWAYS AS IDENTITY, body json NOT NULL, owner text);
ALTER TABLE customer ENABLE ROW LEVEL SECURITY;
ALTER TABLE customer FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON customer TO trunkline_scoped USING (owner = current_user);
CREATE POLICY all_rows ON customer TO trunkline_app USING (true) WITH CHECK (true);
CREATE TABLE ledger (amount numeric);
REVOKE UPDATE ON ledger FROM trunkline_app;
INSERT INTO ledger VALUES (19.90);
"""


@pytest.fixture
def sources(tmp_path: Path) -> list[MigrationSource]:
    return tables(tmp_path)


def tables(folder: Path) -> list[MigrationSource]:
    (folder / "0001_tables.sql").write_text(TABLES)
    return [MigrationSource("care", folder)]


def fill(dsn: str, sources: list[MigrationSource]) -> None:
    migrate(dsn, sources)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("SET ROLE trunkline_app")
        for name in ("Ada", "Grace"):
            body = json.dumps({"name": name, "price": 1.5})
            connection.execute("INSERT INTO customer (body) VALUES (%s)", [body])


def check(dsn: str, sources: list[MigrationSource]) -> None:
    """See that rows, rights, owners and history are what `fill` made."""
    assert pending(dsn, sources) == []
    assert migrate(dsn, sources) == []
    with psycopg.connect(dsn, autocommit=True) as connection:
        owners = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
        assert connection.execute(owners).fetchall() == [("trunkline_owner",)]
        connection.execute("SET ROLE trunkline_app")
        rows = connection.execute("SELECT body ->> 'name' FROM customer ORDER BY id").fetchall()
        assert rows == [("Ada",), ("Grace",)]
        connection.execute("INSERT INTO customer (body) VALUES ('{}')")
        connection.execute("DELETE FROM customer WHERE id > 2")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("UPDATE ledger SET amount = 0")
        connection.execute("SET ROLE trunkline_scoped")
        assert connection.execute("SELECT FROM customer").fetchall() == []


def test_round_trip_between_embedded_servers(
    folder: Path, bindir: Path, sources: list[MigrationSource]
) -> None:
    file = folder / "monday.backup"
    said: list[str] = []
    with EmbeddedServer.start(folder / "one", bindir=bindir) as server:
        fill(server.dsn(), sources)
        backup(server, file, say=said.append)
        assert file.stat().st_mode & 0o777 == 0o600
        with pytest.raises(BackupProblem, match="never replaces"):
            backup(server, file)
    with EmbeddedServer.start(folder / "two", bindir=bindir) as server:
        restore(server, file, say=said.append)
        check(server.dsn(), sources)
    assert said[-1] == "Restore complete"
    assert any(line.startswith("Backup complete") for line in said)


def test_a_filled_database_is_replaced_only_by_force(
    folder: Path, server: EmbeddedServer, sources: list[MigrationSource]
) -> None:
    dsn = superuser(server, "filled")
    fill(server.dsn("filled"), sources)
    backup(dsn, folder / "before.backup")
    with psycopg.connect(server.dsn("filled"), autocommit=True) as connection:
        connection.execute("SET ROLE trunkline_owner")
        connection.execute("CREATE TABLE newer (id int)")
        connection.execute("DROP TABLE customer")
    with pytest.raises(BackupProblem, match=r"is not empty .*force"):
        restore(dsn, folder / "before.backup")
    restore(dsn, folder / "before.backup", force=True)
    check(server.dsn("filled"), sources)
    with psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT to_regclass('newer')").fetchone() == (None,)


@pytest.mark.parametrize("is_checked", [True, False])
def test_a_torn_backup_changes_nothing(
    folder: Path,
    server: EmbeddedServer,
    sources: list[MigrationSource],
    monkeypatch: pytest.MonkeyPatch,
    is_checked: bool,
) -> None:
    """Unchecked stands for a pg_restore that dies in the middle of the restore."""
    dsn = superuser(server, f"torn_{is_checked}".lower())
    fill(server.dsn(f"torn_{is_checked}".lower()), sources)
    whole = backup(dsn, folder / "whole.backup").read_bytes()
    torn = folder / "torn.backup"
    if not is_checked:
        monkeypatch.setattr(Tools, "run", lambda self, command: None)
    for length in (len(whole) // 2, len(whole) - 40, 10):
        torn.write_bytes(whole[:length])
        with pytest.raises(BackupProblem):
            restore(dsn, torn, force=True)
    with pytest.raises(BackupProblem, match="There is no backup"):
        restore(dsn, folder / "absent.backup")
    check(server.dsn(f"torn_{is_checked}".lower()), sources)


def test_a_restore_that_warns_of_much_comes_to_its_end(folder: Path) -> None:
    """Of more than a pipe holds, before psql reads the first row."""
    much = "head -c 300000 /dev/zero | tr '\\0' w"
    for name, script in (("psql", f"({much}) >&2\ncat > /dev/null"), ("pg_restore", much)):
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    tools = Tools(folder, "dbname=wordy", dsn="", login_dsn="", password=None)
    ending = threading.Thread(target=_restore_at_once, args=(tools, folder), daemon=True)
    ending.start()
    ending.join(30)
    assert not ending.is_alive(), "it waits for somebody to read the warnings"


def test_a_restore_that_fails_at_its_end_changes_nothing(
    folder: Path, server: EmbeddedServer, sources: list[MigrationSource]
) -> None:
    """The policy names a role that is gone by the time of the restore."""
    dsn = superuser(server, "failing")
    fill(server.dsn("failing"), sources)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("CREATE ROLE passing")
        connection.execute("CREATE POLICY passing ON customer TO passing USING (true)")
        backup(dsn, folder / "a.backup")
        connection.execute("DROP POLICY passing ON customer; DROP ROLE passing")
    with pytest.raises(BackupProblem, match="Nothing was changed"):
        restore(dsn, folder / "a.backup", force=True)
    check(server.dsn("failing"), sources)


def test_a_login_that_does_not_see_every_row_makes_no_backup(
    folder: Path, server: EmbeddedServer, sources: list[MigrationSource]
) -> None:
    superuser(server, "scoped")
    fill(server.dsn("scoped"), sources)
    with pytest.raises(BackupProblem, match="BYPASSRLS"):
        backup(server.dsn("scoped"), folder / "part.backup")
    assert list(folder.glob("part*")) == []


def superuser(server: EmbeddedServer, name: str) -> str:
    """Make a database as the application's login and return the superuser's address of it."""
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server.superuser_dsn(name)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Data of PostgreSQL 15 with customers, on a machine that has a newer one too."""
    if wheel() is None or not DEBIAN_15.is_dir():
        pytest.skip("needs the wheel and Debian's PostgreSQL 15")
    made = new_folder()
    with EmbeddedServer.start(made / "data", bindir=DEBIAN_15) as server:
        fill(server.dsn(), tables(tmp_path_factory.mktemp("migrations")))
        with psycopg.connect(server.superuser_dsn(), autocommit=True) as connection:
            connection.execute("CREATE ROLE reporting NOLOGIN; GRANT SELECT ON ledger TO reporting")
            connection.execute('CREATE DATABASE "it\'s a copy"')
    yield made / "data"
    shutil.rmtree(made)


@pytest.fixture
def old_data(folder: Path, template: Path) -> Path:
    """A copy of that data for one test."""
    subprocess.run(["cp", "-a", template, folder / "data"], check=True)
    return folder / "data"


def test_an_upgrade_waits_for_nobody_to_use_the_server(old_data: Path) -> None:
    with (
        EmbeddedServer.start(old_data, bindir=DEBIAN_15),
        pytest.raises(ServerProblem, match="in use"),
    ):
        upgrade_data(old_data)


def test_upgrade(
    old_data: Path, sources: list[MigrationSource], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What goes through all of the data may take as long as it takes."""
    said: list[str] = []
    limits: dict[str, float | None] = {}
    original = Account.must

    def must(self: Account, command: Command, **more: Any) -> None:
        limits[Path(command[0]).name] = more.get("timeout_s", 180)
        original(self, command, **more)

    monkeypatch.setattr(Account, "must", must)
    upgrade_data(old_data, say=said.append)
    assert {limits[one] for one in ("pg_dump", "pg_restore", "vacuumdb")} == {None}
    newest = server_binaries(None).major
    assert (old_data / "postgresql-15.old/PG_VERSION").read_text() == "15\n"
    assert not list(old_data.glob("*.dump*"))
    with EmbeddedServer.start(old_data, bindir=None) as server:
        assert server.version == newest
        check(server.dsn(), sources)
        with psycopg.connect(server.dsn("it's a copy")) as connection:
            connection.execute("SET ROLE NONE")
    upgrade_data(old_data, say=said.append)
    assert "nothing to upgrade" in said[-1]
    with pytest.raises(BackupProblem, match="never goes back"):
        upgrade_data(old_data, bindir=DEBIAN_15)


RENAMES = 6


@pytest.fixture
def only_full(full: bool) -> None:
    if not full:
        pytest.skip("one upgrade is broken off at each state; each state alone with --full")


def test_an_upgrade_that_is_killed_before_each_rename_goes_on(
    old_data: Path, sources: list[MigrationSource], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each rename is a state; the upgrade is broken off before each and begun again each time."""
    broken: list[str] = []
    original = Path.rename

    def rename(self: Path, target: Path) -> Path:
        if target.name.startswith("postgresql") and target.name not in broken:
            broken.append(target.name)
            raise KeyboardInterrupt
        return original(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", rename)
        for step in range(RENAMES):
            with pytest.raises(KeyboardInterrupt):
                upgrade_data(old_data)
            if step > 0:
                with pytest.raises(ServerProblem, match="upgrade-data` again"):
                    EmbeddedServer.start(old_data, bindir=None)
        upgrade_data(old_data)
    with EmbeddedServer.start(old_data, bindir=None) as server:
        check(server.dsn(), sources)
    assert (old_data / "postgresql-15.old").is_dir()


@pytest.mark.parametrize("step", range(RENAMES))
@pytest.mark.usefixtures("only_full")
def test_a_killed_upgrade_goes_on(
    old_data: Path, sources: list[MigrationSource], monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """The upgrade is broken off once, before each rename in turn."""
    renames = 0
    original = Path.rename

    def rename(self: Path, target: Path) -> Path:
        nonlocal renames
        if target.name.startswith("postgresql"):
            if renames == step:
                raise KeyboardInterrupt
            renames += 1
        return original(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", rename)
        with pytest.raises(KeyboardInterrupt):
            upgrade_data(old_data)
    if step > 0:
        with pytest.raises(ServerProblem, match="upgrade-data` again"):
            EmbeddedServer.start(old_data, bindir=None)
    upgrade_data(old_data)
    with EmbeddedServer.start(old_data, bindir=None) as server:
        check(server.dsn(), sources)
    assert (old_data / "postgresql-15.old").is_dir()


@pytest.mark.parametrize("state", ["postgresql-15.dump.partial", "postgresql-18.loading"])
def test_an_upgrade_after_kill_9_goes_on(
    old_data: Path, sources: list[MigrationSource], state: str
) -> None:
    """The kill leaves a server of the upgrade running."""
    words = "import sys, pathlib; from trunkline.database.upgrade import upgrade_data;"
    words += " upgrade_data(pathlib.Path(sys.argv[1]))"
    upgrading = subprocess.Popen([sys.executable, "-c", words, str(old_data)])
    running = {"postgresql-15.dump.partial": "postgresql-15.upgrading"}.get(state, state)
    seen = [old_data / state, old_data / running / "postmaster.pid"]
    while not all(path.exists() for path in seen):
        assert upgrading.poll() is None
        time.sleep(0.005)
    upgrading.kill()
    upgrading.wait(30)
    upgrade_data(old_data)
    with EmbeddedServer.start(old_data, bindir=None) as server:
        check(server.dsn(), sources)
