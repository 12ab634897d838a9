"""Timers of pools: reservations and rests that are over end by themselves; low pools are told."""

from __future__ import annotations

from trunkline.identity.accounts import user_id
from trunkline.inventory.pools.pool import ResourcePool
from trunkline.inventory.pools.values import LOW, free_expired, free_up_to
from trunkline.kernel.behaviour import handler, on
from trunkline.kernel.reactions import LeaseLost
from trunkline.kernel.resource import event
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row
from trunkline.workspace.notifications import notice_of, tell
from trunkline.workspace.timer import leased, rest

TIMER = "pools.timer"
PAUSE_S = 60.0


@on(event(ResourcePool, "created"))
def watch_pool(work: Work, pool: ResourcePool) -> None:
    """Begin to free what was reserved or rests in the pool when its time has come."""
    work.schedule(NewWork(TIMER, pool.id, once=f"{TIMER} {pool.id}"))


@handler(TIMER)
def free_in_time(services: Services, row: Row) -> None:
    """Free what is over in a pool, and look again soon; a pool that is gone is left."""
    with leased(services, row) as work:
        if work.get(ResourcePool, row.subject) is None:
            queue.finish(work.connection, row)
            return
        free_expired(work, row.subject)
        rest(work, row, pause_s=PAUSE_S)


@handler(LOW)
def tell_of_low_pool(services: Services, row: Row) -> None:
    """Tell those who keep a pool that it runs low, once a day."""
    with as_system(services, LOW) as work:
        pool = work.get(ResourcePool, row.subject)
        if not queue.finish(work.connection, row):
            raise LeaseLost(row.kind)
        people: list[str] = []
        if pool is not None and pool.warn_below is not None:
            free = free_up_to(work, pool, pool.warn_below)
            if free < pool.warn_below:
                found = (user_id(work.connection, login=one) for one in pool.informed)
                people = [one for one in found if one is not None]
        today = work.now.date().isoformat()
    if pool is not None and people:
        said = {"what": f"{pool.name} ({pool.key})", "count": str(free)}
        notice = notice_of(
            "poolLow", "runsLow", said, f"/pools/{pool.key}",
            record=("ResourcePool", pool.id), once=f"low {pool.id} {today}",
        )  # fmt: skip
        tell(services, people, notice)
