"""Unseen: what somebody does to a record of which a part is hidden from them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from trunkline.documents.errors import Fault, Invalid
from trunkline.documents.patch import ABSENT, copied, own_id, path_to, path_to_id, same
from trunkline.documents.shape import Json
from trunkline.kernel.masks import Mask, shown_of

PIECE = re.compile(r"\.?[^.\[\]]+|\[\d+\]")
BLIND = "\x00hidden"  # no value that was sent has a NUL


def blind(value: Json, step: bool | Mask) -> Json:
    """Return a copy in which every hidden value is the same: what is done to it tells nothing."""
    if isinstance(step, Mask) and step.shuts(value):
        return {"id": BLIND} if isinstance(value, dict) else BLIND
    if isinstance(step, Mask) and isinstance(value, dict) and value:
        return {name: blind(inner, step.step(name)) for name, inner in value.items()}
    if isinstance(step, Mask) and isinstance(value, list) and value:
        return [blind(one, step) for one in value]
    return BLIND if shown_of(value, step) is ABSENT else copied(value)


def kept_shut(step: bool | Mask, before: Json, after: Json, path: str = "") -> Json:
    """Return `after` with what is the staff's own put back as it was; what comes new is open.

    Who is kept from the staff's own words neither removes nor writes any: theirs are for both.
    Refuses another value than a list in the place of one of which something is shut, and to write
    the only note of a record that is there already where none is seen: one of the staff may stand
    there. With `before` None nothing was there.
    """
    if not isinstance(step, Mask):
        return after
    if isinstance(after, list):
        return _elements(step, before if isinstance(before, list) else [], after, path)
    shut = _shut(step, before)
    if shut and isinstance(before, list) and after is not None:
        raise Invalid.of([Fault(path, "badType", "must be of type array")])
    if shut or not isinstance(after, dict):
        return shut or after
    former = before if isinstance(before, dict) else {}
    for name, value in after.items() if isinstance(before, dict) else ():
        _check_room(step.step(name), former.get(name), value, path_to(path, name))
    kept = {
        name: kept_shut(step.step(name), former.get(name), value, path_to(path, name))
        for name, value in after.items()
    }
    for name in former.keys() - after.keys():
        left = former[name] if name in step.kept else _shut(step.step(name), former[name])
        if left:
            kept[name] = left
    empty = [name for name, value in kept.items() if value == [] and _gate(step.step(name))]
    for name in empty:  # shows as one of which everything is shut does: not at all
        del kept[name]
    return kept | {step.gate: True} if step.gate else kept


def _check_room(step: bool | Mask, before: Json, after: Json, path: str) -> None:
    """Refuse one note in the place where one may stand that the writer does not see."""
    if not isinstance(step, Mask) or not step.gate or not isinstance(after, dict):
        return
    is_unseen = all(map(step.shuts, before if isinstance(before, list) else [before]))
    if is_unseen and not same(before, after):
        message = "only one can stand here, and it is not for you to set; leave it out"
        raise Invalid.of([Fault(path, "hiddenValue", message)])


def with_room(step: bool | Mask, document: dict[str, Json], patch: Json) -> dict[str, Json]:
    """Return a record with an empty list wherever a JSON patch enters one that may be shut.

    What it does there then goes as well whether notes are there that its writer does not see, or
    none at all.
    """
    room: dict[str, Json] = document
    for one in patch if isinstance(patch, list) else ():
        pointer = one.get("path") if isinstance(one, dict) else None
        parts = pointer.lstrip("/").split("/") if isinstance(pointer, str) else []
        room = _with_list(step, room, [*parts[:-1]] if parts[-1:] == ["-"] else parts)
    return room


def _with_list(step: bool | Mask, holder: dict[str, Json], parts: list[str]) -> dict[str, Json]:
    if not isinstance(step, Mask) or not parts:
        return holder
    inner, held = step.step(parts[0]), holder.get(parts[0])
    if len(parts) == 1 and _gate(inner) and held is None:
        return {**holder, parts[0]: []}
    if len(parts) > 1 and isinstance(held, dict):
        return {**holder, parts[0]: _with_list(inner, held, parts[1:])}
    return holder


def _gate(step: bool | Mask) -> str:
    return step.gate if isinstance(step, Mask) else ""


def _shut(step: bool | Mask, value: Json) -> Json:
    """Return what a gate shuts of a value in one place: it, those of its elements, or nothing."""
    if not isinstance(step, Mask):
        return None
    if isinstance(value, list):
        return [one for one in value if step.shuts(one)]
    return value if value is not None and step.shuts(value) else None


def _elements(step: Mask, before: list[Json], after: list[Json], path: str) -> list[Json]:
    if not step.gate:
        pairs = {where: one for where, one, _ in _pairs("", before, [])}
        # Lines that come without their ids get them by their places, as new ones do.
        placed = before if not any(own_id(one) is not None for one in after) else []
        return [
            kept_shut(
                step, pairs.get(where, placed[n] if n < len(placed) else None), one, f"{path}[{n}]"
            )
            for n, (where, one, _) in enumerate(_pairs("", after, []))
        ]
    shut = [(place, one) for place, one in enumerate(before) if step.shuts(one)]
    left = [one for _, one in shut]
    kept: list[Json] = []
    for one in after:
        if one in left:
            left.remove(one)
        else:
            kept.append(one | {step.gate: True} if isinstance(one, dict) else one)
    for place, one in shut:
        kept.insert(place, one)
    return kept


def counted(step: bool | Mask, document: Json, fault: Fault) -> Fault:
    """Return a fault whose path counts, in lists of which something is shut, only what is seen."""
    pieces = PIECE.findall(fault.path)
    if "".join(pieces) != fault.path:
        return fault
    for number, piece in enumerate(pieces):
        index = int(piece[1:-1]) if piece.startswith("[") else None
        if index is None:
            name = piece.lstrip(".")
            step = step.step(name) if isinstance(step, Mask) else step
            document = document.get(name) if isinstance(document, dict) else None
        elif isinstance(document, list) and index < len(document):
            shut = sum(isinstance(step, Mask) and step.shuts(one) for one in document[:index])
            pieces[number], document = f"[{index - shut}]", document[index]
    return replace(fault, path="".join(pieces))


def lost(mask: Mask, before: Json, after: Json) -> list[str]:
    """Return the paths of hidden values in `before` that are gone or different in `after`.

    Array elements are matched by their `id` (those with the same one in order), else by position.
    What its gate shuts is not asked for: `kept_shut` puts it back.
    """
    return list(_lost("", mask, before, after))


def _lost(path: str, step: bool | Mask, before: Json, after: Json) -> Iterator[str]:
    if step is True or before in ({}, []) or (isinstance(step, Mask) and step.shuts(before)):
        return
    if isinstance(step, Mask) and isinstance(before, dict):
        for name, value in before.items():
            other = after.get(name, ABSENT) if isinstance(after, dict) else ABSENT
            yield from _lost(path_to(path, name), step.step(name), value, other)
    elif isinstance(step, Mask) and isinstance(before, list):
        for inner, value, other in _pairs(path, before, after if isinstance(after, list) else []):
            yield from _lost(inner, step, value, other)
    elif shown_of(before, step) is ABSENT and not same(before, after):
        yield path


def _pairs(path: str, before: list[Json], after: list[Json]) -> Iterator[tuple[str, Json, Json]]:
    """Yield path, element and its counterpart or ABSENT for every element."""
    waiting: dict[str | int, list[Json]] = {}
    for one in after:
        key = own_id(one)
        if key is not None:
            waiting.setdefault(key, []).append(one)
    for index, one in enumerate(before):
        key = own_id(one)
        if key is None:
            yield f"{path}[{index}]", one, after[index] if index < len(after) else ABSENT
        else:
            same_id = waiting.get(key)
            yield path_to_id(path, key), one, same_id.pop(0) if same_id else ABSENT
