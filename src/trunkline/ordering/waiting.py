"""Waiting: an order for a later day, or one that would build on another's unfinished work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from trunkline.documents.decode import encode
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.ordering.installed import Installed
from trunkline.ordering.node import Node
from trunkline.ordering.plan_item import INVERSE, PlanItem, StepAction
from trunkline.ordering.product_order import ProductOrder

WAKE = "plan.wake"
"""The kind of work that breaks an order down which has waited for another one."""
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
MARK = """
update plan_item p
set awaited_by = (coalesce(p.awaited_by::jsonb, '[]'::jsonb) || %(waiting)s::jsonb)::json
where p.id = any(%(steps)s::uuid[]) and p.state not in ('completed', 'skipped', 'canceled')
returning p.id
"""
UNMARK = """
update plan_item p set awaited_by = (
  select json_agg(one) from json_array_elements(p.awaited_by) one where one ->> 'id' <> %(root)s
)
where p.id = any(%(steps)s::uuid[])
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


def begin_waiting(work: Work, order: ProductOrder, awaited: Sequence[Awaited]) -> bool:
    """Mark steps as awaited by an order, so that it is woken when they end.

    False means that one of them has ended meanwhile.
    """
    mark = encode([{"id": order.id, "key": order.key}]).decode()
    steps = [one.step for one in awaited]
    marked = work.connection.execute(MARK, {"waiting": mark, "steps": steps}).fetchall()
    if len(marked) < len(steps):
        _unmark(work, order.id, steps)
        return False
    return True


def stop_waiting(work: Work, wait: PlanItem) -> None:
    """Take off what would wake an order that does not wait any more: its marks, or its timer."""
    if wait.awaits:
        _unmark(work, wait.root, [one["step"] for one in wait.awaits])
    if wait.due_at is not None:
        work.connection.execute(WITHDRAW, [wait.id, TIMER])


def _unmark(work: Work, root: str, steps: Sequence[str]) -> None:
    work.connection.execute(UNMARK, {"root": root, "steps": list(steps)})


def wait_item(
    order: ProductOrder, ident: str, awaited: Sequence[Awaited], at: datetime
) -> PlanItem:
    """Return the one step of an order that waits for others."""
    keys = " and ".join(dict.fromkeys(one.order_key for one in awaited))
    return replace(
        _step(order, ident, f"Wait for order {keys}", at),
        reason="; ".join(one.sentence for one in awaited),
        awaits=[one.as_json() for one in awaited],
    )


def day_item(order: ProductOrder, ident: str, day: datetime, at: datetime) -> PlanItem:
    """Return the one step of an order that waits for its requested start."""
    reason = "is broken down when its start has come; simulate it to see the steps to come"
    step = _step(order, ident, "Requested start", at)
    return replace(step, reason=reason, planned_at=day, due_at=day)


def _step(order: ProductOrder, ident: str, name: str, at: datetime) -> PlanItem:
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
