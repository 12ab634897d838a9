"""Plan edits as an expert says them: steps added, removed, repeated, changed and made to wait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, TypeGuard

from trunkline.documents.errors import Fault, Invalid
from trunkline.documents.shape import Json

Doing: TypeAlias = Literal["add", "remove", "repeat", "change", "wait", "unwait"]
DOINGS: tuple[Doing, ...] = ("add", "remove", "repeat", "change", "wait", "unwait")
KINDS = ("manual", "timer")
"""Kinds of steps that an expert adds; all others come from specifications and definitions."""
ADDED = "edited/"
"""What the key of a step begins with that an expert has added."""
EDITS_MAX = 50
MINUTES_MAX = 60 * 24 * 400


@dataclass(frozen=True, kw_only=True)
class PlanEdit:
    """One thing that is edited about a plan.

    `step` is what is removed, repeated, changed or made to wait for `needs`. What is added has a
    `name`, comes after some steps and before others, and belongs to a line where it names one.
    Values of `characteristic` that are None are taken away.
    """

    do: Doing
    step: str = ""
    needs: str = ""
    name: str | None = None
    kind: str = "manual"
    line: str | None = None
    role: str | None = None
    minutes: int | None = None
    after: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    characteristic: Mapping[str, Json] = field(default_factory=dict)


def edits_of(sent: Json) -> list[PlanEdit]:
    """Return edits as a client sends them; refuses (400) with every fault in them."""
    if not isinstance(sent, list) or not 0 < len(sent) <= EDITS_MAX:
        message = f"send a list of 1 to {EDITS_MAX} edits"
        raise Invalid.of([Fault("edit", "required", message)])
    faults: list[Fault] = []
    found = [_edit(one, f"edit[{place}]", faults) for place, one in enumerate(sent)]
    if faults:
        raise Invalid.of(faults)
    return [one for one in found if one is not None]


def _edit(sent: Json, path: str, faults: list[Fault]) -> PlanEdit | None:
    if not isinstance(sent, dict) or not _is_doing(sent.get("do")):
        faults.append(Fault(f"{path}.do", "badValue", f"is one of {', '.join(DOINGS)}"))
        return None
    do: Doing = sent["do"]
    minutes, values = sent.get("durationMinutes"), sent.get("characteristic") or {}
    asked: list[tuple[str, bool, str]] = [
        ("step", do == "add" or _is_text(sent.get("step")), "name a step by its id"),
        ("needs", do not in ("wait", "unwait") or _is_text(sent.get("needs")), "name a step"),
        ("name", do != "add" or _is_text(sent.get("name")), "say what is to be done"),
        ("kind", sent.get("kind", KINDS[0]) in KINDS, f"is one of {', '.join(KINDS)}"),
        ("durationMinutes", minutes is None or _is_minutes(minutes), "is a number of minutes"),
        ("characteristic", isinstance(values, dict), "maps names to values"),
    ]  # fmt: skip
    for name in ("after", "before"):
        listed = sent.get(name, [])
        is_list = isinstance(listed, list) and all(_is_text(one) for one in listed)
        asked.append((name, is_list, "lists steps by their ids"))
    for name in ("name", "role", "itemId"):
        one = sent.get(name)
        asked.append((name, one is None or _is_text(one), "is a text"))
    wrong = {name: message for name, is_right, message in asked if not is_right}
    faults += [Fault(f"{path}.{name}", "badValue", message) for name, message in wrong.items()]
    if wrong:
        return None
    return PlanEdit(
        do=do, step=sent.get("step") or "", needs=sent.get("needs") or "",
        name=sent.get("name"), kind=sent.get("kind", KINDS[0]), line=sent.get("itemId"),
        role=sent.get("role"), minutes=minutes, after=tuple(sent.get("after", ())),
        before=tuple(sent.get("before", ())), characteristic=values,
    )  # fmt: skip


def _is_doing(value: Json) -> TypeGuard[Doing]:
    return value in DOINGS


def _is_minutes(value: Json) -> bool:
    return type(value) is int and 0 <= value <= MINUTES_MAX


def _is_text(value: Json) -> bool:
    return isinstance(value, str) and bool(value.strip())
