"""Progress: an order's plan taken as far as it goes by itself, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

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
from trunkline.ordering.steps import Steps, next_steps
from trunkline.ordering.waiting import TIMER, WAKE

CALL_LANE = "call"
ROLL_UP = "plan.rollUp"
ROLL_UP_PAUSE = timedelta(seconds=1)


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
    take_steps(plan, steps, work.now)
    begun = plan.moved("ready")
    effect.begin_orders(edits, begun, work.now)
    ended = plan.moved("completed", "skipped", "canceled")
    effect.carry_over(edits, plan, ended, work.now)
    milestones = [one for one in ended if one.kind == "milestone" and one.state == "completed"]
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
    soon = work.services.machine_now() + ROLL_UP_PAUSE
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
