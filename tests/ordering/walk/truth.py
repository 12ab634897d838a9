"""What must be true of a walk: nothing lost, nothing twice, nothing stuck; in the end all over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.ordering.walk.walk import Walk

FINAL = ("completed", "cancelled", "partial", "failed")
OPEN = ("open", "inProgress", "onHold", "awaitingInformation")

# An order that is not over is moved by work that is due some time, by the network, an event,
# people, another order or a change that somebody has to decide.
STANDS_STILL = """
select o.key, o.p_internal_state, array(
  select p.node_key || ': ' || p.state from plan_item p where p.root = o.id
  and p.state not in ('completed', 'canceled', 'skipped', 'pending'))
from product_order o
where o.id = any(%(orders)s::uuid[]) and o.p_state <> all(%(final)s)
  and not exists (select from work w where w.subject = o.id or w.root = o.id)
  and not exists (select from work w join plan_item p on p.id = w.subject where p.root = o.id)
  and not exists (select from plan_item p where p.root = o.id and (
    p.state = 'ready' and p.kind = 'manual'
    or p.state = 'waiting' and p.kind in ('event', 'wait')
    or p.state = 'waiting' and p.command_key::text = any(%(awaited)s)
    or p.state = 'fallout' and exists (
      select from fallout f where f.id = p.fallout and f.p_state = any(%(open)s))))
  and not exists (select from order_revision r where r.p_state = 'open'
    and r.doc -> 'productOrder' ->> 'id' = o.id::text)
"""
WITHOUT_RECORD = """
select p.root::text, p.node_key, f.p_state from plan_item p left join fallout f on f.id = p.fallout
where p.root = any(%s::uuid[]) and p.state = 'fallout'
  and (f.p_state is null or f.p_state <> all(%s))
"""
PARKED = "select kind, error from work where parked_at is not null"
KEYS = "select command_key::text from plan_item where command_key = any(%s::uuid[])"
PLACED = "select count(*) from product_order where doc -> 'billingAccount' ->> 'id' = %s"
VALUES = """
select v.value, v.state, v.root::text, v.resource::text, r.doc ->> 'value',
  r.doc ->> 'usageState', r.doc ->> 'resourceStatus'
from pool_value v left join resource r on r.id = v.resource where v.pool = %s
"""
NUMBERED = """
select r.id::text, r.doc ->> 'value' from resource r
where r.doc -> 'resourcePool' ->> 'id' = %s and r.doc ->> 'usageState' = 'active'
"""


def must_hold(walk: Walk) -> None:
    """At any time: nothing twice, nothing out of turn, nothing lost, nothing stuck in silence."""
    rows = walk.rows
    assert not walk.network.wrong, (str(walk), walk.network.wrong)
    parked = rows(PARKED)
    assert not parked, (str(walk), parked)
    keys = [*walk.network.in_effect, *walk.outside.in_effect]
    assert len(keys) == len(set(keys)), (str(walk), "a command took effect twice")
    stray = set(keys) - {key for (key,) in rows(KEYS, keys)}
    assert not stray, (str(walk), "in effect, and no step knows it", stray)
    silent = rows(WITHOUT_RECORD, walk.orders, list(OPEN))
    assert not silent, (str(walk), silent)
    ((count,),) = rows(PLACED, walk.shop.account)
    assert count == len(walk.orders), (str(walk), "orders lost or made twice", count)
    awaited = [one.key for one in walk.network.waiting]
    asked = {"orders": walk.orders, "final": list(FINAL), "open": list(OPEN), "awaited": awaited}
    stuck = walk.rows(STANDS_STILL, **asked)
    assert not stuck, (str(walk), "nothing will ever move", stuck)
    numbers_must_add_up(walk)


def numbers_must_add_up(walk: Walk) -> None:
    """No number is lost or given twice; what works has the one that is assigned to it."""
    values = walk.rows(VALUES, walk.market.pool)
    assert len(values) == walk.market.loaded, (str(walk), len(values))
    assigned = {value: resource for value, state, _, resource, *_ in values if state == "assigned"}
    held = [value for value, state, root, *_ in values if state == "reserved" and root is None]
    assert not held, (str(walk), "reserved for nobody", held)
    working = walk.rows(NUMBERED, walk.market.pool)
    wrong = [(ident, value) for ident, value in working if assigned.get(value) != ident]
    assert not wrong, (str(walk), "a number that somebody else has, or nobody", wrong)


def open_fallout(walk: Walk) -> list[str]:
    """Return the fallout of the walk's orders that people have to see to."""
    rows = walk.rows(
        "select f.id::text from fallout f join plan_item p on p.fallout = f.id "
        "where p.root = any(%s::uuid[]) and f.p_state = any(%s) and p.state = 'fallout' "
        "order by f.key", walk.orders, list(OPEN),
    )  # fmt: skip
    return [ident for (ident,) in rows]


def is_over(walk: Walk) -> bool:
    """Tell whether every order is over."""
    rows = walk.rows("select p_state from product_order where id = any(%s::uuid[])", walk.orders)
    return all(state in FINAL for (state,) in rows)


def must_have_ended(walk: Walk) -> None:
    """In the end every order is over, and no value of a pool is kept for an order."""
    rows = walk.rows("select key, p_state from product_order where id = any(%s::uuid[])",
                     walk.orders)  # fmt: skip
    left = [(key, state) for key, state in rows if state not in FINAL]
    assert not left, (str(walk), left, open_steps(walk))
    reserved = [one for one in walk.rows(VALUES, walk.market.pool) if one[1] == "reserved"]
    assert not reserved, (str(walk), "reserved, and no order is left", reserved)


def open_steps(walk: Walk) -> list[Any]:
    return walk.rows(
        "select root::text, node_key, direction, state, error_code, error_message from plan_item "
        "where root = any(%s::uuid[]) and state not in ('completed', 'canceled', 'skipped')",
        walk.orders,
    )  # fmt: skip
