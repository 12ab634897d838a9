"""Activation: steps handed to the network, and its answers taken in, whenever they come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import psycopg

from trunkline.documents.errors import Conflict
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.behaviour import handler
from trunkline.kernel.reactions import LeaseLost
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.leases import queue
from trunkline.leases.queue import Row
from trunkline.ordering import plan_store
from trunkline.ordering.command import (
    Activator,
    Answer,
    Command,
    OutcomeUnknown,
    Unavailable,
    activator_of,
    command_for,
)
from trunkline.ordering.edits import Edits
from trunkline.ordering.plan_item import Plan, PlanItem
from trunkline.ordering.plan_store import CALLOUT
from trunkline.ordering.progress import go_on
from trunkline.ordering.retry_policy import FailureKind, RetryPolicy, policy_of
from trunkline.ordering.undo import undo_late

AWAITING_ANSWER = frozenset({"ready", "running", "waiting", "unknown", "failed"})
ATTEMPTS_KEPT = 20
STORE_TRIES = 4
BUSY = (
    psycopg.errors.LockNotAvailable,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    Conflict,
)


@dataclass(frozen=True)
class Failure:
    """A try that brought no answer, and whether the command may have got through."""

    kind: FailureKind
    code: str
    message: str


Outcome = Answer | Failure


@handler(CALLOUT)
def call_out(services: Services, row: Row) -> None:
    """Send a step's command, or ask what became of it, and take in the answer.

    Nothing of the database is held while the network is talked to.
    """
    with services.database.app.connection() as connection:
        item = plan_store.begin_attempt(connection, row.subject)
    if item is None:
        _leave_unbegun(services, row)
        return
    command = command_for(item)
    outcome = exchange(activator_of(services), command, ask_first=item.may_have_happened)
    _persistently(lambda: _store(services, row, item.root, command, outcome))


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
        kind: FailureKind = "unknown" if ask_first else "technical"
        return Failure(kind, error.code, error.message)
    except OutcomeUnknown as error:
        return Failure("unknown", error.code, error.message)


def take_answer(work: Work, key: str, answer: Answer) -> bool:
    """Take in an answer that came by itself; False for a key that was never sent.

    Repeated answers, and those that others have overtaken, change nothing.
    """
    found = plan_store.root_of_key(work, key)
    if found is None:
        return False
    root, ident, is_present = found
    plan = plan_store.locked(work, root, around=ident) if is_present else None
    if plan is not None and plan.items[ident].command_key == key:
        settle(work, plan, plan.items[ident], answer)
        go_on(work, plan, Edits(work))
    return True


def settle(work: Work, plan: Plan, item: PlanItem, answer: Answer) -> None:
    """Put a step into the state that an answer brings it to."""
    is_late = item.state == "canceled" and answer.kind == "done"
    is_found = item.state == "fallout" and item.error_kind in {"technical", "unknown"}
    if item.state not in AWAITING_ANSWER and not is_late and not is_found:
        return
    kept = answer.as_json()
    if answer.kind == "done":
        plan.put(
            replace(item, state="completed", answer=kept, ended_at=work.now, error_kind=None,
                    error_code=None, error_message=None)
        )  # fmt: skip
        if is_late:
            undo_late(work, plan, plan.items[item.id])
    elif answer.kind == "pending":
        if item.state != "fallout":
            plan.put(replace(item, state="waiting", answer=kept, error_kind=None))
    else:
        refused = Failure("business", answer.code or "refused", answer.message or "was refused")
        _fall_out(plan, replace(item, answer=kept), refused, work.now)


def _store(services: Services, row: Row, root: str, command: Command, outcome: Outcome) -> None:
    with as_system(services, CALLOUT) as work:
        plan = plan_store.locked(work, root, around=row.subject)
        item = plan.items.get(row.subject) if plan is not None else None
        pause_s: float | None = None
        if plan is not None and item is not None:
            if item.command_key == command.key:
                pause_s = _take_outcome(work, plan, item, command, outcome, row)
                go_on(work, plan, Edits(work))
            elif item.state in AWAITING_ANSWER:
                pause_s = 0
        _leave(work, row, pause_s)


def _leave_unbegun(services: Services, row: Row) -> None:
    """Remove the work of a step that has ended; where the order is on hold it begins anew later."""
    with as_system(services, CALLOUT) as work:
        root = plan_store.root_of(work, row.subject)
        step = row.subject
        plan = plan_store.locked(work, root, around=step) if root is not None else None
        item = plan.items.get(step) if plan is not None else None
        pause_s: float | None = None
        if plan is not None and item is not None and item.state in {"ready", "failed"}:
            if plan.may_start:  # released in this very moment
                pause_s = 0
            else:
                plan.put(replace(item, state="pending", started_at=None))
                plan_store.write(work, plan)
        _leave(work, row, pause_s)


def _leave(work: Work, row: Row, pause_s: float | None) -> None:
    """Remove the row of work, or put it back for later; the lease must still be ours."""
    if pause_s is None:
        held = queue.finish(work.connection, row)
    else:
        held = queue.hold(work.connection, row)
        queue.put_back(work.connection, row, pause_s=pause_s, free=True)
    if not held:
        raise LeaseLost(row.kind)


def _take_outcome(
    work: Work, plan: Plan, item: PlanItem, command: Command, outcome: Outcome, row: Row
) -> float | None:
    """Take in what a try brought; return the pause before the next one, None for none."""
    item = plan.put(replace(item, request=command.as_json()))
    if item.state == "waiting" and isinstance(outcome, Failure):
        return _ask_again_s(work.services, row)  # it was taken; asking about it can wait
    if isinstance(outcome, Failure):
        return _take_failure(work, plan, item, outcome)
    settle(work, plan, item, outcome)
    is_waiting = plan.items[item.id].state == "waiting"
    return _ask_again_s(work.services, row) if is_waiting else None


def _take_failure(work: Work, plan: Plan, item: PlanItem, failure: Failure) -> float | None:
    """Note a failed try; return the pause before the next one, None where there is none."""
    if item.state not in AWAITING_ANSWER:
        return None
    policy: RetryPolicy = policy_of(work.services)
    same = [
        one
        for one in _attempts(item)
        if one.get("kind") == failure.kind and not one.get("superseded")
    ]
    pause_s = policy.pause_s(failure.kind, len(same) + 1)
    if pause_s is None:
        _fall_out(plan, item, failure, work.now)
        return None
    plan.put(
        replace(
            item,
            state="failed" if failure.kind == "technical" else "unknown",
            attempts=_with_attempt(item, failure, work.now),
            error_kind=failure.kind,
            error_code=failure.code,
            error_message=failure.message,
        )
    )
    return pause_s


def _fall_out(plan: Plan, item: PlanItem, failure: Failure, at: datetime) -> None:
    """Put a step aside for people; one that was to be taken back anyway is simply off."""
    is_off = plan.is_canceling and item.direction == "do" and failure.kind != "unknown"
    plan.put(
        replace(
            item,
            state="canceled" if is_off else "fallout",
            attempts=_with_attempt(item, failure, at),
            error_kind=failure.kind,
            error_code=failure.code,
            error_message=failure.message,
        )
    )


def _ask_again_s(services: Services, row: Row) -> float:
    waited_s = (services.machine_now() - row.created_at).total_seconds()
    return policy_of(services).ask_pause_s(waited_s)


def _attempts(item: PlanItem) -> list[dict[str, Json]]:
    return item.attempts if isinstance(item.attempts, list) else []


def _with_attempt(item: PlanItem, failure: Failure, at: datetime) -> Json:
    attempts = _attempts(item)
    tried: dict[str, Json] = {
        "number": int(attempts[-1]["number"]) + 1 if attempts else 1,
        "time": format_instant(at),
        "kind": failure.kind,
        "code": failure.code,
        "message": failure.message,
        "request": item.request,
    }
    if failure.kind == "business" and item.answer is not None:
        tried["answer"] = item.answer
    return [*attempts, tried][-ATTEMPTS_KEPT:]


def _persistently(store: Callable[[], None]) -> None:
    """Store an answer, again where others were busy with the same records at that moment."""
    for number in range(STORE_TRIES):
        try:
            store()
            return
        except BUSY:
            if number == STORE_TRIES - 1:
                raise
