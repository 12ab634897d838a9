"""Line timers: what is done where a line of a running order is wanted begun at another time."""

from __future__ import annotations

from collections.abc import Sequence

from trunkline.kernel.work import Work
from trunkline.ordering.edits import Edits
from trunkline.ordering.jeopardy.holding import forget_plans
from trunkline.ordering.line_start import settle_line_starts
from trunkline.ordering.plan_item import Plan, PlanItem
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.progress import go_on, timers
from trunkline.ordering.revision.amended_plan import write_amended
from trunkline.ordering.revision.amending import Amended
from trunkline.ordering.revision.records import tell_orders
from trunkline.ordering.waiting import TIMER, WITHDRAW


def move_line_starts(work: Work, plan: Plan) -> None:
    """Let the lines of an order begin when they are wanted now; its lock is held."""
    edits = Edits(work)
    order = edits.one(ProductOrder, plan.root)
    if order is None:
        return
    moved = settle_line_starts(plan, order, work.now, work.services.chance.uuid)
    if not plan.changed and not plan.added:
        return
    write_amended(work, plan, Amended())
    tell_orders(edits, order, plan)
    go_on(work, plan, edits)
    set_timers(work, moved)
    forget_plans(work, plan.root)


def set_timers(work: Work, moved: Sequence[PlanItem]) -> None:
    """Let timers that have begun end at their new time instead of the former one."""
    begun = [one for one in moved if one.state == "waiting"]
    for one in begun:
        work.connection.execute(WITHDRAW, [one.id, TIMER])
    work.schedule(*timers(work, begun))
