"""What must be true of what is kept, after each step: inventory, network, reservations, undoing.

An order that is over is certain: what is kept is what the completed lines say, replayed in the
sequence of their orders, and nothing else. A record that an order works on is between two states
until the steps about it are done; then it is certain, too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from tests.ordering.walk.market import BY_PLAN

if TYPE_CHECKING:
    from tests.ordering.walk.walk import Walk

Body: TypeAlias = dict[str, Any]
Line: TypeAlias = tuple[str, str]

FINAL = frozenset({"completed", "cancelled", "partial", "failed"})
DONE = frozenset({"completed", "partial"})
LIVE = frozenset({"active", "suspended", "pendingTerminate"})
WORKS = frozenset({"active", "inactive"})
"""The states of a service that is there: it works, or rests."""
STEP_ENDED = frozenset({"completed", "skipped", "canceled"})
NOT_BEGUN = frozenset({"pending", "ready"})
"""The states of steps that nothing was done for; one that is tried again is `again` here."""
CALLED = frozenset(
    {"Voice Line", "TV Stream", "SD-WAN Overlay", "WAN Optimization", "Fibre Access", "Alarm Line"}
)
"""The services that the network is told of."""

ORDERS = """
select id::text, p_state, doc::jsonb, doc ->> 'completionDate' from product_order
where id = any(%s::uuid[])
"""
STEPS = """
select p.root::text, case when p.state in ('pending', 'ready')
    and (p.attempt > 0 or p.attempts::text <> '[]') then 'again' else p.state end,
  p.product::text, coalesce(p.service, w.service)::text, p.resource::text,
  p.kind = 'callout' and p.state = 'skipped' and p.direction = 'do'
    and p.action is distinct from 'modify'
from plan_item p left join plan_item w on w.id = p.part_of where p.root = any(%s::uuid[])
"""
VERSIONS = """
select r.doc -> 'productOrder' ->> 'id', r.doc::jsonb -> 'former' -> 'productOrderItem'
from order_revision r where r.doc -> 'productOrder' ->> 'id' = any(%s) and r.p_state = 'applied'
"""
PRODUCTS = """
select p.id::text, p.doc::jsonb || jsonb_build_object('status', p.p_status) from product p
where p.id in (select product from plan_item where root = any(%s::uuid[])) order by p.id
"""
SERVICES = """
select s.id::text, s.p_name, s.p_state, s.doc::jsonb from service s
where s.id in (select service from plan_item where root = any(%s::uuid[]))
"""
RESOURCES = """
select r.id::text, r.doc ->> 'resourceStatus', r.doc ->> 'usageState' from resource r
where r.id in (select resource from plan_item where root = any(%s::uuid[]))
"""
VALUES = """
select v.value, v.state, v.root::text, v.resource::text, r.doc ->> 'value', r.doc ->> 'usageState'
from pool_value v left join resource r on r.id = v.resource where v.pool = %s
"""


def values_of(body: Body, name: str = "productCharacteristic") -> dict[str, Any]:
    return {one["name"]: one["value"] for one in body.get(name, ())}


def place_of(body: Body) -> str | None:
    return next((one["id"] for one in body.get("place", ())), None)


def live_products(walk: Walk) -> dict[str, Body]:
    """Return the walk's products that work or rest, by id."""
    return {one: body for one, body in walk.rows(PRODUCTS, walk.orders)
            if body["status"] in ("active", "suspended")}  # fmt: skip


@dataclass
class Before:
    """What there was when an order was sent, and which orders were open then."""

    things: Mapping[str, Any]
    known: int
    open: frozenset[str]


def before(walk: Walk, lines: Sequence[Body]) -> Before:
    """Return what there is, for an order about something that is there."""
    if all(one["action"] == "add" for one in lines):
        return Before({}, len(walk.orders), frozenset())
    seen = Seen.of(walk)
    return Before(things_of(walk, seen), len(walk.orders), frozenset(seen.open))


def things_of(walk: Walk, seen: Seen) -> dict[str, Any]:
    """Return products and services by id, as they are in inventory, network and outside.

    A value that people found out reaches the network with the next change of its service: until
    then it is there as the inventory has it.
    """
    found: dict[str, Any] = {
        ident: {name: value for name, value in body.items() if name not in BOOKKEEPING}
        for ident, body in seen.products.items()
    }
    for ident, (_, state, body) in seen.services.items():
        held = values_of(body, "serviceCharacteristic")
        found[ident] = (
            state, held, place_of(body), walk.network.states.get(ident), held | _told(walk, ident),
            walk.outside.held.get(f"/reservation/{ident}"),
        )  # fmt: skip
    return found


BOOKKEEPING = frozenset({"productOrderItem", "lastUpdate", "version"})


def _told(walk: Walk, ident: str) -> dict[str, Any]:
    values = walk.network.values.get(ident, {})
    return {name: one for name, one in values.items() if one is not None}


@dataclass
class Seen:
    """What is read once for all that is looked at after a step.

    `steps` holds the states of steps by record and order, `left_out` the services of which a step
    was left out by hand: such were never reserved, never released, or are as they were.
    """

    orders: dict[str, tuple[str, Body, str]]
    products: dict[str, Body]
    services: dict[str, tuple[str, str, Body]]
    steps: dict[str, dict[str, set[str]]]
    left_out: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, walk: Walk) -> Seen:
        steps: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        left_out = set()
        for root, state, product, service, resource, is_left_out in walk.rows(STEPS, walk.orders):
            for record in {product, service, resource} - {None}:
                steps[record][root].add(state)
            if is_left_out:
                left_out.add(service)
        read = {ident: (state, body, at) for ident, state, body, at in
                walk.rows(ORDERS, walk.orders)}  # fmt: skip
        return cls(
            {ident: read[ident] for ident in walk.orders},
            dict(walk.rows(PRODUCTS, walk.orders)),
            {ident: (name, state, body) for ident, name, state, body in
             walk.rows(SERVICES, walk.orders)},
            steps, left_out,
        )  # fmt: skip

    @property
    def open(self) -> set[str]:
        return {ident for ident, (state, *_) in self.orders.items() if state not in FINAL}

    def is_touched(self, record: str) -> bool:
        """Tell whether an order that is not over has begun something about a record."""
        return any(
            root in self.open and not states <= NOT_BEGUN
            for root, states in self.steps[record].items()
        )

    def is_between(self, record: str) -> bool:
        """Tell whether an order has begun something about a record, and is not done with it."""
        return any(
            root in self.open and not (states <= NOT_BEGUN or states <= STEP_ENDED)
            for root, states in self.steps[record].items()
        )


def must_hold(walk: Walk) -> None:
    """At any time: what is kept is what the orders say."""
    seen = Seen.of(walk)
    products_must_be_right(walk, seen)
    services_must_be_right(walk, seen)
    nothing_is_half_way(walk, seen)
    reservations_must_add_up(walk, seen)
    what_was_called_off_is_as_before(walk, seen)


# --- products ------------------------------------------------------------------------------------


@dataclass
class Told:
    """What completed lines say of a product: of each thing the values that may stand there."""

    values: dict[str, list[Any]]
    place: list[Any]
    status: list[str]


def products_must_be_right(walk: Walk, seen: Seen) -> None:
    """Replay the completed lines in the sequence of their orders, and compare."""
    added: dict[Line, tuple[Body, str]] = {}
    changed: dict[str, list[tuple[Body, str]]] = defaultdict(list)
    for order, line, at in done_lines(seen):
        if line["action"] == "add":
            added[order, line["id"]] = (line, at)
        else:
            changed[line["product"]["id"]].append((line, at))
    made: dict[Line, list[str]] = defaultdict(list)
    for ident, body in seen.products.items():
        first = body["productOrderItem"][0]
        made[first["productOrderId"], first["orderItemId"]].append(ident)
    ended = {ident for ident, lines in changed.items() for line, _ in lines
             if line["action"] == "delete" and line["internalState"] == "completed"}  # fmt: skip
    for source, idents in made.items():
        live = [one for one in idents if seen.products[one]["status"] in LIVE]
        unsure = [one for one in idents if seen.is_touched(one)]
        if source not in added:
            strange = set(live) - set(unsure)
            assert not strange, (str(walk), "live, and no completed line says so", strange)
            continue
        line, at = added[source]
        wanted = line.get("quantity", 1) - len(ended & set(idents))
        # Of several copies some may have been left out, which makes the line a partial one.
        least = min(1, wanted) if line["internalState"] == "partial" else wanted
        sure = set(live) - set(unsure)
        facts = (str(walk), source, wanted, live, unsure)
        assert least <= len(sure | set(unsure)), ("lost", *facts)
        assert len(sure) <= wanted, ("made twice", *facts)
        for ident in sure:
            assert ident not in ended, (str(walk), "ended and live", ident)
            told = told_of(line, at, changed[ident])
            if "stateReason" in line:
                _add_former(walk, source, told)
            _as_told(walk, ident, seen.products[ident], told)
    lost = {source for source, (line, _) in added.items() if source not in made}
    assert not lost, (str(walk), "a completed line, and no product", lost)


def done_lines(seen: Seen) -> Iterator[tuple[str, Body, str]]:
    """Yield order, line and when it was over, of what is done of orders that are over."""
    for ident, (state, body, at) in seen.orders.items():
        for line in body["productOrderItem"] if state in DONE else ():
            if line["internalState"] in DONE:
                yield ident, line, at


def told_of(line: Body, at: str, changes: Sequence[tuple[Body, str]]) -> Told:
    """Return what a line that added a product and those that changed it since say of it.

    Two may be true of a change that was over before the line that it changed, which may have been
    revised after it, and of one that was done in part or that says what was left out of it.
    """
    told = Told(
        {name: [one] for name, one in values_of(line["product"]).items()},
        [place_of(line["product"])], ["active"],
    )  # fmt: skip
    for change, over in changes:
        either = over < at or change["internalState"] == "partial" or "stateReason" in change
        product = change["product"]
        for name, value in values_of(product).items():
            told.values[name] = [value, *(told.values.get(name, [None]) if either else ())]
        if (place := place_of(product)) is not None:
            told.place = [place, *(told.place if either else ())]
        status = {"suspend": "suspended", "resume": "active"}.get(change.get("operation", ""))
        if status is not None:
            told.status = [status, *(told.status if either else ())]
    return told


def _add_former(walk: Walk, source: Line, told: Told) -> None:
    """Let a line of which something was left out be as one of its earlier versions says."""
    order, ident = source
    for _, items in walk.rows(VERSIONS, [order]):
        for line in (one for one in items if one["id"] == ident):
            for name, value in values_of(line["product"]).items():
                told.values.setdefault(name, []).append(value)
            told.place.append(place_of(line["product"]))


def _as_told(walk: Walk, ident: str, body: Body, told: Told) -> None:
    held = values_of(body)
    wrong = {name: one for name, one in told.values.items() if held.get(name) not in one}
    assert not wrong, (str(walk), ident, held, wrong)
    assert place_of(body) in told.place, (str(walk), ident, place_of(body), told.place)
    status = body["status"]
    assert status in (*told.status, "pendingTerminate"), (str(walk), ident, status, told.status)


# --- services, and what holds them ---------------------------------------------------------------


def services_must_be_right(walk: Walk, seen: Seen) -> None:
    """What works for us works in the network with the same values, and nothing else does."""
    by_plan = BY_PLAN if walk.by_plan else {"Alarm Line"}
    for ident, (name, state, body) in seen.services.items():
        if name not in CALLED or seen.is_between(ident):
            continue
        there = walk.network.states.get(ident)
        expected = state if state in WORKS else None
        assert (there if there in WORKS else None) == expected, (str(walk), name, state, there)
        if ident in seen.left_out:
            continue
        if state in WORKS:
            held = values_of(body, "serviceCharacteristic")
            told = _told(walk, ident)
            assert held.items() >= told.items(), (str(walk), name, held, told)
        if name in by_plan:
            reserved = f"/reservation/{ident}" in walk.outside.held
            assert reserved == (state in WORKS), (str(walk), name, state, reserved)


def nothing_is_half_way(walk: Walk, seen: Seen) -> None:
    """No record that orders made which are over is neither in use nor ended."""
    unsure = {record for record, roots in seen.steps.items() if seen.open & roots.keys()}
    left = [(ident, body["status"]) for ident, body in seen.products.items()
            if body["status"] in ("created", "pendingActive", "pendingTerminate")]  # fmt: skip
    left += [(ident, state) for ident, (_, state, _) in seen.services.items()
             if state in ("designed", "reserved", "feasibilityChecked")]  # fmt: skip
    left += [(ident, status) for ident, status, usage in walk.rows(RESOURCES, walk.orders)
             if status == "reserved" and usage != "active"]  # fmt: skip
    found = [one for one in left if one[0] not in unsure]
    assert not found, (str(walk), "neither made nor ended", found)


def reservations_must_add_up(walk: Walk, seen: Seen) -> None:
    """No value is kept for an order that is over, or assigned to what does not work."""
    for value, state, root, resource, own, usage in walk.rows(VALUES, walk.market.pool):
        if state == "reserved":
            assert root in seen.open, (str(walk), "reserved for an order that is over", value)
        is_sure = resource is not None and not seen.open & seen.steps[resource].keys()
        if state == "assigned" and is_sure:
            assert (usage, own) == ("active", value), (str(walk), "idle", value, usage, own)


# --- undoing -------------------------------------------------------------------------------------


def what_was_called_off_is_as_before(walk: Walk, seen: Seen) -> None:
    """What an order that was called off was about is exactly what it was before that order.

    It is looked at once, and only where no other order has had to do with it since.
    """
    over = [one for one in walk.before if seen.orders[one][0] == "cancelled"]
    for order in over:
        was = walk.before.pop(order)
        others = {*walk.orders[was.known :], *was.open} - {order}
        now = things_of(walk, seen)
        for ident, thing in was.things.items():
            roots = seen.steps[ident].keys()
            if order in roots and not others & roots and ident not in seen.left_out:
                assert now[ident] == thing, (str(walk), "not as before", thing, now[ident])
                walk.compared += 1
