"""Arranging: which nodes of a form stand first, which in a line, and which are folded away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from trunkline.documents.shape import Json, Shape
from trunkline.kernel.references import UUID
from trunkline.web.editing.nodes import Group, Input, LookUp, Node, Option, Repeat
from trunkline.web.editing.texts import input_kind
from trunkline.web.wording import choice

FEW_INPUTS = 6
CHOICES = frozenset({"choice", "radio", "boolean"})
IN_LINE_MAX = 3


def is_in_line(shape: type[Shape]) -> bool:
    """Tell whether a shape is small enough for its inputs to stand in one line."""
    own = [one for name, one in shape.by_json_name().items() if not name.startswith("@")]
    return len(own) <= IN_LINE_MAX and all(
        one.shape is None and not one.is_list and input_kind(one) != "long" for one in own
    )


def folded(nodes: Sequence[Node], told: set[str]) -> tuple[list[Node], list[Node]]:
    """Return the nodes to show at once and those to fold away, where there are many."""
    if len(nodes) <= FEW_INPUTS:
        return list(nodes), []
    first = [one for one in nodes if is_needed(one, told)]
    if not first:
        first = list(nodes[:FEW_INPUTS])
    chosen = {id(one) for one in first}
    return first, [one for one in nodes if id(one) not in chosen]


def is_needed(node: Node, told: set[str]) -> bool:
    """Tell whether a node is shown at once: something stands there, or has to."""
    path = node.name[2:] if isinstance(node, Input) else getattr(node, "path", "")
    return path in told or bool(getattr(node, "required", False)) or is_told([node])


def optional(nodes: Sequence[Node]) -> list[Node]:
    """Return the nodes of an object that may be absent: nothing in it has to be filled in."""
    return [_optional(one) for one in nodes]


def _optional(node: Node) -> Node:
    if not isinstance(node, (Input, LookUp, Repeat)):
        return node
    if isinstance(node, Input) and node.required and node.type in CHOICES:
        options = [one for one in node.options if one.value]
        chosen = any(one.chosen for one in options)
        return replace(node, required=False, options=[Option("", "", not chosen), *options])
    return replace(node, required=False)


def is_told(nodes: Sequence[Node]) -> bool:
    """Tell whether something is said to be wrong in one of the nodes."""
    for one in nodes:
        if getattr(one, "problems", ()):
            return True
        if isinstance(one, Group) and is_told([*one.nodes, *one.more]):
            return True
        if isinstance(one, Repeat) and is_told(one.items):
            return True
    return False


def ordered(nodes: Sequence[Node]) -> list[Node]:
    """Return the nodes with those that take a whole line after the small ones."""
    small = [one for one in nodes if not one.is_wide]
    return [*small, *(one for one in nodes if one.is_wide)]


def idents_in(value: Json) -> list[str]:
    """Return the ids of the records that a reference or a list of them names."""
    held = value if isinstance(value, list) else [value]
    found = [one.get("id") for one in held if isinstance(one, dict)]
    return [one for one in found if isinstance(one, str) and UUID.match(one)]


def options_of(kind: str, choices: Sequence[str], text: str, required: bool) -> list[Option]:
    """Return what may be chosen for a value; what is held may stay."""
    if kind == "boolean":
        pairs = [("true", "Yes"), ("false", "No")]
    else:
        pairs = [(one, choice(one, choices)) for one in choices]
    if not pairs:
        return []
    if text and text not in {value for value, _ in pairs}:
        pairs.append((text, text))
    if not required:
        pairs.insert(0, ("", ""))
    return [Option(value, label, value == text) for value, label in pairs]
