"""Terms: by what a record is found: words and numbers, each with the class of data that it is."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from trunkline.documents.decode import encode
from trunkline.documents.paths import path_names
from trunkline.documents.shape import DataClass, Json
from trunkline.kernel.actor import EVERY_CLASS
from trunkline.kernel.masks import ORDER, hidden_paths, is_hidden
from trunkline.kernel.resource import Registry, Resource
from trunkline.kernel.states import label_of
from trunkline.screens.screen import screen_of
from trunkline.screens.values_at import plain_path, values_at

FORMAT = 3
"""Moves when terms are made otherwise; every index is then built anew."""
WORD = re.compile(r"[^\W_]+")
LETTERS = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th",
                         "ı": "i"})  # fmt: skip
LEFT_OUT = re.compile(r"^(\s*(?:\+|00)[\s\d]*)\(0\)")
"""The zero that some write into a number behind the code of its country, and nobody dials."""
WORD_MAX = 60
WORDS_MAX = 40
NUMBERS_MAX = 40
NUMBER_MAX = 40
GRAM = 4
PART_MIN = 3
FOLDED_MAX = 200
KEY = "key"


@dataclass(frozen=True)
class Entry:
    """What the index keeps of a record; `numbers` begin with the digit of their class."""

    record: str
    kind: str
    key: str
    owner: str | None
    partner: str | None
    label: str | None
    label_class: DataClass
    folded: str
    numbers: Sequence[str]
    terms: Sequence[str]


@dataclass(frozen=True)
class Searched:
    """How a kind of record is found: its paths, each with the class of data that is there."""

    resource: Resource
    words: tuple[tuple[str, DataClass], ...]
    numbers: tuple[tuple[str, DataClass], ...]
    label_class: DataClass

    @property
    def prefix(self) -> str:
        """What the terms of the kind begin with."""
        return self.resource.prefix


def fold(text: str) -> str:
    """Return a text as it is compared: small letters without accents, ß as ss, single blanks.

    The digits of all scripts are the same ones.
    """
    if text.isascii():  # most are, and have nothing to take off
        return " ".join(text.lower().split())
    letters = unicodedata.normalize("NFKD", text.casefold().translate(LETTERS))
    plain = "".join(
        str(unicodedata.decimal(one, one)) for one in letters if not unicodedata.combining(one)
    )
    return " ".join(plain.casefold().split())


def words_of(text: str) -> list[str]:
    """Return the words of a text, folded."""
    return [one[:WORD_MAX] for one in WORD.findall(fold(text))]


def number_of(text: str) -> str:
    """Return a number as it is compared: letters and digits alone; empty for what is none."""
    plain = "".join(WORD.findall(LEFT_OUT.sub(r"\1", fold(text))))
    is_number = len(plain) >= PART_MIN and any(one.isdigit() for one in plain)
    return plain[:NUMBER_MAX] if is_number else ""


def grams_of(number: str) -> list[str]:
    """Return the pieces by which any part of a number is found: four characters each, and the end.

    `12345` has `1234`, `2345` and `345`: a part of three begins one of them.
    """
    ends = [number[-PART_MIN:]]
    return [number[at : at + GRAM] for at in range(len(number) - GRAM + 1)] + ends


def pieces_of(term: str) -> list[str]:
    """Return the pieces by which a part from the middle of a word leads to its term.

    Empty for a word without a middle, and for a piece of a number. What a word begins with finds
    it by itself.
    """
    mark, _, word = term.partition(":")
    is_word = "#" not in mark and len(word) > PART_MIN
    return [f"{mark}:{one}" for one in grams_of(word[1:])] if is_word else []


def pieces_asked(part: str) -> str:
    """Return what the words that have a part in their middle are asked for, `@` for their mark.

    Empty for a part that is too short.
    """
    if len(part) < PART_MIN:
        return ""
    if len(part) < GRAM:
        return f"'@:{part}':*"
    return " & ".join(f"'@:{part[at : at + GRAM]}'" for at in range(len(part) - GRAM + 1))


def mark_of(searched: Searched, data_class: DataClass) -> str:
    """Return what the terms of the words of some class in a kind begin with."""
    return f"{searched.prefix}{ORDER.index(data_class)}"


def word_term(searched: Searched, data_class: DataClass, word: str) -> str:
    """Return the term of a word of some class in a kind."""
    return f"{mark_of(searched, data_class)}:{word}"


def gram_term(searched: Searched, data_class: DataClass, gram: str) -> str:
    """Return the term of a piece of a number of some class in a kind."""
    return f"{mark_of(searched, data_class)}#{gram}"


_searched: dict[str, Searched] = {}


def searched_of(resource: Resource) -> Searched:
    """Return how a kind of record is found, as its screen declares it."""
    found = _searched.get(resource.name)
    if found is None or found.resource is not resource:
        found = _searched[resource.name] = _make(resource)
    return found


def _make(resource: Resource) -> Searched:
    screen = screen_of(resource)
    label = [class_of(resource, path) for path in resource.label if _has(resource, path)]
    return Searched(
        resource,
        tuple((path, class_of(resource, path)) for path in screen.search if path != KEY),
        tuple((path, class_of(resource, path)) for path in screen.numbers),
        max(label, default="public", key=ORDER.index),
    )


def searched_kinds(registry: Registry) -> list[Searched]:
    """Return how every published kind of record is found, in the order of their names."""
    return [
        searched_of(one)
        for one in sorted(registry, key=lambda each: each.name)
        if one.published and screen_of(one).found
    ]


def digest_of(kinds: Sequence[Searched]) -> str:
    """Return the mark of what is declared: an index with another one is built anew."""
    told = [[str(one.resource), one.prefix, one.words, one.numbers, one.resource.label]
            for one in kinds]  # fmt: skip
    return hashlib.sha256(encode([FORMAT, told])).hexdigest()


def class_of(resource: Resource, path: str) -> DataClass:
    """Return the class of the data at a path: that without which it does not show."""
    for one in reversed(ORDER):
        if one == "public":
            continue
        hidden = hidden_paths(resource, EVERY_CLASS - {one})
        if hidden is not None and is_hidden(hidden, plain_path(path)):
            return one
    return "public"


def entry_of(
    searched: Searched, ident: str, key: str, owner: str | None, partner: str | None,
    raw: dict[str, Json],
) -> Entry:  # fmt: skip
    """Return what the index is to keep of a record."""
    label = label_of(searched.resource, raw)
    terms: dict[str, None] = {}
    for path, data_class in searched.words:
        for value in _texts_at(raw, path):
            for word in words_of(value)[:WORDS_MAX]:
                terms[word_term(searched, data_class, word)] = None
    numbers: dict[str, None] = {}
    for path, data_class in searched.numbers:
        texts = [key] if path == KEY else list(_texts_at(raw, path, is_loose=True))
        for value in texts[:NUMBERS_MAX]:
            number = number_of(value)
            told = f"{ORDER.index(data_class)}{number}"
            if number and told not in numbers:
                numbers[told] = None
                for gram in grams_of(number):
                    terms[gram_term(searched, data_class, gram)] = None
    return Entry(
        ident, str(searched.resource), key, owner, partner, label, searched.label_class,
        fold(label or "")[:FOLDED_MAX], list(numbers), list(terms),
    )  # fmt: skip


def _texts_at(raw: dict[str, Json], path: str, *, is_loose: bool = False) -> Iterator[str]:
    """Yield the texts and numbers at a path, of `held[NAME]` loosely those of all like names."""
    for one in values_at(raw, path, is_loose=is_loose):
        if isinstance(one, (str, int, Decimal)) and not isinstance(one, bool):
            yield str(one)


def _has(resource: Resource, path: str) -> bool:
    return path_names(path)[0] in resource.type.by_json_name()
