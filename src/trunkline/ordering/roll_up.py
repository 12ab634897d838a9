"""Roll-up: how the ends of steps become the states of order items and of the order itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal, TypeAlias

from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.ordering import plan_store
from trunkline.ordering.cancel_product_order import CancelProductOrder
from trunkline.ordering.cancel_resource_order import CancelResourceOrder
from trunkline.ordering.cancel_service_order import CancelServiceOrder
from trunkline.ordering.companions import bring_companions
from trunkline.ordering.edits import Edits, set_state
from trunkline.ordering.effect import set_order_state
from trunkline.ordering.grouping.following import group_looks
from trunkline.ordering.macd.following import follow_up
from trunkline.ordering.plan_item import Plan, PlanItem
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import (
    ITEM_PUBLISHED,
    ItemInternalState,
    OrderItemMilestone,
    ProductOrderItem,
    placed_product_items,
)
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.revision.content import LINE_CANCELED
from trunkline.ordering.service_order import ServiceOrder
from trunkline.ordering.standalone_line import lines_alone

OrderEnd: TypeAlias = Literal["completed", "partial", "failed"]

OVER = frozenset({"completed", "partial", "failed", "canceled"})
CANCEL_TASKS: dict[str, type[Document]] = {
    "ProductOrder": CancelProductOrder,
    "ServiceOrder": CancelServiceOrder,
    "ResourceOrder": CancelResourceOrder,
}


# An order of more items takes what becomes of them together, since each write of it is long.
ITEMS_AT_ONCE_MAX = 20


def reach(edits: Edits, plan: Plan, milestones: Sequence[PlanItem], at: datetime) -> bool:
    """Bring order items, and at the end the order, to what their reached milestones say.

    Returns whether the items of a large order were left to `roll_items_up`, which is to come.
    """
    if is_left_for_later(plan, milestones):
        return True
    for milestone in milestones:
        if plan.kind == "ProductOrder":
            _product_order(edits, plan, milestone, at)
        else:
            _domain_order(edits, plan, milestone, at)
        if milestone.direction == "undo":
            _cancel_task_done(edits, plan, milestone, at)
            for item in [one for one in plan if one.state == "fallout"]:
                plan.put(replace(item, state="canceled", ended_at=at))
    return False


def roll_items_up(edits: Edits, plan: Plan) -> None:
    """Bring the items of a product order to what those of their milestones say that are reached.

    An order that is being called off, or is over, says itself what its items are.
    """
    order = edits.one(ProductOrder, plan.root)
    if order is not None and not plan.is_canceling and plan.state not in OVER:
        reached = [one for one in plan if one.kind == "milestone" and one.state == "completed"]
        _settle_items(order, plan, reached)


def is_large(work: Work, plan: Plan) -> bool:
    """Tell whether an order has so many items that they are brought up to date together."""
    return plan_store.has_item_milestones(work, plan.root, more_than=ITEMS_AT_ONCE_MAX)


def is_left_for_later(plan: Plan, milestones: Sequence[PlanItem]) -> bool:
    """Tell whether only items of a large order have come to their end, and not the order."""
    if plan.kind != "ProductOrder" or not milestones:
        return False
    if not plan.is_whole:
        return True
    items = sum(1 for one in plan if one.kind == "milestone" and one.item_id is not None)
    return items > ITEMS_AT_ONCE_MAX and all(one.item_id is not None for one in milestones)


def set_item_state(item: ProductOrderItem, state: ItemInternalState) -> None:
    """Set both states of an order item; of one that is called off no phase of a project is next."""
    item.internal_state, item.state = state, ITEM_PUBLISHED[state]
    if state == "canceled" and item.milestone is not None:
        reached = {name: one for name, one in item.milestone.raw.items() if name != "next"}
        item.milestone = OrderItemMilestone.wrap(reached) if reached else None


def _product_order(edits: Edits, plan: Plan, milestone: PlanItem, at: datetime) -> None:
    order = edits.one(ProductOrder, plan.root)
    assert order is not None
    if milestone.direction == "undo":
        for _, item in placed_product_items(order.product_order_item):
            set_item_state(item, "canceled")
        order.internal_state = "canceled"
        order.cancellation_date = at
        plan.state = "canceled"
        edits.work.schedule(*follow_up(order), *group_looks(order))
    elif milestone.item_id is not None:
        _settle_items(order, plan, [milestone])
    else:
        roll_items_up(edits, plan)
        bring_companions(edits, order)
        items = placed_product_items(order.product_order_item)
        end = order_end(plan, {str(one.internal_state) for _, one in items})
        order.internal_state = end
        plan.state = end
        order.completion_date = at
        edits.work.schedule(*follow_up(order), *group_looks(order))


def _settle_items(order: ProductOrder, plan: Plan, reached: Sequence[PlanItem]) -> None:
    """Set the states of the items whose milestones are reached."""
    last = {one.item_id: one for one in plan
            if one.kind == "milestone" and one.item_id is not None}  # fmt: skip
    ended = {
        one.item_id for one in reached if one.item_id is not None and last.get(one.item_id) is one
    }
    canceled = {one for one in ended if last[one].node_key.startswith(LINE_CANCELED)}
    steps: dict[str, list[PlanItem]] = {}
    for one in plan:
        if one.item_id is not None and one.item_id in ended and one.layer != "order":
            steps.setdefault(one.item_id, []).append(one)
    for _, item in placed_product_items(order.product_order_item):
        if item.id in canceled:
            set_item_state(item, "canceled")
        elif item.id in ended:
            end, item.state_reason = item_end(steps.get(item.id, []))
            set_item_state(item, end)


def item_end(steps: Sequence[PlanItem]) -> tuple[OrderEnd, str | None]:
    """Return how an item ends whose steps ended so, and what was left out of it, in words.

    It has failed when none of its products (or, without any, of its steps) was done, and is
    partial where only some of these were: two were ordered, and one of them was made.
    """
    steps = [one for one in steps if one.state != "canceled" and one.direction == "do"]
    gone = dict.fromkeys(one.title or one.name for one in steps
                         if one.state == "skipped" and _counts(one))  # fmt: skip
    why = f"left out: {', '.join(gone)}" if gone else None
    steps = [one for one in steps if one.part_of is None]
    steps = [one for one in steps if one.layer == "product"] or steps
    records = {one.record or one.id for one in steps}
    done = {one.record or one.id for one in steps if one.state != "skipped"}
    if records == done:
        return "completed", why
    if not done:
        return "failed", why
    return "partial", f"{len(done)} of {len(records)} were done; {why}"


def order_end(plan: Plan, ends: set[str]) -> OrderEnd:
    """Return how an order ends whose items ended so: partial where anything was left out."""
    ends = ends - {"canceled"}
    if ends == {"failed"}:
        return "failed"
    skipped = any(one.state == "skipped" and one.direction == "do" and _counts(one) for one in plan)
    return "partial" if skipped or "failed" in ends else "completed"


def _domain_order(edits: Edits, plan: Plan, milestone: PlanItem, at: datetime) -> None:
    kind = ServiceOrder if plan.kind == "ServiceOrder" else ResourceOrder
    order = edits.one(kind, plan.root)
    assert isinstance(order, ServiceOrder | ResourceOrder)
    if milestone.direction == "undo":
        set_order_state(order, "cancelled")
        if isinstance(order, ServiceOrder):
            order.cancellation_date = at
    else:
        ends = _ends_alone(plan)
        set_order_state(order, order_end(plan, set(ends.values())))
        for line in lines_alone(order):
            line.item.state = ends.get(line.id, "completed")
        order.completion_date = at
    plan.state = str(order.state)


def _ends_alone(plan: Plan) -> dict[str, OrderEnd]:
    """Return how the items of an order by itself end, by what was done for each itself."""
    steps: dict[str, list[PlanItem]] = {}
    for one in plan:
        if one.layer != "order" and plan.root in (one.service_order, one.resource_order):
            steps.setdefault(str(one.item_id), []).append(one)
    return {ident: item_end(own)[0] for ident, own in steps.items()}


def _cancel_task_done(edits: Edits, plan: Plan, milestone: PlanItem, at: datetime) -> None:
    request = milestone.request if isinstance(milestone.request, dict) else {}
    task = edits.one(CANCEL_TASKS[plan.kind], request.get("task"))
    if isinstance(task, CancelProductOrder | CancelServiceOrder | CancelResourceOrder):
        set_state(task, "done")
        task.cancellation_result = "canceled"
        task.effective_cancellation_date = at


def _counts(item: PlanItem) -> bool:
    """Tell whether leaving a step out leaves something undone: not where its plan left it out."""
    return item.part_of is None or item.error_kind is not None
