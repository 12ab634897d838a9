"""Turns: what becomes of a step of a plan definition when all that it needs is done. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from trunkline.documents.condition import RuleFailed, ValueMissing, compile_rule
from trunkline.documents.shape import Json
from trunkline.ordering.design.definition import VARIABLES
from trunkline.ordering.design.template import plain_text, render, render_path
from trunkline.ordering.plan_item import PlanItem

CONDITION_FAILED = "conditionFailed"
TEMPLATE_FAILED = "templateFailed"
NOT_TRIED = frozenset({CONDITION_FAILED, TEMPLATE_FAILED})
"""Codes of fallouts in which nothing was tried yet: such a step comes to its turn again."""


@dataclass(frozen=True)
class Turn:
    """What a step does: it is left out for a reason, is faulty, or brings what it needs.

    `fault` is a code and a message; `request` is what is sent, `brings` are values.
    """

    skipped: str | None = None
    fault: tuple[str, str] | None = None
    request: Json = None
    correlation: str | None = None
    brings: Mapping[str, Json] | None = None

    def taken(self, item: PlanItem) -> PlanItem:
        """Return the step with what it needs for its turn."""
        if self.fault is not None:
            code, message = self.fault
            return replace(item, error_kind="business", error_code=code, error_message=message)
        answer = (
            {"kind": "done", "characteristic": dict(self.brings)} if self.brings else item.answer
        )
        return replace(
            item,
            reason=self.skipped or item.reason,
            request=self.request if self.request is not None else item.request,
            correlation=self.correlation or item.correlation,
            answer=answer,
        )


def turn_of(item: PlanItem, values: Mapping[str, Json]) -> Turn:
    """Return what becomes of a step; `values` are those that the steps before it brought."""
    said = item.design["item"]
    context = context_of(item, values)
    reason = None if item.direction == "undo" else _left_out(said.get("condition"), context)
    if isinstance(reason, Turn):
        return reason
    if reason is not None:
        return Turn(skipped=reason)
    try:
        return _begun(item, said, context)
    except RuleFailed as error:
        return Turn(fault=(TEMPLATE_FAILED, f"{said['title']}: {error}"))


def context_of(item: PlanItem, values: Mapping[str, Json]) -> dict[str, Json]:
    """Return what the texts of an item speak of; values put right at the step itself win."""
    facts: Mapping[str, Json] = item.design.get("facts") or {}
    own: Mapping[str, Json] = item.characteristic if isinstance(item.characteristic, dict) else {}
    given: Mapping[str, Json] = item.design.get("given") or {}
    fixed = {name: value for name, value in own.items() if given.get(name) != value}
    place = item.place if isinstance(item.place, dict) else {}
    return {**facts, "item": {**given, **values, **fixed}, "place": place}


def _left_out(condition: str | None, context: Mapping[str, Json]) -> Turn | str | None:
    """Return why a step is left out, None where it is not; a turn where that cannot be told."""
    if not condition:
        return None
    try:
        if compile_rule(condition, variables=VARIABLES).holds(context):
            return None
        return f"not needed, since this does not hold: {condition}"
    except ValueMissing as missing:
        return f"not needed, since {missing.name} has no value: {condition}"
    except RuleFailed as error:
        return Turn(fault=(CONDITION_FAILED, f"the condition {condition} failed: {error}"))


def _begun(item: PlanItem, said: Mapping[str, Json], context: Mapping[str, Json]) -> Turn:
    if item.kind == "callout" and said.get("callout"):
        callout = said["callout"]
        template = callout["undoRequest" if item.direction == "undo" else "request"]
        return Turn(
            request={
                "system": callout["system"],
                "method": template.get("method") or "POST",
                "path": render_path(template["path"], context),
                "body": render(template.get("body"), context),
            }
        )
    if item.kind == "event" and "event" in said:
        event = said["event"]
        found = compile_rule(event["correlation"], condition=False, variables=VARIABLES)
        try:
            return Turn(correlation=plain_text(found.value(context)))
        except ValueMissing:
            raise
        except RuleFailed as error:
            raise RuleFailed(f"the correlation {event['correlation']} {error}") from error
    return Turn(brings=mapped(said.get("assign") or (), context) or None)


def mapped(mappings: Json, context: Mapping[str, Json]) -> dict[str, Json]:
    """Return the values that mappings find; one that is not there is left out."""
    found: dict[str, Json] = {}
    for one in mappings:
        rule = compile_rule(one["expression"], condition=False, variables=tuple(context))
        try:
            value = rule.value(context)
        except ValueMissing:
            continue
        if value is not None:
            found[one["characteristic"]] = value
    return found
