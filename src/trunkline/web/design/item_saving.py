"""Saving an item of a plan: what was changed in its form is changed, all else stays as it was.

The form does not show everything that an item may say, and shows some of it in other words. So it
is compared what was posted with what a browser posts when nobody changes anything.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from trunkline.documents.patch import copied
from trunkline.documents.shape import Json
from trunkline.web.design.item_form import lines_sent_back, sent_back, typed_item

OF_KIND = ("callout", "event", "assign", "form", "delaySeconds")
"""What only items of some kind say: it goes where an item becomes one of another kind."""
BY = {"form": "name", "mapping": "characteristic", "assign": "characteristic", "after": None}
"""Lists of the form with a line for each element, and by what an element is known again."""
WHOLE = frozenset({"body"})
"""What is no part of the form's own words, and is replaced as a whole."""


def saved_item(
    held: Mapping[str, Json], typed: Mapping[str, Json], known: Collection[str]
) -> dict[str, Json]:
    """Return an item with what was changed of it in the form; `known` are the plan's items."""
    shown, _ = typed_item(sent_back(held, known))
    before = {name: one for name, one in copied(dict(held)).items()
              if typed.get("kind") == held.get("kind") or name not in OF_KIND}  # fmt: skip
    return _merged(before, shown, typed, known)


def _merged(
    held: Mapping[str, Json],
    shown: Mapping[str, Json],
    typed: Mapping[str, Json],
    known: Collection[str],
) -> dict[str, Json]:
    found = {
        name: _value(name, held.get(name), shown.get(name), typed.get(name), known)
        for name in dict.fromkeys((*held, *typed))
    }
    return {name: value for name, value in found.items() if value is not None}


def _value(name: str, held: Json, shown: Json, typed: Json, known: Collection[str]) -> Json:
    if typed == shown:
        return held
    is_cleared = typed is None and name == "undoRequest"
    if isinstance(held, dict) and name not in WHOLE and not is_cleared:
        return _merged(held, shown or {}, typed or {}, known) or None
    if isinstance(held, list) and name in BY:
        return _elements(name, held, typed or [], known) or None
    return typed


def _elements(
    name: str, held: Sequence[Json], typed: Sequence[Json], known: Collection[str]
) -> list[Json]:
    """Return the elements that were typed, those that were there with all that they say."""
    left = lines_sent_back(name, held, known)
    found: list[Json] = []
    for one in typed:
        at = next((at for at, (shown, _) in enumerate(left) if shown == one), None)
        by = BY[name]
        if at is None and by is not None:
            same = (at for at, (shown, _) in enumerate(left) if shown and shown[by] == one[by])
            at = next(same, None)
        if at is None:
            found.append(one)
        else:
            shown, kept = left.pop(at)
            found.append(_merged(kept, shown, one, known))
    return found + [one for shown, one in left if shown is None]
