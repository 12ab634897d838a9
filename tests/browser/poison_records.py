"""Fills records with payloads: one text for each field that takes any, as long as it takes."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

from tests.browser.payloads import MARK, PAYLOADS, packed
from tests.support.program import Client
from tests.support.samples import address, body_for, part_for
from trunkline.documents.shape import Attribute, Shape
from trunkline.kernel.resource import Resource

DEPTH_MAX = 3
LENGTHS = (3_000, 290, 100, 60, 20)
"""How long a text is tried to be, until a field takes one."""
ABOUT_LENGTH = frozenset({"badValue", "queryTooLong"})
NEVER = frozenset({"methodNotAllowed"})
TRIES_MAX = 40
INDEX = re.compile(r"\[[^\]]*\]")
Place = tuple[str, ...]


def text_places(shape: type[Shape], depth: int = DEPTH_MAX, above: Place = ()) -> Iterator[Place]:
    """Yield where a body of a shape has texts that are neither references nor of a closed list."""
    for one in shape.attributes().values():
        if not _is_own(one):
            continue
        place = (*above, one.json_name)
        if one.shape is not None:
            if depth and "id" not in one.shape.by_json_name():
                yield from text_places(one.shape, depth - 1, place)
        elif one.scalar in ("text", "any"):
            yield place


def _is_own(one: Attribute) -> bool:
    name = one.json_name
    return name not in ("id", "href", "key") and not name.startswith("@") and not one.choices


def first_length(shape: type[Shape], place: Place) -> int:
    """Return which of the lengths a place takes by its declaration."""
    found = shape.by_json_name()[place[0]]
    if found.shape is not None:
        return first_length(found.shape, place[1:])
    most = found.limits.length_max or LENGTHS[0]
    return next((n for n, one in enumerate(LENGTHS) if one <= most), len(LENGTHS) - 1)


def body_with(
    shape: type[Shape], texts: dict[Place, str], client: Client, above: Place = ()
) -> dict[str, Any]:
    """Return a body of a shape that has these texts at their places, and what parts need beside."""
    body: dict[str, Any] = part_for(shape, client) if above else {}
    for one in shape.attributes().values():
        place = (*above, one.json_name)
        value: Any = texts.get(place)
        if one.shape is not None and any(each[: len(place)] == place for each in texts):
            value = body_with(one.shape, texts, client, place)
        if value:
            body[one.json_name] = [value] if one.is_list else value
    return body


def places_in(body: Any, above: Place = ()) -> Iterator[Place]:
    """Yield where a body holds a payload."""
    if isinstance(body, dict):
        for name, value in body.items():
            yield from places_in(value, (*above, name))
    elif isinstance(body, list):
        for value in body:
            yield from places_in(value, above)
    elif isinstance(body, str) and MARK in body:
        yield above


@dataclass
class Filler:
    """Stores records of a kind with payloads, and knows by then what each field takes.

    `refused` says for each place that takes no payload with which code it was refused.
    """

    resource: Resource
    client: Client
    length: dict[Place, int] = field(default_factory=dict)
    refused: dict[Place, str] = field(default_factory=dict)
    why: str = ""
    written: set[str] = field(default_factory=set)
    held: set[Place] = field(default_factory=set)
    _packs: dict[tuple[Place, int], Iterator[str]] = field(default_factory=dict)

    def places(self) -> list[Place]:
        """Return where texts may be written."""
        return list(text_places(self.resource.type))

    def store(self) -> dict[str, Any] | None:
        """Store a record, as full as may be; None where none can be made."""
        needed = body_for(self.resource, self.client)
        texts: dict[Place, str] = {}
        for place in self.places():
            if place not in self.refused:
                self.length.setdefault(place, first_length(self.resource.type, place))
                texts[place] = self._next(place)
        for _ in range(TRIES_MAX):
            body = _merged(needed, body_with(self.resource.type, texts, self.client))
            answer = self.client.post(address(self.resource), body)
            if answer.status_code == 201:
                made: dict[str, Any] = answer.json
                self.held |= set(places_in(made))
                self.written |= set(texts.values())
                return made
            if not self._learn(answer.json, texts, needed):
                self.why = answer.text
                return None
        self.why = answer.text
        return None

    def _learn(self, refusal: dict[str, Any], texts: dict[Place, str], needed: Any) -> bool:
        """Write shorter what was refused for its length, leave out what was refused otherwise."""
        moved = False
        for one in refusal.get("fault", []):
            for each in _meant(_place_of(one["path"]), texts):
                moved = True
                self._take_back(each, one["code"], texts)
        if not moved and refusal.get("code") in NEVER:
            self.refused.update(dict.fromkeys(texts, refusal["code"]))
        elif not moved:  # it is about what stands beside a text: which of them, is to be found out
            most = len(refusal.get("fault", []))
            tops = list(dict.fromkeys(place[0] for place in texts))
            name = next((one for one in tops if self._is_better(one, texts, needed, most)), None)
            for each in [each for each in texts if each[0] == name]:
                moved = True
                self.refused[each] = str(refusal.get("code"))
                del texts[each]
        return moved

    def _take_back(self, place: Place, code: str, texts: dict[Place, str]) -> None:
        if code in ABOUT_LENGTH and self.length[place] < len(LENGTHS) - 1:
            self.length[place] += 1
            texts[place] = self._next(place)
        else:
            self.refused[place] = code
            del texts[place]

    def _is_better(self, name: str, texts: dict[Place, str], needed: Any, most: int) -> bool:
        """Tell whether a record without an attribute is stored, or refused for fewer reasons."""
        rest = {place: text for place, text in texts.items() if place[0] != name}
        body = _merged(needed, body_with(self.resource.type, rest, self.client))
        answer = self.client.post(address(self.resource), body)
        faults = answer.json.get("fault", [])
        if answer.status_code == 201 or len(faults) < most:
            return True
        return any(_meant(_place_of(one["path"]), rest) for one in faults)

    def _next(self, place: Place) -> str:
        known = (place, self.length[place])
        if known not in self._packs:
            longest = LENGTHS[self.length[place]]
            begin = zlib.crc32(repr(known).encode()) % len(PAYLOADS)  # another one for each field
            packs = packed(longest, [*PAYLOADS[begin:], *PAYLOADS[:begin]])
            self._packs[known] = cycle([one for one in packs if one])
        return next(self._packs[known])


def _place_of(path: str) -> Place:
    bare = INDEX.sub("", path).replace("/", ".").lstrip("$.")
    return tuple(part for part in bare.split(".") if part)


def _meant(place: Place, texts: dict[Place, str]) -> list[Place]:
    """Return the texts that a fault at a place is about: there, within, or in the part around."""
    while place:
        if found := [each for each in texts if each[: len(place)] == place]:
            return found
        place = place[:-1]
    return []


def _merged(needed: Any, more: dict[str, Any]) -> dict[str, Any]:
    """Return a body with texts in it; what is needed beside them within the same part stays."""
    found = dict(needed)
    for name, value in more.items():
        held = found.get(name)
        if isinstance(held, dict) and isinstance(value, dict):
            found[name] = _merged(held, value)
        elif (
            isinstance(held, list)
            and held
            and isinstance(held[0], dict)
            and isinstance(value, list)
        ):
            found[name] = [_merged(held[0], value[0]), *held[1:]]
        else:
            found[name] = value
    return found
