"""Holding: tasks, lines and domain orders that nothing is begun of until they are released."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from trunkline.documents.errors import Conflict, NotFound
from trunkline.documents.shape import format_instant
from trunkline.kernel.behaviour import on
from trunkline.kernel.resource import event
from trunkline.kernel.work import Work
from trunkline.ordering import plan_store
from trunkline.ordering.edits import Edits, may_reach
from trunkline.ordering.effect import set_order_state
from trunkline.ordering.jeopardy.policies import NOBODY, policies
from trunkline.ordering.line_start import is_line_start
from trunkline.ordering.plan_item import ENDED, Plan, PlanItem
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import ProductOrderItem, placed_product_items
from trunkline.ordering.progress import go_on, timers
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.roll_up import set_item_state
from trunkline.ordering.schedule import stopped_since
from trunkline.ordering.service_order import ServiceOrder
from trunkline.shared.calendar import after, worked

ON_HOLD = "onHold"
RELEASED = ("acknowledged", "pending", "inProgress")


@dataclass(frozen=True)
class Part:
    """What of an order is meant: one of a task, a line, a service order or a resource order."""

    step: str | None = None
    line: str | None = None
    domain_order: str | None = None

    @property
    def title(self) -> str:
        """What it is called."""
        if self.step is not None:
            return f"task {self.step}"
        return f"item {self.line}" if self.line is not None else f"order {self.domain_order}"


def hold(work: Work, root: str, part: Part, *, reason: str) -> list[PlanItem]:
    """Put a part of an order on hold and return its steps that stand still by that.

    What the network was told already goes on, and its answer is kept; nothing that follows begins.
    Refuses (404) a part that there is not, and (409) one that has ended or is on hold already.
    """
    plan = _locked(work, root)
    edits = Edits(work)
    open_steps = [one for one in _steps(plan, edits, part) if one.state not in ENDED]
    if not open_steps:
        raise Conflict("conflictEnded", f"{part.title} has ended; there is nothing to hold")
    new = [one for one in open_steps if one.hold is None and one.direction == "do"]
    if not new:
        raise Conflict("conflictOnHold", f"{part.title} is on hold already")
    mark = {"since": format_instant(work.now), "by": work.actor.name, "reason": reason}
    for one in new:
        plan.put(replace(one, hold=mark))
    _tell_state(edits, plan, part, ON_HOLD)
    plan_store.write(work, plan)
    edits.write()
    return [plan.items[one.id] for one in new]


def resume(work: Work, root: str, part: Part) -> list[PlanItem]:
    """Release a part of an order, begin what may begin of it, and return its steps.

    Due dates move on by the time for work that it stood still. Refuses (404) a part that there is
    not, and (409) one that is not on hold.
    """
    plan = _locked(work, root)
    edits = Edits(work)
    held = [one for one in _steps(plan, edits, part) if one.hold is not None]
    if not held:
        raise Conflict("conflictNotOnHold", f"{part.title} is not on hold")
    waiting = [one for one in held if one.kind == "timer" and one.state == "waiting"]
    for one in held:
        plan.put(replace(_moved_on(work, one, plan), hold=None))
    _tell_state(edits, plan, part, "inProgress")
    go_on(work, plan, edits)
    work.schedule(*timers(work, [plan.items[one.id] for one in waiting]))
    return [plan.items[one.id] for one in held]


@on(
    event(ServiceOrder, "state_changed").to("held"),
    event(ResourceOrder, "state_changed").to("held"),
)
def hold_inner_order(work: Work, order: ServiceOrder | ResourceOrder) -> None:
    """Begin nothing more of an order within another one that was put on hold by its state."""
    part, root = Part(domain_order=order.id), order.came_from
    plan = plan_store.read(work, root) if root is not None and order.state == "held" else None
    if plan is not None and not any(one.hold for one in plan if _is_of(order.id)(one)):
        reason = getattr(order, "state_reason", None) or "put on hold"
        with suppress(Conflict, NotFound):  # it has no tasks, or has ended meanwhile
            hold(work, plan.root, part, reason=reason)


@on(
    event(ServiceOrder, "state_changed").to(*RELEASED, since=("held",)),
    event(ResourceOrder, "state_changed").to(*RELEASED, since=("held",)),
)
def resume_inner_order(work: Work, order: ServiceOrder | ResourceOrder) -> None:
    """Go on with an order within another one that was released by its state."""
    root = order.came_from
    plan = plan_store.read(work, root) if root is not None and order.state != "held" else None
    if plan is not None and any(one.hold for one in plan if _is_of(order.id)(one)):
        resume(work, plan.root, Part(domain_order=order.id))


def stop_clock(work: Work, order: ProductOrder) -> None:
    """Let the clock of an order stand still, where no policy lets it run on in this state."""
    if order.internal_state in policies(work).stops_on(frozenset(), NOBODY):
        work.connection.execute(
            "update plan_outlook set stopped_at = coalesce(stopped_at, %s), check_at = %s "
            "where root = %s",
            [work.now, work.now, order.id],
        )


def start_clock(work: Work, plan: Plan) -> None:
    """Let the clock of an order run again; what is due moves on by the time that it stood still."""
    since = plan.stopped_at
    if since is None:
        return
    for one in list(plan):
        if one.state not in ENDED and one.hold is None:
            plan.put(_moved_on(work, one, plan))
    work.connection.execute(
        "update plan_outlook set stopped_at = null, check_at = %s, looks = 0, "
        "stopped_s = stopped_s + %s where root = %s",
        [work.now, int((work.now - since).total_seconds()), plan.root],
    )
    plan.stopped_at = None


def forget_plans(work: Work, root: str) -> None:
    """Forget what the steps of an order were planned for that have not begun."""
    work.connection.execute(
        "update plan_item set planned_at = null, planned_end_at = null "
        "where root = %s and state = 'pending'",
        [root],
    )
    work.connection.execute(
        "update plan_outlook set check_at = %s, looks = 0 where root = %s", [work.now, root]
    )


def _moved_on(work: Work, step: PlanItem, plan: Plan) -> PlanItem:
    """Return a step with its due date moved on by how long its clock has stood still."""
    since = stopped_since(step, plan.stopped_at)
    is_counted = step.due_at is not None or step.sla is not None
    if since is None or step.started_at is None or not is_counted or is_line_start(step):
        return step
    in_force = policies(work)
    calendar = in_force.calendar(step)
    stood = worked(calendar, max(since, step.started_at), work.now)
    if stood <= timedelta():
        return step
    paused = (step.paused_s or 0) + int(stood.total_seconds())
    due = after(calendar, step.due_at, stood) if step.due_at is not None else None
    return replace(step, due_at=due, paused_s=paused)


def _locked(work: Work, root: str) -> Plan:
    plan = plan_store.locked(work, root)
    if plan is None:
        raise Conflict("conflictNotBegun", "the order has no tasks yet; hold the order itself")
    return plan


def _steps(plan: Plan, edits: Edits, part: Part) -> Sequence[PlanItem]:
    """Return the steps of a part, or refuse with 404."""
    is_in: Callable[[PlanItem], bool]
    if part.step is not None:
        is_in = _is_step(part.step)
    elif part.line is not None:
        lines = _lines(plan, edits, part.line)
        is_in = _is_in(lines)
    else:
        is_in = _is_of(part.domain_order)
    found = [one for one in plan if is_in(one)]
    if not found:
        raise NotFound("notFound", f"there is no {part.title} in this order")
    return found


def _is_step(ident: str) -> Callable[[PlanItem], bool]:
    return lambda one: one.id == ident


def _is_in(lines: frozenset[str]) -> Callable[[PlanItem], bool]:
    return lambda one: one.item_id in lines


def _is_of(order: str | None) -> Callable[[PlanItem], bool]:
    return lambda one: order is not None and order in (one.service_order, one.resource_order)


def _lines(plan: Plan, edits: Edits, line: str) -> frozenset[str]:
    """Return a line with all that lie within it."""
    if plan.kind != "ProductOrder":
        return frozenset({line})
    return frozenset(one.id for one in _items(edits, plan, line))


def _items(edits: Edits, plan: Plan, line: str) -> Iterable[ProductOrderItem]:
    order = edits.one(ProductOrder, plan.root)
    placed = placed_product_items(order.product_order_item) if order is not None else ()
    for _, item in placed:
        if item.id == line:
            yield item
            yield from (one for _, one in placed_product_items(item.product_order_item))


def _tell_state(edits: Edits, plan: Plan, part: Part, state: str) -> None:
    """Say in the line or the domain order that it is on hold, or goes on."""
    if part.line is not None and plan.kind == "ProductOrder":
        for item in _items(edits, plan, part.line):
            if item.internal_state in ("inProgress", ON_HOLD):
                set_item_state(item, "onHold" if state == ON_HOLD else "inProgress")
    if part.domain_order is None or part.domain_order == plan.root:
        return
    published = "held" if state == ON_HOLD else "inProgress"
    orders: list[ServiceOrder | ResourceOrder] = [
        *edits.take(ServiceOrder, [part.domain_order]),
        *edits.take(ResourceOrder, [part.domain_order]),
    ]
    for order in orders:
        is_begun = any(one.started_at is not None for one in plan if _is_of(order.id)(one))
        if published == "inProgress" and order.state == "held" and not is_begun:
            published = "pending"
        if order.state != published and may_reach(order, published):
            set_order_state(order, published)
