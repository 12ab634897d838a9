"""Shortcuts: keys that do something on a page, as declared and as a person has moved them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from trunkline.documents.errors import Fault

Place = Literal["everywhere", "list", "detail"]
KEYS_MAX = 3
STROKE = re.compile(
    r"(?:Mod\+)?(?:(?:Alt\+)?(?:Shift\+)?"
    r"(?:Enter|Space|Escape|Delete|Home|End|Arrow(?:Up|Down|Left|Right))"
    r"|(?:Shift\+)?[a-z]|[^\sA-Z])"
)
"""What browsers tell of a stroke: of Shift with a sign, such as `?`, the sign alone."""
KEPT = frozenset(
    f"Mod+{one}" for one in ("n", "t", "w", "q", "Shift+n", "Shift+t", "Shift+w", "Shift+q",
                             "a", "c", "v", "x", "z")
)  # fmt: skip
"""Strokes that no page gets to hear of, or by which people copy, paste and take back."""
STROKES_MAX = 3
Keys = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Shortcut:
    """One action and the keys that call it where it holds.

    Each of `keys` is a stroke (`e`, `Shift+x`, `Mod+Enter`; Mod is Ctrl or Command) or some, one
    after the other (`g o`). A `fixed` one stays as it is.
    """

    action: str
    title: str
    keys: tuple[str, ...]
    place: Place = "everywhere"
    fixed: bool = False


Shortcuts = Mapping[str, Shortcut]


def keys_of(shortcuts: Shortcuts, moved: Keys) -> dict[str, tuple[str, ...]]:
    """Return the keys of every action, as a person has moved them; none where it has no keys.

    A key that somebody chose is theirs, also where an action that came later is declared with it.
    """
    chosen = [(key, shortcuts[name]) for name in moved.keys() & shortcuts.keys()
              for key in moved[name]]  # fmt: skip
    return {
        name: keys
        if shortcuts[name].fixed or name in moved
        else tuple(key for key in keys if not _is_taken(key, shortcuts[name], chosen))
        for name, keys in _said(shortcuts, moved).items()
    }


def _is_taken(key: str, one: Shortcut, chosen: Sequence[tuple[str, Shortcut]]) -> bool:
    return any(_meet(one, other) and _overlap(key, theirs) for theirs, other in chosen)


def _said(shortcuts: Shortcuts, moved: Keys) -> dict[str, tuple[str, ...]]:
    return {
        name: one.keys if one.fixed else tuple(moved.get(name, one.keys))
        for name, one in shortcuts.items()
    }


def key_faults(shortcuts: Shortcuts, moved: Keys) -> Iterator[Fault]:
    """Yield what is wrong with keys that somebody wants: names, forms, and two on one key."""
    for name, keys in moved.items():
        path = f"keys.{name}"
        one = shortcuts.get(name)
        if one is None:
            yield Fault(path, "badValue", "is no action that has keys")
        elif one.fixed:
            yield Fault(path, "badValue", f"the key of “{one.title}” stays as it is")
        elif len(keys) > KEYS_MAX:
            yield Fault(path, "badValue", f"may have {KEYS_MAX} keys")
        for key in keys:
            strokes = key.split(" ")
            if one is not None and not KEPT.isdisjoint(strokes):
                yield Fault(path, "badValue", f"the browser keeps “{key}”; choose another key")
            if len(strokes) > STROKES_MAX or not all(map(STROKE.fullmatch, strokes)):
                yield Fault(path, "badValue", f"“{key}” is no key; write e, Shift+x or g o")
    yield from _conflicts(shortcuts, moved)


def _conflicts(shortcuts: Shortcuts, moved: Keys) -> Iterator[Fault]:
    """Yield a fault where one key would do two things, or begins what another key does."""
    bound = [
        (key, shortcuts[name]) for name, keys in _said(shortcuts, moved).items() for key in keys
    ]
    for at, (key, one) in enumerate(bound):
        for other_key, other in bound[at + 1 :]:
            if not _meet(one, other) or not _overlap(key, other_key):
                continue
            mine, theirs = (one, other) if one.action in moved else (other, one)
            yield Fault(
                f"keys.{mine.action}", "conflictKey",
                f"“{key}” is taken by “{theirs.title}”; choose another key or move that one",
            )  # fmt: skip


def _meet(one: Shortcut, other: Shortcut) -> bool:
    return "everywhere" in (one.place, other.place) or one.place == other.place


def _overlap(key: str, other: str) -> bool:
    return f"{key} ".startswith(f"{other} ") or f"{other} ".startswith(f"{key} ")
