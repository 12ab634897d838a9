"""Related orders: steps that wait for what orders named by an order do, whoever carries that out.

What is waited for may not be planned yet. So it is looked at again when a step that was awaited
ends, and from time to time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from trunkline.documents.decode import encode
from trunkline.documents.shape import Json
from trunkline.kernel.references import UUID
from trunkline.kernel.select import array_of
from trunkline.kernel.work import Work
from trunkline.ordering.plan_item import PlanItem
from trunkline.ordering.standalone_line import RootOrder
from trunkline.ordering.waiting import MARK

SCOPE = "relatedOrder"
LOOK_AGAIN_S = 60.0

# An order that is not broken down yet has still everything to do; one that has ended, nothing.
OPEN = """
select o.id, p.id::text from (
  select id, key, p_state from product_order
  union all select id, key, p_state from service_order
  union all select id, key, p_state from resource_order
) o
left join lateral (
  select id from plan_item where root = o.id and name = %(specification)s
    and direction = 'do' and state not in ('completed', 'skipped', 'canceled')
    and (%(item)s::text is null and part_of is null and layer <> 'order'
      or design -> 'item' ->> 'id' = %(item)s)
) p on true
where (o.id = any(%(ids)s::uuid[]) or o.key = any(%(orders)s))
  and o.p_state not in ('completed', 'failed', 'partial', 'cancelled', 'rejected')
  and (p.id is not null
    or not exists (select from plan_item where root = o.id and kind <> 'wait'))
order by o.id, p.id
"""


def with_waits(
    order: RootOrder, items: Sequence[PlanItem], new_id: Callable[[], str]
) -> list[PlanItem]:
    """Return the steps of an order with those that wait for its related orders before them."""
    found: list[PlanItem] = []
    orders = related_to(order)
    for step in items:
        waits = [_wait(step, after, orders, new_id()) for after in _related(step) if orders]
        needs = (*step.needs, *(one.id for one in waits))
        found += [*waits, replace(step, needs=needs) if waits else step]
    return [replace(one, position=at) for at, one in enumerate(found)] if found else []


def related_to(order: RootOrder) -> list[str]:
    """Return the orders that an order names, by id or key."""
    listed = order.raw.get("orderRelationship")
    named = listed if isinstance(listed, list) else []
    return [str(one["id"]) for one in named if isinstance(one, dict) and one.get("id")]


def is_done(work: Work, item: PlanItem) -> bool:
    """Tell whether nothing is left of what a step waits for; what is open is marked as awaited."""
    awaited: Mapping[str, Json] = item.design["awaits"]
    listed = awaited["orders"]
    named = [str(one) for one in listed] if isinstance(listed, list) else []
    ids = array_of(one for one in named if UUID.match(one))
    rows = work.connection.execute(OPEN, {**awaited, "ids": ids}).fetchall()
    steps = [step for _, step in rows if step is not None]
    if steps:
        mark = encode([{"id": item.root}]).decode()
        asked = {"root": item.root, "waiting": mark, "steps": steps}
        work.connection.execute(MARK, asked)
    return not rows


def _related(step: PlanItem) -> list[Mapping[str, Json]]:
    if step.part_of is None:
        return []
    return [one for one in step.design["item"].get("after") or () if one.get("scope") == SCOPE]


def _wait(step: PlanItem, after: Mapping[str, Json], orders: Sequence[str], ident: str) -> PlanItem:
    specification, item = after["specification"], after.get("item")
    named = f"{specification}: {item}" if item else str(specification)
    awaits = {"specification": specification, "item": item, "orders": list(orders)}
    return PlanItem(
        id=ident,
        root=step.root,
        position=step.position,
        node_key=f"{step.node_key}~{specification}~{item or ''}",
        layer=step.layer,
        kind="event",
        name=step.name,
        title=f"Wait for {named}",
        item_id=step.item_id,
        reason=f"waits for {named} of the related orders",
        owner=step.owner,
        partner=step.partner,
        part_of=step.part_of,
        design={"item": {"id": f"{step.design['item']['id']}Wait", "title": f"Wait for {named}",
                         "kind": "event"}, "awaits": awaits},
    )  # fmt: skip
