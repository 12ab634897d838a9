"""Sound parts: a document without what is wrong in it, so that the rest can be asked about too.

A value that may be absent is left out by itself, any other one with the object that needs it. An
element of a list takes with it those that name it or that it names: they cannot be judged without.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import TypeAlias

from trunkline.documents.errors import Fault
from trunkline.documents.schema import Validator
from trunkline.documents.shape import Json, Shape

STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
Place: TypeAlias = tuple[str | int, ...]
"""Where something is in a document: names, and positions in lists."""


class Sound:
    """What is left of a document without its wrong parts, and where that stood in it.

    `raw` is None where nothing is left that could be judged. What a changed record says wrongly at
    its top is taken from `before`. `tied` are attributes that are wrong together.
    """

    def __init__(
        self,
        shape: type[Shape],
        sent: dict[str, Json],
        wrong: Iterable[Fault],
        validator: Validator,
        *,
        before: dict[str, Json] | None = None,
        tied: Collection[str] = (),
    ) -> None:
        self._shape = shape
        self._sent = sent
        self._validator = validator
        self._before = before
        self._tied = tied
        self._cut: set[Place] = set()
        self._came: dict[Place, list[int]] = {}
        self.raw = self._left(wrong)

    def placed(self, found: Iterable[Fault]) -> Iterator[Fault]:
        """Yield faults of what is left at their places in the document as it was sent.

        What is said about a wrong part, or about something that holds one, may follow from that.
        """
        for one in found:
            place = self._origin(place_of(one.path))
            if not any(place[: len(cut)] == cut[: len(place)] for cut in self._cut):
                yield replace(one, path=path_of(place))

    def _left(self, wrong: Iterable[Fault]) -> dict[str, Json] | None:
        """Leave out what is wrong, and what is wrong without that, until the rest is sound."""
        faults, raw = list(wrong), self._sent
        while faults:
            new = {self._whole(self._origin(place_of(one.path))) for one in faults}
            if not new or () in new or new <= self._cut:
                return None
            self._cut |= new
            self._cut |= {place for one in new for place in self._related(one)}
            self._came = {}
            raw = self._kept(self._sent, ())
            faults = self._validator.faults(raw)
        return raw

    def _whole(self, place: Place) -> Place:
        """Return the smallest part that may be absent and holds what is at a place."""
        while place:
            last, holder = place[-1], self._shape_at(place[:-1])
            if isinstance(last, int):
                return place
            attribute = holder.by_json_name().get(last) if holder is not None else None
            at_top = len(place) == 1
            if at_top and self._before is not None:
                return place
            if attribute is None or not (attribute.required or (at_top and self._needs(last))):
                return place
            place = place[:-1]
        return place

    def _needs(self, name: str) -> bool:
        """Tell whether a document lacks an attribute of its top that is left out."""
        rest = {one: value for one, value in self._sent.items() if one != name}
        return any(one.path == name for one in self._validator.faults(rest))

    def _shape_at(self, place: Place) -> type[Shape] | None:
        found: type[Shape] | None = self._shape
        for step in place:
            if isinstance(step, str) and found is not None:
                attribute = found.by_json_name().get(step)
                found = attribute.shape if attribute is not None else None
        return found

    def _related(self, place: Place) -> Iterator[Place]:
        """Yield what cannot be judged without a part: tied attributes, elements that go with it."""
        if len(place) == 1 and place[0] in self._tied:
            yield from ((name,) for name in self._tied)
        for depth, step in enumerate(place):
            if depth == len(place) - 1 and isinstance(step, int):
                beside = self._at(place[:depth])
                yield from ((*place[:depth], one) for one in _together(beside, step))

    def _at(self, place: Place) -> Json:
        value: Json = self._sent
        for step in place:
            value = value[step]
        return value

    def _kept(self, value: Json, place: Place) -> Json:
        if isinstance(value, dict):
            kept = {
                name: self._kept(inner, (*place, name))
                for name, inner in value.items()
                if (*place, name) not in self._cut
            }
            if not place and self._before is not None:
                tops = [one[0] for one in self._cut if len(one) == 1]
                kept |= {one: self._before[one] for one in tops if one in self._before}
            return kept
        if isinstance(value, list):
            left = [one for one in range(len(value)) if (*place, one) not in self._cut]
            self._came[place] = left
            return [self._kept(value[one], (*place, one)) for one in left]
        return value

    def _origin(self, place: Place) -> Place:
        """Return where what is at a place now stood in the document as it was sent."""
        origin: Place = ()
        for step in place:
            came = self._came.get(origin)
            is_known = isinstance(step, int) and came is not None and step < len(came)
            origin = (*origin, came[step] if is_known else step)  # type: ignore[index]
        return origin


def place_of(path: str) -> Place:
    """Return the steps of a fault's path: `item[0].id` is item, 0, id."""
    steps = STEP.findall(path)
    return tuple(int(position) if position else name for position, name in steps)


def path_of(place: Place) -> str:
    """Return the path of a fault at a place."""
    text = "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in place)
    return text.removeprefix(".")


def _together(elements: Json, position: int) -> list[int]:
    """Return the positions of the elements that name, by their ids, one or are named by it."""
    names = [one.get("id") if isinstance(one, dict) else None for one in elements]
    inside = [set(_texts(one)) for one in elements]
    found, new = set[int](), {position}
    while new:
        found |= new
        new = {
            other
            for other in range(len(elements))
            for one in new
            if (isinstance(names[one], str) and names[one] in inside[other])
            or (isinstance(names[other], str) and names[other] in inside[one])
        } - found
    return sorted(found)


def _texts(value: Json) -> Iterator[str]:
    """Yield every text in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)
