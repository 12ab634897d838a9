"""Where faults happen: a private PostgreSQL, databases of it, and the processes of a program.

Only what was started here is ever killed: children by the group that they lead, PostgreSQL by
the parent that runs in our own folder.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import psycopg

from tests.support.room import new_folder
from trunkline.access.standard import ensure_roles
from trunkline.database.connection import Database
from trunkline.database.launcher import EmbeddedServer
from trunkline.demo import catalog
from trunkline.demo.catalog import DemoCatalog
from trunkline.demo.people import DemoCustomer, add_customers
from trunkline.identity.accounts import NewUser, add_user
from trunkline.identity.personal_tokens import create_personal_token
from trunkline.identity.standard_roles import ensure_standard_roles
from trunkline.kernel.actor import system
from trunkline.kernel.module import load_modules
from trunkline.kernel.services import Services
from trunkline.kernel.work import as_system
from trunkline.program.serve import await_answer, free_port
from trunkline.program.start import bring_up_to_date, make_services
from trunkline.settings import load
from trunkline.simulator.running import Running
from trunkline.simulator.running import start as start_simulator

ROOT = Path(__file__).parents[2]
CHANGED = Path(__file__).parent / "changed"
LEASE_S = 4.0
START_S = 40.0
SECRET = "faults-only-secret-of-more-than-32-characters"


@dataclass
class PrivateServer:
    """An embedded PostgreSQL in a folder of its own."""

    folder: Path
    server: EmbeddedServer
    kills: int = 0

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[PrivateServer]:
        folder = new_folder()
        bindir = os.environ.get("TRUNKLINE_PG_BINDIR")
        server = EmbeddedServer.start(folder / "data", bindir=Path(bindir) if bindir else None)
        try:
            yield cls(folder, server)
        finally:
            server.leave()
            shutil.rmtree(folder, ignore_errors=True)

    def dsn(self, database: str, *, superuser: bool = False) -> str:
        make = self.server.superuser_dsn if superuser else self.server.dsn
        return make(database)

    def must_be_ours(self) -> None:
        """Fail where a connection leads to any other server than the one in our folder."""
        with psycopg.connect(self.dsn("postgres", superuser=True)) as connection:
            found = connection.execute("show data_directory").fetchone()
        assert found is not None
        assert Path(found[0]).is_relative_to(self.folder), found[0]

    def run(self, *statements: str, database: str = "postgres") -> None:
        """Run statements as superuser."""
        with psycopg.connect(self.dsn(database, superuser=True), autocommit=True) as connection:
            for one in statements:
                connection.execute(one)

    def kill(self) -> None:
        """End the whole server as a crash of the machine's processes would, and nothing else."""
        parent = int((self.server.folder / "postmaster.pid").read_text().splitlines()[0])
        place = os.readlink(f"/proc/{parent}/cwd")
        assert place == str(self.server.folder.resolve()), f"this is not our server: {place}"
        os.kill(parent, signal.SIGSTOP)  # so that it neither notices nor starts anybody new
        for pid in children_of(parent):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        os.kill(parent, signal.SIGKILL)
        await_true(lambda: not is_alive(parent), "the server is gone")
        self.kills += 1

    def revive(self) -> None:
        """Start the server again, as `trunkline serve` does."""
        self.server.revive()


def children_of(parent: int) -> list[int]:
    """Return the processes below a process."""
    found = []
    for one in Path("/proc").iterdir():
        if one.name.isdigit():
            with suppress(OSError):
                fields = (one / "stat").read_text().rsplit(")", 1)[1].split()
                if int(fields[1]) == parent:
                    found.append(int(one.name))
    return found


def is_alive(pid: int) -> bool:
    """Tell whether a process is there and not dead yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def await_true(check: Callable[[], object], what: str, *, timeout_s: float = 30.0) -> None:
    until = time.monotonic() + timeout_s
    while not check():
        assert time.monotonic() < until, f"waited {timeout_s:.0f} s in vain until {what}"
        time.sleep(0.05)


@dataclass
class Child:
    """A process that the command line would start; it leads a group of its own."""

    name: str
    module: str
    environ: dict[str, str]
    log: Path
    kills: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.module],
                stdin=subprocess.PIPE, stdout=log, stderr=log, env=self.environ,
                start_new_session=True, cwd=self.log.parent,
            )  # fmt: skip

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process and those that it has started."""
        assert self.process is not None
        assert self.process.returncode is None, "it was waited for: its number may be another's"
        os.killpg(self.process.pid, number)

    def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        self.send(signal.SIGKILL)
        self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()
        self.kills += 1

    def stop(self, *, timeout_s: float = 30.0) -> float:
        """Stop in good order and return how many seconds that took."""
        assert self.process is not None
        started = time.monotonic()
        self.process.terminate()
        self.process.wait(timeout_s)
        if self.process.stdin is not None:
            self.process.stdin.close()
        return time.monotonic() - started

    def await_ready_to_stop(self) -> None:
        """Wait until the process takes SIGTERM into its own hands."""
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status")

        def is_caught() -> bool:
            lines = dict(one.split(":", 1) for one in status.read_text().splitlines())
            return bool(int(lines["SigCgt"], 16) >> (signal.SIGTERM - 1) & 1)

        await_true(is_caught, f"{self.name} runs", timeout_s=START_S)

    def stall(self, seconds: float) -> None:
        """Let the processes stand still for a while, as a busy machine may."""
        self.send(signal.SIGSTOP)
        time.sleep(seconds)
        self.send(signal.SIGCONT)


@dataclass
class FaultProgram:
    """A program on a database of its own: web, workers, the network, and their environment."""

    server: PrivateServer
    database: str
    folder: Path
    port: int
    token: str
    catalog: DemoCatalog
    services: Services
    network: Running | None = None
    children: dict[str, Child] = field(default_factory=dict)

    @property
    def web(self) -> Child:
        return self.children["web"]

    @property
    def points(self) -> Path:
        """The folder from which crash points are armed."""
        return self.folder / "points"

    @property
    def workers(self) -> list[Child]:
        return [one for name, one in self.children.items() if name != "web"]

    def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Read the database as its superuser."""
        dsn = self.server.dsn(self.database, superuser=True)
        with psycopg.connect(dsn, autocommit=True) as connection:
            return connection.execute(sql, parameters).fetchall()

    def execute(self, *statements: str) -> None:
        """Change the database as its superuser."""
        self.server.run(*statements, database=self.database)

    def add_customers(self, count: int, *, seed: int) -> list[DemoCustomer]:
        with as_system(self.services, "faults") as work:
            return add_customers(work, Random(seed), count)

    def start(
        self, *, workers: int = 1, control: str = "", callbacks: Sequence[int] = (),
        deaths: float = 0.0, lease_s: float = LEASE_S, network: dict[str, Any] | None = None,
        with_points: bool = False, late_s: float = 0.0,
    ) -> None:  # fmt: skip
        """Start simulator, web and workers, and wait until the API answers.

        `late_s` passes between a commit of the web process and its answer.
        `with_points` lets the children die at crash points; see changed/crash_points.py.
        """
        self.server.must_be_ours()
        if network is not None:
            self.network = start_simulator(
                journal=self.folder / "network.journal", callback_secret=SECRET
            )
            self.network.behave(**network)
        environ = self._environ(control, callbacks, deaths, lease_s)
        environ["FAULTS_LATE_S"] = str(late_s)
        if with_points:
            self.points.mkdir()
            environ["FAULTS_POINTS"] = str(self.points)
        names = {"web": "web_process", **{f"worker-{n}": "worker_process" for n in range(workers)}}
        for name, module in names.items():
            child = Child(name, f"trunkline.cli.{module}", environ, self.folder / f"{name}.log")
            self.children[name] = child
            child.start()
        self.await_web()

    def await_web(self) -> None:
        assert await_answer("127.0.0.1", self.port, timeout_s=START_S), self.logs()

    def _environ(
        self, control: str, callbacks: Sequence[int], deaths: float, lease_s: float
    ) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if key[:10] != "TRUNKLINE_"}
        network = {"TRUNKLINE_NETWORK_URL": self.network.url} if self.network else {}
        return kept | network | {
            "PYTHONPATH": os.pathsep.join([str(CHANGED), str(ROOT / "src")]),
            "FAULTS_LEASE_S": str(lease_s),
            "FAULTS_CONTROL": control,
            "FAULTS_DEATHS": str(deaths),
            "TRUNKLINE_DATABASE_URL": self.server.dsn(self.database),
            "TRUNKLINE_DATA": str(self.folder),
            "TRUNKLINE_PORT": str(self.port),
            "TRUNKLINE_PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            "TRUNKLINE_WEB_PROCESSES": "1",
            "TRUNKLINE_WORKER_THREADS": "2",
            "TRUNKLINE_LOG_LEVEL": "warning",
            "TRUNKLINE_NETWORK_CALLBACK_SECRET": SECRET,
            "TRUNKLINE_CALLBACK_ALLOW": ",".join(f"127.0.0.1:{one}" for one in callbacks),
        }  # fmt: skip

    def logs(self) -> str:
        """Return the ends of what the processes said."""
        return "\n".join(
            f"--- {one.name}\n{one.log.read_text(errors='replace')[-4000:]}"
            for one in self.children.values()
            if one.log.exists()
        )

    def end(self) -> None:
        """End everything that was started here."""
        for one in self.children.values():
            if one.is_running:
                one.send(signal.SIGCONT)
                one.kill()
        if self.network is not None:
            self.network.stop()
        self.services.database.close()  # type: ignore[attr-defined]


def make_template(server: PrivateServer, name: str) -> None:
    """Make a migrated database with roles and the demonstration catalog, to be copied."""
    server.must_be_ours()
    dsn = server.dsn(name)
    server.run(f"create database {name} owner trunkline")
    bring_up_to_date(dsn, load_modules())
    services = services_of(dsn)
    ensure_standard_roles(services)
    ensure_roles(services)
    with as_system(services, "faults") as work:
        catalog.load(work)
    services.database.close()  # type: ignore[attr-defined]


def services_of(dsn: str, *, connections_max: int = 20) -> Services:
    settings = load({"TRUNKLINE_DATABASE_URL": dsn})
    return make_services(settings, Database(dsn, connections_max=connections_max))


@contextmanager
def fault_program(server: PrivateServer, template: str) -> Iterator[FaultProgram]:
    """Make a program for a `with` block, and take it away with everything that it started."""
    server.must_be_ours()
    name = f"faults_{uuid.uuid4().hex[:12]}"
    server.run(f"create database {name} template {template} owner trunkline")
    services = services_of(server.dsn(name))
    by = system("faults")
    user = add_user(
        services, by=by, user=NewUser("clerk", "Clerk", "correct horse", roles=["administrator"])
    )
    token = create_personal_token(
        services, by=by, owner=user, name="faults", scopes=["*:*"], lasts=timedelta(days=1)
    ).token
    folder = Path(tempfile.mkdtemp(prefix="program-", dir=server.folder))
    with as_system(services, "faults") as work:
        stored = catalog.found(work)
    program = FaultProgram(server, name, folder, free_port("127.0.0.1"), token, stored, services)
    try:
        yield program
    finally:
        program.end()
        server.revive()
        server.run(f"drop database {name} with (force)")


def keep_running(children: Sequence[Child], is_over: threading.Event) -> None:
    """Start each child again that ends, as `trunkline serve` does, until it is over.

    The web server ends by itself when its processes keep dying.
    """
    while not is_over.wait(0.05):
        for one in children:
            if not one.is_running:
                one.start()


class Background:
    """Threads that run until they end by themselves; the first problem of one is raised."""

    def __init__(self) -> None:
        self._threads: list[threading.Thread] = []
        self._problems: list[BaseException] = []

    def run(self, task: Callable[..., object], *given: Any) -> None:
        def guarded() -> None:
            try:
                task(*given)
            except BaseException as problem:
                self._problems.append(problem)

        thread = threading.Thread(target=guarded, daemon=True)
        self._threads.append(thread)
        thread.start()

    def join(self, *, timeout_s: float) -> None:
        until = time.monotonic() + timeout_s
        for one in self._threads:
            one.join(max(0.0, until - time.monotonic()))
            self.check()
        assert not any(one.is_alive() for one in self._threads), "some did not end in time"

    def check(self) -> None:
        if self._problems:
            raise self._problems[0]
