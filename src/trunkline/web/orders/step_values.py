"""The values of a step that stands still: as a form asks for them, and as one typed them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from trunkline.documents.decode import decode, encode
from trunkline.documents.errors import Refusal
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.ordering.manual_task import asked_of
from trunkline.ordering.plan_item import PlanItem
from trunkline.web.forms import Form
from trunkline.web.task_form import NOTHING, Typed, field_of
from trunkline.web.wording import words


def values_of(step: PlanItem | None) -> list[dict[str, str]] | None:
    """Return the values of a step as a form shows them; None where there are none to correct."""
    if step is None or step.error_kind in {"order", "unknown"}:
        return None
    return [
        {"name": name, "label": words(name), "value": _as_text(value)}
        for name, value in _held(step).items()
    ]


def fields_of(work: Work, step: PlanItem, said: Typed = NOTHING) -> list[dict[str, Any]]:
    """Return the same as fields with the choices and hints that the specification gives.

    What was `said` before and refused stands there with what is wrong about it.
    """
    shown = [
        one | {"value": said.values.get(one["name"], one["value"])}
        for one in values_of(step) or []
    ]  # fmt: skip
    typed = Typed({one["name"]: one["value"] for one in shown}, problems=said.problems)
    asked = asked_of(work, replace(step, wants=[one["name"] for one in shown]))
    known = {one.name: field_of(one, typed) for one in asked}
    return [
        known.get(one["name"])
        or {**one, "hint": "", "required": False, "input": "text", "options": [],
            "problem": said.problems.get(one["name"], "")}
        for one in shown
    ]  # fmt: skip


def fixed_values(form: Form, step: PlanItem | None) -> dict[str, Any]:
    """Return the values of the form that differ from the step's, each as the kind that it was."""
    held = _held(step) if step is not None else {}
    return {
        name: _as_value(text, held.get(name))
        for name, text in form.pairs("name", "value").items()
        if name not in held or text != _as_text(held[name])
    }


def _held(step: PlanItem) -> dict[str, Json]:
    return step.characteristic if isinstance(step.characteristic, dict) else {}


def _as_text(value: Json) -> str:
    return value if isinstance(value, str) else encode(value).decode()


def _as_value(text: str, former: Json) -> Json:
    """Return what was typed: text where text was, else the JSON value that it is, if it is one."""
    if isinstance(former, str):
        return text
    try:
        return decode(text.encode())
    except Refusal:
        return text
