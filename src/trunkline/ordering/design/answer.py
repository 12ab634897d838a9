"""Answers of outside systems: done, not yet, refused for good, or not got through. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trunkline.documents.condition import RuleFailed, compile_rule
from trunkline.documents.shape import Json
from trunkline.ordering.command import Answer, OutcomeUnknown, Unavailable
from trunkline.ordering.design.turn import mapped

NOT_TAKEN = frozenset({401, 408, 425, 429, 503})
"""Statuses that say that nothing has happened and that it may be tried again."""
MESSAGE_LENGTH_MAX = 500


@dataclass(frozen=True)
class Response:
    """What came back over the line."""

    status: int
    body: Json = None

    def as_json(self) -> dict[str, Json]:
        """Return what is kept of it beside the try that it answered."""
        return {"status": self.status} | ({} if self.body is None else {"body": self.body})


def answer_of(callout: Mapping[str, Json], context: Mapping[str, Json], found: Response) -> Answer:
    """Return what a response means by the rules of a callout, else by its status.

    Raises Unavailable for a technical error, OutcomeUnknown where that leaves open whether it
    took effect and the callout may not be repeated.
    """
    seen = {**context, "response": {"status": found.status, "body": found.body}}
    kind = _kind(callout, seen, found.status)
    ident = found.body.get("id") if isinstance(found.body, dict) else None
    external_id = str(ident) if isinstance(ident, (str, int)) else None
    if kind == "done":
        brought = _mapped(callout, seen, found)
        return Answer("done", external_id, brought, body={"status": found.status})
    if kind == "pending":
        return Answer("pending", external_id, body={"status": found.status})
    code = _said(callout.get("errorCode"), seen) or f"http{found.status}"
    message = _said(callout.get("errorMessage"), seen) or words_of(found)
    if kind == "failed":
        return Answer("failed", external_id, code=code, message=message, body=found.body)
    if found.status in NOT_TAKEN or callout.get("isRepeatable"):
        raise Unavailable(code, message, answer=found.as_json())
    raise OutcomeUnknown(code, message, answer=found.as_json())


def _kind(callout: Mapping[str, Json], seen: Mapping[str, Json], status: int) -> str:
    said = (("done", "successWhen"), ("pending", "pendingWhen"), ("failed", "businessErrorWhen"))
    for kind, name in said:
        text = callout.get(name)
        if text and _holds(text, seen):
            return kind
    if not callout.get("successWhen") and 200 <= status < 300:
        return "done"
    is_refused = 400 <= status < 500 and status not in NOT_TAKEN
    return "failed" if is_refused and not callout.get("businessErrorWhen") else "technical"


def _holds(text: str, seen: Mapping[str, Json]) -> bool:
    """Tell whether a condition holds; one that cannot be told does not."""
    try:
        return compile_rule(text, variables=tuple(seen)).holds(seen)
    except RuleFailed:
        return False


def _mapped(
    callout: Mapping[str, Json], seen: Mapping[str, Json], found: Response
) -> Mapping[str, Json]:
    try:
        return brought_by(callout.get("mapping") or (), seen)
    except RuleFailed as error:
        message = f"the answer cannot be read: {error}"
        raise OutcomeUnknown("answerUnreadable", message, answer=found.as_json()) from error


def brought_by(mappings: Json, seen: Mapping[str, Json]) -> dict[str, Json]:
    """Return the values that an answer, or an event, brings by mappings.

    What it leaves empty, or where itself is empty, brings none. Raises RuleFailed.
    """
    response = seen["response"]
    told = {
        **response,
        "body": _without_nulls({} if response["body"] is None else response["body"]),
    }
    return mapped(mappings, {**seen, "response": told})


def _without_nulls(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: _without_nulls(one) for name, one in value.items() if one is not None}
    return [_without_nulls(one) for one in value] if isinstance(value, list) else value


def _said(text: str | None, seen: Mapping[str, Json]) -> str | None:
    try:
        found = (
            compile_rule(text, condition=False, variables=tuple(seen)).value(seen) if text else None
        )
    except RuleFailed:
        return None
    return str(found)[:MESSAGE_LENGTH_MAX] if found is not None else None


def words_of(found: Response) -> str:
    """Return what an answer says in words, else its status."""
    body = found.body if isinstance(found.body, dict) else {}
    said = body.get("message") or body.get("reason")
    return str(said or f"it answered {found.status}")[:MESSAGE_LENGTH_MAX]
