"""Words of a person: what somebody is called and reached by, found and replaced in any text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from trunkline.documents.decode import encode
from trunkline.documents.shape import Json

GIVEN = ("givenName", "preferredGivenName", "middleName")
FAMILY = ("familyName",)
WHOLE = ("formattedName", "fullName", "legalName", "name", "tradingName")
REACHED = ("emailAddress", "phoneNumber", "faxNumber", "socialNetworkId", "identificationId")
STREETS = ("street1", "street2")
"""Neighbours have them, too: they are parts."""
IN = ("contactMedium", "individualIdentification", "organizationIdentification")
"""Where it stands by what somebody is reached; other names in a record are not the person's."""
LENGTH_MIN, PART_MIN = 5, 3
DIGITS, LETTERS, TOKENS = re.compile(r"\d"), re.compile(r"[^\W\d_]"), re.compile(r"\w+")
ESCAPED = re.compile(r"\\[bfnrt]")


@dataclass(frozen=True)
class Words:
    """`whole` point to one person wherever they stand; `parts` only in records of the person."""

    whole: tuple[str, ...]
    parts: tuple[str, ...]

    @classmethod
    def of(cls, documents: Iterable[Mapping[str, Any]]) -> Words:
        """Gather the words of the documents that say who somebody is."""
        whole: dict[str, None] = {}
        parts: dict[str, None] = {}
        for one in documents:
            for name, value in _told(one):
                if name in REACHED and len(value) >= LENGTH_MIN:
                    whole[value] = None
                    if name == "phoneNumber" and len(digits := _digits(value)) > LENGTH_MIN:
                        whole[digits] = None
                elif name in WHOLE and " " in value.strip():
                    whole[value.strip()] = None
                    parts.update(dict.fromkeys(value.split()))
                elif name in (*GIVEN, *FAMILY, *WHOLE, *STREETS):
                    parts[value] = None
            for called in _names(one):
                for given in (str(called.get(name)) for name in GIVEN if called.get(name)):
                    for family in (str(called.get(name)) for name in FAMILY if called.get(name)):
                        whole |= dict.fromkeys((f"{given} {family}", f"{family} {given}",
                                                f"{family}, {given}"))  # fmt: skip
        return cls(_longest_first(whole), _longest_first(
            one for one in parts if len(one) >= PART_MIN))  # fmt: skip

    @property
    def told(self) -> Json:
        """As it is kept, sealed, while an erasure is at work."""
        return {"whole": list(self.whole), "parts": list(self.parts)}

    @property
    def pattern(self) -> str | None:
        """A pattern of the database for texts in which any of the whole words may stand.

        It knows no bounds, which depend on the order of a column: `stand_in` tells.
        """
        forms = dict.fromkeys(form for one in self.whole for form in (one, _as_json(one)))
        return "|".join(map(re.escape, forms)) or None

    def demoted(self, words: Iterable[str]) -> Words:
        """Return these with whole words that others have, too, as parts, in whatever form."""
        shared = {_meant(one) for one in words}
        lower = [one for one in self.whole if _meant(one) in shared]
        left = tuple(one for one in self.whole if one not in lower)
        return Words(left, _longest_first({*self.parts, *lower}))

    @cached_property
    def in_kept(self) -> Words:
        """Return these for records that are kept: what others have, too, means the person there."""
        shared = (one for one in self.parts if not one.isalpha())
        return Words(_longest_first({*self.whole, *shared}), ())

    def those_in(self, texts: Iterable[str]) -> set[str]:
        """Return the whole words that stand in any of the texts."""
        bounded = [(one, _expression([_alone(one)])) for one in self.whole]
        return {one for text in texts for one, found in bounded if found and found.search(text)}

    @cached_property
    def _whole(self) -> re.Pattern[str] | None:
        return _expression(map(_alone, self.whole))

    @cached_property
    def _every(self) -> re.Pattern[str] | None:
        return _expression(map(_bounded, _longest_first({*self.whole, *self.parts})))

    def stand_in(self, text: str) -> bool:
        """Tell whether a text, or a JSON value as it is written, holds a whole word."""
        return self._whole is not None and self._whole.search(ESCAPED.sub(" ", text)) is not None

    def replaced(self, text: str, by: str, *, own: bool = False) -> str:
        """Return a text with the words replaced; in what is the person's own the parts, too."""
        found = self._every if own else self._whole
        return text if found is None else found.sub(by, text)

    def without(self, value: Json, by: str, *, own: bool = False) -> Json:
        """Return a JSON value with the words replaced in every text."""
        if isinstance(value, str):
            return self.replaced(value, by, own=own)
        if isinstance(value, list):
            return [self.without(one, by, own=own) for one in value]
        if isinstance(value, dict):
            return {name: self.without(one, by, own=own) for name, one in value.items()}
        return value


def _told(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what somebody is called, by the top of a document, and reached by."""
    for one in _names(said):
        for name in (*GIVEN, *FAMILY, *WHOLE):
            if isinstance(value := one.get(name), str):
                yield name, value
    for place in IN:
        for name, value in _deep(said.get(place)):
            if name in REACHED or name in STREETS:
                yield name, value


def _names(said: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield said
    yield from (one for one in said.get("otherName") or () if isinstance(one, dict))


def _deep(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, one in value.items():
            if isinstance(one, str):
                yield name, one
            else:
                yield from _deep(one)
    elif isinstance(value, list):
        for one in value:
            yield from _deep(one)


def texts_in(value: Any) -> Iterator[str]:
    """Yield every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts_in(one)


def is_name(word: str) -> bool:
    """Tell whether a whole word is what somebody is called, and not by what it is reached."""
    return " " in word and not DIGITS.search(word) and "@" not in word


def _meant(word: str) -> tuple[str, ...]:
    """Return what is the same for a number or a name however it is written."""
    if not LETTERS.search(word):
        return (_digits(word),)
    return (word.casefold(),) if "@" in word else tuple(sorted(TOKENS.findall(word.casefold())))


def _digits(value: str) -> str:
    return "".join(DIGITS.findall(value))


def _as_json(word: str) -> str:
    return encode(word).decode()[1:-1]


def _longest_first(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(words, key=lambda one: (-len(one), one)))


def _expression(patterns: Iterable[str]) -> re.Pattern[str] | None:
    found = "|".join(patterns)
    return re.compile(found, re.IGNORECASE) if found else None


def _bounded(word: str) -> str:
    """Return what finds a word in what is the person's own, where it begins and ends as a word."""
    before, after = (r"\b" if one.isalnum() else "" for one in (word[:1], word[-1:]))
    return f"{before}{re.escape(word)}{after}"


def _alone(word: str) -> str:
    """Return what finds a word in what is others': not in a longer name, nor a longer address."""
    if "@" in word:
        return rf"(?<![\w.+-]){re.escape(word)}(?!\w|[.-]\w)"
    before = r"(?<!\w)(?<!\w-)" if word[:1].isalnum() else ""
    after = r"(?!\w|-\w)" if word[-1:].isalnum() else ""
    return f"{before}{re.escape(word)}{after}"
