"""Timers: steps that wait for a time, and orders that shall start at a later one."""

from __future__ import annotations

from dataclasses import replace

from trunkline.kernel.behaviour import handler
from trunkline.kernel.reactions import LeaseLost
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.leases import queue
from trunkline.leases.queue import Row
from trunkline.ordering import plan_store
from trunkline.ordering.edits import Edits
from trunkline.ordering.line_start import is_line_start, is_moved
from trunkline.ordering.line_timer import move_line_starts
from trunkline.ordering.plan_item import Plan, PlanItem
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.progress import go_on
from trunkline.ordering.start import look_again
from trunkline.ordering.waiting import TIMER
from trunkline.workspace.timer import waits


@handler(TIMER)
def run_timer(services: Services, row: Row) -> None:
    """End a waiting step, or begin an order, when the time has come by the business clock."""
    with as_system(services, TIMER) as work:
        found = plan_store.at_step(work, row.subject)
        if not queue.hold(work.connection, row):
            raise LeaseLost(row.kind)
        if found is None or found[1].state != "waiting":
            queue.finish(work.connection, row)
            return
        plan, item = found
        if waits(work, row, item.due_at):
            return
        queue.finish(work.connection, row)
        if item.hold is None:  # else its release brings a new timer
            _end_wait(work, plan, item)


def _end_wait(work: Work, plan: Plan, item: PlanItem) -> None:
    """Begin the order that has waited for its day, or complete the step and go on."""
    if item is plan.wait:
        look_again(work, plan)
        return
    edits = Edits(work)
    order = edits.one(ProductOrder, plan.root) if is_line_start(item) else None
    if order is not None and is_moved(item, order) and not plan.is_canceling:
        plan_store.complete(work, plan)  # the line was given another day a moment ago
        move_line_starts(work, plan)
        return
    plan.put(replace(item, state="completed", ended_at=work.now))
    go_on(work, plan, edits)
