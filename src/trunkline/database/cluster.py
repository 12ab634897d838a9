"""One data folder of PostgreSQL: made, started, asked whether it lives, and stopped."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import make_conninfo

from trunkline.database.account import Account, Command, last_lines
from trunkline.database.binaries import Binaries
from trunkline.database.problems import ServerProblem

SUPERUSER = "postgres"
LOGIN = "trunkline"
START_TIMEOUT_S = 120
SOCKET_PATH_BYTES_MAX = 100
LOG_BYTES_MAX = 10_000_000

_PORT = "5432"
# What `pg_isready` ends with: it takes connections, it starts or stops, nobody is there.
_ACCEPTS, _REJECTS, _SILENT = 0, 1, 2
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-")
_SETTINGS = """\
# Written by Trunkline at every start. Change settings with ALTER SYSTEM, which wins over these.
listen_addresses = ''
port = {port}
unix_socket_directories = '{socket_folder}'
unix_socket_permissions = 0700
max_connections = 100
# One write of many kinds locks more tables and indexes than the 64 that a connection has at hand.
max_locks_per_transaction = 256
shared_buffers = '128MB'
work_mem = '8MB'
maintenance_work_mem = '64MB'
effective_cache_size = '512MB'
random_page_cost = 1.1
jit = off
# Parallel queries need more shared memory than small containers have.
max_parallel_workers_per_gather = 0
# An acknowledged commit is on the disk.
fsync = on
synchronous_commit = on
full_page_writes = on
wal_compression = on
min_wal_size = '80MB'
max_wal_size = '1GB'
timezone = 'UTC'
log_timezone = 'UTC'
# No stored value in the log: neither statements, nor parameters, nor details of errors.
log_min_error_statement = panic
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_error_verbosity = terse
"""
_HBA = "local all all peer map=trunkline\n"


@dataclass(frozen=True)
class Cluster:
    """A data folder with the programs of its major version and the user that owns it."""

    folder: Path
    binaries: Binaries
    account: Account

    def initialize(self) -> None:
        """Make the folder; it appears under its name only when it is whole."""
        partial = self.folder.with_name(f"{self.folder.name}.partial")
        if partial.exists():
            shutil.rmtree(partial)
        self.account.make_folder(partial)
        self.account.must(
            [
                self.binaries.tool("initdb"),
                f"--pgdata={partial.name}",
                f"--username={SUPERUSER}",
                "--encoding=UTF8",
                "--locale=C",
                "--auth=peer",
                "--data-checksums",
            ],
            cwd=partial.parent,
        )
        included = "\ninclude_if_exists 'trunkline.conf'\n"
        self.account.append(partial / "postgresql.conf", included)
        partial.rename(self.folder)
        sync(self.folder.parent)

    def start(self) -> None:
        """Start the server, or wait for the one that runs already in this folder.

        The server inherits a locked file, which the kernel frees when its last process is gone:
        no process id is believed, which may be another program's after a crash or a reboot.
        """
        with self._life_file() as life:
            if not self._is_free(life):
                return
            if self.is_ready():
                return  # Somebody started it by hand.
            socket_folder = self._socket_folder()
            for stale in socket_folder.glob(".s.PGSQL.*"):
                stale.unlink()
            (self.folder / "postmaster.pid").unlink(missing_ok=True)
            self._configure(socket_folder)
            command: Command = [*self._control("start"), "-l", f"{self.folder.name}/server.log"]
            done = self.account.run(
                command, cwd=self.folder.parent, pass_fds=[life], timeout_s=START_TIMEOUT_S + 30
            )
        if done.returncode != 0:
            raise ServerProblem(
                f"PostgreSQL did not start in {self.folder}:\n{self._log_end() or done.stdout}"
            )

    def stop(self) -> None:
        """Stop the server cleanly and wait until its last process is gone.

        The process id in the folder is believed while a server answers there, and not otherwise:
        after a crash it may be another program's, while the last of ours are still going.
        """
        socket_folder = self.socket_folder
        if not self._answers_or_ends():
            return
        done = self.account.run(
            [*self._control("stop"), "-m", "fast"],
            cwd=self.folder.parent,
            timeout_s=START_TIMEOUT_S + 30,
        )
        if done.returncode != 0 and self.is_alive():
            raise ServerProblem(f"PostgreSQL did not stop:\n{last_lines(done.stdout)}")
        if socket_folder is not None and socket_folder.parent != self.folder.parent:
            shutil.rmtree(socket_folder, ignore_errors=True)

    def is_alive(self) -> bool:
        """Tell whether any process of this server still runs."""
        with self._life_file() as life:
            try:
                fcntl.flock(life, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return self.is_ready()

    def is_ready(self) -> bool:
        """Tell whether the server accepts connections."""
        return self._ask() == _ACCEPTS

    @property
    def socket_folder(self) -> Path | None:
        """The private folder of the socket, as the server wrote it down; None before a start."""
        try:
            lines = (self.folder / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return None
        return Path(lines[4]) if len(lines) > 4 and lines[4] else None

    def dsn(self, dbname: str, *, user: str) -> str:
        """Return the connection string of a started server."""
        return make_conninfo(host=str(self.socket_folder), port=_PORT, dbname=dbname, user=user)

    def _ask(self) -> int:
        """Return what `pg_isready` says of the server at the socket that was written down."""
        socket_folder = self.socket_folder
        if socket_folder is None:
            return _SILENT
        address = ["-h", str(socket_folder), "-p", _PORT, "-U", SUPERUSER]
        asked: Command = [self.binaries.tool("pg_isready"), "-q", "-t", "3", *address]
        return self.account.run(asked).returncode

    def _answers_or_ends(self) -> bool:
        """Wait until the server says something (True) or its last process is gone (False)."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while self.is_alive():
            if self._ask() in (_ACCEPTS, _REJECTS):
                return True
            if time.monotonic() > deadline:
                raise ServerProblem(
                    f"A PostgreSQL that runs in {self.folder} does not answer, so it is not"
                    f" stopped:\n{self._log_end()}"
                )
            time.sleep(0.02)
        return False

    def _is_free(self, life: int) -> bool:
        """Lock the life file (True), or wait until the server that holds it is ready (False)."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                fcntl.flock(life, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if self.is_ready():
                    return False
            else:
                return True
            if time.monotonic() > deadline:
                raise ServerProblem(
                    f"A PostgreSQL that runs in {self.folder} does not answer:\n{self._log_end()}"
                )
            time.sleep(0.02)

    @contextmanager
    def _life_file(self) -> Iterator[int]:
        path = self.folder / "trunkline.alive"
        with open_owned(path, uid=self.account.uid, gid=self.account.gid) as life:
            yield life

    def _control(self, verb: str) -> Command:
        timeout = ["-w", "-t", str(START_TIMEOUT_S)]
        return [self.binaries.tool("pg_ctl"), verb, "-D", self.folder.name, *timeout]

    def _socket_folder(self) -> Path:
        """Make the socket's folder: beside the cluster, or in /tmp where that path is too long."""
        beside = self.folder.with_name(f"{self.folder.name}.socket")
        length = len(os.fsencode(beside / f".s.PGSQL.{_PORT}"))
        if length < SOCKET_PATH_BYTES_MAX and _PLAIN.issuperset(str(beside)):
            self.account.make_folder(beside)
            return beside
        folder = Path(tempfile.mkdtemp(prefix="trunkline-", dir="/tmp"))  # mode 0700
        if self.account.is_other:
            os.chown(folder, self.account.uid, self.account.gid)
        return folder

    def _configure(self, socket_folder: Path) -> None:
        settings = _SETTINGS.format(port=_PORT, socket_folder=socket_folder)
        people = dict.fromkeys((self.account.name, "root"))
        maps = [f'trunkline "{name}" {role}\n' for name in people for role in (SUPERUSER, LOGIN)]
        self.account.write(self.folder / "trunkline.conf", settings)
        self.account.write(self.folder / "pg_hba.conf", _HBA)
        self.account.write(self.folder / "pg_ident.conf", "".join(maps))
        log = self.folder / "server.log"
        if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
            log.rename(log.with_name("server.log.1"))

    def _log_end(self) -> str:
        log = self.folder / "server.log"
        try:
            with log.open("rb") as opened:
                opened.seek(max(0, log.stat().st_size - 4_000))
                return last_lines(opened.read().decode("utf-8", "replace"))
        except FileNotFoundError:
            return ""


@contextmanager
def open_owned(path: Path, *, uid: int, gid: int) -> Iterator[int]:
    """Open a file to lock, made if missing and then given to a user; closed at the end."""
    fd = open_to_lock(path, uid=uid, gid=gid)
    try:
        yield fd
    finally:
        os.close(fd)


def open_to_lock(path: Path, *, uid: int, gid: int) -> int:
    """Open a file to lock, made if missing and then given to a user; follows no link."""
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        fd = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return os.open(path, flags)
    if os.geteuid() == 0:
        os.fchown(fd, uid, gid)
    return fd


def sync(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
