"""Crash points: places where a child kills itself, each with a name that a test can ask for.

A point lies just before and just after each COMMIT that writes, and just before and just after
each call to the outside. Points count only inside a step: a claim, a piece of work that is
carried out, a request that is answered. The file `armed` in the folder FAULTS_POINTS switches
them on: its first line tells one run from the next, the second names the point to die at, or is
empty where points are only written down, in the file `reached`. Who dies takes the file away
first, so that whoever carries on lives.

While points are armed the worker does one thing at a time, so that every run passes the same
points. Otherwise it works as always.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sitecustomize import change

FOLDER = Path(os.environ["FAULTS_POINTS"])
ARMED, REACHED = FOLDER / "armed", FOLDER / "reached"
POLL_S = 0.2
WATCHED = ("/tmf-api/productOrderingManagement/", "/callback/network/")
HAS_WRITTEN = "select pg_current_xact_id_if_assigned() is not null"

alone = threading.Lock()
here = threading.local()


class Run:
    """What is armed at present, and how many steps of each name there were since."""

    def __init__(self) -> None:
        self.text = ""
        self.wanted = ""
        self.steps: Counter[str] = Counter()
        self.turning = threading.Lock()

    def is_armed(self) -> bool:
        """Look at the file again; a new text begins a new run."""
        try:
            text = ARMED.read_text(encoding="utf-8")
        except FileNotFoundError:
            return False
        with self.turning:
            if text != self.text:
                self.text, self.wanted, self.steps = text, text.partition("\n")[2], Counter()
        return True

    def number(self, name: str) -> int:
        """Return how many steps of a name there are by now, with this one."""
        with self.turning:
            self.steps[name] += 1
            return self.steps[name]


class Step:
    """A step that is being taken; it gets its number at its first point."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.label = ""
        self.passed: Counter[str] = Counter()


run = Run()


@contextmanager
def step(name: str) -> Iterator[None]:
    """Let points count in this thread for a `with` block."""
    here.step = Step(name)
    try:
        yield
    finally:
        here.step = None


def is_in_step() -> bool:
    return getattr(here, "step", None) is not None


def point(what: str) -> None:
    """Pass a point: die where it is the wanted one, else write it down."""
    now: Step | None = getattr(here, "step", None)
    if now is None:
        return
    if not now.label:
        now.label = f"{now.name} {run.number(now.name)}"
    now.passed[what] += 1
    label = f"{now.label}: {what} {now.passed[what]}"
    if label == run.wanted:
        ARMED.unlink()
        os.kill(os.getpid(), signal.SIGKILL)
    with REACHED.open("a", encoding="utf-8") as reached:
        reached.write(f"{label}\n")


# --- commits -----------------------------------------------------------------------------------


@change("trunkline.database.prepared")
def _mark_commits(module: Any) -> None:
    """Put points around COMMIT; a statement that commits by itself gets a transaction of its own.

    A transaction without a number has written nothing, so its end is no point.
    """
    from psycopg.pq import TransactionStatus  # not at the top: it would come before its change

    own = module.PreparedConnection
    execute, commit = own.execute, own.commit

    def commit_at_points(self: Any) -> None:
        is_open = self.info.transaction_status == TransactionStatus.INTRANS
        if not is_in_step() or not is_open or not execute(self, HAS_WRITTEN).fetchone()[0]:
            commit(self)
            return
        point("before commit")
        commit(self)
        point("after commit")

    def execute_at_points(self: Any, query: Any, params: Any = None, **named: Any) -> Any:
        is_own = self.autocommit and self.info.transaction_status == TransactionStatus.IDLE
        begins = isinstance(query, str) and query.lstrip().lower().startswith("begin")
        if not is_in_step() or not is_own or begins:
            return execute(self, query, params, **named)
        execute(self, "begin")
        try:
            cursor = execute(self, query, params, **named)
        except BaseException:
            self.rollback()
            raise
        commit_at_points(self)
        return cursor

    own.commit = commit_at_points
    own.execute = execute_at_points


# --- steps -------------------------------------------------------------------------------------


@change("trunkline.worker.steps")
def _one_thing_at_a_time(steps: Any) -> None:
    look, carry_out = steps.look, steps.carry_out

    def look_for_one(services: Any, *, lane: str, worker: str, limit: int) -> Any:
        if not run.is_armed():
            return look(services, lane=lane, worker=worker, limit=limit)
        with alone, step(f"claim {lane}"):
            return look(services, lane=lane, worker=worker, limit=1)

    def carry_out_alone(services: Any, rows: Any) -> None:
        if not run.is_armed():
            carry_out(services, rows)
            return
        for row in rows:
            with alone, step(row.kind):
                carry_out(services, [row])

    steps.look, steps.carry_out = look_for_one, carry_out_alone


@change("trunkline.worker.loop")
def _look_often(loop: Any) -> None:
    defaults = loop.Worker.__init__.__kwdefaults__
    assert "poll_s" in defaults
    defaults["poll_s"] = POLL_S


@change("trunkline.adapters.http_connection")
def _mark_calls(module: Any) -> None:
    ask = module.HttpConnections.ask

    def ask_at_points(self: Any, *given: Any) -> Any:
        point("before call")
        answered = ask(self, *given)
        point("after call")
        return answered

    module.HttpConnections.ask = ask_at_points


@change("trunkline.program.proxies")
def _mark_requests(proxies: Any) -> None:
    behind_proxies = proxies.behind_proxies

    def watched(app: Any, trusted: Any) -> Callable[..., Iterable[bytes]]:
        inner = behind_proxies(app, trusted)

        def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            path = environ["PATH_INFO"]
            is_watched = environ["REQUEST_METHOD"] == "POST" and path.startswith(WATCHED)
            if not is_watched or not run.is_armed():
                return inner(environ, start_response)
            with step(f"POST {path.rpartition('/')[2]}"):
                point("received")
                answered = inner(environ, start_response)
                point("before answer")
                return answered

        return answer

    proxies.behind_proxies = watched
