"""Closing: when the service or resource order of a step may end. Pure.

A work order that somebody has posted for it holds it open: the step that waits for the visit is
among the needs of the order's own step, and says in its `request` whose order it is.
"""

from __future__ import annotations

from trunkline.ordering.plan_editing.plan_edit import ADDED
from trunkline.ordering.plan_item import ENDED, Plan, PlanItem

VISIT = f"{ADDED}visit/"
"""What the key of a step begins with that waits for a work order which somebody has posted."""
ORDER = "domainOrder"


def closed_by(plan: Plan, item: PlanItem) -> list[PlanItem]:
    """Return the step whose service or resource order ends as this step has ended; or none.

    That is the step itself where no posted visit is open, and with the last such visit the step
    that the visits were for, if it has ended.
    """
    if not item.node_key.startswith(VISIT):
        return [] if _awaits_visit(plan, item) else [item]
    ident = (item.request or {}).get(ORDER)
    own = [one for one in plan if ident and ident in (one.service_order, one.resource_order)]
    return [
        one for one in own
        if one.part_of is None and one.state in ENDED and not _awaits_visit(plan, one)
    ]  # fmt: skip


def _awaits_visit(plan: Plan, item: PlanItem) -> bool:
    needed = (plan.items.get(one) for one in item.needs)
    return any(
        one is not None and one.node_key.startswith(VISIT) and one.state not in ENDED
        for one in needed
    )
