"""The worker: threads per lane that claim due work, carry it out, and stop in good order.

A lane has one thread that claims and several that carry out. Outside calls have a lane of their
own, so that a slow network never holds reactions up. NOTIFY only wakes; a poll is the truth.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any, cast

import psycopg
import structlog

from trunkline.database.connection import Database
from trunkline.database.problems import DatabaseProblem
from trunkline.kernel.services import Services
from trunkline.leases import queue
from trunkline.leases.queue import Row
from trunkline.worker.steps import carry_out, look

log = structlog.get_logger("trunkline.worker")
POLL_S = 2.0
PAUSE_FIRST_S = 0.5
PAUSE_MAX_S = 10.0
STOP_S = 15.0
WAKE_PAUSE_S = 0.005
ROWS_AHEAD = {"reaction": 8}
RESTS_S = {"job": 0.2}
"""How long a lane that found nothing is left alone, though it is woken: nobody waits for jobs."""
AWAY = (DatabaseProblem, psycopg.OperationalError)

Around = Callable[[Row], AbstractContextManager[Any]]


class Worker:
    """Carries out the work of some lanes until it is stopped.

    `lanes` maps each lane to its number of threads. The pool needs a connection for every
    thread and one more per lane. `around` is entered around each row, for traces and logs.
    """

    def __init__(
        self,
        services: Services,
        *,
        lanes: Mapping[str, int],
        around: Around = nullcontext,
        poll_s: float = POLL_S,
    ) -> None:
        name = f"{socket.gethostname()}:{os.getpid()}:{services.chance.uuid()[-8:]}"
        self._lanes = [
            _Lane(services, lane, threads, worker=name, around=around, poll_s=poll_s)
            for lane, threads in lanes.items()
        ]
        self._services = services
        self._poll_s = poll_s
        self._to_wake: list[Callable[[], None]] = [self.wake]
        self._stopping = threading.Event()
        self._listening = threading.Thread(target=self._listen, name="listen", daemon=True)

    def start(self) -> None:
        """Start every thread."""
        self._listening.start()
        for lane in self._lanes:
            lane.start(after_each=self.wake)

    def wake(self) -> None:
        """Make every lane look for work now."""
        for lane in self._lanes:
            lane.wake()

    def also_wake(self, wake: Callable[[], None]) -> None:
        """Call somebody else, too, when another process says that there is work."""
        self._to_wake.append(wake)

    def stop(self, *, timeout_s: float = STOP_S) -> bool:
        """Finish the rows at hand and put the claimed others back; False where time ran out."""
        until = time.monotonic() + timeout_s
        self._stopping.set()
        for lane in self._lanes:
            lane.ask_to_stop()
        ended = [lane.join(until) for lane in self._lanes]
        return all(ended)

    def _listen(self) -> None:
        database = cast(Database, self._services.database)
        listener = database.listen(queue.CHANNEL)
        while not self._stopping.is_set():
            try:
                if listener.wait(self._poll_s):
                    for wake in self._to_wake:
                        wake()
            except AWAY:
                self._stopping.wait(self._poll_s)
        listener.close()


class Waker:
    """Tells the workers of all processes that there is work, at most once in a short while.

    NOTIFY in the transaction that writes the work would make all such commits wait for each
    other's disk writes (docs/decisions/0011), so it is sent afterwards, from a thread of its own.
    """

    def __init__(self, services: Services, *, pause_s: float = WAKE_PAUSE_S) -> None:
        """Start the thread."""
        self._services = services
        self._pause_s = pause_s
        self._is_asked = threading.Event()
        threading.Thread(target=self._run, name="wake", daemon=True).start()

    def wake(self) -> None:
        """Send a notification soon; costs the caller nothing."""
        self._is_asked.set()

    def _run(self) -> None:
        while True:
            self._is_asked.wait()
            self._is_asked.clear()
            with suppress(*AWAY), self._services.database.app.connection() as connection:
                queue.wake(connection)
            time.sleep(self._pause_s)


class _Lane:
    """One lane: its claiming thread, its carrying threads, and the rows between them."""

    def __init__(
        self,
        services: Services,
        name: str,
        threads: int,
        *,
        worker: str,
        around: Around,
        poll_s: float,
    ) -> None:
        self._services = services
        self._name = name
        self._worker = worker
        self._around = around
        self._poll_s = poll_s
        self._rows_max = threads * ROWS_AHEAD.get(name, 1)
        self._rests_s = RESTS_S.get(name, 0.0)
        self._claim_below = max(1, self._rows_max // 2 if self._rows_max > threads else threads)
        self._changed = threading.Condition()
        self._groups: deque[list[Row]] = deque()
        self._outstanding = 0
        self._is_woken = True
        self._stopping = False
        self._after_each: Callable[[], None] = self.wake
        targets = [self._claim_rows] + [self._carry_out_groups] * threads
        self._threads = [
            threading.Thread(target=one, name=f"{name}-{number}", daemon=True)
            for number, one in enumerate(targets)
        ]

    def start(self, *, after_each: Callable[[], None]) -> None:
        """Start the threads; `after_each` is called when a group of rows is done."""
        self._after_each = after_each
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Look for work as soon as there is room for it."""
        with self._changed:
            self._is_woken = True
            self._changed.notify_all()

    def ask_to_stop(self) -> None:
        """Claim nothing more and give back what was not begun."""
        with self._changed:
            self._stopping = True
            left = [row for group in self._groups for row in group]
            self._groups.clear()
            self._changed.notify_all()
        self._put_back(left)

    def join(self, until: float) -> bool:
        """Wait for the rows at hand; tell whether all threads ended in time."""
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _claim_rows(self) -> None:
        pause_s = 0.0
        while True:
            with self._changed:
                self._is_woken = False
                room = self._rows_max - self._outstanding
                if self._stopping:
                    return
            try:
                found = look(self._services, lane=self._name, worker=self._worker, limit=room)
            except Exception as error:  # the worker's edge: a lane that ended is started by nobody
                if not isinstance(error, AWAY):
                    log.error("work not claimed", lane=self._name, exc_info=error)
                elif pause_s == 0.0:
                    log.warning("database away", lane=self._name, error=str(error))
                pause_s = min(PAUSE_MAX_S, pause_s * 2 or PAUSE_FIRST_S)
                self._pause(pause_s)
                continue
            pause_s = 0.0
            # What was taken off may have stood before others of its subject.
            is_full = found.taken_off > 0 or len(found.rows) == room
            self._hand_out(found.rows, is_full=is_full)
            due_s = self._poll_s if found.next_due_s is None else found.next_due_s
            rests_s = 0.0 if found.rows or found.taken_off else self._rests_s
            self._await_reason(min(self._poll_s, due_s), rests_s)

    def _hand_out(self, rows: list[Row], *, is_full: bool) -> None:
        """Make a group of the rows of each root: one thread carries out a group, in order."""
        groups: dict[str, list[Row]] = {}
        for row in rows:
            groups.setdefault(row.root or f"{row.kind} {row.subject}", []).append(row)
        with self._changed:
            self._is_woken = self._is_woken or is_full
            if not self._stopping:
                self._groups.extend(groups.values())
                self._outstanding += len(rows)
                rows = []
                self._changed.notify_all()
        self._put_back(rows)

    def _await_reason(self, timeout_s: float, rests_s: float) -> None:
        """Wait until there is room and a reason to claim: a wake-up after a rest, or the time."""
        until = time.monotonic() + timeout_s
        with self._changed:
            self._changed.wait_for(lambda: self._stopping, timeout=min(rests_s, timeout_s))
            while not self._stopping:
                left_s = until - time.monotonic()
                if self._outstanding < self._claim_below and (self._is_woken or left_s <= 0):
                    return
                self._changed.wait(left_s if left_s > 0 else None)

    def _pause(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._stopping, timeout=seconds)

    def _carry_out_groups(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopping or self._groups)
                if not self._groups:
                    return
                group = self._groups.popleft()
            for number, row in enumerate(group):
                if self._stopping:
                    self._put_back(group[number:])
                    break
                self._carry_out(row)
            with self._changed:
                self._outstanding -= len(group)
            self._after_each()

    def _carry_out(self, row: Row) -> None:
        try:
            with self._around(row):
                carry_out(self._services, [row])
        except Exception as error:  # the worker's edge: the lease ends by itself
            log.warning("work left to its lease", kind=row.kind, work=row.id, error=str(error))

    def _put_back(self, rows: Iterable[Row]) -> None:
        """Give rows back at once; where that fails their leases end by themselves."""
        with suppress(*AWAY):
            for row in rows:
                with self._services.database.app.connection() as connection:
                    queue.put_back(connection, row, pause_s=0, free=True)
