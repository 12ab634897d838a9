"""What must be true of a walk: after each step, and when it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.ordering.walk.market import BY_PLAN

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
PRODUCTS = """
select p.id::text, p.doc::jsonb from product p where p.p_status = 'active'
  and p.id in (select product from plan_item where root = any(%s::uuid[])) order by p.id
"""
SERVICES = """
select distinct s.id::text, s.p_state, s.p_name, s.doc::jsonb from service s
join plan_item p on p.service = s.id where p.root = any(%s::uuid[])
"""
# What somebody left out was never reserved, never released, or is as it was in the network.
UNJUDGED = """
select distinct coalesce(p.service, whole.service)::text from plan_item p
left join plan_item whole on whole.id = p.part_of
where p.root = any(%s::uuid[]) and p.direction = 'do'
  and p.kind = 'callout' and p.state = 'skipped' and p.action is distinct from 'modify'
"""
# Records that an order made and that are neither in use nor ended once it is over.
HALF_WAY = """
select distinct p.layer, p.name, coalesce(d.p_status, s.p_state, r.doc ->> 'resourceStatus')
from plan_item p
left join product d on d.id = p.product and p.layer = 'product'
left join service s on s.id = p.service and p.layer = 'service'
left join resource r on r.id = p.resource and p.layer = 'resource'
where p.root = any(%s::uuid[]) and p.part_of is null and (
  d.p_status in ('created', 'pendingActive', 'pendingTerminate')
  or s.p_state in ('designed', 'reserved', 'feasibilityChecked')
  or r.doc ->> 'resourceStatus' = 'reserved' and r.doc ->> 'usageState' <> 'active')
"""
CALLED = frozenset(
    {"Voice Line", "TV Stream", "SD-WAN Overlay", "WAN Optimization", "Fibre Access", "Alarm Line"}
)


def must_hold(walk: Walk) -> None:
    """At any time: nothing twice, nothing out of turn, nothing lost, nothing stuck in silence."""
    rows = walk.site.rows
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
    with walk.site.services.database.app.connection() as connection:
        stuck = connection.execute(STANDS_STILL, asked).fetchall()
    assert not stuck, (str(walk), "nothing will ever move", stuck)
    numbers_must_add_up(walk)


def numbers_must_add_up(walk: Walk) -> None:
    """No number is lost or given twice; what works has the one that is assigned to it."""
    values = walk.site.rows(VALUES, walk.market.pool)
    assert len(values) == walk.market.loaded, (str(walk), len(values))
    assigned = {value: resource for value, state, _, resource, *_ in values if state == "assigned"}
    held = [value for value, state, root, *_ in values if state == "reserved" and root is None]
    assert not held, (str(walk), "reserved for nobody", held)
    working = walk.site.rows(NUMBERED, walk.market.pool)
    wrong = [(ident, value) for ident, value in working if assigned.get(value) != ident]
    assert not wrong, (str(walk), "a number that somebody else has, or nobody", wrong)


def open_fallout(walk: Walk) -> list[str]:
    """Return the fallout of the walk's orders that people have to see to."""
    rows = walk.site.rows(
        "select f.id::text from fallout f join plan_item p on p.fallout = f.id "
        "where p.root = any(%s::uuid[]) and f.p_state = any(%s) and p.state = 'fallout' "
        "order by f.key", walk.orders, list(OPEN),
    )  # fmt: skip
    return [ident for (ident,) in rows]


def working_products(walk: Walk) -> list[tuple[str, dict[str, Any]]]:
    """Return the walk's active products with their values."""
    return [(ident, values_of(body)) for ident, body in walk.site.rows(PRODUCTS, walk.orders)]


def values_of(body: dict[str, Any], name: str = "productCharacteristic") -> dict[str, Any]:
    return {one["name"]: one["value"] for one in body.get(name, ())}


def is_over(walk: Walk) -> bool:
    return all(walk.shop.read(one)["state"] in FINAL for one in walk.orders)


def must_have_ended(walk: Walk) -> None:
    """In the end: every order is over, and what is there is what completed lines say."""
    left = [
        (one["key"], one["state"])
        for one in map(walk.shop.read, walk.orders)
        if one["state"] not in FINAL
    ]
    assert not left, (str(walk), left, open_steps(walk))
    products_must_be_right(walk)
    services_must_be_right(walk)
    half_way = walk.site.rows(HALF_WAY, walk.orders)
    assert not half_way, (str(walk), "neither made nor ended", half_way)
    reserved = [one for one in walk.site.rows(VALUES, walk.market.pool) if one[1] == "reserved"]
    assert not reserved, (str(walk), "reserved, and no order is left", reserved)
    kept = [value for value, state, _, _, own, usage, _ in
            walk.site.rows(VALUES, walk.market.pool)
            if state == "assigned" and (usage != "active" or own != value)]  # fmt: skip
    assert not kept, (str(walk), "assigned to what does not work", kept)


def products_must_be_right(walk: Walk) -> None:
    """Replay the completed lines in the sequence of their orders, and compare."""
    wanted: dict[tuple[str, str], tuple[int, dict[str, Any]]] = {}
    partial: set[tuple[str, str]] = set()
    products = dict(walk.site.rows(PRODUCTS, walk.orders))
    source: dict[str, tuple[str, str]] = {}
    for ident, body in products.items():
        first = body["productOrderItem"][0]
        source[ident] = (first["productOrderId"], first["orderItemId"])
    gone: set[str] = set()
    changed: dict[str, dict[str, Any]] = {}
    for order in map(walk.shop.read, walk.orders):
        for item in order["productOrderItem"]:
            state = item["internalState"]
            is_done = order["state"] in ("completed", "partial")
            if not is_done or state not in ("completed", "partial"):
                continue
            if state == "partial":
                partial.add((order["id"], item["id"]))
            values = values_of(item["product"])
            if item["action"] == "add":
                wanted[order["id"], item["id"]] = (item.get("quantity", 1), values)
            elif item["action"] == "modify":
                changed.setdefault(item["product"]["id"], {}).update(values)
            else:
                gone.add(item["product"]["id"])
    assert not gone & set(products), (str(walk), "ended and active", gone & set(products))
    ended = lines_of(walk, gone)
    for line, (count, values) in wanted.items():
        found = [ident for ident, one in source.items() if one == line]
        # Of several copies some may have been left out, which makes the line a partial one.
        most = count - ended.count(line) - (line in partial)
        least = max(0, 1 - ended.count(line)) if line in partial else most
        assert least <= len(found) <= most, (str(walk), line, count, found)
        for ident in found:
            # An order that is still open may change its line after another one has changed it.
            held, later = values_of(products[ident]), changed.get(ident, {})
            wrong = {name for name, value in values.items()
                     if held.get(name) not in (value, later.get(name, value))}  # fmt: skip
            assert not wrong, (str(walk), ident, held, values, later)
    strange = {one for one in source.values() if one not in wanted}
    assert not strange, (str(walk), "active, and no completed line says so", strange)


def lines_of(walk: Walk, products: set[str]) -> list[tuple[str, str]]:
    """Return the order and the line that made each of these products."""
    rows = walk.site.rows(
        "select doc -> 'productOrderItem' -> 0 ->> 'productOrderId', "
        "doc -> 'productOrderItem' -> 0 ->> 'orderItemId' from product "
        "where id = any(%s::uuid[])", list(products),
    )  # fmt: skip
    return [(order, line) for order, line in rows]


def services_must_be_right(walk: Walk) -> None:
    """What works for us works in the network with the same values, and nothing else does."""
    unjudged = {ident for (ident,) in walk.site.rows(UNJUDGED, walk.orders)}
    by_plan = BY_PLAN if walk.seed % 2 == 0 else {"Alarm Line"}
    for ident, state, name, body in walk.site.rows(SERVICES, walk.orders):
        in_network = walk.network.states.get(ident)
        if name not in CALLED:
            continue
        assert (state == "active") == (in_network == "active"), (
            str(walk), name, state, in_network,
        )  # fmt: skip
        if state == "active" and ident not in unjudged:
            held = values_of(body, "serviceCharacteristic")
            told = {n: v for n, v in walk.network.values[ident].items() if v is not None}
            assert held.items() >= told.items(), (str(walk), name, held, told)
        if name in by_plan and ident not in unjudged:
            reserved = f"/reservation/{ident}" in walk.outside.held
            assert reserved == (state == "active"), (str(walk), name, state, reserved)


def open_steps(walk: Walk) -> list[Any]:
    return walk.site.rows(
        "select root::text, node_key, direction, state, error_code, error_message from plan_item "
        "where root = any(%s::uuid[]) and state not in ('completed', 'canceled', 'skipped')",
        walk.orders,
    )  # fmt: skip
