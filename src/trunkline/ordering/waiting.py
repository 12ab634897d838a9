"""Waiting: an order for a later day, or one that would build on another's unfinished work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeAlias

from psycopg import Rollback

from trunkline.documents.decode import encode
from trunkline.documents.shape import Json
from trunkline.kernel.behaviour import handler
from trunkline.kernel.reactions import LeaseLost
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row
from trunkline.ordering import plan_store
from trunkline.ordering.installed import Installed
from trunkline.ordering.line_dates import starts_at
from trunkline.ordering.node import Node
from trunkline.ordering.plan_item import INVERSE, PlanItem, StepAction
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.service_order import ServiceOrder

Order: TypeAlias = ProductOrder | ServiceOrder | ResourceOrder

WAKE = "plan.wake"
"""The kind of work that breaks an order down which has waited for another one."""
UNMARKING = "plan.unmark"
"""The kind of work that takes the marks of an order off what it does not wait for any more."""
TIMER = "plan.timer"
"""The kind of work that ends a step, or the waiting of an order, when its time has come."""

# One open step of each other order, its last one, so that a waiting order locks a single row of a
# plan. What another order has changed already it may still set back as long as any of its steps is
# open: a change of the same record waits for the last of them. The versions tell whether the
# records are still those that the order was planned upon.
MEETINGS = """
with near as (
  select p.id, p.root, p.position, p.name, p.action, p.direction,
    coalesce(p.product, p.service, p.resource) as record
  from plan_item p
  where coalesce(p.product, p.service, p.resource) = any(%(records)s::uuid[])
    and p.state not in ('completed', 'skipped', 'canceled') and p.root <> %(root)s::uuid
  union all
  select o.id, p.root, o.position, p.name, p.action, p.direction,
    coalesce(p.product, p.service, p.resource)
  from plan_item p
  cross join lateral (
    select q.id, q.position from plan_item q
    where q.root = p.root and q.state not in ('completed', 'skipped', 'canceled')
    order by q.position desc limit 1
  ) o
  where coalesce(p.product, p.service, p.resource) = any(%(changed)s::uuid[])
    and p.action = 'modify' and p.state = 'completed' and p.direction = 'do'
    and p.root <> %(root)s::uuid
    and not exists (
      select from plan_item u where u.undoes = p.id and u.state in ('completed', 'skipped')
    )
), met as (
  select distinct on (n.root) n.* from near n order by n.root, n.position desc
)
select t.id::text, coalesce(a.version, b.version, c.version), coalesce(a.key, b.key, c.key),
  m.id::text, m.root::text, m.name, m.action, m.direction, coalesce(o.key, s.key, r.key)
from unnest(%(records)s::uuid[]) t(id)
left join product a on a.id = t.id
left join service b on b.id = t.id
left join resource c on c.id = t.id
left join met m on m.record = t.id
left join product_order o on o.id = m.root
left join service_order s on s.id = m.root
left join resource_order r on r.id = m.root
order by m.root
"""
# Who waits takes one row of each plan, in the sequence of the plans, and keeps none where it looks
# again; who ends steps takes rows of one plan, or of several in the same sequence. So nobody waits
# here for somebody who waits for him.
HELD = """
with held as materialized (
  select id from plan_item where id = any(%(steps)s::uuid[]) order by root, id for update
)
update plan_item p
"""
OTHERS = """
  select jsonb_agg(one) from jsonb_array_elements(p.awaited_by::jsonb) one
  where one ->> 'id' <> %(root)s
"""
MARK = f"""{HELD}
set awaited_by = (coalesce(({OTHERS}), '[]'::jsonb) || %(waiting)s::jsonb)::json
from held h
where p.id = h.id and p.state not in ('completed', 'skipped', 'canceled')
returning p.id
"""
UNMARK = f"""{HELD}
set awaited_by = ({OTHERS})::json
from held h
where p.id = h.id
"""
WITHDRAW = """
delete from work where subject = %s and kind = %s
  and (lease_until is null or lease_until < clock_timestamp())
"""
DOING: Mapping[StepAction, str] = {
    "add": "made",
    "modify": "changed",
    "delete": "ended",
    "suspend": "suspended",
    "resume": "resumed",
}


@dataclass(frozen=True)
class Awaited:
    """A step that another order has not done yet, about a record that an order would build on."""

    step: str
    order: str
    order_key: str
    record: str
    record_key: str
    name: str
    effect: StepAction

    @property
    def sentence(self) -> str:
        """What is still going on, in words."""
        return f"{self.name} {self.record_key} is being {DOING[self.effect]} by {self.order_key}"

    def as_json(self) -> dict[str, Json]:
        """Return what is kept beside the step that waits."""
        return {
            "order": {"id": self.order, "key": self.order_key},
            "step": self.step,
            "record": {"id": self.record, "key": self.record_key, "name": self.name},
            "reason": self.sentence,
        }


@dataclass(frozen=True)
class Meetings:
    """What other orders are still doing to the records that an order would build on.

    `is_stale` says that records have changed since the order was planned upon them.
    """

    awaited: tuple[Awaited, ...] = ()
    is_stale: bool = False


def touched(nodes: Iterable[Node]) -> list[str]:
    """Return the existing records that nodes change, end or build on."""
    found: set[str] = set()
    for node in nodes:
        found.update(node.reuses, node.parent_instances)
        if node.instance_id is not None:
            found.add(node.instance_id)
    return sorted(found)


def meetings(work: Work, root: str, nodes: Sequence[Node], installed: Installed) -> Meetings:
    """Return what else goes on about the records that an order touches.

    An order that touches nothing reads nothing.
    """
    records = touched(nodes)
    if not records:
        return Meetings()
    changed = sorted({one.instance_id for one in nodes if one.instance_id is not None})
    asked = {"records": records, "changed": changed, "root": root}
    rows = work.connection.execute(MEETINGS, asked).fetchall()
    awaited = tuple(_awaited(row) for row in rows if row[3] is not None)
    versions = {row[0]: row[1] for row in rows}
    known = ((one, installed.record(one)) for one in records)
    return Meetings(
        awaited,
        is_stale=any(one is not None and one.meta.version != versions[at] for at, one in known),
    )


def begin_waiting(work: Work, order: Order, awaited: Sequence[Awaited]) -> bool:
    """Mark steps as awaited by an order, so that it is woken when they end.

    False means that one of them has ended meanwhile; then none is marked, and none is held.
    """
    mark = encode([{"id": order.id, "key": order.key}]).decode()
    steps = [one.step for one in awaited]
    with work.connection.transaction() as all_or_none:
        asked = {"root": order.id, "waiting": mark, "steps": steps}
        marked = work.connection.execute(MARK, asked).fetchall()
        if len(marked) < len(steps):
            raise Rollback(all_or_none)
    return len(marked) == len(steps)


def stop_waiting(work: Work, wait: PlanItem) -> None:
    """Take off what would wake an order that does not wait any more: its marks, or its timer.

    The marks go by themselves a moment later: the rows that bear them are not held here, where
    the order may be about to mark others.
    """
    if wait.awaits:
        steps: list[Json] = [one["step"] for one in wait.awaits]
        work.schedule(NewWork(UNMARKING, wait.root, payload=steps))
    if wait.due_at is not None:
        work.connection.execute(WITHDRAW, [wait.id, TIMER])


@handler(UNMARKING)
def unmark(services: Services, row: Row) -> None:
    """Take an order's marks off steps that it does not wait for any more."""
    with as_system(services, UNMARKING) as work:
        plan = plan_store.locked(work, row.subject)
        if not queue.finish(work.connection, row):
            raise LeaseLost(row.kind)
        wait = plan.wait if plan is not None else None
        awaited = {one["step"] for one in (wait.awaits if wait is not None else None) or ()}
        former = [one for one in row.payload if one not in awaited]
        work.connection.execute(UNMARK, {"root": row.subject, "steps": former})


def later_start(order: Order, now: datetime) -> datetime | None:
    """Return when an order shall start, None where it may start now."""
    wanted = starts_at(order) if isinstance(order, ProductOrder) else order.requested_start_date
    return wanted if wanted is not None and wanted > now else None


def wait_item(order: Order, ident: str, awaited: Sequence[Awaited], at: datetime) -> PlanItem:
    """Return the one step of an order that waits for others."""
    return replace(
        _step(order, ident, wait_name([one.order_key for one in awaited]), at),
        reason="; ".join(one.sentence for one in awaited),
        awaits=[one.as_json() for one in awaited],
    )


def wait_name(keys: Iterable[str | None], unnamed: str = "") -> str:
    """Return what the step is called that waits for orders; one without key is `unnamed`."""
    found = dict.fromkeys(keys)
    named = [one for one in found if one is not None]
    parts = [f"order {' and '.join(named)}"] if named else []
    return f"Wait for {' and '.join([*parts, unnamed] if None in found else parts)}"


def day_item(order: Order, ident: str, day: datetime, at: datetime) -> PlanItem:
    """Return the one step of an order that waits for its requested start."""
    reason = "is broken down when its start has come; simulate it to see the steps to come"
    step = _step(order, ident, "Requested start", at)
    return replace(step, reason=reason, planned_at=day, due_at=day)


def _step(order: Order, ident: str, name: str, at: datetime) -> PlanItem:
    return PlanItem(
        id=ident,
        root=order.id,
        position=0,
        node_key="wait",
        layer="order",
        kind="wait",
        name=name,
        state="waiting",
        started_at=at,
        owner=order.meta.owner,
        partner=order.meta.partner,
    )


def _awaited(row: Sequence[Any]) -> Awaited:
    record, _, record_key, step, order, name, action, direction, order_key = row
    done: StepAction = action or "modify"
    return Awaited(
        step=step,
        order=order,
        order_key=order_key,
        record=record,
        record_key=record_key,
        name=name,
        effect=INVERSE[done] if direction == "undo" else done,
    )
