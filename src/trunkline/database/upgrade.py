"""From one major version of PostgreSQL to a newer one, for the embedded server's data.

The folders beside the data say how far it came, so that a killed upgrade goes on:

    postgresql                 the old version's data, untouched
    postgresql-15.upgrading    the same, set aside: nothing writes to it any more
    postgresql-15.dump         a complete dump of it (.partial while it is written)
    postgresql-18.ready        the new data, complete (postgresql-18.loading before)
    postgresql                 the new data in its place
    postgresql-15.old          the old data, for the operator to delete

To go back, delete everything but the old data and give that its old name.
"""

import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from trunkline.database.binaries import Binaries, server_binaries
from trunkline.database.cluster import LOGIN, SUPERUSER, Cluster, sync
from trunkline.database.launcher import cluster_major, is_held, locked, silent
from trunkline.database.place import Place, find_place, reachable_binaries
from trunkline.database.problems import BackupProblem, ServerProblem
from trunkline.database.roles import ROLES

# From this version on, who may make roles may grant only those that it made or administers.
ADMIN_OPTION_MAJOR = 16


def upgrade_data(
    data: Path,
    *,
    bindir: Path | None = None,
    old_bindir: Path | None = None,
    say: Callable[[str], None] = silent,
) -> None:
    """Bring the data to the major version of `bindir` (or of what is found), by dump and restore.

    `old_bindir` names the programs of the old version where they are not found by themselves.
    """
    place = find_place(data)
    with locked(place, say=say):
        if is_held(place):
            raise ServerProblem("The server is in use. Stop Trunkline, then upgrade the data.")
        steps = _steps(place, bindir=bindir, old_bindir=old_bindir)
        if steps is None:
            say("The data is of the newest version found; there is nothing to upgrade")
            return
        steps.take(say)


@dataclass(frozen=True)
class _Steps:
    """The upgrade of one place from one set of programs to another."""

    place: Place
    old: Binaries
    new: Binaries

    def take(self, say: Callable[[str], None]) -> None:
        """Take every step that the folders do not show as done."""
        current = self.place.cluster
        if not self.aside.exists():
            say(f"Setting the data of PostgreSQL {self.old.version} aside in {self.aside}")
            self._stop_left_over(Cluster(current, self.old, self.place.account))
            _rename(current, self.aside)
        if cluster_major(current) != self.new.major:
            if not self.ready.exists():
                if not self.dump.exists():
                    self._dump(say)
                self._load(say)
            _rename(self.ready, current)
        shutil.rmtree(self.dump, ignore_errors=True)
        _rename(self.aside, self._named(self.old, "old"))
        say(
            f"The data is now of PostgreSQL {self.new.version}. The old data lies in"
            f" {self._named(self.old, 'old')}; delete it when you are content."
        )

    @property
    def aside(self) -> Path:
        return self._named(self.old, "upgrading")

    @property
    def dump(self) -> Path:
        return self._named(self.old, "dump")

    @property
    def ready(self) -> Path:
        return self._named(self.new, "ready")

    def _named(self, binaries: Binaries, state: str) -> Path:
        return self.place.home / f"{self.place.cluster.name}-{binaries.major}.{state}"

    def _stop_left_over(self, cluster: Cluster) -> None:
        if cluster.is_alive():
            cluster.stop()

    def _dump(self, say: Callable[[str], None]) -> None:
        partial = self._named(self.old, "dump.partial")
        shutil.rmtree(partial, ignore_errors=True)
        self.place.account.make_folder(partial)
        cluster = Cluster(self.aside, self.old, self.place.account)
        cluster.start()
        try:
            names = _databases(cluster)
            target = ["-h", str(cluster.socket_folder), "-U", SUPERUSER]
            roles = ["--roles-only", "-f", str(partial / "roles.sql"), *target]
            self.place.account.must([self.old.tool("pg_dumpall"), *roles])
            for number, name in enumerate(names, start=1):
                say(f"Dumping the database {name}")
                file = str(partial / f"{number:04}.dump")
                dumped = ["-Fc", "--create", "-f", file, *target, "-d", _quoted(name)]
                self.place.account.must([self.old.tool("pg_dump"), *dumped], timeout_s=None)
        finally:
            cluster.stop()
        _sync_files(partial)
        _rename(partial, self.dump)

    def _load(self, say: Callable[[str], None]) -> None:
        loading = Cluster(self._named(self.new, "loading"), self.new, self.place.account)
        if loading.folder.exists():
            self._stop_left_over(loading)
            shutil.rmtree(loading.folder)
        say(f"Making a PostgreSQL {self.new.version} data folder")
        loading.initialize()
        loading.start()
        try:
            target = ["-h", str(loading.socket_folder), "-U", SUPERUSER, "-d", "postgres"]
            self._load_roles(target)
            for file in sorted(self.dump.glob("*.dump")):
                say(f"Restoring {file.name}")
                restored = ["--create", "--exit-on-error", *target, str(file)]
                self.place.account.must([self.new.tool("pg_restore"), *restored], timeout_s=None)
            analyzed = ["--all", "--analyze-only", "--quiet", *target[:4]]
            self.place.account.must([self.new.tool("vacuumdb"), *analyzed], timeout_s=None)
        finally:
            loading.stop()
        _rename(loading.folder, self.ready)

    def _load_roles(self, target: list[str]) -> None:
        """Make the old roles; the superuser is in every cluster already."""
        script = self.place.account.run(["cat", self.dump / "roles.sql"]).stdout
        script = script.replace(f"CREATE ROLE {SUPERUSER};\n", "")
        if self.old.major < ADMIN_OPTION_MAJOR <= self.new.major:
            script = re.sub(r"^(GRANT .*) GRANTED BY .*;$", r"\1;", script, flags=re.MULTILINE)
            roles = [role for role in ROLES if f"CREATE ROLE {role};" in script]
            script += "".join(f"GRANT {role} TO {LOGIN} WITH ADMIN OPTION;\n" for role in roles)
        applied = ["-X", "-q", "-v", "ON_ERROR_STOP=1", *target, "-f", "-"]
        self.place.account.must([self.new.tool("psql"), *applied], text=script)


def _steps(place: Place, *, bindir: Path | None, old_bindir: Path | None) -> _Steps | None:
    aside = next(iter(place.home.glob(f"{place.cluster.name}-*.upgrading")), place.cluster)
    old_major = cluster_major(aside)
    if old_major is None:
        raise BackupProblem(f"There is no data of PostgreSQL in {place.cluster}.")
    new = server_binaries(bindir)
    if new.major == old_major:
        return None
    if new.major < old_major:
        raise BackupProblem(
            f"The data is of PostgreSQL {old_major}, newer than the programs found"
            f" ({new.version} in {new.folder}). Data never goes back; install PostgreSQL"
            f" {old_major} or newer."
        )
    old = server_binaries(old_bindir, major=old_major)
    return _Steps(place, reachable_binaries(old, place)[0], reachable_binaries(new, place)[0])


def _databases(cluster: Cluster) -> list[str]:
    with psycopg.connect(cluster.dsn("postgres", user=SUPERUSER)) as connection:
        rows = connection.execute(
            "SELECT datname FROM pg_database"
            " WHERE NOT datistemplate AND datname <> 'postgres' ORDER BY datname"
        ).fetchall()
    return [name for (name,) in rows]


def _quoted(name: str) -> str:
    """Write a database name so that no program takes it for a connection string."""
    escaped = re.sub(r"(['\\])", r"\\\1", name)
    return f"dbname='{escaped}'"


def _rename(source: Path, target: Path) -> None:
    source.rename(target)
    sync(target.parent)


def _sync_files(folder: Path) -> None:
    for file in folder.iterdir():
        fd = os.open(file, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
