"""Languages: the catalogs that pages are read in, and the one that the request at hand is in.

A text is looked up by its English form. Messages of refusals carry values inside; they are told
by the pattern that they were made from (`told`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib.resources import files
from io import BytesIO
from typing import Any

from babel import Locale
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from trunkline.workspace.preferences import LANGUAGES, RIGHT_TO_LEFT

REFUSAL = "refusal"
"""The context of the messages of refusals in the catalogs."""
ENGLISH = "en"
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
QUALITY = re.compile(r"\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9-]+)?\s*(?:;\s*q=(\d(?:\.\d{1,3})?))?\s*$")
HEADER_LENGTH_MAX = 500
TOLD_LENGTH_MAX = 2_000
"""A longer message is not compared with the patterns; that would take too long."""
ISOLATE, END_ISOLATE = "\u2068", "\u2069"


@dataclass(frozen=True)
class Pattern:
    """A message with places for values, found again in what was made from it."""

    message: str
    translation: str

    @cached_property
    def finds(self) -> re.Pattern[str]:
        """What a message made from the pattern matches, its values by name."""
        return self._matching(".+?")

    @cached_property
    def finds_long(self) -> re.Pattern[str]:
        """The same, where of two values beside each other the first one is the longer."""
        return self._matching(".+")

    def _matching(self, value: str) -> re.Pattern[str]:
        parts = PLACEHOLDER.split(self.message)
        made = [
            f"(?P<{part}>{value})" if place % 2 else re.escape(part.replace("%%", "%"))
            for place, part in enumerate(parts)
        ]
        return re.compile("".join(made), re.DOTALL)

    @property
    def said(self) -> int:
        """How many letters of the message are fixed: the more, the surer the match."""
        return len(PLACEHOLDER.sub("", self.message))


@dataclass(frozen=True)
class Language:
    """One language of the pages: its texts, and what babel knows of it."""

    code: str
    texts: dict[str, str] = field(default_factory=dict)
    counted: dict[str, tuple[str, ...]] = field(default_factory=dict)
    patterns: tuple[Pattern, ...] = ()

    @cached_property
    def locale(self) -> Locale:
        """How dates, numbers and plurals are written."""
        return Locale.parse(self.code)

    @property
    def direction(self) -> str:
        """The side where reading begins, as HTML says it."""
        return "rtl" if self.code in RIGHT_TO_LEFT else "ltr"

    def text(self, message: Any, **values: Any) -> str:
        """Return a text in this language, with `%(name)s` filled in."""
        if not isinstance(message, str):
            return "" if message is None else str(message)
        found = self.texts.get(message, message)
        return found % self._placed(values) if values else found

    def several(self, one: str, many: str, count: int, **values: Any) -> str:
        """Return the form of a text for a number of things; `%(count)s` is the number."""
        forms = self.counted.get(one)
        if forms is None:
            found = one if count == 1 else many
        else:
            found = forms[_form(self.code, count, len(forms))]
        return found % self._placed({"count": self.whole(count)} | values)

    def whole(self, count: int) -> str:
        """Return a count with its digits in groups, as the language groups them."""
        return format_decimal(count, locale=self.locale, numbering_system="latn")

    def inside(self, title: str) -> str:
        """Return a title as it stands inside a sentence: English writes its first letter small."""
        if self.code != ENGLISH:
            return self.text(title)
        return title if title[1:2].isupper() else title[:1].lower() + title[1:]

    def told(self, message: Any) -> str:
        """Return the message of a refusal in this language; one that is not known stays."""
        if not isinstance(message, str) or not self.patterns:
            return self.text(message)
        exact = self.texts.get(message)
        if exact is not None:
            return exact
        for one in self.patterns if len(message) <= TOLD_LENGTH_MAX else ():
            found = self._values(one, message)
            if found is not None:
                values = {name: self._told_value(value) for name, value in found.items()}
                return one.translation % self._placed(values)
        return message

    def _values(self, pattern: Pattern, message: str) -> dict[str, str] | None:
        """Return the values of a message, None where it was not made from the pattern.

        Where blanks alone part two of them, the words that are known tell where one ends.
        """
        short = pattern.finds.fullmatch(message)
        long = pattern.finds_long.fullmatch(message) if short else None
        if short is None or long is None:
            return None
        both = (short.groupdict(), long.groupdict())
        return max(both, key=lambda one: sum(self._known(value) is not None
                                             for value in one.values()))  # fmt: skip

    def _known(self, value: str) -> str | None:
        """Return what a value is in this language; titles stand in sentences in small letters."""
        title = value[:1].upper() + value[1:] if value.islower() else value
        return self.texts.get(value) or self.texts.get(title)

    def _told_value(self, value: str) -> str:
        known = self._known(value)
        if known is not None:
            return known
        return self.told(value) if " " in value else value

    def _placed(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return values as they stand inside a text: each keeps its own direction of reading."""
        if self.code not in RIGHT_TO_LEFT:
            return values
        return {name: f"{ISOLATE}{value}{END_ISOLATE}" for name, value in values.items()}


@lru_cache(maxsize=len(LANGUAGES) + 1)
def language(code: str) -> Language:
    """Return a language with its catalog, which is read once."""
    if code == ENGLISH:
        return Language(ENGLISH)
    return read_language(code, catalog_bytes(code))


def catalog_bytes(code: str) -> bytes:
    """Return the catalog of a language as it is kept."""
    folder = files("trunkline") / "locale" / code / "LC_MESSAGES"
    return (folder / "trunkline.po").read_bytes()


def read_language(code: str, content: bytes) -> Language:
    """Return a language with the texts of a catalog; what has no translation stays English."""
    texts: dict[str, str] = {}
    counted: dict[str, tuple[str, ...]] = {}
    patterns = []
    for one in read_po(BytesIO(content), locale=code):
        if isinstance(one.id, (list, tuple)):
            forms = tuple(one.string or ())
            if all(forms):
                counted[one.id[0]] = forms
        elif one.id and isinstance(one.string, str) and one.string:
            if one.context == REFUSAL:
                patterns.append(Pattern(one.id, one.string))
            else:
                texts[one.id] = one.string
    patterns.sort(key=lambda pattern: -pattern.said)
    return Language(code, texts, counted, tuple(patterns))


@lru_cache(maxsize=1_000)
def _form(code: str, count: int, forms: int) -> int:
    """Return which form of a text a number takes, in the order of the catalog's forms."""
    if code == "ar":
        order = ("zero", "one", "two", "few", "many", "other")
        return min(order.index(Locale.parse(code).plural_form(count)), forms - 1)
    return min(0 if count == 1 else 1, forms - 1)


_spoken: ContextVar[Language | None] = ContextVar("spoken_language", default=None)


def spoken() -> Language:
    """Return the language that the request at hand is answered in."""
    return _spoken.get() or language(ENGLISH)


def speak(code: str) -> None:
    """Answer the request at hand in a language."""
    _spoken.set(language(code if code in LANGUAGES else ENGLISH))


@contextmanager
def speaking(other: Language) -> Iterator[None]:
    """Answer in a language for a while, such as one that a test has made."""
    former = _spoken.set(other)
    try:
        yield
    finally:
        _spoken.reset(former)


def say(message: str, **values: Any) -> str:
    """Return a text in the language of the request at hand."""
    return spoken().text(message, **values)


def say_count(one: str, many: str, count: int, **values: Any) -> str:
    """Return the form of a text for a number of things, in the language of the request."""
    return spoken().several(one, many, count, **values)


def told(message: str) -> str:
    """Return the message of a refusal in the language of the request at hand."""
    return spoken().told(message)


def wanted_language(header: str | None) -> str:
    """Return which of our languages a browser wants most, by `Accept-Language`; or nothing."""
    best, found = 0.0, ""
    for part in (header or "")[:HEADER_LENGTH_MAX].split(","):
        match = QUALITY.match(part)
        if match is None:
            continue
        code, quality = match[1].lower(), float(match[2] or 1)
        if code in LANGUAGES and quality > best:
            best, found = quality, code
    return found
