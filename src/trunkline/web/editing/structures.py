"""Structures: values that have members, typed in several fields and carried as one text each.

A field `m:["path", "name", 0, "street"]` says where in a value it stands: the path and the name of
what is asked for, which of its values it is of, and the steps inside that. `gathered` makes one
text of each value of them, JSON of what was typed, so that whoever carries what was typed knows
texts by name only. The step `clear:` with such a place takes a value away.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from trunkline.documents.decode import decode, encode
from trunkline.documents.errors import Refusal
from trunkline.documents.shape import Json
from trunkline.screens.asked_value import AskedValue
from trunkline.web.editing.texts import text_of, value_of

MARK = "m:"
NAMED = "c:"
CLEAR = "clear:"
REST = ""
"""The step to what of a value is not asked for; no member is called so."""
STEPS_MAX = 20
LINE = re.compile("\r?\n")
Place = Sequence[str | int]

ADDRESS = (
    AskedValue("streetName", label="Street"), AskedValue("streetNr", label="Number"),
    AskedValue("postcode"), AskedValue("city"), AskedValue("stateOrProvince"),
    AskedValue("country"), AskedValue("id", label="Or the key of a known address"),
)  # fmt: skip
ATTACHMENT = tuple(AskedValue(one) for one in ("url", "name", "mimeType", "content"))
BARE = {"address": "id", "attachment": "url"}
"""The member that a text alone stands for, where a value may be an object or a text."""


def members_of(asked: AskedValue) -> Sequence[AskedValue]:
    """Return the members that a value is typed by; none where it is typed in one input."""
    if asked.choices:
        return ()
    return {"address": ADDRESS, "attachment": ATTACHMENT}.get(asked.kind, asked.members)


def pieces_of(asked: AskedValue, text: str) -> list[str]:
    """Return the values that a text says: of several each has a line, but JSON may have many."""
    return LINE.split(text) if asked.is_many and asked.kind != "json" else [text]


def field_of(place: Place) -> str:
    """Return the name of the field that stands at a place."""
    return f"{MARK}{encode(list(place)).decode()}"


def clear_of(place: Place) -> str:
    """Return the step that takes the value at a place away."""
    return f"{CLEAR}{encode(list(place)).decode()}"


# --- from fields to texts -----------------------------------------------------------------------


def gathered(fields: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return the fields with one text for each value that was typed in several of them."""
    found = {name: list(one) for name, one in fields.items() if not name.startswith(MARK)}
    trees: dict[tuple[str, str], dict[str | int, Any]] = {}
    for name, texts in fields.items():
        place = _place(name.removeprefix(MARK)) if name.startswith(MARK) else []
        if len(place) > 2:
            tree = trees.setdefault((str(place[0]), str(place[1])), {})
            _put(tree, place[2:], texts[-1] if texts else "")
    step = next(iter(fields.get("step", ())), "")
    gone = _place(step.removeprefix(CLEAR)) if step.startswith(CLEAR) else []
    if len(gone) > 2:
        _clear(found, trees, gone)
    for (path, name), tree in trees.items():
        values = [value for index in sorted(tree, key=_order) if (value := _whole(tree[index]))]
        texts = [one if isinstance(one, str) else encode(one).decode() for one in values]
        found[f"{NAMED}{path}:{name}"] = texts or [""]
    return found


def _place(text: str) -> list[str | int]:
    """Return what a text says as a place, nothing for any other text."""
    try:
        found = decode(text.encode())
    except Refusal:
        return []
    is_place = isinstance(found, list) and 2 < len(found) <= STEPS_MAX
    if not is_place or not all(type(one) in (str, int) for one in found):
        return []
    return list(found) if isinstance(found[2], int) else []


def _put(tree: dict[str | int, Any], steps: Place, text: str) -> None:
    for step in steps[:-1]:
        inner = tree.setdefault(step, {})
        if not isinstance(inner, dict):
            return
        tree = inner
    tree.setdefault(steps[-1], text)


def _clear(
    fields: dict[str, list[str]], trees: dict[tuple[str, str], dict[str | int, Any]], place: Place
) -> None:
    path, name, *steps = place
    tree: Any = trees.get((str(path), str(name)))
    if tree is None:
        texts = fields.get(f"{NAMED}{path}:{name}", [])
        index = steps[0]
        if isinstance(index, int) and 0 <= index < len(texts):
            texts[index] = ""
        return
    for step in steps[:-1]:
        tree = tree.get(step) if isinstance(tree, dict) else None
    if isinstance(tree, dict) and steps[-1] in tree:
        tree[steps[-1]] = ""


def _order(step: str | int) -> int:
    return step if isinstance(step, int) else 0


def _whole(node: Any) -> Json:
    """Return what was typed below a node, empty where that is nothing."""
    if not isinstance(node, dict):
        return node if node.strip() else ""
    inner = {step: value for step, one in node.items() if step != REST and (value := _whole(one))}
    if inner and all(isinstance(one, int) for one in inner):
        return [inner[index] for index in sorted(inner, key=_order)]
    rest = opened(node.get(REST))
    known = {str(step) for step in node}
    kept = {name: value for name, value in (rest or {}).items() if name not in known}
    return kept | {str(step): value for step, value in inner.items()} if inner else ""


# --- from texts to values -----------------------------------------------------------------------


def opened(value: Json, bare: str = "") -> dict[str, Json] | None:
    """Return a value as its members: an object, JSON of one, or a text that stands for one.

    None for what has no members.
    """
    if isinstance(value, dict):
        return value
    if not isinstance(value, str):
        return None
    if value.startswith("{"):
        try:
            found = decode(value.encode())
        except Refusal:
            found = None
        if isinstance(found, dict):
            return found
    return {bare: value} if bare else None


def named_kind(asked: AskedValue) -> str:
    """Return which input a named value is typed into; a day is not an instant there."""
    return {"date": "day"}.get(asked.kind, asked.kind)


def named_value(asked: AskedValue, text: Json, former: Json, zone: ZoneInfo) -> Json:
    """Return what was typed for one named value, None for nothing.

    What reads as before is as before. What is not of the kind stays as it was typed.
    """
    if not isinstance(text, (str, dict)):
        return text
    kind = named_kind(asked)
    for one in asked.choices:
        if text_of(kind, one.value, zone) == text:
            return one.value
    parts = {one.name: one for one in members_of(asked)}
    held = opened(text) if parts else None
    if held is None:
        return value_of(kind, text, former, zone) if isinstance(text, str) else text
    before = opened(former, BARE.get(asked.kind, "")) or {}
    found: dict[str, Json] = {}
    for name, typed in held.items():
        part = parts.get(name)
        value = typed if part is None else _member(part, typed, before.get(name), zone)
        if value is not None and value != "":
            found[name] = value
    bare = BARE.get(asked.kind, "")
    is_bare = asked.kind == "address" or isinstance(former, str)
    if found.keys() == {bare} and is_bare and not isinstance(former, dict):
        return found[bare]
    return found or None


def _member(asked: AskedValue, typed: Json, former: Json, zone: ZoneInfo) -> Json:
    if not isinstance(typed, list):
        value = named_value(asked, typed, former, zone)
        return [value] if asked.is_array and value is not None else value
    was = former if isinstance(former, list) else []
    values = [
        named_value(asked, one, was[index] if index < len(was) else None, zone)
        for index, one in enumerate(typed)
    ]
    return [one for one in values if one is not None] or None
