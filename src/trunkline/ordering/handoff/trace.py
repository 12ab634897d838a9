"""Trace: what went out for a step, what came back and when, kept beside the step. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

from trunkline.documents.shape import Json, format_instant
from trunkline.ordering.command import Answer
from trunkline.ordering.plan_item import PlanItem, altered

How: TypeAlias = Literal["sent", "asked", "calledBack", "reported", "withdrawn"]
"""Sent or asked by us; told by a call-back or by the answer address; taken back before its end."""

TRACE = "trace"
KEPT = 30


def noted(item: PlanItem, how: How, at: datetime, *, key: str, **said: Json) -> PlanItem:
    """Return a step with one more exchange; equal ones in a row are one that is counted."""
    held = item.handoff if isinstance(item.handoff, dict) else {}
    listed = [dict(one) for one in held.get(TRACE, ())]
    entry: dict[str, Json] = {"how": how, "key": key}
    entry |= {name: value for name, value in said.items() if value not in (None, "", {})}
    time = format_instant(at)
    last = {name: value for name, value in listed[-1].items() if name in entry} if listed else {}
    if listed and last == entry and set(listed[-1]) - set(entry) <= {"time", "until", "times"}:
        listed[-1] |= {"until": time, "times": int(listed[-1].get("times", 1)) + 1}
    else:
        listed.append({"time": time, **entry})
    return altered(item, handoff={**held, TRACE: listed[-KEPT:]})


def answered(item: PlanItem, how: How, at: datetime, key: str, answer: Answer) -> PlanItem:
    """Return a step with an answer in its trace."""
    return noted(
        item, how, at, key=key, result=answer.kind, externalId=answer.external_id,
        code=answer.code, message=answer.message, answer=answer.body,
    )  # fmt: skip


def trace_of(item: PlanItem) -> list[dict[str, Json]]:
    """Return the exchanges of a step, the oldest first."""
    held = item.handoff if isinstance(item.handoff, dict) else {}
    return list(held.get(TRACE, ()))
