"""Trace: what went out for a step, what came back and when, kept beside the step. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, TypeAlias

from trunkline.documents.shape import Json, format_instant
from trunkline.ordering.command import Answer, command_for
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


def told_late(item: PlanItem, at: datetime, key: str, answer: Answer) -> PlanItem:
    """Return a step with an answer that came too late beside the try that it belongs to.

    It was tried again meanwhile, under another key, or was refused: people look at both.
    """
    own = try_under(item, key)
    if answer.kind != "done" or own is None or "lateAnswer" in own:
        return item
    late = {"lateAnswer": answer.as_json(), "lateAnswerTime": format_instant(at)}
    return altered(item, attempts=[one | late if one is own else one for one in item.attempts])


def try_under(item: PlanItem, key: str) -> dict[str, Json] | None:
    """Return the last try of a step that was made under a key, None where none was."""
    own = (one for one in reversed(_tries(item)) if (one.get("request") or {}).get("key") == key)
    return next(own, None)


def done_after_all(item: PlanItem, key: str | None = None) -> Json:
    """Return the late answer by which what a step would send now is done already, None where not.

    Only tries that asked for the same count, with `key` only the one under that key.
    """
    if item.kind != "callout" or item.error_kind == "unknown" or item.command_key is None:
        return None
    wanted = _asked(command_for(item).as_json())
    for one in reversed(_tries(item)):
        request = one.get("request") or {}
        if "lateAnswer" in one and key in (None, request.get("key")) and _asked(request) == wanted:
            return one["lateAnswer"]
    return None


def _tries(item: PlanItem) -> list[dict[str, Json]]:
    return item.attempts if isinstance(item.attempts, list) else []


def _asked(request: Mapping[str, Json]) -> dict[str, Json]:
    """Return what a request asks for, under whichever key, and whatever it is called there."""
    ours = ("key", "theirRecord", "theirOffering")
    return {name: value for name, value in request.items() if name not in ours}


def trace_of(item: PlanItem) -> list[dict[str, Json]]:
    """Return the exchanges of a step, the oldest first."""
    held = item.handoff if isinstance(item.handoff, dict) else {}
    return list(held.get(TRACE, ()))
