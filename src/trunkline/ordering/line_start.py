"""Line starts: lines of a running order that begin when they are wanted, each behind its timer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from trunkline.documents.errors import Fault
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.ordering import plan_store
from trunkline.ordering.edits import Edits
from trunkline.ordering.line_dates import line_starts, lines_inside, said_starts
from trunkline.ordering.plan_item import ENDED, Plan, PlanItem, altered
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import ProductOrderItem, placed_product_items
from trunkline.ordering.revision.content import GONE
from trunkline.ordering.revision.no_return import has_begun, served
from trunkline.ordering.roll_up import set_item_state

START = "start/"
"""What the key of the timer begins with behind which a line begins; the line's id follows."""
BEGUN = "conflictLineBegun"


def is_line_start(item: PlanItem) -> bool:
    """Tell whether a step is the timer behind which a line begins."""
    return item.kind == "timer" and item.node_key.startswith(START)


def is_moved(timer: PlanItem, order: ProductOrder) -> bool:
    """Tell whether a line is wanted begun at another time than its timer waits for."""
    return line_starts(order).get(timer.node_key.removeprefix(START)) != timer.due_at


def settle_line_starts(
    plan: Plan, order: ProductOrder, now: datetime, new_id: Callable[[], str]
) -> list[PlanItem]:
    """Let lines of a whole plan begin when they are wanted, as far as they have not begun.

    Returns the timers that wait for another time than before. What several lines share begins with
    the first of them.
    """
    sayers = _sayers(order)
    wanted = {sayer: start for sayer, start in sayers.values() if start > now}
    moved: list[PlanItem] = []
    timers: dict[str, PlanItem] = {}
    for one in [each for each in plan if is_line_start(each) and each.state not in ENDED]:
        line = one.node_key.removeprefix(START)
        start = wanted.get(line)
        if start is None:
            state = "completed" if line in {item.id for item in _lines(order)} else "canceled"
            begun = one.started_at or now
            # It is not due any more, so that the line may be wanted for that very time once again.
            plan.put(altered(one, state=state, started_at=begun, ended_at=now, due_at=now))
        else:
            if start != one.due_at:
                other = {"due_at": start, "planned_at": None, "planned_end_at": None}
                moved.append(plan.put(altered(one, **other)))
            timers[line] = plan.items[one.id]
    for line, start in wanted.items():
        if line not in timers and not _is_over(plan, sayers, line, start):
            timers[line] = _timer(plan, order, line, start, new_id())
            plan.extend([timers[line]])
    _let_wait(plan, order, sayers, timers)
    for item in _lines(order):
        is_ahead = item.id in sayers and sayers[item.id][0] in timers
        if is_ahead and item.internal_state == "inProgress":
            set_item_state(item, "scheduled")
    return moved


def begin_lines(edits: Edits, plan: Plan, ended: Iterable[PlanItem]) -> None:
    """Bring the lines into progress whose time has come."""
    lines = {one.node_key.removeprefix(START) for one in ended if is_line_start(one)}
    order = edits.one(ProductOrder, plan.root) if lines and not plan.is_canceling else None
    if order is None:
        return
    sayers = _sayers(order)
    for item in _lines(order):
        sayer = sayers[item.id][0] if item.id in sayers else item.id
        if item.internal_state == "scheduled" and (sayer in lines or item.id not in sayers):
            set_item_state(item, "inProgress")


def begun_faults(
    plan: Plan, before: ProductOrder, after: ProductOrder, now: datetime
) -> Iterator[Fault]:
    """Yield a fault for each line that is wanted begun later than it has begun."""
    known, sayers = line_starts(before), _sayers(after)
    for path, item in placed_product_items(after.product_order_item):
        sayer, start = sayers.get(item.id, ("", now))
        if start <= now or start == known.get(item.id) or item.internal_state in GONE:
            continue
        if _has_begun(plan, item.id):
            message = f"item {item.id} has begun; leave its start as it was"
            yield Fault(f"{path}.requestedStartDate", BEGUN, message)


@rule(ProductOrder)
def a_begun_line_has_its_start(
    work: Work, old: ProductOrder | None, new: ProductOrder
) -> Iterator[Fault]:
    """Refuse to want a line begun later than it has begun."""
    if old is None or work.actor.kind == "system" or line_starts(old) == line_starts(new):
        return
    plan = plan_store.read(work, new.id)
    if plan is not None and plan.wait is None:
        yield from begun_faults(plan, old, new, work.now)


def waits_for_lines(order: ProductOrder, now: datetime) -> bool:
    """Tell whether a line of an order waits for its time, or is to wait from now on."""
    return any(item.internal_state == "scheduled" for item in _lines(order)) or any(
        start > now for start in line_starts(order).values()
    )


def _lines(order: ProductOrder) -> list[ProductOrderItem]:
    placed = placed_product_items(order.product_order_item)
    return [item for _, item in placed if item.internal_state not in GONE]


def _sayers(order: ProductOrder) -> dict[str, tuple[str, datetime]]:
    """Return when lines that stay are wanted begun, and which line says so."""
    stays = {item.id for item in _lines(order)}
    return {line: said for line, said in said_starts(order).items() if line in stays}


def _has_begun(plan: Plan, line: str) -> bool:
    """Tell whether anything of a line is under way or done, or somebody has taken a task of it."""
    own = [one for one in plan if one.item_id == line and one.layer != "order"]
    return any(one.direction == "do" and (has_begun(one) or one.claim is not None) for one in own)


def _is_over(
    plan: Plan, sayers: Mapping[str, tuple[str, datetime]], line: str, start: datetime
) -> bool:
    """Tell whether there is nothing to wait for: a line has begun, or was let go before its day."""
    held = {one for one, (sayer, _) in sayers.items() if sayer == line}
    is_let_go = any(is_line_start(one) and one.node_key == f"{START}{line}" and one.due_at == start
                    for one in plan)  # fmt: skip
    return is_let_go or all(_has_begun(plan, one) for one in held)


def _timer(plan: Plan, order: ProductOrder, line: str, start: datetime, ident: str) -> PlanItem:
    return PlanItem(
        id=ident,
        root=plan.root,
        position=plan.next_position,
        node_key=f"{START}{line}",
        layer="order",
        kind="timer",
        name=f"Requested start of item {line}",
        item_id=line,
        due_at=start,
        reason=f"nothing of item {line} begins before it is wanted",
        owner=order.meta.owner,
        partner=order.meta.partner,
    )


def _let_wait(
    plan: Plan, order: ProductOrder, sayers: Mapping[str, tuple[str, datetime]],
    timers: Mapping[str, PlanItem],
) -> None:  # fmt: skip
    """Let the first steps of lines wait for their timers, and what says that a line is done.

    What waits for that of another line than now, or for none any more, does so no longer.
    """
    behind: dict[str, str] = {}
    for step in plan if timers else ():
        if step.direction == "undo" or step.state in ENDED or has_begun(step):
            continue
        if step.layer == "order":
            own = timers.get(step.item_id or "") if step.kind == "milestone" else None
        else:
            own = _timer_of(served(plan, step), sayers, timers)
        if own is not None:
            behind[step.id] = own.id
    _let_go(plan, order, behind, timers)
    for ident, timer in behind.items():
        step = plan.items[ident]
        if timer in step.needs or any(behind.get(one) == timer for one in step.needs):
            continue
        state = "pending" if step.state == "ready" else step.state
        needed = plan.items[timer]
        plan.put(altered(step, needs=(*step.needs, timer), state=state))
        plan.put(altered(needed, needed_by=(*needed.needed_by, ident)))


def _let_go(
    plan: Plan, order: ProductOrder, behind: Mapping[str, str], timers: Mapping[str, PlanItem]
) -> None:
    """Let steps wait no longer for the timer of a line that begin with another one, or at once.

    What people let wait for it, though it has nothing to do with that line, stays as it is.
    """
    inside = lines_inside(order) if timers else {}
    for line, timer in timers.items():
        freed = [
            ident
            for ident in timer.needed_by
            if behind.get(ident) != timer.id
            and plan.items[ident].state not in ENDED
            and inside[line] & {*served(plan, plan.items[ident]), plan.items[ident].item_id}
        ]
        for ident in freed:
            step = plan.items[ident]
            plan.put(altered(step, needs=tuple(one for one in step.needs if one != timer.id)))
        kept = tuple(one for one in timer.needed_by if one not in freed)
        plan.put(altered(timer, needed_by=kept))


def _timer_of(
    lines: Iterable[str], sayers: Mapping[str, tuple[str, datetime]],
    timers: Mapping[str, PlanItem],
) -> PlanItem | None:  # fmt: skip
    """Return what a step waits for that is done for some lines: the first, if all of them wait."""
    said = [sayers.get(one) for one in lines]
    found = [(start, timers[sayer]) for sayer, start in filter(None, said) if sayer in timers]
    if not found or len(found) < len(said):
        return None
    return min(found, key=lambda one: one[0])[1]
