"""By hand: a work order that somebody posts for a running order holds the task that it is for.

The order's plan gets a step that waits for the visit, as if an expert had added it. What has not
begun of the service or resource order that the work order names waits for it; that order, its line
and the whole do not end before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from trunkline.fieldwork.work_order import ENDED, WorkOrder
from trunkline.kernel.behaviour import on
from trunkline.kernel.resource import event
from trunkline.kernel.work import Work
from trunkline.ordering import plan_store
from trunkline.ordering.closing import ORDER, VISIT
from trunkline.ordering.edits import Edits
from trunkline.ordering.plan_item import ENDED as STEP_ENDED
from trunkline.ordering.plan_item import Plan, PlanItem
from trunkline.ordering.progress import go_on
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.revision.amended_plan import write_amended
from trunkline.ordering.revision.amending import Amended
from trunkline.ordering.service_order import ServiceOrder


@on(event(WorkOrder, "created"))
def hold_the_task(work: Work, order: WorkOrder) -> None:
    """Let the order that a work order is posted for wait for it."""
    if order.plan_item_id is not None or order.state in ENDED:
        return
    root, domain_order = _root(work, order)
    plan = plan_store.locked(work, root) if root is not None else None
    if plan is None or any(one.correlation == order.id for one in plan):
        return
    own = [one for one in plan if domain_order in (one.service_order, one.resource_order)]
    waiting = list(_users(plan, own if domain_order is not None else []))
    if not waiting:  # the order is over, or is not broken down yet
        return
    step = _step(work, plan, order, domain_order, next((one.item_id for one in own), None))
    plan.extend([step])
    for user in waiting:
        held = plan.items[user.id]
        plan.put(replace(held, needs=(*held.needs, step.id)))
        known = plan.items[step.id]
        plan.put(replace(known, needed_by=(*known.needed_by, user.id)))
    with work.edit(WorkOrder, order.id) as own_order:
        own_order.plan_item_id = step.id
    write_amended(work, plan, Amended())
    go_on(work, plan, Edits(work))


def _root(work: Work, order: WorkOrder) -> tuple[str | None, str | None]:
    """Return the order whose plan is meant, and the service or resource order within it."""
    for kind, named in ((ServiceOrder, order.service_order), (ResourceOrder, order.resource_order)):
        found = work.get(kind, named.id) if named is not None else None
        if isinstance(found, ServiceOrder | ResourceOrder):
            return found.came_from or found.id, found.id
    named_order = order.product_order
    return (named_order.id if named_order is not None else None), None


def _users(plan: Plan, own: Iterable[PlanItem]) -> Iterable[PlanItem]:
    """Yield what is to wait: steps that have not ended, and the open end of their line."""
    steps = list(own)
    yield from (one for one in steps if one.state not in STEP_ENDED and one.direction == "do")
    lines = {one.item_id for one in steps}
    for one in plan:
        is_end = one.kind == "milestone" and (one.item_id in lines or one.item_id is None)
        if is_end and one.state not in STEP_ENDED and one.direction == "do":
            yield one


def _step(
    work: Work, plan: Plan, order: WorkOrder, domain_order: str | None, line: str | None
) -> PlanItem:
    like = next(iter(plan))
    title = order.description or order.key
    return PlanItem(
        id=work.services.chance.uuid(), root=plan.root, position=plan.next_position,
        node_key=f"{VISIT}{order.id}", layer="order", kind="fieldWork", name=title,
        state="waiting", item_id=line, started_at=work.now, correlation=order.id,
        duration_minutes=order.duration_minutes, owner=like.owner, partner=like.partner,
        reason=f"{order.key} was posted for it",
        request={ORDER: domain_order} if domain_order is not None else None,
    )  # fmt: skip
