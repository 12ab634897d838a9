"""Reading flows: the orders that have a plan, newest first, as far as who asks may see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from trunkline.kernel.states import internal_state
from trunkline.kernel.work import Work
from trunkline.ordering.plan_item import RootKind
from trunkline.ordering.process_flow.flow import ORDER_STATES, Flow
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.service_order import ServiceOrder

Order: TypeAlias = ProductOrder | ServiceOrder | ResourceOrder
KINDS: Mapping[RootKind, tuple[type[Order], str]] = {
    "ProductOrder": (ProductOrder, "p_internal_state"),
    "ServiceOrder": (ServiceOrder, "p_state"),
    "ResourceOrder": (ResourceOrder, "p_state"),
}
ROOTS = """
select t.id, '{kind}' from {table} t
where exists (select 1 from plan_item p where p.root = t.id)
  and (%(ids)s::uuid[] is null or t.id = any(%(ids)s::uuid[]))
  and (%(within)s::text[] is null or t.{state} = any(%(within)s))
  and (%(without)s::text[] is null or t.{state} <> all(%(without)s))
"""
STEPS = "select root::text, id::text from plan_item where root = any(%s::uuid[]) order by position"
# Orders refer to what they make and change; a domain order's plan is that of what it is part of.
ABOUT = """
with named as (
  select source as id from ordering_reference
  where target = %(id)s::uuid and type = any(%(kinds)s)
  union select %(id)s::uuid
)
select id::text from named
union select coalesce(doc #>> '{productOrder,id}', doc #>> '{serviceOrder,id}')
  from service_order where id in (select id from named)
union select coalesce(doc #>> '{productOrder,id}', doc #>> '{serviceOrder,id}',
    doc #>> '{resourceOrder,id}')
  from resource_order where id in (select id from named)
"""


@dataclass(frozen=True)
class Wanted:
    """Which flows: of these orders (None: of all), in a state of a flow, and which part of them."""

    orders: Sequence[str] | None = None
    state: str | None = None
    offset: int = 0
    limit: int = 100


def roots_about(work: Work, ident: str) -> list[str]:
    """Return the orders whose plans have to do with a record: itself, or what makes it."""
    asked = {"id": ident, "kinds": list(KINDS)}
    rows = work.connection.execute(ABOUT, asked).fetchall()
    return [root for (root,) in rows if root is not None]


def flows(work: Work, wanted: Wanted) -> list[Flow]:
    """Return the flows that are wanted, of kinds of orders that who asks may read."""
    kinds = {
        name: kind
        for name, (kind, _) in KINDS.items()
        if work.actor.grant(kind.resource, "read") is not None
    }
    if not kinds:
        return []
    asked = {
        "ids": list(wanted.orders) if wanted.orders is not None else None,
        "within": _within(wanted.state),
        "without": [one for listed in ORDER_STATES.values() for one in listed]
        if wanted.state == "active" else None,
        "limit": wanted.limit, "offset": wanted.offset,
    }  # fmt: skip
    selects = [
        ROOTS.format(kind=name, table=kind.resource.table, state=KINDS[name][1])
        for name, kind in kinds.items()
    ]
    rows = work.connection.execute(
        " union all ".join(selects) + " order by 1 desc limit %(limit)s offset %(offset)s", asked
    ).fetchall()
    found: dict[str, Order] = {}
    for name, kind in kinds.items():
        found |= work.many(kind, [str(ident) for ident, held in rows if held == name])
    steps: dict[str, list[str]] = {}
    for root, step in work.connection.execute(STEPS, [list(found)]).fetchall():
        steps.setdefault(root, []).append(step)
    return [
        _flow(name, found[str(ident)], steps.get(str(ident), []))
        for ident, name in rows
        if str(ident) in found
    ]


def _flow(kind: RootKind, order: Order, steps: Sequence[str]) -> Flow:
    state = str(internal_state(order.resource, order.raw))
    return Flow(order.id, kind, order.key, state, order.order_date, steps)


def _within(state: str | None) -> list[str] | None:
    return next((list(listed) for name, listed in ORDER_STATES.items() if name == state), None)
