"""Timers of records: one piece of work for each, due when its record's next moment comes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from trunkline.kernel.work import Work
from trunkline.leases.queue import NewWork

EARLIER = (
    "update work set run_at = least(run_at, %s) "
    "where kind = %s and subject = any(%s::uuid[]) and parked_at is null"
)


def look_again(work: Work, kind: str, idents: Sequence[str], at: datetime | None = None) -> None:
    """Have records looked at when a moment of the business clock has come, None for at once.

    Pieces of work of one kind and record run in the order in which they were written, so there is
    one, and a moment that comes sooner pulls it forward. Who is looking just now is waited for.
    """
    now = work.services.machine_now()
    run_at = now
    if at is not None and not work.services.test_clock:
        run_at = now + max(timedelta(), at - work.now)
    work.connection.execute(EARLIER, [run_at, kind, list(idents)])
    work.schedule(*(NewWork(kind, one, run_at=run_at, once=f"{kind} {one}") for one in idents))
