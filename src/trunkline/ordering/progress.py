"""Progress: an order's plan taken as far as it goes by itself, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
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
from trunkline.ordering.design.outside_system import NETWORK, systems_of
from trunkline.ordering.edits import Edits
from trunkline.ordering.fallout_records import keep_fallouts
from trunkline.ordering.handoff import outbound, theirs
from trunkline.ordering.jeopardy.policies import policies
from trunkline.ordering.line_start import begin_lines
from trunkline.ordering.plan_item import Plan, PlanItem, StepState, altered
from trunkline.ordering.plan_store import CALLOUT
from trunkline.ordering.pooled.settling import settle_pools
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.project.reaching import tell_milestones
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.schedule import AS_SPECIFIED, Terms
from trunkline.ordering.service_order import ServiceOrder
from trunkline.ordering.steps import Steps, next_steps
from trunkline.ordering.waiting import TIMER, WAKE
from trunkline.workspace.timer import when_due

CALL_LANE = "call"
# So many steps that come to their turn together are called by one piece of work.
CALLS_AT_ONCE = 4
ROLL_UP = "plan.rollUp"
EARLY = "plan.earlyEvent"
"""The kind of work that looks whether the event that a step waits for came before it began."""
FIELD_WORK = "plan.fieldWork"
"""The kind of work that brings the work order of a step to where the step stands."""
NEW_DATES = "plan.newDates"
"""The kind of work that moves the visits of an order whose dates are others now."""
VISITED: tuple[StepState, ...] = ("pending", "waiting", "completed", "skipped", "canceled")
"""The states of field work that somebody who visits has to know of."""
ROLL_UP_PAUSE = timedelta(seconds=1)
# The longer a plan, the dearer it is to bring its order up to date, and the rarer that is done.
STEPS_A_SECOND = 2000


def advance(work: Work, root: str) -> None:
    """Complete what completes by itself, begin what may begin, and roll the states up."""
    plan = plan_store.locked(work, root)
    if plan is not None:
        go_on(work, plan, Edits(work))


def go_on(work: Work, plan: Plan, edits: Edits, *, takes_calls: bool = False) -> list[PlanItem]:
    """Take a plan on from what has changed in it, and write plan, records and work to be done.

    The order's lock is held. Who takes calls gets the first steps that go to the network now, as
    such that are being tried: there is no other work for these.
    """
    steps = next_steps(plan, may_start=plan.may_start)
    if not plan.is_whole and _takes_whole(work, plan, steps):
        plan_store.complete(work, plan)
    take_steps(plan, steps, work.now, policies(work).terms())
    _settle_undone(plan, work.now)
    _name_network(work, plan)
    begun = plan.moved("ready")
    ended = plan.moved("completed", "skipped", "canceled")
    visits = [one for one in plan.moved(*VISITED) if one.kind == "fieldWork"]
    milestones = [one for one in ended if one.kind == "milestone" and one.state == "completed"]
    _look_up(edits, plan, begun, ended, milestones)
    effect.begin_orders(edits, begun, work.now)
    effect.carry_over(edits, plan, ended, work.now)
    outbound.follow(edits, plan)
    theirs.keep_ids(edits, ended)
    theirs.ask_at_once(work, plan)
    settle_pools(work, edits, plan, ended)
    begin_lines(edits, plan, ended)
    items_later = roll_up.reach(edits, plan, milestones, work.now)
    tell_milestones(edits, plan, ended, work.now)
    keep_fallouts(edits, plan, work.now)
    timed = plan.moved("waiting")
    called = [one for one in begun if one.kind == "callout"]
    taken = called[:CALLS_AT_ONCE] if takes_calls else []
    for one in taken:
        plan.put(altered(one, state="running", attempt=one.attempt + 1))
    woken = plan_store.write(work, plan)
    with work.together():
        edits.write()
        work.schedule(
            *calls(called[len(taken) :]),
            *timers(work, [one for one in timed if one.kind in {"timer", "wait"}]),
            *(NewWork(EARLY, one.id) for one in timed if one.kind == "event"),
            *(NewWork(FIELD_WORK, one.id) for one in visits),
            *(NewWork(WAKE, ident) for ident in sorted(woken)),
            *(roll_ups(work, plan) if items_later else ()),
        )
    return taken


def _settle_undone(plan: Plan, at: datetime) -> None:
    """End what was taken back though nobody knows whether it had happened."""
    for undo in plan.moved("completed"):
        undone = plan.items.get(undo.undoes or "")
        if undone is not None and undone.state == "fallout":
            plan.put(altered(undone, state="canceled", ended_at=at))


def _name_network(work: Work, plan: Plan) -> None:
    """Let calls of the network keep to its pace and its hours, where somebody set these up."""
    if NETWORK in systems_of(work):
        for one in plan.moved("ready"):
            if one.kind == "callout" and one.system is None:
                plan.put(altered(one, system=NETWORK))


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


def take_steps(plan: Plan, steps: Steps, at: datetime, terms: Terms = AS_SPECIFIED) -> None:
    """Put the steps of a plan into the states that they come into now."""
    for ident, turn in steps.turns.items():
        plan.put(turn.taken(plan.items[ident]))
    for ident in steps.faulty:
        plan.put(altered(plan.items[ident], state="fallout", started_at=at))
    for ident in steps.awaiting:
        plan.put(altered(plan.items[ident], state="waiting", started_at=at,
                         due_at=due_at(plan.items[ident], at, terms)))  # fmt: skip
    for ident in steps.completed:
        item = plan.items[ident]
        plan.put(altered(item, state="completed", started_at=item.started_at or at, ended_at=at))
    for ident in steps.skipped:
        plan.put(altered(plan.items[ident], state="skipped", ended_at=at))
    for ident in (*steps.called, *steps.offered):
        item = plan.items[ident]
        plan.put(altered(item, state="ready", started_at=at, due_at=due_at(item, at, terms)))
    for ident in steps.timed:
        item = plan.items[ident]
        due = item.due_at or at + timedelta(seconds=item.delay_s or 0)
        plan.put(altered(item, state="waiting", started_at=at, due_at=due))


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


def due_at(item: PlanItem, begun: datetime, terms: Terms) -> datetime | None:
    """Return when a step that begins now should be done, where anything says how long it takes."""
    takes = terms.takes(item)
    return item.due_at if takes is None else terms.end(item, begun, takes)


def calls(items: Sequence[PlanItem]) -> list[NewWork]:
    """Return the work of sending these steps' commands, a few of one order at once."""
    few = [items[at : at + CALLS_AT_ONCE] for at in range(0, len(items), CALLS_AT_ONCE)]
    return [
        NewWork(CALLOUT, first.id, lane=CALL_LANE, payload=[one.id for one in others] or None)
        for first, *others in few
    ]


def timers(work: Work, items: Sequence[PlanItem]) -> list[NewWork]:
    """Return the work of ending these waiting steps when their time has come."""
    return [
        NewWork(TIMER, one.id, run_at=when_due(work, one.due_at))
        for one in items
        if one.due_at is not None
    ]
