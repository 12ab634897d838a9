"""Inputs of extra attributes: by their kind, with the help and the choices of the operator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from trunkline.documents.shape import Json
from trunkline.governance.extra_values import Extra
from trunkline.pages.language import spoken
from trunkline.web.editing.nodes import Input, Node, Option, Part
from trunkline.web.editing.texts import text_of
from trunkline.web.governed import Governed

OWN = "Own attributes"
TYPES = {"date": "day", "choices": "boxes"}
"""As which input a kind is asked for, where that is called otherwise."""


def extra_input(known: Governed, extra: Extra, value: Json, zone: ZoneInfo) -> Input:
    """Return the input of an extra attribute with a value."""
    kind = TYPES.get(extra.kind, extra.kind)
    held = [str(one) for one in value] if isinstance(value, list) else []
    if isinstance(value, str):
        held = [value]
    options: list[Option] = []
    if extra.kind == "boolean":
        text = text_of(kind, value, zone)
        options = [Option("", ""), Option("true", "Yes"), Option("false", "No")]
        options = [Option(one.value, one.label, one.value == text) for one in options]
    elif extra.kind in {"choice", "choices"}:
        options = _options(known.choices(extra.name, *held), held, is_many=extra.kind == "choices")
    return Input(
        f"f:{extra.name}", known.label(extra.name), kind, text_of(kind, value, zone), options,
        extra.required, hint=extra.help.within(spoken().code),
    )  # fmt: skip


def coded_input(
    name: str, label: str, pairs: Sequence[tuple[str, str]], held: Sequence[str], *,
    required: bool, is_many: bool,
) -> Input:  # fmt: skip
    """Return the input of a declared attribute whose values are of a register."""
    options = _options(pairs, held, is_many=is_many)
    text = "" if is_many else held[0]
    return Input(name, label, "boxes" if is_many else "choice", text, options, required)


def _options(
    pairs: Sequence[tuple[str, str]], held: Sequence[str], *, is_many: bool
) -> list[Option]:
    """Return what may be chosen; what is held stays, also where no register knows it."""
    shown = {code for code, _ in pairs}
    found = [*pairs, *((one, one) for one in held if one and one not in shown)]
    if not is_many:
        found.insert(0, ("", ""))
    is_empty = not any(held)
    return [Option(code, name, code in held or (not code and is_empty)) for code, name in found]


def with_extras(parts: Sequence[Part], extras: Sequence[tuple[str, Node]]) -> list[Part]:
    """Return the parts of a form with the operator's attributes, each under its title."""
    by_title: dict[str, list[Node]] = {}
    for title, node in extras:
        by_title.setdefault(title or OWN, []).append(node)
    found = [
        replace(one, nodes=[*one.nodes, *by_title.pop(one.title)]) if one.title in by_title else one
        for one in parts
    ]
    return found + [Part(title, nodes) for title, nodes in by_title.items()]
