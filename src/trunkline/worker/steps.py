"""Steps: claim due work and carry it out in this thread; the loop and the tests share it."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from trunkline.kernel.reactions import LeaseLost, run_row, settle_failure
from trunkline.kernel.services import Services
from trunkline.leases import queue
from trunkline.leases.queue import Looked, Row
from trunkline.worker.concerning import concerns

log = structlog.get_logger("trunkline.worker")
LEASE_S = 60.0
LANES = ("reaction", "call", "job")


def look(services: Services, *, lane: str, worker: str, limit: int) -> Looked:
    """Lease due rows of a lane, and take those off that concern nobody."""
    with services.database.app.connection() as connection:
        return queue.look(
            connection, lane=lane, worker=worker, limit=limit, lease_s=LEASE_S,
            concerns=concerns(services.registry),
        )  # fmt: skip


def claim(services: Services, *, lane: str, worker: str, limit: int) -> list[Row]:
    """Lease due rows of a lane; none only where none is due."""
    while True:
        found = look(services, lane=lane, worker=worker, limit=limit)
        if found.rows or not found.taken_off:
            return found.rows


def carry_out(services: Services, rows: Sequence[Row]) -> None:
    """Carry out claimed rows one after the other; a failure concerns its own row only."""
    for row in rows:
        try:
            run_row(services, row)
        except LeaseLost:
            log.warning("lease lost", kind=row.kind, work=row.id)
        except Exception as error:  # the worker's edge: logged, put back or parked
            parked = settle_failure(services, row, error)
            log.error("work failed", kind=row.kind, work=row.id, parked=parked, exc_info=error)


def run_until_idle(services: Services, *, rounds: int = 200, lanes: Sequence[str] = LANES) -> int:
    """Carry out everything that is due, and what follows from it; return how many rows."""
    done = 0
    for _ in range(rounds):
        claimed = 0
        for lane in lanes:
            rows = claim(services, lane=lane, worker="steps", limit=20)
            carry_out(services, rows)
            claimed += len(rows)
        done += claimed
        if not claimed:
            return done
    raise RuntimeError(f"work does not end: {done} rows in {rounds} rounds")
