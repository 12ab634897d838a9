"""The parent process: starts the others, starts again what dies, and ends them in good order.

Every other process is started anew, never forked: no connection and no thread is shared. Each
holds a pipe from the parent and stops when that closes, so that none outlives a killed parent.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import structlog
from psycopg.conninfo import conninfo_to_dict

from trunkline.database.launcher import EmbeddedServer
from trunkline.database.problems import DatabaseProblem

log = structlog.get_logger("trunkline.serve")
DRAIN_S = 20.0
PAUSE_FIRST_S = 0.2
PAUSE_MAX_S = 10.0
STEADY_S = 60.0
LOOK_EVERY_S = 0.1
DATABASE_EVERY_S = 2.0
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class ServeProblem(Exception):
    """The servers cannot start; its text says what to do."""


@dataclass
class Child:
    """One process to keep alive. `is_last` ones are stopped after all others."""

    name: str
    launch: Callable[[], subprocess.Popen[str] | subprocess.Popen[bytes]]
    is_last: bool = False
    process: subprocess.Popen[str] | subprocess.Popen[bytes] | None = field(
        default=None, repr=False
    )
    _started_s: float = 0.0
    _pause_s: float = 0.0
    _start_at_s: float = 0.0

    def look_after(self, now_s: float) -> None:
        """Start the process where it does not run, with a pause that grows while it keeps dying."""
        if self.process is not None:
            if not self.has_ended():
                return
            code = self.process.wait()
            self.process = None
            is_steady = now_s - self._started_s > STEADY_S
            self._pause_s = (
                PAUSE_FIRST_S if is_steady or not self._pause_s
                else min(PAUSE_MAX_S, self._pause_s * 2)
            )  # fmt: skip
            self._start_at_s = now_s + self._pause_s
            log.error("process ended", process=self.name, code=code, pause_s=self._pause_s)
        if now_s >= self._start_at_s:
            self.process = self.launch()
            self._started_s = now_s
            log.info("process started", process=self.name, pid=self.process.pid)

    def has_ended(self) -> bool:
        """Tell whether the process is gone; what it left of its group is asked to stop, too."""
        assert self.process is not None
        try:
            ended = os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return True
        if ended is None:
            return False
        self.send(signal.SIGTERM)  # Before it is reaped: its number is not anybody else's yet.
        return True

    def send(self, what: signal.Signals) -> None:
        """Send a signal to the process, and to its group where it leads one."""
        if self.process is None or self.process.returncode is not None:
            return
        with suppress(ProcessLookupError, PermissionError):
            if os.getpgid(self.process.pid) == self.process.pid:
                os.killpg(self.process.pid, what)
            else:
                self.process.send_signal(what)

    def ask_to_stop(self) -> None:
        """Ask the process alone: it knows how to stop those that it has started."""
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)


class Supervisor:
    """Keeps children alive until a signal comes, then stops them within the time to drain."""

    def __init__(
        self,
        children: Sequence[Child],
        *,
        server: EmbeddedServer | None = None,
        drain_s: float = DRAIN_S,
    ) -> None:
        """Keep what to look after; `server` is started again where it dies under its users."""
        self._children = list(children)
        self._server = server
        self._dsn = server.dsn() if server is not None else None
        self._drain_s = drain_s
        self._asked = threading.Event()
        self._is_urgent = False
        self._next_database_s = 0.0

    def run(self, *, after_start: Callable[[], None] = lambda: None) -> None:
        """Start the children and return when a signal has ended them all."""
        former = {one: signal.signal(one, self._on_signal) for one in SIGNALS}
        try:
            self._look_after()
            after_start()
            while not self._asked.wait(LOOK_EVERY_S):
                self._look_after()
        finally:
            self._stop()
            for number, handler in former.items():
                signal.signal(number, handler)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._is_urgent = self._asked.is_set() and number == signal.SIGINT
        self._asked.set()

    def _look_after(self) -> None:
        now_s = time.monotonic()
        for child in self._children:
            child.look_after(now_s)
        if self._server is not None and now_s >= self._next_database_s:
            self._revive(self._server)
            self._next_database_s = time.monotonic() + DATABASE_EVERY_S

    def _revive(self, server: EmbeddedServer) -> None:
        if server_answers(server):
            return
        log.error("database server died")
        try:
            server.revive()
        except DatabaseProblem as problem:
            log.error("database server does not start", error=str(problem))
        else:
            log.info("database server started again")
            self._move_to(server.dsn())

    def _move_to(self, dsn: str) -> None:
        """Restart the children where the server's socket lies in another folder than before."""
        if dsn != self._dsn:
            self._dsn = dsn
            for child in self._children:
                child.ask_to_stop()

    def _stop(self) -> None:
        until_s = time.monotonic() + self._drain_s
        for is_last in (False, True):
            group = [one for one in self._children if one.is_last is is_last]
            for child in group:
                child.ask_to_stop()
            for child in group:
                self._await_end(child, until_s)

    def _await_end(self, child: Child, until_s: float) -> None:
        while child.process is not None and not child.has_ended():
            if self._is_urgent or time.monotonic() > until_s:
                log.warning("process killed", process=child.name)
                child.send(signal.SIGKILL)
                break
            time.sleep(0.02)
        if child.process is not None:
            child.process.wait()
            if child.process.stdin is not None:
                child.process.stdin.close()


def python_child(name: str, module: str, environ: Mapping[str, str]) -> Child:
    """Return a child that runs a module of ours and stops when this process is gone."""

    def launch() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            env=_with_our_source(environ),
            start_new_session=True,
        )

    return Child(name, launch)


def stop_with_parent() -> None:
    """End this process in good order when the one that started it closes its pipe or is gone."""

    def watch() -> None:
        while os.read(0, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()


def server_answers(server: EmbeddedServer) -> bool:
    """Tell whether somebody listens on the embedded server's socket; costs no program start."""
    address = conninfo_to_dict(server.dsn())
    path = f"{address['host']}/.s.PGSQL.{address['port']}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(2.0)
        try:
            probe.connect(path)
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        except OSError:
            return True  # It is there and busy.
    return True


def listening_address(host: str) -> str:
    """Return the IP address of a host to listen on."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise ServeProblem(
            f"{host} is no address of this machine. Set TRUNKLINE_HOST to an IP address, such as"
            " 127.0.0.1 (this machine only) or 0.0.0.0 (everybody)."
        ) from error
    return str(found[0][4][0])


def is_free(host: str, port: int) -> bool:
    """Tell whether a port can be listened on; nobody else's listener is shared."""
    address = listening_address(host)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
            probe.listen()
        except OSError:
            return False
    return True


def free_port(host: str) -> int:
    """Return a port that nobody listens on at this moment."""
    address = listening_address(host)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


def await_answer(host: str, port: int, *, timeout_s: float) -> bool:
    """Wait until somebody accepts connections at a port; tell whether it happened in time."""
    until_s = time.monotonic() + timeout_s
    while time.monotonic() < until_s:
        with suppress(OSError), socket.create_connection((host, port), timeout=1):
            return True
        time.sleep(0.05)
    return False


def _with_our_source(environ: Mapping[str, str]) -> dict[str, str]:
    """Make the child find this very package, also where it runs from a checkout."""
    source = str(Path(__file__).resolve().parents[2])
    former = environ.get("PYTHONPATH", "")
    if source in former.split(os.pathsep):
        return dict(environ)
    return {**environ, "PYTHONPATH": source + (os.pathsep + former if former else "")}
