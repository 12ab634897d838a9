"""Scoring: how likely two descriptions are of one person or company, and why.

Each thing that agrees or differs is worth points; their sum becomes a likelihood between 0 and 1.
The points are set so that what two members of a household share is not enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from math import exp
from typing import Literal, TypeAlias

from rapidfuzz.distance import OSA, JaroWinkler

from trunkline.matching.features import Address, Features
from trunkline.matching.identifiers import EXACT, are_one
from trunkline.matching.normalise import sound

Reason: TypeAlias = Literal[
    "sameIdentifier", "sameParty", "sameEmail", "samePhone", "sameName", "similarName",
    "swappedName", "sameBirthDate", "similarBirthDate", "sameAddress", "similarAddress",
]  # fmt: skip
REASON_TITLES: dict[str, str] = {
    "sameIdentifier": "Same official number",
    "sameParty": "Same person or organization",
    "sameEmail": "Same e-mail address",
    "samePhone": "Same phone number",
    "sameName": "Same name",
    "similarName": "Similar name",
    "swappedName": "Given and family name swapped",
    "sameBirthDate": "Same date of birth",
    "similarBirthDate": "Similar date of birth",
    "sameAddress": "Same address",
    "similarAddress": "Similar address",
}
PRIOR = -6.0
POSSIBLE = 0.8
"""From this likelihood on two records are shown as possible duplicates."""
Points: TypeAlias = tuple[float, Reason | None]


@dataclass(frozen=True)
class Score:
    """How likely two records are one, from 0 to 1, and what speaks for it.

    `is_exact` where an official number settles it.
    """

    value: float
    reasons: tuple[Reason, ...]
    is_exact: bool = False

    @property
    def points(self) -> Decimal:
        """The likelihood as a record keeps it."""
        return Decimal(str(self.value))


def score(one: Features, other: Features) -> Score:
    """Return how likely two descriptions are of the same person or company."""
    if one.kind != other.kind:
        return Score(0.0, ())
    if any(are_one(a, b) and a.sort in EXACT for a in one.identifiers for b in other.identifiers):
        return Score(1.0, tuple(_reasons([(0.0, "sameIdentifier"), *_parts(one, other)])), True)
    if one.party is not None and one.party == other.party:
        return Score(0.99, tuple(_reasons([(0.0, "sameParty"), *_parts(one, other)])))
    parts = list(_parts(one, other))
    total = PRIOR + sum(points for points, _ in parts)
    return Score(round(1 / (1 + exp(-total)), 4), tuple(_reasons(parts)))


def _reasons(parts: Iterable[Points]) -> Iterator[Reason]:
    for _, reason in parts:
        if reason is not None:
            yield reason


def _parts(one: Features, other: Features) -> Iterator[Points]:
    yield _name(one, other)
    if one.kind == "person":
        yield _birth(one.born, other.born)
    yield _shared(one.emails, other.emails, 4.5, -0.2, "sameEmail")
    yield _shared(one.phones, other.phones, 3.5, -0.2, "samePhone")
    yield _address(one.addresses, other.addresses)
    yield _numbers(one, other)


def _name(one: Features, other: Features) -> Points:
    if one.kind == "company":
        return _company(one.family, other.family)
    if not (one.given or one.family) or not (other.given or other.family):
        return 0.0, None
    plain = _person(one.given, one.family, other.given, other.family)
    swapped = _person(one.given, one.family, other.family, other.given)
    if swapped > plain + 0.1 and swapped > 0.85:
        return _worth(swapped) - 0.3, "swappedName"
    reason: Reason | None = "sameName" if plain > 0.985 else "similarName"
    return _worth(plain), reason if plain >= 0.8 else None


def _person(
    given: Sequence[str], family: Sequence[str], given2: Sequence[str], family2: Sequence[str]
) -> float:
    """Return how alike two persons' names are; the less alike part decides."""
    first, last = alike(given, given2), alike(family, family2)
    return min(first, last) * 0.7 + max(first, last) * 0.3


def _worth(likeness: float) -> float:
    """Return the points of a name's likeness; below seven tenths it speaks against."""
    if likeness > 0.985:
        return 4.2
    if likeness >= 0.92:
        return 3.7
    if likeness >= 0.85:
        return 2.9
    if likeness >= 0.78:
        return 1.4
    return -2.5 if likeness >= 0.65 else -6.0


def _company(one: Sequence[str], other: Sequence[str]) -> Points:
    if not one or not other:
        return 0.0, None
    likeness = max(alike(one, other), _word("".join(one), "".join(other)))
    if set(one) <= set(other) or set(other) <= set(one):
        shorter = min(len(set(one)), len(set(other)))
        likeness = max(likeness, 0.9 if shorter >= 2 else 0.8)
    if likeness > 0.985:
        return 5.2, "sameName"
    reason: Reason | None = "similarName" if likeness >= 0.8 else None
    return _worth(likeness) + (0.6 if likeness >= 0.85 else 0.0), reason


@lru_cache(maxsize=200_000)
def _words_alike(one: Sequence[str], other: Sequence[str]) -> float:
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    left = list(long)
    total = 0.0
    for word in short:
        best = max(left, key=lambda each: _word(word, each))
        total += _word(word, best)
        left.remove(best)
    return total / len(short) - 0.04 * min(len(left), 3)


def alike(one: Sequence[str], other: Sequence[str]) -> float:
    """Return how alike two lists of words are: each of the shorter with its best of the longer."""
    if not one or not other:
        return 0.8 if one or other else 1.0
    if one == other:
        return 1.0
    return _words_alike(tuple(one), tuple(other))


@lru_cache(maxsize=200_000)
def _word(one: str, other: str) -> float:
    """Return how alike two words are: letters, sound, and an initial for the whole."""
    if one == other:
        return 1.0
    if len(one) == 1 or len(other) == 1:
        return 0.87 if one[:1] == other[:1] else 0.0
    errors = OSA.distance(one, other)
    longest = max(len(one), len(other))
    by_letter = 1 - errors / longest
    if errors == 1 and longest >= 4:
        by_letter = max(by_letter, 0.9)
    elif errors == 2 and longest >= 7:
        by_letter = max(by_letter, 0.86)
    by_sound = 0.9 if sound(one) == sound(other) and one[0] == other[0] and by_letter > 0.4 else 0.0
    winkler = float(JaroWinkler.similarity(one, other)) - 0.08
    return max(by_letter, by_sound, winkler if winkler > 0.85 else 0.0)


def _birth(one: str | None, other: str | None) -> Points:
    if one is None or other is None:
        return 0.0, None
    if one == other:
        return 3.6, "sameBirthDate"
    digits, others = one.replace("-", ""), other.replace("-", "")
    swapped = one[:4] == other[:4] and (one[5:7], one[8:]) == (other[8:], other[5:7])
    if swapped or OSA.distance(digits, others) == 1:
        return 1.2, "similarBirthDate"
    return -5.0, None


def _shared(
    one: frozenset[str], other: frozenset[str], same: float, different: float, reason: Reason
) -> Points:
    if not one or not other:
        return 0.0, None
    return (same, reason) if one & other else (different, None)


def _address(one: Sequence[Address], other: Sequence[Address]) -> Points:
    if not one or not other:
        return 0.0, None
    return max((_place(a, b) for a in one for b in other), key=lambda found: found[0])


def _place(one: Address, other: Address) -> Points:
    same_code = one.code is not None and one.code == other.code
    if one.code and other.code and not same_code and OSA.distance(one.code, other.code) > 1:
        return -0.4, None
    streets = alike(one.street, other.street) if one.street and other.street else 0.0
    if streets >= 0.85 and one.house == other.house and (same_code or one.city == other.city):
        return 2.6, "sameAddress"
    if streets >= 0.85 and (same_code or one.city == other.city):
        return 1.6, "similarAddress"
    return (0.7, None) if same_code else (-0.4, None)


def _numbers(one: Features, other: Features) -> Points:
    """Return what official numbers say that settle nothing, or that differ."""
    worst: Points = (0.0, None)
    for a in one.identifiers:
        for b in other.identifiers:
            if a.sort != b.sort or (a.country and b.country and a.country != b.country):
                continue
            if a.number == b.number:
                return 4.0, "sameIdentifier"
            is_slip = OSA.distance(a.number, b.number) == 1
            points = 1.0 if is_slip else (-4.0 if a.sort in EXACT - {"passport"} else -0.5)
            worst = (min(worst[0], points) if points < 0 else max(worst[0], points), None)
    return worst
