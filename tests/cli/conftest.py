"""A folder of its own, the command line as a process, and a running `trunkline serve`."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.support.room import new_folder
from trunkline.cli.main import app
from trunkline.program.serve import free_port

SOURCE = Path(__file__).parents[2] / "src"


@dataclass(frozen=True)
class Finished:
    """What became of a command."""

    returncode: int
    stdout: str
    stderr: str


@dataclass
class Installation:
    """A data folder and a port, and the command line on them."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if key[:10] != "TRUNKLINE_"}
        if "TRUNKLINE_PG_BINDIR" in os.environ:
            kept["TRUNKLINE_PG_BINDIR"] = os.environ["TRUNKLINE_PG_BINDIR"]
        return kept | {
            "PYTHONPATH": str(SOURCE),
            "TRUNKLINE_DATA": str(self.folder / "data"),
            "TRUNKLINE_PORT": str(self.port),
            "TRUNKLINE_TEST_CLOCK": "on",
            "COLUMNS": "200",
        }

    def call(self, *words: str, stdin: str = "", **environment: str) -> Any:
        """Run one command to its end in this process, which is quick; a bug raises."""
        before = dict(os.environ)
        for name in [one for one in before if one.startswith("TRUNKLINE_")]:
            del os.environ[name]
        os.environ.update(self.environment | environment)
        try:
            done = CliRunner().invoke(app, words, input=stdin)
        finally:
            os.environ.clear()
            os.environ.update(before)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Finished(done.exit_code, done.stdout, done.stderr)

    def run(self, *words: str, stdin: str = "", **environment: str) -> Any:
        """Run one command to its end as a process."""
        return subprocess.run(
            [sys.executable, "-m", "trunkline.cli.main", *words],
            env=self.environment | environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def start(
        self, *words: str, awaits: bool = True, timeout_s: float = 60, **environment: str
    ) -> None:
        """Start servers and wait until the API answers."""
        with (self.folder / "serve.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "trunkline.cli.main", *words],
                env=self.environment | environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        if awaits:
            await_true(self.answers, "the API answers", timeout_s=timeout_s, log=self.log)

    def log(self) -> str:
        return (self.folder / "serve.log").read_text(encoding="utf-8")

    def get(self, path: str, token: str | None = None) -> tuple[int, Any]:
        """Ask over a new connection; status and JSON."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def answers(self, path: str = "/readyz") -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"the servers ended:\n{self.log()}")
        try:
            return self.get(path)[0] == 200
        except OSError:
            return False

    def family(self, *, of: str = "", like: str = "") -> set[int]:
        """The living processes of ours below the parent: of such a child, or that look so."""
        assert self.process is not None
        listed = living()
        children = {pid for pid, (above, _) in listed.items() if above == self.process.pid}
        found = {pid for pid in children if of in listed[pid][1]}
        while more := {pid for pid, (above, _) in listed.items() if above in found} - found:
            found |= more
        return {pid for pid in found if like in listed[pid][1] and "postgres" not in listed[pid][1]}

    def web_workers(self) -> set[int]:
        """The processes that answer requests."""
        return self.family(of="cli.web_process", like="spawn_main")

    def postmaster(self) -> int:
        """The process id of the embedded PostgreSQL; 0 where it does not run."""
        try:
            text = (self.folder / "data/postgresql/postmaster.pid").read_text(encoding="utf-8")
        except FileNotFoundError:
            return 0
        return int(text.partition("\n")[0] or 0)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> float:
        """Stop the servers and return how many seconds it took."""
        assert self.process is not None
        started = time.monotonic()
        self.process.send_signal(how)
        self.process.wait(timeout=30)
        return time.monotonic() - started


def living() -> dict[int, tuple[int, str]]:
    """Parent and command line of every process that is not dead yet."""
    listing = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,ppid=,stat=,args="],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    rows = [line.split(None, 3) for line in listing.stdout.splitlines()]
    return {
        int(row[0]): (int(row[1]), row[3])
        for row in rows
        if len(row) > 3 and not row[2].startswith("Z")
    }


def await_true(
    check: Callable[[], object], what: str, *, timeout_s: float = 30, log: Callable[[], str] = str
) -> None:
    """Wait for something, or fail with the log of the servers."""
    until = time.monotonic() + timeout_s
    while not check():
        if time.monotonic() > until:
            raise AssertionError(f"waited in vain until {what}\n{log()}")
        time.sleep(0.05)


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    """A new data folder, removed at the end together with what may still run in it."""
    folder = new_folder()
    made = Installation(folder, free_port("127.0.0.1"))
    yield made
    if made.process is not None and made.process.poll() is None:
        made.process.terminate()
        made.process.wait(timeout=30)
    shutil.rmtree(folder, ignore_errors=True)
