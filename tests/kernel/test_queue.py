"""The queue on a real database: leases with fencing, one root at a time, order, parking."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from tests.support.program import Site
from trunkline.kernel.actor import system
from trunkline.kernel.work import transaction
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row

LANE = "trial"


def ident(site: Site) -> str:
    return site.services.chance.uuid()


def write(site: Site, *rows: NewWork) -> None:
    with transaction(site.services, system("tests")) as work:
        work.schedule(*rows)


def new(site: Site, **more: Any) -> NewWork:
    return NewWork(**{"kind": "trial", "subject": ident(site), "lane": LANE, **more})


def claim(site: Site, worker: str = "one", limit: int = 10, lease_s: float = 30) -> list[Row]:
    with site.services.database.app.connection() as connection:
        return queue.claim(connection, lane=LANE, worker=worker, limit=limit, lease_s=lease_s)


def with_connection(site: Site, act: Any, *values: Any, **more: Any) -> Any:
    with site.services.database.app.connection() as connection, connection.transaction():
        return act(connection, *values, **more)


@pytest.fixture(autouse=True)
def empty(site: Site) -> None:
    with site.services.database.app.connection() as connection:
        connection.execute("delete from work")


def test_each_row_is_claimed_once(site: Site) -> None:
    """Eight claimers at once share 100 rows out: none twice, none forgotten."""
    write(site, *(new(site) for _ in range(100)))
    ready = threading.Barrier(8)

    def take(number: int) -> list[int]:
        ready.wait()
        found: list[int] = []
        while rows := claim(site, f"worker {number}", 7):
            found += [one.id for one in rows]
        return found

    with ThreadPoolExecutor(8) as pool:
        taken = [one for each in pool.map(take, range(8)) for one in each]
    assert len(taken) == len(set(taken)) == 100


def test_lost_lease_finishes_nothing(site: Site) -> None:
    """After its lease ended a row goes to another worker; the first one's results are void."""
    write(site, new(site))
    (first,) = claim(site, "slow", lease_s=0)
    (second,) = claim(site, "quick")
    assert (first.id, first.attempt, second.attempt) == (second.id, 1, 2)
    assert not with_connection(site, queue.hold, first)
    assert not with_connection(site, queue.finish, first)
    with_connection(site, queue.put_back, first, pause_s=0)
    with_connection(site, queue.park, first, error="late")
    assert claim(site) == []
    assert with_connection(site, queue.finish, second)
    assert site.rows("select 1 from work") == []


def test_rows_of_one_subject_keep_their_order(site: Site) -> None:
    """The later row of one kind and subject waits for the earlier; other kinds do not."""
    subject = ident(site)
    write(site, new(site, subject=subject, payload=1), new(site, subject=subject, payload=2))
    write(site, new(site, subject=subject, kind="other", payload=3))
    rows = claim(site)
    assert [one.payload for one in rows] == [1, 3]
    with_connection(site, queue.put_back, rows[0], pause_s=0)
    (again,) = claim(site)
    assert again.payload == 1
    with_connection(site, queue.finish, again)
    assert [one.payload for one in claim(site)] == [2]


def test_one_root_at_a_time(site: Site) -> None:
    """While one row of a root is leased no other of that root is claimed, and none holds it."""
    root = ident(site)
    write(site, *(new(site, root=root) for _ in range(3)), new(site))
    first = claim(site, limit=1)
    rest = claim(site)
    assert [one.root for one in first + rest].count(root) <= 2
    with site.services.database.app.connection() as connection, connection.transaction():
        held = [one for one in first + rest if one.root == root]
        assert queue.hold(connection, held[0])
        for other in held[1:]:
            assert not with_connection(site, queue.hold, other)


def test_two_of_one_root_never_run_together(site: Site) -> None:
    """Six workers over ten rows of one root: the marks they set never overlap."""
    root = ident(site)
    write(site, *(new(site, root=root) for _ in range(10)))
    inside, most, done = 0, 0, 0
    guard = threading.Lock()

    def work(number: int) -> None:
        nonlocal inside, most, done
        for _ in range(400):
            if done == 10:
                return
            for row in claim(site, f"w{number}", 1):
                with (
                    site.services.database.app.connection() as connection,
                    connection.transaction(),
                ):
                    if not queue.hold(connection, row):
                        queue.put_back(connection, row, pause_s=0, free=True)
                        continue
                    with guard:
                        inside += 1
                        most = max(most, inside)
                    threading.Event().wait(0.005)
                    with guard:
                        inside -= 1
                    done += queue.finish(connection, row)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    assert (most, done) == (1, 10)


def test_failures_pause_longer_and_end_parked(site: Site) -> None:
    """Pauses double; the last failure parks; `try again` starts anew with all its tries."""
    write(site, new(site))
    pauses = []
    for attempt in range(1, queue.ATTEMPTS_MAX + 1):
        with site.services.database.app.connection() as connection:
            connection.execute("update work set run_at = clock_timestamp()")
        (row,) = claim(site)
        assert row.attempt == attempt
        parked = with_connection(site, queue.failed, row, "boom")
        ((pause,),) = site.rows(
            "select extract(epoch from run_at - clock_timestamp())::float from work"
        )
        pauses.append(pause)
    assert parked
    assert all(abs(pauses[n] - 0.5 * 2**n) < 0.4 for n in range(queue.ATTEMPTS_MAX - 1))
    assert claim(site) == []
    ((parked_id, error),) = site.rows("select id, error from work where parked_at is not null")
    assert error == "boom"
    assert with_connection(site, queue.try_again, parked_id)
    assert not with_connection(site, queue.try_again, parked_id)
    (row,) = claim(site)
    assert row.attempt == 1


def test_parked_row_stops_its_own_line_only(site: Site) -> None:
    """Later rows of the same kind and subject wait behind it; all others go on."""
    subject = ident(site)
    write(site, new(site, subject=subject, payload=1))
    (row,) = claim(site)
    with_connection(site, queue.park, row, error="boom")
    write(site, new(site, subject=subject, payload=2), new(site, payload=3))
    write(site, new(site, subject=subject, kind="other", payload=4))
    assert [one.payload for one in claim(site)] == [3, 4]


def test_later_rows_wait_for_their_time(site: Site) -> None:
    """What is due in an hour is not claimed; business time does not move it."""
    with transaction(site.services, system("tests")) as work:
        ((soon,),) = work.connection.execute(
            "select clock_timestamp() + interval '1 hour'"
        ).fetchall()
    write(site, new(site, run_at=soon), new(site, payload="now"))
    assert [one.payload for one in claim(site)] == ["now"]


def test_a_moved_clock_wakes_what_waits(site: Site) -> None:
    """Nobody looks at the test clock all the time: its move makes due what waits for its time, but
    nothing that is parked or somebody's, and a clock that stays where it is wakes nothing."""
    later = site.services.machine_now() + timedelta(days=3)
    waiting, parked = new(site, run_at=later), new(site, run_at=later)
    write(site, waiting, parked)
    parking = "update work set parked_at = clock_timestamp() where subject = %s"
    with site.services.database.app.connection() as connection:
        connection.execute(parking, [parked.subject])
    site.move_clock(0)
    assert claim(site) == []
    site.move_clock(60)
    [held] = claim(site)
    assert held.subject == waiting.subject
    with_connection(site, queue.put_back, held, pause_s=3600)
    write(site, new(site))
    [leased] = claim(site, "two")
    site.move_clock(-60)
    assert [one.subject for one in claim(site)] == [waiting.subject]
    assert with_connection(site, queue.hold, leased)


def test_once_is_once(site: Site) -> None:
    """A second row with the same mark is no row, in one statement or in two."""
    write(site, new(site, once="a"), new(site, once="b"))
    write(site, new(site, once="a"))
    assert site.rows("select once from work order by 1") == [("a",), ("b",)]


def test_rolled_back_change_leaves_no_work(site: Site) -> None:
    """Work rows live and die with the transaction that wrote them."""
    with pytest.raises(RuntimeError), transaction(site.services, system("tests")) as work:  # noqa: PT012
        work.schedule(new(site))
        raise RuntimeError("no commit")
    assert claim(site) == []
