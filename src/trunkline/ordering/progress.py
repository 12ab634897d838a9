"""Progress: an order's plan taken as far as it goes by itself, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from trunkline.inventory.product import Product
from trunkline.inventory.resource import Resource
from trunkline.inventory.service import Service
from trunkline.kernel.behaviour import handler
from trunkline.kernel.reactions import LeaseLost
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row
from trunkline.ordering import effect, plan_store, roll_up
from trunkline.ordering.edits import Edits
from trunkline.ordering.fallout_records import keep_fallouts
from trunkline.ordering.plan_item import Plan, PlanItem
from trunkline.ordering.plan_store import CALLOUT
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.service_order import ServiceOrder
from trunkline.ordering.steps import Steps, next_steps
from trunkline.ordering.waiting import TIMER, WAKE

CALL_LANE = "call"
ROLL_UP = "plan.rollUp"
ROLL_UP_PAUSE = timedelta(seconds=1)
# The longer a plan, the dearer it is to bring its order up to date, and the rarer that is done.
STEPS_A_SECOND = 2000


def advance(work: Work, root: str) -> None:
    """Complete what completes by itself, begin what may begin, and roll the states up."""
    plan = plan_store.locked(work, root)
    if plan is not None:
        go_on(work, plan, Edits(work))


def go_on(work: Work, plan: Plan, edits: Edits) -> None:
    """Take a plan on from what has changed in it, and write plan, records and work to be done.

    The order's lock is held.
    """
    steps = next_steps(plan, may_start=plan.may_start)
    if not plan.is_whole and _takes_whole(work, plan, steps):
        plan_store.complete(work, plan)
    take_steps(plan, steps, work.now)
    begun = plan.moved("ready")
    ended = plan.moved("completed", "skipped", "canceled")
    milestones = [one for one in ended if one.kind == "milestone" and one.state == "completed"]
    _look_up(edits, plan, begun, ended, milestones)
    effect.begin_orders(edits, begun, work.now)
    effect.carry_over(edits, plan, ended, work.now)
    items_later = roll_up.reach(edits, plan, milestones, work.now)
    keep_fallouts(edits, plan, work.now)
    timed = plan.moved("waiting")
    edits.write()
    woken = plan_store.write(work, plan)
    work.schedule(
        *calls([one for one in begun if one.kind == "callout"]),
        *timers(work, [one for one in timed if one.kind in {"timer", "wait"}]),
        *(NewWork(WAKE, ident) for ident in sorted(woken)),
        *(roll_ups(work, plan) if items_later else ()),
    )


def _look_up(
    edits: Edits,
    plan: Plan,
    begun: Sequence[PlanItem],
    ended: Sequence[PlanItem],
    milestones: Sequence[PlanItem],
) -> None:
    """Read at once the records that steps which begin or end are about."""
    below = [plan.items[need] for one in ended if one.service is not None for need in one.needs]
    supplied = [one for one in below if one.wants]
    ends_items = milestones and not roll_up.is_left_for_later(plan, milestones)
    edits.look_up(
        {
            Service: [one.service for one in ended],
            Resource: [one.resource for one in (*ended, *supplied)],
            Product: [one.product for one in ended],
            ServiceOrder: [one.service_order for one in (*begun, *ended)],
            ResourceOrder: [one.resource_order for one in (*begun, *ended)],
            ProductOrder: [plan.root] if ends_items and plan.kind == "ProductOrder" else [],
        }
    )


def _takes_whole(work: Work, plan: Plan, steps: Steps) -> bool:
    """Tell whether what follows from steps depends on more than what is around them.

    A step that is left out frees what nobody else needs, and an order ends as all its steps did.
    The items of a large order are brought up to date later.
    """
    if steps.skipped:
        return True
    reached = [plan.items[one] for one in steps.completed if plan.items[one].kind == "milestone"]
    if plan.kind != "ProductOrder" or any(one.item_id is None for one in reached):
        return bool(reached)
    return bool(reached) and not roll_up.is_large(work, plan)


def take_steps(plan: Plan, steps: Steps, at: datetime) -> None:
    """Put the steps of a plan into the states that they come into now."""
    for ident in steps.completed:
        item = plan.items[ident]
        plan.put(replace(item, state="completed", started_at=item.started_at or at, ended_at=at))
    for ident in steps.skipped:
        plan.put(replace(plan.items[ident], state="skipped", ended_at=at))
    for ident in (*steps.called, *steps.offered):
        item = plan.items[ident]
        plan.put(replace(item, state="ready", started_at=at, due_at=due_at(item, at)))
    for ident in steps.timed:
        item = plan.items[ident]
        due = item.due_at or at + timedelta(seconds=item.delay_s or 0)
        plan.put(replace(item, state="waiting", started_at=at, due_at=due))


def roll_ups(work: Work, plan: Plan) -> list[NewWork]:
    """Return the work of bringing the items of a large order up to date, soon and all at once."""
    soon = work.services.machine_now() + ROLL_UP_PAUSE * max(
        1.0, plan.next_position / STEPS_A_SECOND
    )
    return [NewWork(ROLL_UP, plan.root, run_at=soon, once=f"{ROLL_UP} {plan.root}")]


@handler(ROLL_UP)
def roll_up_items(services: Services, row: Row) -> None:
    """Write to a large order what has become of its items since it was written last."""
    with as_system(services, ROLL_UP) as work:
        plan = plan_store.locked(work, row.subject)
        if not queue.finish(work.connection, row):
            raise LeaseLost(row.kind)
        if plan is not None:
            edits = Edits(work)
            roll_up.roll_items_up(edits, plan)
            edits.write()


def due_at(item: PlanItem, begun: datetime) -> datetime | None:
    """Return when a step that begins now should be done, where its specification says so."""
    if item.duration_minutes is None:
        return item.due_at
    return begun + timedelta(minutes=item.duration_minutes)


def calls(items: Sequence[PlanItem]) -> list[NewWork]:
    """Return the work of sending these steps' commands, each by itself and all at once."""
    return [NewWork(CALLOUT, one.id, lane=CALL_LANE) for one in items]


def timers(work: Work, items: Sequence[PlanItem]) -> list[NewWork]:
    """Return the work of ending these waiting steps when their time has come.

    Where the clock may be moved, the work itself looks at it again and again.
    """
    now, is_movable = work.services.machine_now(), work.services.test_clock
    return [
        NewWork(
            TIMER,
            one.id,
            run_at=now if is_movable else now + max(timedelta(), one.due_at - work.now),
        )
        for one in items
        if one.due_at is not None
    ]
