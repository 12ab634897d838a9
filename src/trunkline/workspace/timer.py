"""Timers: a piece of work that is ours, and one that waits for a moment of the business clock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TypeVar

from trunkline.documents.errors import NotFound
from trunkline.documents.shape import Json
from trunkline.kernel.reactions import LeaseLost
from trunkline.kernel.resource import Document
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row

D = TypeVar("D", bound=Document)
PAUSE_MAX_S = 3600.0
TEST_PAUSE_MAX_S = 60.0
"""Where the clock may be moved by hand. A move wakes all that waits (by a trigger of the table
`clock`), but not what is put back at that moment by the time before it."""
EARLIER = (
    "update work set run_at = least(run_at, %s) "
    "where kind = %s and subject = any(%s::uuid[]) and parked_at is null"
)


@contextmanager
def leased(services: Services, row: Row) -> Iterator[Work]:
    """Open a transaction of the program in which a piece of work is ours, or lose the lease."""
    with as_system(services, row.kind) as work:
        if not queue.hold(work.connection, row):
            raise LeaseLost(row.kind)
        yield work


def locked(work: Work, kind: type[D], ident: str) -> D | None:
    """Return the record that a piece of work is about, locked; None where it is gone."""
    try:
        return work.lock(kind, ident)
    except NotFound:
        return None


def waits(work: Work, row: Row, until: datetime | None) -> bool:
    """Put a piece of work back where its moment lies ahead, and tell whether it does."""
    if until is None or until <= work.now:
        return False
    rest(work, row, pause_s=(until - work.now).total_seconds())
    return True


def rest(work: Work, row: Row, *, pause_s: float = PAUSE_MAX_S) -> None:
    """Put a piece of work back to look again after a while, an hour at the most."""
    most_s = TEST_PAUSE_MAX_S if work.services.test_clock else PAUSE_MAX_S
    queue.put_back(work.connection, row, pause_s=min(pause_s, most_s), free=True)


def try_later(work: Work, row: Row, *, first_s: float, payload: Json = None) -> None:
    """Put a piece of work back that was not done, for twice as long as the last time."""
    pause_s = min(PAUSE_MAX_S, first_s * 2 ** min(row.attempt - 1, 20))
    queue.put_back(work.connection, row, pause_s=pause_s, payload=payload)


def look_again(work: Work, kind: str, idents: Sequence[str], at: datetime | None = None) -> None:
    """Have records looked at when a moment of the business clock has come, None for at once.

    Pieces of work of one kind and record run in the order in which they were written, so there is
    one, and a moment that comes sooner pulls it forward. Who is looking just now is waited for.
    """
    run_at = when_due(work, at)
    work.connection.execute(EARLIER, [run_at, kind, list(idents)])
    work.schedule(*(NewWork(kind, one, run_at=run_at, once=f"{kind} {one}") for one in idents))


def when_due(work: Work, at: datetime | None) -> datetime:
    """Return when the machine's clock says what the business clock says at a moment, None for now.

    Where the clock may be moved by hand it is a minute ahead at the most.
    """
    left = max(timedelta(), at - work.now) if at is not None else timedelta()
    if work.services.test_clock:
        left = min(left, timedelta(seconds=TEST_PAUSE_MAX_S))
    return work.services.machine_now() + left
