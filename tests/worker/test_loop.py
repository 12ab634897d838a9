"""The worker's loop on a real database: order, lanes, wake-up, failure and stopping."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.support.program import Site
from tests.support.waiting import wait_until
from trunkline.kernel.resource import registry
from trunkline.kernel.services import Services
from trunkline.leases import queue
from trunkline.leases.queue import INSERT, NewWork, Row, insert_parameters
from trunkline.worker import loop
from trunkline.worker.loop import Waker, Worker


class Recorder:
    """Finishes rows, keeps what it did, and notices two rows of one root at the same time."""

    def __init__(self, takes_s: float = 0.0, until: threading.Event | None = None) -> None:
        self.done: list[tuple[str, int]] = []
        self.began: list[int] = []
        self.overlaps = 0
        self._roots: set[str | None] = set()
        self._lock = threading.Lock()
        self._takes_s = takes_s
        self._until = until

    def __call__(self, services: Services, row: Row) -> None:
        with self._lock:
            self.began.append(row.id)
            self.overlaps += row.root is not None and row.root in self._roots
            self._roots.add(row.root)
        time.sleep(self._takes_s)
        if self._until is not None:
            self._until.wait(timeout=30)  # longer than anybody waits for what goes on meanwhile
        with self._lock:
            self._roots.discard(row.root)
            self.done.append((row.subject, row.id))
        with services.database.app.connection() as connection:
            queue.finish(connection, row)


@pytest.fixture(autouse=True)
def empty(site: Site) -> None:
    """Each test begins without work."""
    write(site.services, "delete from work")


def write(services: Services, statement: str) -> None:
    with services.database.app.connection() as connection:
        connection.execute(statement)


def put(services: Services, *rows: NewWork) -> None:
    with services.database.app.connection() as connection:
        connection.execute(INSERT, insert_parameters(rows))


def work(kind: str, *, subject: str | None = None, root: str | None = None, **more: Any) -> NewWork:
    return NewWork(kind, subject or str(uuid.uuid4()), root, **more)


def left(services: Services) -> int:
    with services.database.app.connection() as connection:
        return int(connection.execute("select count(*) from work").fetchone()[0])


@contextmanager
def working(services: Services, **options: Any) -> Iterator[Worker]:
    worker = Worker(services, **({"lanes": {"reaction": 4, "call": 2}} | options))
    worker.start()
    try:
        yield worker
    finally:
        assert worker.stop(timeout_s=30)


def test_rows_of_a_root_run_one_at_a_time_in_the_order_of_writing(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop itself keeps the rows of a root in one thread; the handler takes no lock."""
    recorder = Recorder(takes_s=0.002)
    monkeypatch.setitem(registry.handlers, "tick", recorder)
    roots = [str(uuid.uuid4()) for _ in range(5)]
    put(site.services, *[work("tick", root=roots[number % 5]) for number in range(60)])
    with working(site.services):
        wait_until(lambda: not left(site.services))
    assert len(recorder.done) == 60
    assert recorder.overlaps == 0


def test_two_workers_keep_the_order_of_each_subject(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder(takes_s=0.002)
    monkeypatch.setitem(registry.handlers, "tick", recorder)
    subjects = [str(uuid.uuid4()) for _ in range(5)]
    put(site.services, *[work("tick", subject=subjects[number % 5]) for number in range(40)])
    with working(site.services), working(site.services):
        wait_until(lambda: not left(site.services))
    assert len(recorder.done) == 40
    for one in subjects:
        order = [ident for subject, ident in recorder.done if subject == one]
        assert order == sorted(order)


def test_other_work_does_not_make_an_idle_job_lane_look(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []
    look = loop.look

    def counted(services: Services, *, lane: str, worker: str, limit: int) -> queue.Looked:
        looks.append(lane)
        return look(services, lane=lane, worker=worker, limit=limit)

    monkeypatch.setattr(loop, "look", counted)
    monkeypatch.setitem(registry.handlers, "tick", Recorder())
    monkeypatch.setitem(loop.RESTS_S, "job", 0.5)
    put(site.services, *[work("tick") for _ in range(150)])
    began = time.monotonic()
    worker = Worker(site.services, lanes={"reaction": 1, "job": 1})
    worker.start()
    try:
        wait_until(lambda: not left(site.services))
        took_s = time.monotonic() - began
        assert looks.count("job") <= 2 + took_s / 0.5
        put(site.services, work("tick", lane="job"))
        worker.wake()
        wait_until(lambda: not left(site.services))
    finally:
        worker.stop()


def test_slow_calls_do_not_hold_reactions_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()
    slow, quick = Recorder(until=answered), Recorder()
    monkeypatch.setitem(registry.handlers, "slow", slow)
    monkeypatch.setitem(registry.handlers, "quick", quick)
    put(site.services, *[work("slow", lane="call") for _ in range(6)])
    with working(site.services):
        wait_until(lambda: len(slow.began) == 2)
        put(site.services, *[work("quick") for _ in range(20)])
        Waker(site.services).wake()
        wait_until(lambda: len(quick.done) == 20)
        assert not slow.done
        leased = site.rows(
            "select count(*) from work where kind = 'slow' and lease_until is not null"
        )
        assert leased == [(2,)], "no call is claimed before a thread is free for it"
        answered.set()


def test_a_call_begins_as_soon_as_one_thread_is_free(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: set[str] = set()
    answered = threading.Event()

    def call(services: Services, row: Row) -> None:
        begun.add(row.subject)
        if row.payload:
            answered.wait(timeout=10)
        with services.database.app.connection() as connection:
            queue.finish(connection, row)

    monkeypatch.setitem(registry.handlers, "ring", call)
    rows = [work("ring", lane="call", payload=number == 0) for number in range(4)]
    put(site.services, *rows)
    with working(site.services):
        wait_until(lambda: len(begun) == 4, timeout_s=25)
        answered.set()


def test_a_notification_wakes_and_a_timer_is_on_time(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder()
    monkeypatch.setitem(registry.handlers, "tick", recorder)
    with working(site.services, poll_s=60.0):
        time.sleep(0.3)
        put(site.services, work("tick"))
        Waker(site.services).wake()
        assert wait_until(lambda: recorder.done, timeout_s=30)
        write(
            site.services,
            "insert into work (kind, subject, run_at) values"
            " ('tick', gen_random_uuid(), clock_timestamp() + interval '0.5 seconds')",
        )
        Waker(site.services).wake()
        assert wait_until(lambda: len(recorder.done) == 2, timeout_s=30) > 0.3


def test_without_a_notification_the_poll_finds_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder()
    monkeypatch.setitem(registry.handlers, "tick", recorder)
    with working(site.services, poll_s=0.3):
        time.sleep(0.1)
        put(site.services, work("tick"))
        wait_until(lambda: recorder.done)


def test_stopping_finishes_what_is_begun_and_gives_the_rest_back(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder(takes_s=0.3)
    monkeypatch.setitem(registry.handlers, "tick", recorder)
    root = str(uuid.uuid4())
    put(site.services, *[work("tick", root=root) for _ in range(10)])
    with working(site.services):
        wait_until(lambda: recorder.began)
    assert len(recorder.done) == len(recorder.began) < 10
    leased = site.rows("select count(*) from work where lease_until is not null or attempt > 0")
    assert leased == [(0,)]
    assert left(site.services) == 10 - len(recorder.done)


def test_a_failure_concerns_its_own_row_only(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(services: Services, row: Row) -> None:
        raise RuntimeError("no such luck")

    recorder = Recorder()
    monkeypatch.setitem(registry.handlers, "fail", fail)
    monkeypatch.setitem(registry.handlers, "tick", recorder)
    put(site.services, work("fail"), work("tick"), work("unheard"))
    with working(site.services):
        wait_until(lambda: recorder.done)
        wait_until(lambda: len(site.rows("select 1 from work where error is not null")) == 2)
    errors = dict(site.rows("select kind, error from work"))
    assert errors["fail"] == "RuntimeError: no such luck"
    assert "no module" in errors["unheard"]


def test_it_goes_on_when_the_database_comes_back(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder()
    monkeypatch.setitem(registry.handlers, "tick", recorder)
    with working(site.services, poll_s=0.2):
        time.sleep(0.2)
        site.rows(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
        site.rows("select 1")
        wait_until(lambda: _wrote(site))
        wait_until(lambda: recorder.done)


def _wrote(site: Site) -> bool:
    try:
        put(site.services, work("tick"))
    except Exception:
        return False
    return True
