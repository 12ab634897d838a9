"""The embedded PostgreSQL: started by the first process that needs it, stopped by the last.

Every process that uses the server holds a shared lock on one file. The kernel drops it when the
process ends, however it ends, so a killed holder never counts.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
from psycopg import sql

from trunkline.database.binaries import server_binaries
from trunkline.database.cluster import LOGIN, SUPERUSER, Cluster, open_owned, open_to_lock
from trunkline.database.place import Place, find_place, reachable_binaries
from trunkline.database.problems import ServerProblem

LOCK_TIMEOUT_S = 180


def silent(message: str) -> None:
    """Take a progress message and say nothing."""


class EmbeddedServer:
    """A running server that this process holds until `leave`."""

    def __init__(self, place: Place, cluster: Cluster, notice: str | None) -> None:
        """Use `start`; this only keeps what it found."""
        self._place = place
        self._cluster = cluster
        self._holder: int | None = None
        self._holder_pid = os.getpid()
        self.notice = notice

    @classmethod
    def start(
        cls, data: Path, *, bindir: Path | None, say: Callable[[str], None] = silent
    ) -> "EmbeddedServer":
        """Start the server of a data folder, made if missing, or join the one that runs."""
        place = find_place(data)
        with locked(place, say=say):
            _refuse_interrupted_upgrade(place)
            cluster, notice = prepare_cluster(place, bindir=bindir, say=say)
            server = cls(place, cluster, notice)
            server._hold()
            try:
                cluster.start()
                ensure_database(cluster)
            except BaseException:
                server._let_go()
                raise
        return server

    @property
    def version(self) -> int:
        """The server's major version."""
        return self._cluster.binaries.major

    @property
    def folder(self) -> Path:
        """The folder with PostgreSQL's files."""
        return self._cluster.folder

    def dsn(self, dbname: str = LOGIN) -> str:
        """Return the connection string of the application's login, which is no superuser."""
        return self._cluster.dsn(dbname, user=LOGIN)

    def superuser_dsn(self, dbname: str = LOGIN) -> str:
        """Return the connection string for backup and repair, which row security does not bind."""
        return self._cluster.dsn(dbname, user=SUPERUSER)

    def pg_tool(self, name: str) -> Path:
        """Return the path of one of PostgreSQL's programs of the server's version."""
        return self._cluster.binaries.tool(name)

    def revive(self) -> bool:
        """Start the server again where it died under its holders; True when that was needed."""
        with locked(self._place, say=silent):
            if self._cluster.is_ready():
                return False
            self._cluster.start()
        return True

    def leave(self) -> None:
        """Let go of the server; the last holder that leaves stops it cleanly."""
        if self._holder is None:
            return
        if os.getpid() != self._holder_pid:
            os.close(self._holder)  # A forked child only drops its copy of the parent's hold.
            self._holder = None
            return
        with locked(self._place, say=silent):
            self._let_go()

    def __enter__(self) -> Self:
        """Return the server."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the server."""
        self.leave()

    def _hold(self) -> None:
        self._holder = open_to_lock(_holders_file(self._place), **_owner(self._place))
        fcntl.flock(self._holder, fcntl.LOCK_SH)

    def _let_go(self) -> None:
        if self._holder is not None:
            os.close(self._holder)
            self._holder = None
        if not is_held(self._place) and self._cluster.is_alive():
            self._cluster.stop()


def prepare_cluster(
    place: Place, *, bindir: Path | None, say: Callable[[str], None]
) -> tuple[Cluster, str | None]:
    """Find the programs for a place's cluster and make the cluster if there is none yet."""
    written_by = cluster_major(place.cluster)
    found = server_binaries(bindir, major=written_by)
    binaries, copied = reachable_binaries(found, place)
    cluster = Cluster(place.cluster, binaries, place.account)
    if written_by is None:
        say(f"Making a PostgreSQL {binaries.version} data folder in {place.cluster}")
        cluster.initialize()
    notice = "; ".join(part for part in (place.notice, copied) if part)
    return cluster, f"{notice}." if notice else None


def cluster_major(folder: Path) -> int | None:
    """Return the major version that wrote a cluster; None where there is none."""
    try:
        return int((folder / "PG_VERSION").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def ensure_database(cluster: Cluster) -> None:
    """Make the application's login and database where they are missing."""
    with psycopg.connect(cluster.dsn("postgres", user=SUPERUSER), autocommit=True) as connection:
        found = connection.execute(
            "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %(name)s),"
            " EXISTS (SELECT FROM pg_database WHERE datname = %(name)s)",
            {"name": LOGIN},
        ).fetchone()
        has_login, has_database = found or (False, False)
        name = sql.Identifier(LOGIN)
        if not has_login:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEROLE CREATEDB").format(name))
            connection.execute(sql.SQL("GRANT pg_monitor TO {}").format(name))
        if not has_database:
            connection.execute(sql.SQL("CREATE DATABASE {0} OWNER {0}").format(name))


def is_held(place: Place) -> bool:
    """Tell whether any living process holds the server of a place."""
    with open_owned(_holders_file(place), **_owner(place)) as holders:
        try:
            fcntl.flock(holders, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@contextmanager
def locked(place: Place, *, say: Callable[[str], None]) -> Iterator[None]:
    """Be the only one who makes, starts, stops or upgrades the cluster of a place."""
    path = place.home / f"{place.cluster.name}.lock"
    deadline = time.monotonic() + LOCK_TIMEOUT_S
    waits = False
    with open_owned(path, **_owner(place)) as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise ServerProblem(
                        f"Another process has been working on {place.cluster} for more than"
                        f" {LOCK_TIMEOUT_S} s, perhaps an upgrade. Wait for it and try again."
                    ) from None
            if not waits:
                say("Waiting for another process that starts or stops the server")
                waits = True
            time.sleep(0.02)
        yield


def _holders_file(place: Place) -> Path:
    return place.home / f"{place.cluster.name}.holders"


def _owner(place: Place) -> dict[str, int]:
    """Return whom lock files belong to: whoever owns the folder that they lie in."""
    status = place.home.stat()
    return {"uid": status.st_uid, "gid": status.st_gid}


def _refuse_interrupted_upgrade(place: Place) -> None:
    for aside in place.home.glob(f"{place.cluster.name}-*.upgrading"):
        raise ServerProblem(
            f"An upgrade of the data was interrupted ({aside} is there)."
            " Run `trunkline upgrade-data` again: it goes on where it stopped."
        )
