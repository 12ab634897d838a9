"""Inbound events: what outside systems tell, and the steps of plans that wait for it.

An event may come before its step has begun, and more than once: it is kept until a step takes it,
and one that is known by its id changes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Literal, TypeAlias

from trunkline.documents.condition import RuleFailed
from trunkline.documents.decode import encode, load
from trunkline.documents.errors import Conflict
from trunkline.documents.shape import Json
from trunkline.kernel.behaviour import handler
from trunkline.kernel.reactions import LeaseLost
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row
from trunkline.ordering import plan_store
from trunkline.ordering.design.answer import brought_by
from trunkline.ordering.design.related import LOOK_AGAIN_S, is_done
from trunkline.ordering.design.turn import context_of
from trunkline.ordering.edits import Edits
from trunkline.ordering.plan_item import Plan, PlanItem
from trunkline.ordering.progress import EARLY, go_on
from trunkline.ordering.staggered.entering import arrived
from trunkline.ordering.staggered.gate import is_gate

Taken: TypeAlias = Literal["released", "kept", "repeated"]
UNREADABLE = "eventUnreadable"

# Who tells and who begins to wait for the same do so one after the other.
LOCK = "select pg_advisory_xact_lock(hashtextextended(%s, 1))"
KEEP = """
insert into inbound_event (id, type, correlation, body, received_at)
values (%s, %s, %s, %s, %s) on conflict (id) do nothing returning id
"""
WAITING = """
select id::text, root::text from plan_item
where correlation = %s and kind = 'event' and state = 'waiting' order by id
"""
EARLIEST = """
select id, body from inbound_event where correlation = %s and type = %s and step is null
order by received_at, id limit 1
"""
KNOWN = "select type, correlation from inbound_event where id = %s"
USED = "update inbound_event set step = %s, body = null where id = %s"


def take_event(work: Work, *, ident: str, kind: str, correlation: str, body: Json) -> Taken:
    """Take an event in: it releases the step that waits for it, or is kept for one that will.

    Refuses (409) one with the id of another event, which would be lost otherwise.
    """
    work.connection.execute(LOCK, [correlation])
    kept = [ident, kind, correlation, encode(body).decode(), work.now]
    if work.connection.execute(KEEP, kept).fetchone() is None:
        if work.connection.execute(KNOWN, [ident]).fetchone() != (kind, correlation):
            message = (
                f"an event with the id {ident} was told before, of another type or with another "
                "correlation; give each event an id of its own"
            )
            raise Conflict("conflictEventId", message)
        return "repeated"
    for step, root in work.connection.execute(WAITING, [correlation]).fetchall():
        plan = plan_store.locked(work, root, around=[step])
        item = plan.items.get(step) if plan is not None else None
        if plan is not None and item is not None and _waits_for(item, kind):
            _release(work, plan, item, ident, body)
            return "released"
    return "kept"


@handler(EARLY)
def look_for_early_event(services: Services, row: Row) -> None:
    """Release a step whose event came before the step began to wait for it."""
    with as_system(services, EARLY) as work:
        found = plan_store.at_step(work, row.subject)
        if not queue.finish(work.connection, row):
            raise LeaseLost(row.kind)
        if found is None or found[1].state != "waiting":
            return
        plan, item = found
        if is_gate(item):
            arrived(work, plan, item)
            return
        if "awaits" in item.design:
            _look_at_related(work, plan, item)
            return
        work.connection.execute(LOCK, [item.correlation])
        kind = item.design["item"]["event"]["type"]
        early = work.connection.execute(EARLIEST, [item.correlation, kind]).fetchone()
        if early is not None:
            _release(work, plan, item, early[0], load(early[1]) if early[1] is not None else None)


def _look_at_related(work: Work, plan: Plan, item: PlanItem) -> None:
    """End a step that waits for related orders when these have done it, else look again later."""
    if is_done(work, item):
        plan.put(replace(item, state="completed", ended_at=work.now))
        go_on(work, plan, Edits(work))
        return
    later = work.services.machine_now() + timedelta(seconds=LOOK_AGAIN_S)
    work.schedule(NewWork(EARLY, item.id, run_at=later))


def _waits_for(item: PlanItem, kind: str) -> bool:
    return item.state == "waiting" and item.design["item"]["event"]["type"] == kind


def _release(work: Work, plan: Plan, item: PlanItem, event: str, body: Json) -> None:
    """End the waiting of a step with what its event brings; one that cannot be read is fallout."""
    seen = {**context_of(item, {}), "response": {"status": 200, "body": body}}
    try:
        values = brought_by(item.design["item"]["event"].get("mapping") or (), seen)
    except RuleFailed as error:
        plan.put(
            replace(item, state="fallout", error_kind="business", error_code=UNREADABLE,
                    error_message=f"the event {event} cannot be read: {error}")
        )  # fmt: skip
    else:
        answer = {"kind": "done", "characteristic": values, "event": event}
        plan.put(replace(item, state="completed", answer=answer, ended_at=work.now))
    work.connection.execute(USED, [item.id, event])
    go_on(work, plan, Edits(work))
