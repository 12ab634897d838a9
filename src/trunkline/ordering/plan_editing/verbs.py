"""What an expert does with the plan of an order that stands still: looks at edits, makes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from trunkline.documents.errors import Conflict, Fault, NotFound, refuse
from trunkline.documents.shape import format_instant
from trunkline.kernel.work import Work
from trunkline.ordering import plan_store
from trunkline.ordering.edits import Edits
from trunkline.ordering.jeopardy.policies import policies
from trunkline.ordering.plan_editing.editing import Edited, edit_plan, is_stuck
from trunkline.ordering.plan_editing.plan_edit import PlanEdit
from trunkline.ordering.plan_item import Plan, PlanItem
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.progress import go_on
from trunkline.ordering.revision.amended_plan import write_amended
from trunkline.ordering.revision.amending import Amended
from trunkline.ordering.schedule import schedule

EDIT_PLAN = "ordering:editPlan"
"""The permission to edit the plans of orders that stand still."""
EDITED = ("needs", "state", "name", "title", "role", "duration_minutes", "characteristic")
OPEN_STATES = ("inProgress", "onHold")


@dataclass(frozen=True)
class Outlook:
    """What edits make of a plan: what was said and done, and when the order ends before and after.

    `steps` are the steps that are new or other, each with its former form (None for a new one).
    """

    told: Sequence[str]
    faults: Sequence[Fault]
    steps: Sequence[tuple[PlanItem | None, PlanItem]]
    plan: Plan
    ends_before: datetime | None
    ends_after: datetime | None


def preview_edits(work: Work, ident: str, edits: Sequence[PlanEdit]) -> Outlook:
    """Return what edits would make of an order's plan; nothing is written.

    Refuses (404) an order that there is not and (409) one that does not stand still.
    """
    work.actor.must_have(EDIT_PLAN)
    order = work.get(ProductOrder, ident)
    if order is None:
        raise NotFound("notFound", f"there is no product order {ident}")
    plan = _plan(order, plan_store.read(work, order.id))
    return _outlook(work, plan, edits)[0]


def make_edits(work: Work, ident: str, edits: Sequence[PlanEdit], *, reason: str) -> Outlook:
    """Edit an order's plan and go on with it; the order says who did what and why.

    Refuses (400) edits that would leave a plan that never ends or that do what cannot be taken
    back sooner, with every fault, and (409) an order that does not stand still.
    """
    work.actor.must_have(EDIT_PLAN)
    order = work.get(ProductOrder, ident)
    if order is None:
        raise NotFound("notFound", f"there is no product order {ident}")
    plan = _plan(order, plan_store.locked(work, order.id))
    found, edited = _outlook(work, plan, edits)
    refuse(list(found.faults))
    records = Edits(work)
    (held,) = records.take(ProductOrder, [order.id])
    held.raw.setdefault("planEdit", []).append(
        {
            "at": format_instant(work.now),
            "by": work.actor.name,
            "reason": reason,
            "change": list(edited.told),
        }
    )
    write_amended(work, plan, Amended())
    if plan.may_start:
        go_on(work, plan, records)
    else:
        plan_store.write(work, plan)
        records.write()
    return found


def _plan(order: ProductOrder, plan: Plan | None) -> Plan:
    if plan is None or plan.wait is not None or plan.state not in OPEN_STATES:
        message = f"{order.key} is {order.state}; only the plan of an order in progress is edited"
        raise Conflict("conflictNotInProgress", message)
    if not is_stuck(plan):
        message = f"{order.key} does not stand still; put it, or a step of it, on hold first"
        raise Conflict("conflictNotStuck", message)
    return plan


def _outlook(work: Work, plan: Plan, edits: Sequence[PlanEdit]) -> tuple[Outlook, Edited]:
    former = {one.id: replace(one) for one in plan}
    before = _end(work, plan)
    edited = edit_plan(plan, edits, work.services.chance.uuid, by=work.actor.name)
    for ident, one in list(plan.items.items()):
        if one.state in ("skipped", "canceled") and former.get(ident, one).state != one.state:
            plan.put(replace(one, ended_at=work.now))
    after = before if edited.faults else _end(work, plan)
    return Outlook(
        tuple(edited.told), tuple(edited.faults), tuple(_other(plan, former)), plan, before, after
    ), edited


def _other(plan: Plan, former: dict[str, PlanItem]) -> Iterator[tuple[PlanItem | None, PlanItem]]:
    for one in plan:
        was = former.get(one.id)
        if was is None or any(getattr(was, name) != getattr(one, name) for name in EDITED):
            yield was, one


def _end(work: Work, plan: Plan) -> datetime | None:
    terms = replace(policies(work).terms(), stopped_at=plan.stopped_at)
    found = schedule([*plan], work.now, terms).values()
    return max((one.end_at for one in found if one.end_at is not None), default=None)
