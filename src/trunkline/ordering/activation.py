"""Activation: steps handed to the network, and its answers taken in, whenever they come."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

import psycopg

from trunkline.documents.errors import Conflict
from trunkline.kernel.behaviour import handler
from trunkline.kernel.reactions import LeaseLost
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row
from trunkline.ordering import plan_store
from trunkline.ordering.command import (
    Activator,
    Answer,
    Command,
    OutcomeUnknown,
    Unavailable,
    command_for,
)
from trunkline.ordering.design.calling import line_for
from trunkline.ordering.design.outside_system import NETWORK
from trunkline.ordering.design.places import leave_places
from trunkline.ordering.edits import Edits
from trunkline.ordering.failing import Failure, failed, fall_out, is_off, pause_after
from trunkline.ordering.fallout_records import keep_late
from trunkline.ordering.handoff.theirs import with_their_date
from trunkline.ordering.handoff.trace import How, answered, done_after_all, noted, told_late
from trunkline.ordering.plan_item import Plan, PlanItem, altered
from trunkline.ordering.plan_store import CALLOUT
from trunkline.ordering.progress import CALL_LANE, go_on
from trunkline.ordering.repair.failure_policy import ErrorKind
from trunkline.ordering.retry_policy import policy_of
from trunkline.ordering.undo import undo_late

AWAITING_ANSWER = frozenset({"ready", "running", "waiting", "unknown", "failed"})
UNSENT = frozenset({"ready", "failed"})
"""States of steps whose next command has not gone out."""
STORE_TRIES = 4
T = TypeVar("T")
QUICK = timedelta(seconds=0.2)
BUSY = (
    psycopg.errors.LockNotAvailable,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    Conflict,
)


@dataclass(frozen=True)
class Later:
    """Not tried yet: the outside system takes the call in so many seconds at the earliest."""

    pause_s: float


Outcome = Answer | Failure | Later


@dataclass(frozen=True)
class Tried:
    """One try of a step: the step in the state that it had before, and what came of it."""

    item: PlanItem
    command: Command
    outcome: Outcome


@handler(CALLOUT)
def call_out(services: Services, row: Row) -> None:
    """Send the commands of steps, or ask what became of them, and take in the answers.

    Nothing of the database is held while the network is talked to. While it answers at once, the
    steps that come to their turn thereby follow in the same thread: that they are being tried is
    written together with the answers.
    """
    with services.database.app.connection() as connection:
        items = plan_store.begin_attempts(connection, steps_of(row))
    if not items:
        _leave_unbegun(services, row)
    while items:
        row, items = _carry_out(services, row, items)


def steps_of(row: Row) -> list[str]:
    """Return the steps that a piece of work calls."""
    return [row.subject, *(row.payload or ())]


def _carry_out(
    services: Services, row: Row, items: Sequence[PlanItem]
) -> tuple[Row, list[PlanItem]]:
    """Call steps until the network takes its time; return the work and the steps that follow."""
    tried: list[Tried] = []
    is_quick = True
    for item in items:
        if is_quick:
            began = services.machine_now()
            command = command_for(item)
            _keep_lease(services, row, command)
            outcome = _tried(services, item, command)
            tried.append(Tried(item, command, outcome))
            is_quick = services.machine_now() - began < QUICK
    untried = items[len(tried) :]
    return _persistently(lambda: _store(services, row, tried, untried, goes_on=is_quick))


def _keep_lease(services: Services, row: Row, command: Command) -> None:
    """Let the work stay ours for as long as a call may take; else its answer would be lost."""
    said = command.call.callout.get("timeoutSeconds") if command.call is not None else None
    if said is not None and float(said) > row.lease_s / 2:
        with services.database.app.connection() as connection:
            queue.renew(connection, replace(row, lease_s=row.lease_s + float(said)))


def _tried(services: Services, item: PlanItem, command: Command) -> Outcome:
    line = line_for(services, item, command)
    if line.pause_s > 0:
        return Later(line.pause_s)
    return exchange(line.activator, command, ask_first=item.may_have_happened)


def exchange(activator: Activator, command: Command, *, ask_first: bool) -> Outcome:
    """Return what became of a command; one that may have got through is asked for at first.

    A command that never arrived is sent again under the same key.
    """
    try:
        if ask_first:
            found = activator.query(command.key)
            if found is not None:
                return found
        return activator.submit(command)
    except Unavailable as error:
        kind: ErrorKind = "unknown" if ask_first else "technical"
        return Failure(kind, error.code, error.message, error.answer)
    except OutcomeUnknown as error:
        return Failure("unknown", error.code, error.message, error.answer)


def take_answer(work: Work, key: str, answer: Answer, *, system: str | None = None) -> bool:
    """Take in an answer that came by itself; False for a key that was never sent to the system.

    Repeated answers, and those that others have overtaken, change no state; that a try was done
    after all is kept beside it, and in the record of its fallout.
    """
    found = plan_store.root_of_key(work, key)
    if found is None:
        return False
    root, ident, _ = found
    plan, edits = plan_store.locked(work, root, around=[ident]), Edits(work)
    if plan is None:
        return True
    if plan.items[ident].system not in {system, NETWORK if system is None else system}:
        return False
    take_told(work, plan, edits, ident, "calledBack", key, answer)
    go_on(work, plan, edits)
    return True


def take_told(
    work: Work, plan: Plan, edits: Edits, ident: str, how: How, key: str, answer: Answer
) -> None:
    """Take in what a step was told by itself under a key; what comes too late is kept beside it.

    What was done after all is not sent once more, if it is not on its way already.
    """
    plan.put(answered(plan.items[ident], how, work.now, key, answer))
    if plan.items[ident].command_key == key:
        settle_later(work, plan, plan.items[ident], answer)
    if plan.items[ident].command_key != key or plan.items[ident].state == "fallout":
        keep_late(edits, plan.put(told_late(plan.items[ident], work.now, key, answer)))
        if plan.items[ident].state in UNSENT and done_after_all(plan.items[ident], key):
            settle_later(work, plan, plan.items[ident], answer)


def settle_later(work: Work, plan: Plan, item: PlanItem, answer: Answer) -> None:
    """Take in an answer that came by itself; what is to be tried again then is put to work."""
    pause_s = settle(work, plan, item, answer)
    if pause_s is not None:
        plan_store.withdraw_calls(work, item)
        at = work.services.machine_now() + timedelta(seconds=pause_s)
        work.schedule(NewWork(CALLOUT, item.id, lane=CALL_LANE, run_at=at))


def settle(work: Work, plan: Plan, item: PlanItem, answer: Answer) -> float | None:
    """Put a step into the state that an answer brings it to.

    Returns the pause after which it is tried again, where it was refused and a policy says so.
    """
    is_late = item.state == "canceled" and answer.kind == "done"
    is_found = item.state == "fallout" and item.error_kind in {"technical", "unknown"}
    if item.state not in AWAITING_ANSWER and not is_late and not is_found:
        return None
    kept = answer.as_json()
    if answer.kind == "done":
        plan.put(
            altered(item, state="completed", answer=kept, ended_at=work.now, error_kind=None,
                    error_code=None, error_message=None)
        )  # fmt: skip
        if is_late and all(one.undoes != item.id for one in plan):
            undo_late(work, plan, plan.items[item.id])
    elif answer.kind == "pending":
        if item.state != "fallout":
            plan.put(with_their_date(altered(item, state="waiting", answer=kept, error_kind=None)))
    else:
        refused = Failure("business", answer.code or "refused", answer.message or "was refused")
        item = altered(item, answer=kept)
        return _take_refusal(work, plan, item, refused, may_retry=not is_found)
    return None


def _take_refusal(
    work: Work, plan: Plan, item: PlanItem, refused: Failure, *, may_retry: bool
) -> float | None:
    """Note a refusal; return the pause before the step is sent again, as a command of its own."""
    pause_s = pause_after(work, item, refused) if may_retry else None
    if pause_s is None or item.command_key is None or is_off(plan, item, refused):
        fall_out(plan, item, refused, work.now)
        return None
    plan_store.keep_former_key(work, item)
    key = work.services.chance.uuid()
    plan.put(altered(failed(item, refused, work.now), command_key=key, answer=None))
    return pause_s


def _store(
    services: Services,
    row: Row,
    tried: Sequence[Tried],
    untried: Sequence[PlanItem],
    *,
    goes_on: bool,
) -> tuple[Row, list[PlanItem]]:
    """Take in what tries brought; return the work and the steps to go on with."""
    root, around = tried[0].item.root, [*steps_of(row), *(one.id for one in untried)]
    following: list[PlanItem] = []
    with as_system(services, CALLOUT) as work:
        plan = plan_store.locked(work, root, around=around)
        pauses: dict[str, float] = {}
        if plan is not None:
            for one in tried:
                pause_s = _take_outcome(work, plan, one, row)
                if pause_s is not None:
                    pauses[one.item.id] = pause_s
            pauses |= _give_back(plan, untried)
            following = go_on(work, plan, Edits(work), takes_calls=goes_on and not pauses)
        if following:
            subject, *others = [one.id for one in following]
            leased = queue.follow(work.connection, row, subject=subject, payload=others)
            if leased is None:
                raise LeaseLost(row.kind)
            return leased, [altered(one, state="ready") for one in following]
        _leave(work, row, pauses)
    return row, []


def _give_back(plan: Plan, untried: Sequence[PlanItem]) -> dict[str, float]:
    """Let steps wait for their turn that were not tried after all; return those to try at once."""
    again: dict[str, float] = {}
    for item in untried:
        now = plan.items.get(item.id)
        if now is not None and now.state == "running" and item.state == "ready":
            plan.put(altered(now, state="ready", attempt=now.attempt - 1))
        else:
            again[item.id] = 0
    return again


def _leave_unbegun(services: Services, row: Row) -> None:
    """Remove the work of steps that have ended; where the order is on hold they begin later."""
    with as_system(services, CALLOUT) as work:
        root = plan_store.root_of(work, row.subject)
        steps = steps_of(row)
        plan = plan_store.locked(work, root, around=steps) if root is not None else None
        pauses: dict[str, float] = {}
        for step in steps:
            item = plan.items.get(step) if plan is not None else None
            if plan is None or item is None or item.state not in {"ready", "failed"}:
                continue
            if plan.may_start and item.hold is None:  # released in this very moment
                pauses[step] = 0
            else:
                plan.put(altered(item, state="pending", started_at=None))
        if plan is not None:
            plan_store.write(work, plan)
        leave_places(work, [one for one in steps if one not in pauses])
        _leave(work, row, pauses)


def _leave(work: Work, row: Row, pauses: Mapping[str, float]) -> None:
    """Remove the row of work, or put it back for later; the lease must still be ours.

    Of several steps each is tried again by itself, after its pause in seconds.
    """
    if pauses and steps_of(row) == [row.subject]:
        held = queue.hold(work.connection, row)
        queue.put_back(work.connection, row, pause_s=pauses[row.subject], free=True)
    else:
        held = queue.finish(work.connection, row)
        now = work.services.machine_now()
        work.schedule(
            *(
                NewWork(CALLOUT, step, lane=CALL_LANE, run_at=now + timedelta(seconds=pause_s))
                for step, pause_s in pauses.items()
            )
        )
    if not held:
        raise LeaseLost(row.kind)


def _take_outcome(work: Work, plan: Plan, tried: Tried, row: Row) -> float | None:
    """Take in what a try brought; return the pause before the next one, None for none."""
    item, outcome = plan.items.get(tried.item.id), tried.outcome
    if item is None:
        return None
    if item.command_key != tried.command.key:
        is_later = item.state == "failed" and item.error_kind == "business"
        return 0 if item.state in AWAITING_ANSWER and not is_later else None
    if isinstance(outcome, Later):
        if item.state == "running" and tried.item.state in {"ready", "failed"}:
            plan.put(altered(item, state=tried.item.state, attempt=item.attempt - 1))
        return outcome.pause_s
    item = plan.put(_traced(altered(item, request=tried.command.as_json()), tried, work.now))
    if item.state == "waiting" and isinstance(outcome, Failure):
        return _ask_again_s(work.services, row)  # it was taken; asking about it can wait
    if isinstance(outcome, Failure):
        return _take_failure(work, plan, item, outcome)
    pause_s = settle(work, plan, item, outcome)
    is_waiting = plan.items[item.id].state == "waiting"
    return _ask_again_s(work.services, row) if is_waiting else pause_s


def _traced(item: PlanItem, tried: Tried, at: datetime) -> PlanItem:
    """Return a step with what was exchanged about it by this try."""
    how: How = "asked" if tried.item.may_have_happened else "sent"
    outcome, key = tried.outcome, tried.command.key
    if isinstance(outcome, Answer):
        return answered(item, how, at, key, outcome)
    assert isinstance(outcome, Failure)
    return noted(
        item, how, at, key=key, result=outcome.kind, code=outcome.code, message=outcome.message,
        answer=outcome.answer,
    )  # fmt: skip


def _take_failure(work: Work, plan: Plan, item: PlanItem, failure: Failure) -> float | None:
    """Note a failed try; return the pause before the next one, None where there is none."""
    if item.state not in AWAITING_ANSWER:
        return None
    pause_s = pause_after(work, item, failure)
    if pause_s is None:
        fall_out(plan, item, failure, work.now)
        return None
    plan.put(failed(item, failure, work.now))
    return pause_s


def _ask_again_s(services: Services, row: Row) -> float:
    waited_s = (services.machine_now() - row.created_at).total_seconds()
    return policy_of(services).ask_pause_s(waited_s)


def _persistently(store: Callable[[], T]) -> T:
    """Store an answer, again where others were busy with the same records at that moment."""
    for _ in range(STORE_TRIES - 1):
        with suppress(*BUSY):
            return store()
    return store()
