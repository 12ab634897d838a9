"""Stencils: stored text cut where copies differ, so that a copy is joined from its pieces.

What differs are ids, keys, times, and what people and places are called.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from trunkline.demo.people import FAMILY_NAMES, GIVEN_NAMES, STREETS

ID = "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
IN_DOCUMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z"
IN_COLUMN = r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?\+00"
NEAR = timedelta(days=400)
DIGITS = 6
NUMBER = re.compile(r"[0-9A-F]{7}$")
NUMBER_STEP = 61
HOUSES = tuple(str(one) for one in range(1, 181))


@dataclass
class Copy:
    """What one copy is made from: its number, how far it is moved in time, its own chance."""

    number: int
    moved: timedelta
    random: Random
    keys: list[str]
    names: dict[str, str] = field(default_factory=dict)

    def chosen(self, what: str, among: Sequence[str]) -> str:
        """Return the copy's own word for something, the same wherever it stands."""
        if what not in self.names:
            self.names[what] = self.random.choice(among)
        return self.names[what]


Value = Callable[[Copy], str]


@dataclass(frozen=True)
class Stencil:
    """A text in pieces: literals, and between them the numbers of slots."""

    literals: tuple[str, ...]
    slots: tuple[int, ...]

    def filled(self, values: Sequence[str]) -> str:
        """Return the text of a copy whose slots have these values."""
        parts = list(self.literals)
        parts[1::2] = [values[slot] for slot in self.slots]
        return "".join(parts)


class Slots:
    """The places in a component's texts where its copies differ, and what each copy has there."""

    def __init__(self, moment: datetime, fixed: dict[str, Value]) -> None:
        """Keep what is replaced where it stands as a whole word; ids and times come by themselves.

        Of ids only those named in `fixed` are replaced, of times those near the moment.
        """
        self._moment = moment
        self._numbers: dict[str, int] = {}
        self.values: list[Value] = []
        self._fixed = fixed
        words = sorted(fixed, key=len, reverse=True)
        exact = "|".join(re.escape(one) for one in words)
        self._pattern = re.compile(rf"(?<!\w)(?:{exact})(?!\w)|{IN_DOCUMENT}|{IN_COLUMN}")

    def cut(self, text: str) -> Stencil:
        """Return the stencil of a text."""
        literals, slots, end = [], [], 0
        for found in self._pattern.finditer(text):
            slot = self._slot(found[0])
            if slot is None:
                continue
            literals += [text[end : found.start()], ""]
            slots.append(slot)
            end = found.end()
        return Stencil((*literals, text[end:]), tuple(slots))

    def fill(self, copy: Copy) -> list[str]:
        """Return what a copy has in each slot."""
        return [value(copy) for value in self.values]

    def _slot(self, text: str) -> int | None:
        number = self._numbers.get(text)
        if number is None:
            value = self._fixed.get(text) or self._time(text)
            if value is None:
                return None
            number = self._numbers[text] = len(self.values)
            self.values.append(value)
        return number

    def _time(self, text: str) -> Value | None:
        instant = datetime.fromisoformat(text).astimezone(UTC)
        if abs(instant - self._moment) > NEAR:
            return None
        if "T" in text:
            return lambda copy: _in_document(instant + copy.moved)
        return lambda copy: (instant + copy.moved).isoformat(" ")


def _in_document(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%S}.{instant.microsecond // 1000:03d}Z"


def new_id(former: str) -> Value:
    """Return how a copy makes an id: of its own time, else by chance."""
    milliseconds, middle = int(former[:8] + former[9:13], 16), former[13:18]

    def make(copy: Copy) -> str:
        at = f"{milliseconds + copy.moved // timedelta(milliseconds=1):012x}"
        tail = copy.random.getrandbits(62) | 1 << 63
        text = f"{tail:016x}"
        return f"{at[:8]}-{at[8:]}{middle}-{text[:4]}-{text[4:]}"

    return make


def new_key(place: int) -> Value:
    """Return how a copy takes the key that was drawn for it."""
    return lambda copy: copy.keys[place]


def new_given_name() -> Value:
    """Return how a copy chooses a given name."""
    return lambda copy: copy.chosen("given", GIVEN_NAMES)


def new_family_name() -> Value:
    """Return how a copy chooses a family name."""
    return lambda copy: copy.chosen("family", FAMILY_NAMES)


def new_mail(former: str) -> Value:
    """Return how a copy makes a mail address of its names; an office's keeps its first part."""
    office = former.partition(".")[0] if former.count(".") == 2 else ""

    def make(copy: Copy) -> str:
        if office:
            return f"{office}.{copy.number}@{former.partition('@')[2]}"
        given, family = copy.chosen("given", GIVEN_NAMES), copy.chosen("family", FAMILY_NAMES)
        return f"{given}.{family}.{copy.number}@{former.partition('@')[2]}".lower()

    return make


def new_street(former: str) -> Value:
    """Return how a copy chooses a street for one of the exemplar's streets."""
    return lambda copy: copy.chosen(f"street {former}", STREETS)


def new_house(former: str) -> Value:
    """Return how a copy numbers a house."""
    return lambda copy: copy.chosen(f"house {former}", HOUSES)


def is_number(text: str) -> bool:
    """Tell whether a text ends in so many digits that it numbers one thing among many."""
    return NUMBER.search(text) is not None


def new_number(former: str) -> Value:
    """Return how a copy counts the last digits of a number on; serial numbers are hexadecimal."""
    tail = former[-DIGITS:]
    base, form = (10, "d") if tail.isdigit() else (16, "X")
    start = int(tail, base)

    def make(copy: Copy) -> str:
        counted = (start + copy.number * NUMBER_STEP) % base**DIGITS
        return f"{former[:-DIGITS]}{counted:0{DIGITS}{form}}"

    return make
