"""Places: who is next before an outside system that may be called only so often.

A free call belongs to nobody before its moment has come. Who holds that moment then gives it to
the one who comes first and waits, and takes his place in return: so the order of a queue costs
two looks for a call, however many wait, and whatever has become of those ahead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from trunkline.kernel.behaviour import on
from trunkline.kernel.resource import event
from trunkline.kernel.work import Work
from trunkline.leases import queue
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.service_order import ServiceOrder

HEAD_START = timedelta(hours=4)
"""What each step of priority is worth: so long after another one its better may come, and still
be served before it. Whoever waits that much longer counts as one step higher: nobody starves."""
MIDDLE = 2
"""Where what says no priority stands among 0 (the highest) to 4 (TMF622)."""
LOWEST = 4

# By how much a call may come later than its place, and still be made: by that, or by one call.
LATE = timedelta(seconds=5)

PRIORITY = """
select coalesce(
  (select p_priority from product_order where id = %(root)s),
  (select doc ->> 'priority' from service_order where id = %(root)s),
  (select doc ->> 'priority' from resource_order where id = %(root)s))
"""
OWN = "select call_at from outside_place where waits = %s"
OWN_KEPT = f"{OWN} for update"
LINE_UP = """
insert into outside_place (waits, system, kind, root, since, served_by)
values (%(waits)s, %(system)s, %(kind)s, %(root)s, %(now)s, %(served_by)s)
on conflict (waits) do update set call_at = null, system = excluded.system
"""
# Whoever looks at a system's queue holds this row, so that no moment is given away twice.
PACE = """
insert into outside_pace as p (system, next_at) values (%(system)s, %(now)s)
on conflict (system) do update set next_at = greatest(p.next_at, %(now)s) returning next_at
"""
MOVE_ON = "update outside_pace set next_at = %(next_at)s where system = %(system)s"
# A place whose work is being carried out at this moment looks by itself, and so does one that has
# an earlier moment that has not gone by: nobody waits for them here.
AHEAD = """
select o.waits::text, o.call_at, w.id
from outside_place o join work w on w.subject = o.waits and w.kind = o.kind
where o.system = %(system)s and w.parked_at is null
  and (w.lease_until is null or w.lease_until < clock_timestamp())
  and (o.call_at is null or o.call_at > %(held)s or o.call_at < %(late)s)
  and o.served_by < (select served_by from outside_place where waits = %(waits)s)
order by o.served_by limit 1 for update of o, w skip locked
"""
HOLD = "update outside_place set call_at = %s where waits = %s"
CALL_NOW = "update work set run_at = least(run_at, clock_timestamp()) where id = %s"
LEAVE = "delete from outside_place where waits = any(%s::uuid[])"
FOLLOW = """
update outside_place set served_by = since + %(later)s::interval
where root = %(root)s and served_by <> since + %(later)s::interval
"""


@dataclass(frozen=True)
class Waits:
    """What waits: the id of a step or a record, the kind of work that calls for it, its order.

    Without a kind it holds its place, and nobody gives it an earlier one.
    """

    ident: str
    kind: str | None = None
    root: str | None = None


@dataclass(frozen=True)
class Pace:
    """How often a system may be called: a call each so long."""

    system: str
    gap: timedelta


def wait_for_opening(work: Work, pace: Pace, waits: Waits) -> None:
    """Line up before a system that is closed: nobody holds a moment there.

    Those who had one would all call at once when it opens.
    """
    now = work.services.machine_now()
    asked = {"waits": waits.ident, "system": pace.system, "kind": waits.kind, "root": waits.root}
    since = {"now": now, "served_by": now + _later(_priority(work, waits.root))}
    work.connection.execute(LINE_UP, {**asked, **since})


def pause_at_place(work: Work, pace: Pace, waits: Waits) -> float:
    """Return in how many seconds it may be called for what waits; 0 where it may now, and is."""
    now = work.services.machine_now()
    held = _held(work, waits, OWN)
    if held is not None and held > now:
        return (held - now).total_seconds()
    late = now - max(pace.gap, LATE)
    asked = {"system": pace.system, "now": now, "late": late, "waits": waits.ident}
    (next_at,) = work.connection.execute(PACE, asked).fetchone()
    held = _held(work, waits, OWN_KEPT)  # it may have been given another one meanwhile
    while held is None or held <= now:
        if held is None or held < late:
            if held is None:
                wait_for_opening(work, pace, waits)
            # A place that went by is none: after a standstill all those would call at once.
            held, next_at = next_at, next_at + pace.gap
            work.connection.execute(MOVE_ON, {**asked, "next_at": next_at})
            work.connection.execute(HOLD, [held, waits.ident])
            continue
        ahead = work.connection.execute(AHEAD, {**asked, "held": held}).fetchone()
        if ahead is None:
            leave_places(work, [waits.ident])
            return 0
        held = _given(work, waits, held, ahead)
    return (held - now).total_seconds()


def leave_places(work: Work, waiting: Sequence[str]) -> None:
    """Let steps, or records, wait nowhere any more."""
    work.connection.execute(LEAVE, [list(waiting)])


@on(event(ProductOrder, "changed"), event(ServiceOrder, "changed"), event(ResourceOrder, "changed"))
def calls_follow_the_priority(
    work: Work, order: ProductOrder | ServiceOrder | ResourceOrder
) -> None:
    """Let what waits before outside systems for an order follow its priority."""
    later = _later(str(order.priority) if order.priority is not None else None)
    work.connection.execute(FOLLOW, {"root": order.id, "later": later})


def _held(work: Work, waits: Waits, query: str) -> datetime | None:
    row = work.connection.execute(query, [waits.ident]).fetchone()
    return row[0] if row is not None else None


def _given(work: Work, waits: Waits, held: datetime, ahead: Any) -> datetime | None:
    """Give a moment to who is ahead; return the one that is had for it, None where it had none."""
    other, theirs, row = ahead
    work.connection.execute(HOLD, [held, other])
    work.connection.execute(HOLD, [theirs, waits.ident])
    work.connection.execute(CALL_NOW, [row])
    queue.wake(work.connection)
    return theirs if isinstance(theirs, datetime) else None


def _priority(work: Work, root: str | None) -> str | None:
    row = work.connection.execute(PRIORITY, {"root": root}).fetchone() if root else None
    return row[0] if row is not None else None


def _later(priority: str | None) -> timedelta:
    said = int(priority) if priority is not None and priority.isdecimal() else MIDDLE
    return HEAD_START * min(said, LOWEST)
