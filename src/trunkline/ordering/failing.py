"""Failing: a try that brought no success noted on its step, and whether another one follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.work import Work
from trunkline.ordering.plan_item import Plan, PlanItem, StepState, altered
from trunkline.ordering.repair.failure_policy import TRIES_MAX, ErrorKind
from trunkline.ordering.retry_policy import pause_s

ATTEMPTS_KEPT = len(get_args(ErrorKind)) * (TRIES_MAX + 1)
"""As many as there can be before people are asked: tries are counted by those that are kept."""


@dataclass(frozen=True)
class Failure:
    """A try that brought no success, and whether the command may have got through.

    `answer` is what came back over the line all the same, if anything did.
    """

    kind: ErrorKind
    code: str
    message: str
    answer: Json = None


def pause_after(work: Work, item: PlanItem, failure: Failure) -> float | None:
    """Return the pause before a step is tried again after a failure, None for never."""
    same = [
        one
        for one in _attempts(item)
        if one.get("kind") == failure.kind and not one.get("superseded")
    ]
    return pause_s(work, item, failure.kind, failure.code, len(same) + 1)


def failed(item: PlanItem, failure: Failure, at: datetime) -> PlanItem:
    """Return a step with a failure noted, after which it is tried again."""
    return altered(
        item,
        state="unknown" if failure.kind == "unknown" else "failed",
        attempts=_with_attempt(item, failure, at),
        error_kind=failure.kind,
        error_code=failure.code,
        error_message=failure.message,
    )


def is_off(plan: Plan, item: PlanItem, failure: Failure) -> bool:
    """Tell whether a step that failed was to be taken back anyway, so that it is simply off."""
    is_unwanted = plan.is_canceling or any(one.undoes == item.id for one in plan)
    return is_unwanted and item.direction == "do" and failure.kind != "unknown"


def fall_out(plan: Plan, item: PlanItem, failure: Failure, at: datetime) -> None:
    """Put a step aside for people; one that was to be taken back anyway is simply off."""
    state: StepState = "canceled" if is_off(plan, item, failure) else "fallout"
    plan.put(altered(failed(item, failure, at), state=state))


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
    answer = item.answer if failure.kind == "business" else failure.answer
    if answer is not None:
        tried["answer"] = answer
    return [*attempts, tried][-ATTEMPTS_KEPT:]
