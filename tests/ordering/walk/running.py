"""What goes on beside the orders of a walk: people, the network's answers, deaths, and time."""

from __future__ import annotations

from tests.ordering.walk import truth
from tests.ordering.walk.buying import place
from tests.ordering.walk.changing import act, open_revisions, revise
from tests.ordering.walk.market import HOUR_S, OWN
from tests.ordering.walk.walk import DAY_S, Walk
from trunkline.kernel.work import as_system
from trunkline.ordering import activation, plan_store
from trunkline.ordering.command import command_for
from trunkline.ordering.plan_item import PlanItem

POINTS_MAX = 16
PEACE_ROUNDS = 40
VERBS = (("completeByHand", 20), ("skip", 20))


def put_right(walk: Walk) -> None:
    """Try fallout again, correct it, do it by hand, or leave it out."""
    for fallout in truth.open_fallout(walk):
        verb = walk.chance.outcome(VERBS, "retry", "verb")
        item = step_of(walk, fallout)
        is_known = item is not None and item.error_kind == "business" and item.kind == "callout"
        # Nobody leaves out or does by hand what may have happened; what is undone is undone.
        if item is None or not is_known or (verb == "skip" and item.direction == "undo"):
            verb = "retry"
        body = {"reason": "a walk", "evidence": "seen"} if verb != "retry" else {}
        answer = walk.site.admin.post(f"{OWN}/fallout/{fallout}/{verb}", body)
        walk.note(verb, item.name if item is not None else "", answer.status_code)
        if verb == "completeByHand" and item is not None and answer.status_code == 200:
            by_hand(walk, item)


def step_of(walk: Walk, fallout: str) -> PlanItem | None:
    """Return the step that fell out, None where an order could not be broken down."""
    rows = walk.rows(
        "select p.root::text, p.id::text from plan_item p where p.fallout = %s", fallout
    )
    with as_system(walk.services, "tests") as work:
        plan = plan_store.read(work, rows[0][0]) if rows else None
        item = plan.items.get(rows[0][1]) if plan is not None else None
    return item if item is not None and item.error_kind != "order" else None


def by_hand(walk: Walk, item: PlanItem) -> None:
    """Do in the network or outside what somebody says to have done there."""
    command = command_for(item)
    if command.call is not None:
        walk.outside.take_effect(command.call.request)
    else:
        walk.network.carry_out(command)


def report(walk: Walk) -> None:
    """Report tasks as done."""
    rows = walk.rows(
        "select id::text from plan_item where kind = 'manual' and state = 'ready' "
        "and root = any(%s::uuid[]) order by root, position", walk.orders,
    )  # fmt: skip
    body = {"evidence": "seen", "characteristic": [{"name": "doors", "value": 2}]}
    for (task,) in rows:
        answer = walk.site.admin.post(f"{OWN}/task/{task}/complete", body)
        if answer.status_code == 400:  # this one asks for nothing
            answer = walk.site.admin.post(f"{OWN}/task/{task}/complete", {"evidence": "seen"})
        assert answer.status_code in (200, 409), (str(walk), answer.json)
        walk.note("task", answer.status_code)


def answer(walk: Walk) -> None:
    """Let the network do what it has taken on, in any sequence, and tell it once or twice."""
    waiting, calm = walk.network.waiting, walk.network.is_calm
    while waiting and (calm or not walk.chance.happens(20, "the others later")):
        command = waiting.pop(0 if calm else walk.chance.below(len(waiting), "answered"))
        walk.network.take_effect(command)
        for _ in range(1 if calm else walk.chance.choice((1, 2), "times told")):
            with as_system(walk.services, "network") as work:
                activation.take_answer(work, command.key, walk.network.orders[command.key])


def tell(walk: Walk) -> None:
    """Let panels be seen: events that steps wait for, sometimes twice."""
    rows = walk.rows(
        "select correlation from plan_item where kind = 'event' and state = 'waiting' "
        "and root = any(%s::uuid[]) order by root, position", walk.orders,
    )  # fmt: skip
    for number, (correlation,) in enumerate(rows):
        event = {"id": f"{correlation}-{len(walk.trace)}-{number}", "type": "panelSeen",
                 "correlation": correlation, "body": {"serial": "P-1"}}  # fmt: skip
        for _ in range(1 if walk.network.is_calm else walk.chance.choice((1, 2), "times told")):
            told = walk.site.admin.post(f"{OWN}/event", event)
            assert told.status_code == 200, (str(walk), told.json)


def die(walk: Walk) -> None:
    """Let the worker die at one of the next points; another one finds what it has left."""
    first = (place, revise, put_right, answer, report)
    walk.chance.choice(first, "what goes before")(walk)
    with walk.deaths.after(walk.chance.below(POINTS_MAX, "points")):
        walk.site.work()
    walk.note("deaths", walk.deaths.died)
    let_leases_end(walk)


def let_leases_end(walk: Walk) -> None:
    with walk.services.database.app.connection() as connection:
        connection.execute("update work set lease_until = null")


def pass_time(walk: Walk) -> None:
    """Let hours or days go by."""
    walk.site.move_clock(walk.chance.choice((HOUR_S // 2, 2 * HOUR_S, DAY_S), "seconds"))
    hurry(walk)


def hurry(walk: Walk) -> None:
    """Let what waits be looked at, as machine time would bring it about."""
    with walk.services.database.app.connection() as connection:
        connection.execute("update work set run_at = now() where parked_at is null")
    walk.site.work()


def end_in_peace(walk: Walk) -> None:
    """Let all be calm, decide what is open, answer what waits, put right what fell out."""
    walk.network.is_calm = walk.outside.is_calm = True
    walk.trace.append("peace")
    for number in range(PEACE_ROUNDS):
        if number == 3:
            walk.market.load(4 * len(walk.orders))
        for one in open_revisions(walk):
            act(walk, one, "withdraw")
        walk.site.work()
        answer(walk)
        tell(walk)
        report(walk)
        retry_all(walk)
        walk.site.move_clock(DAY_S if number < 5 else HOUR_S)
        hurry(walk)
        truth.must_hold(walk)
        if number > 3 and truth.is_over(walk):
            break
    truth.must_have_ended(walk)


def retry_all(walk: Walk) -> None:
    for fallout in truth.open_fallout(walk):
        walk.site.admin.post(f"{OWN}/fallout/{fallout}/retry")
