"""The form of a manual task: what its report asks for, and what was typed as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trunkline.catalog.characteristic import CharacteristicSpecificationBase
from trunkline.catalog.option import Bounds, bounds
from trunkline.documents.decode import decode
from trunkline.documents.errors import Refusal
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.ordering.manual_task import asked_of
from trunkline.ordering.plan_item import PlanItem
from trunkline.web.forms import Form
from trunkline.web.wording import words

AS_TEXT = frozenset({"text", "date", "dateTime", "email", "any", "duration"})
INPUTS = {"date": "date", "email": "email"}


@dataclass(frozen=True)
class Typed:
    """What was typed into the form before: texts by name, and what is wrong by field."""

    values: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    problems: Mapping[str, str] = field(default_factory=dict)


NOTHING = Typed()


def form_of(
    work: Work, task: PlanItem, *, back: str = "", typed: Typed = NOTHING
) -> dict[str, Any]:
    """Return the form of a task for the template; `back` is where its page came from."""
    asked = asked_of(work, task)
    names = {one.name for one in asked}
    others = [one for one in typed.values if one not in names]
    return {
        "id": task.id,
        "back": back,
        "fields": [field_of(one, typed) for one in asked],
        "others": [
            {"name": one, "value": typed.values[one], "problem": typed.problems.get(one, "")}
            for one in others
        ],
        "note": typed.note,
        "note_problem": typed.problems.get("", ""),
    }


def values_typed(form: Form, asked: Sequence[CharacteristicSpecificationBase]) -> dict[str, Json]:
    """Return the values that were typed, each as the kind that its characteristic has."""
    kinds = {one.name: bounds(one).type for one in asked}
    found: dict[str, Json] = {}
    for name, text in form.pairs("name", "value").items():
        if text == "":
            continue
        kind = kinds.get(name)
        is_text = kind is None or (kind.kind in AS_TEXT and not kind.is_array)
        found[name] = text if is_text else _as_value(text)
    return found


def field_of(one: CharacteristicSpecificationBase, typed: Typed) -> dict[str, Any]:
    """Return the field of one characteristic for the template."""
    allowed, name = bounds(one), one.name or ""
    return {
        "name": name,
        "label": words(name),
        "hint": one.description or "",
        "required": allowed.minimum > 0 and not allowed.defaults,
        "input": INPUTS.get(allowed.type.kind, "text"),
        "options": _options(allowed),
        "value": typed.values.get(name, ""),
        "problem": typed.problems.get(name, ""),
    }


def _options(allowed: Bounds) -> list[dict[str, str]]:
    """Return the values to choose from, none where one may be typed freely."""
    if allowed.type.is_array:
        return []
    if allowed.type.kind == "boolean":
        return [{"value": "true", "label": "Yes"}, {"value": "false", "label": "No"}]
    listed = next((one for one in allowed.choices if one), ())
    if not listed or any(one.value is None for one in listed):
        return []
    return [{"value": str(one.value), "label": one.label or str(one.value)} for one in listed]


def _as_value(text: str) -> Json:
    """Return the JSON value that was typed; text where it is none, which is told at its field."""
    try:
        return decode(text.encode())
    except Refusal:
        return text
