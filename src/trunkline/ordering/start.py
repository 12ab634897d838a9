"""Start: an accepted order broken down, with everything that it makes, in one go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.documents.decode import encode, load
from trunkline.documents.errors import Conflict, Fault, Refusal
from trunkline.inventory.product import Product
from trunkline.kernel.behaviour import handler, on
from trunkline.kernel.reactions import LeaseLost
from trunkline.kernel.resource import event
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row
from trunkline.ordering import (
    decomposition,
    installed,
    links,
    new_records,
    order_catalog,
    plan_store,
    waiting,
)
from trunkline.ordering.after_others import faults_after_others
from trunkline.ordering.capture import linked
from trunkline.ordering.capture.agreed import ORDERED as AGREEMENT_ORDERED
from trunkline.ordering.companions import bring_companions
from trunkline.ordering.design.picking import designed
from trunkline.ordering.edits import Edits, may_reach, set_state
from trunkline.ordering.expecting import expect, forget, is_expected
from trunkline.ordering.grouping.following import group_looks
from trunkline.ordering.installed import Installed
from trunkline.ordering.jeopardy.follow import (
    follow_promise,
    has_dates,
    promises_mark,
    watch_promises,
)
from trunkline.ordering.jeopardy.holding import forget_plans, start_clock, stop_clock
from trunkline.ordering.jeopardy.policies import policies
from trunkline.ordering.line_dates import any_date
from trunkline.ordering.line_start import settle_line_starts, waits_for_lines
from trunkline.ordering.line_timer import move_line_starts
from trunkline.ordering.macd.early_end import charge_early_ends
from trunkline.ordering.macd.overriding import override
from trunkline.ordering.new_plan import fault_items, plan_items
from trunkline.ordering.new_records import Blueprint
from trunkline.ordering.node import Deferred, Node
from trunkline.ordering.plan_item import Plan, PlanItem, RootKind
from trunkline.ordering.pooled.claiming import with_pool_values
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import ProductOrderItem, placed_product_items
from trunkline.ordering.progress import EARLY, NEW_DATES, go_on
from trunkline.ordering.project.beginning import begin_project
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.roll_up import set_item_state
from trunkline.ordering.service_order import ServiceOrder
from trunkline.ordering.staggered.awaited import await_values
from trunkline.ordering.standalone_begin import begin_alone, give_up, let_wait
from trunkline.ordering.standalone_line import RootOrder, line_faults, lines_alone, own_keys
from trunkline.ordering.still_used import ending_faults
from trunkline.ordering.waiting import WAKE
from trunkline.shared.reference import ResourceOrderRef, ServiceOrderRef

# How often an order is planned anew because others change what it builds on while it looks.
LOOKS_MAX = 5
KINDS: Mapping[RootKind, type[RootOrder]] = {
    "ProductOrder": ProductOrder,
    "ServiceOrder": ServiceOrder,
    "ResourceOrder": ResourceOrder,
}
KIND_OF: Mapping[type[RootOrder], RootKind] = {kind: name for name, kind in KINDS.items()}
STOPPED = ("onHold", "awaitingInformation", "revisionInProgress", "assessingCancellation")
BEGUN = ("inProgress", *STOPPED)
QUOTE_ORDERED = "sales.quoteOrdered"
"""The kind of work that counts in a quote what was ordered of it."""


@on(
    event(ProductOrder, "created").to("acknowledged"),
    event(ProductOrder, "state_changed").to("acknowledged"),
)
def start_order(work: Work, order: ProductOrder) -> None:
    """Break an accepted order down into steps, make what it promises, and begin."""
    if order.internal_state == "acknowledged":
        start(work, order)
        work.schedule(*(NewWork(QUOTE_ORDERED, one.id) for one in order.quote))
        if order.agreement:
            work.schedule(NewWork(AGREEMENT_ORDERED, order.id))


@on(event(ProductOrder, "state_changed").to(*STOPPED))
def hold_clock(work: Work, order: ProductOrder) -> None:
    """Let the clock of an order stand still that is on hold, waits for somebody or is revised."""
    if order.internal_state in STOPPED:
        stop_clock(work, order)


@on(event(ProductOrder, "state_changed").to("inProgress", since=STOPPED))
def resume(work: Work, order: ProductOrder) -> None:
    """Begin the steps that waited while the order was on hold."""
    plan = plan_store.read(work, order.id)  # the reaction holds the order's lock
    if plan is not None and plan.wait is None:
        start_clock(work, plan)
        go_on(work, plan, Edits(work))
    elif plan is not None:
        look_again(work, plan)


@on(event(ProductOrder, "state_changed").to("inProgress", since=("revisionInProgress",)))
def plan_anew(work: Work, order: ProductOrder) -> None:
    """Plan the dates of what is left of a revised order anew; its visits follow them."""
    forget_plans(work, order.id)
    _follow_dates(work, order)


@on(event(ProductOrder, "changed"))
def follow_requested_start(work: Work, order: ProductOrder) -> None:
    """Begin at another time where an order, or a line that has not begun, is wanted then."""
    plan = None
    if _has_waited(order) or waits_for_lines(order, work.now):
        plan = plan_store.read(work, order.id)  # the reaction holds the order's lock
    wait = plan.wait if plan is not None else None
    if plan is not None and wait is not None:
        is_other = wait.due_at != waiting.later_start(order, work.now)
        is_other = is_other or linked.waits_for_former(order, wait)
        if is_other or (wait.due_at is not None and not is_expected(order)):
            look_again(work, plan)
        follow_promise(work, plan, order)
        return  # it has not begun
    if plan is not None and order.internal_state in BEGUN:
        move_line_starts(work, plan)
    _follow_dates(work, order)


def _follow_dates(work: Work, order: ProductOrder) -> None:
    is_followed = any_date(order) or order.expected_completion_date is not None
    if is_followed and watch_promises(work, order):
        work.schedule(NewWork(NEW_DATES, order.id, once=f"{NEW_DATES} {order.id}"))


@handler(WAKE)
def wake(services: Services, row: Row) -> None:
    """Break an order down that has waited for a step of another one, which has ended."""
    with as_system(services, WAKE) as work:
        plan = plan_store.locked(work, row.subject)
        if not queue.finish(work.connection, row):
            raise LeaseLost(row.kind)
        if plan is not None:
            look_again(work, plan)
            _look_at_events(work, plan)


def _look_at_events(work: Work, plan: Plan) -> None:
    """Let steps that wait for other orders look now, not when they would have looked again."""
    for one in plan:
        if one.kind == "event" and one.state == "waiting":
            work.connection.execute(waiting.WITHDRAW, [one.id, EARLY])
            work.schedule(NewWork(EARLY, one.id))


def look_again(work: Work, plan: Plan) -> None:
    """Break an order that has waited down against what is installed now.

    An order that is on hold stays so: it looks again when it is resumed.
    """
    if plan.wait is None or not plan.may_start:
        return
    order: RootOrder = work.lock(KINDS[plan.kind], plan.root)
    waiting.stop_waiting(work, plan.wait)
    plan_store.remove(work, plan.root)
    start(work, order)


def start(work: Work, order: RootOrder) -> None:
    """Give an order its plan and its records, or one fallout for each fault that prevents it.

    The order's lock is held; an order that has a plan of faults gets a new one. One of services or
    resources by itself ends where it cannot be carried out.
    """
    sent, meta = encode(order.raw), replace(order.meta)
    try:
        with work.connection.transaction():
            faults = _carry_out(work, order)
    except Refusal as refusal:
        if refusal.code == "conflictGone":  # somebody else wrote at the same moment
            raise
        faults = refusal.faults or [Fault("", refusal.code, refusal.message)]
    if faults:
        object.__setattr__(order, "raw", load(sent))
        object.__setattr__(order, "meta", meta)
        if isinstance(order, ProductOrder):
            _fall_out(work, order, faults)
        else:
            give_up(work, order, faults)


def _carry_out(work: Work, order: RootOrder) -> Sequence[Fault]:
    if not isinstance(order, ProductOrder) and (known := list(line_faults(lines_alone(order)))):
        return known
    for _ in range(LOOKS_MAX):
        first = linked.before(work, order)
        catalog = order_catalog.load_for(work, order)
        held = installed.load(work, order, catalog)
        found = decomposition.plan(order, catalog, held)
        is_first = not first.all and not first.faults  # else others may bring what it builds on
        if is_first and (faults := faults_after_others(work, order) or found.faults):
            return faults
        nodes = designed(work, order, catalog, found.nodes)
        ident, later = work.services.chance.uuid(), waiting.later_start(order, work.now)
        if later is not None and not found.faults:
            _wait(work, order, waiting.day_item(order, ident, later, work.now), nodes)
            return ()
        if first.faults:
            return first.faults
        if first.all and (not first.begun or waiting.begin_waiting(work, order, first.begun)):
            _wait(work, order, waiting.wait_item(order, ident, first.all, work.now))
            if first.others:
                linked.look_later(work, order)
            return ()
        if first.all:
            continue
        met = waiting.meetings(work, order.id, nodes, held)
        if not met.awaited and not met.is_stale:
            if not isinstance(order, ProductOrder) and (used := list(ending_faults(work, order))):
                return used
            _begin(work, order, catalog, held, nodes, found.deferred)
            return ()
        if met.awaited and waiting.begin_waiting(work, order, met.awaited):
            _wait(work, order, waiting.wait_item(order, ident, met.awaited, work.now))
            return ()
    raise Conflict("conflictGone", f"what {order.key} builds on changes all the time")


def _wait(
    work: Work, order: RootOrder, wait: PlanItem, nodes: Sequence[Node] | None = None
) -> None:
    """Let an order wait for others or for its day; until then it makes and holds nothing.

    `nodes` are what it is broken down into, where it waits for its day.
    """
    plan = Plan(order.id, KIND_OF[type(order)], "inProgress")
    plan.extend([wait])
    edits = Edits(work)
    edits.keep(order)
    if isinstance(order, ProductOrder):
        order.internal_state = "inProgress"
        for _, item in placed_product_items(order.product_order_item):
            set_item_state(item, "scheduled")
        if nodes is not None and wait.due_at is not None:
            expect(order, nodes, wait.due_at, policies(work).terms())
        if order.committed_completion_date is not None:
            follow_promise(work, plan, order)
    else:
        let_wait(order)
    go_on(work, plan, edits)


def _begin(
    work: Work,
    order: RootOrder,
    catalog: CatalogSnapshot,
    held: Installed,
    nodes: Sequence[Node],
    deferred: Sequence[Deferred],
) -> None:
    """Make the plan and the records of an order that meets no other one, and begin."""
    new_id = work.services.chance.uuid
    nodes = with_pool_values(work, order, catalog, held, nodes)
    own = frozenset() if isinstance(order, ProductOrder) else own_keys(order)
    blueprint = Blueprint(
        order=order,
        catalog=catalog,
        installed=held,
        nodes=nodes,
        records={one.key: one.instance_id or new_id() for one in nodes},
        orders={
            one.key: order.id if one.key in own else new_id()
            for one in nodes
            if one.layer != "product"
        },
        now=work.now,
        deferred=deferred,
    )
    plan = Plan(order.id, KIND_OF[type(order)], "inProgress")
    plan.extend(plan_items(blueprint, new_id))
    plan.is_watched = has_dates(plan, order, policies(work))
    plan.promised = promises_mark(order) if isinstance(order, ProductOrder) else None
    edits = Edits(work)
    edits.keep(order)
    if not isinstance(order, ProductOrder):
        begin_alone(order, blueprint)
    _make_records(edits, blueprint)
    links.join(edits, plan)
    await_values(order, deferred)
    if isinstance(order, ProductOrder):
        _begin_order(edits, plan, order, blueprint)
    go_on(work, plan, edits)


def _has_waited(order: ProductOrder) -> bool:
    return any(one.internal_state == "scheduled" for one in order.product_order_item)


def _make_records(edits: Edits, blueprint: Blueprint) -> None:
    """Make what is added, inner layers first, and an order for every service and resource."""
    added = [one for one in blueprint.nodes if one.action == "add"]
    for node in _layer(added, "resource"):
        edits.new(new_records.resource(blueprint, node), blueprint.records[node.key])
    for node in _layer(added, "service"):
        edits.new(new_records.service(blueprint, node), blueprint.records[node.key])
    for node in _layer(added, "product"):
        edits.new(new_records.product(blueprint, node), blueprint.records[node.key])
    whole = blueprint.order.id  # an order by itself is that of what its own items ask for
    ordered = [one for one in blueprint.nodes if blueprint.orders.get(one.key) != whole]
    for node in _layer(ordered, "service"):
        edits.new(new_records.service_order(blueprint, node), blueprint.orders[node.key])
    for node in _layer(ordered, "resource"):
        edits.new(new_records.resource_order(blueprint, node), blueprint.orders[node.key])


def _layer(nodes: Iterable[Node], layer: str) -> list[Node]:
    return [one for one in nodes if one.layer == layer]


def _announce_ends(edits: Edits, blueprint: Blueprint) -> None:
    """Say of products that end that they are about to."""
    ending = [one for one in blueprint.nodes if one.action == "delete" and one.layer == "product"]
    for product in edits.take(Product, [one.instance_id for one in ending]):
        if may_reach(product, "pendingTerminate"):
            set_state(product, "pendingTerminate")


def _begin_order(edits: Edits, plan: Plan, order: ProductOrder, blueprint: Blueprint) -> None:
    """Begin what only orders of products have: lines with days of their own, phases, companions."""
    work = edits.work
    if _has_waited(order) or (order.intake_policy and is_expected(order)):
        forget(order)
    begin_project(work, order, plan)
    _announce_ends(edits, blueprint)
    _begin_items(order, blueprint)
    settle_line_starts(plan, order, work.now, work.services.chance.uuid)
    bring_companions(edits, order)
    charge_early_ends(work, order)  # by now, and whatever who sent it in may see
    override(work, order, blueprint.installed)
    work.schedule(*group_looks(order))


def _begin_items(order: ProductOrder, blueprint: Blueprint) -> None:
    """Bring the order and its items into progress and name what is made for each."""
    order.internal_state = "inProgress"
    for _, item in placed_product_items(order.product_order_item):
        set_item_state(item, "inProgress")
    for node in blueprint.nodes:
        items = [blueprint.items[one] for one in node.item_ids or (node.item_id,)]
        if node.layer == "service":
            found = ServiceOrderRef(id=blueprint.orders[node.key])
            for item in items:
                item.service_order.append(found)
        elif node.layer == "resource":
            other = ResourceOrderRef(id=blueprint.orders[node.key])
            for item in items:
                item.resource_order.append(other)
        elif blueprint.is_main(node) and node.copy == 1:
            _name_product(blueprint.items[node.item_id], blueprint.records[node.key])


def _name_product(item: ProductOrderItem, ident: str) -> None:
    held = item.raw.setdefault("product", {})
    held["id"] = ident
    held["@referredType"] = "Product"


def _fall_out(work: Work, order: ProductOrder, faults: Sequence[Fault]) -> None:
    plan_store.remove(work, order.id)
    plan = Plan(order.id, "ProductOrder", "inProgress")
    plan.extend(fault_items(order, faults, work.services.chance.uuid))
    edits = Edits(work)
    edits.keep(order)
    if order.internal_state == "acknowledged":
        order.internal_state = "inProgress"
        for _, item in placed_product_items(order.product_order_item):
            set_item_state(item, "inProgress")
    go_on(work, plan, edits)
