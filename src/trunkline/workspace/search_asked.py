"""Asked: what somebody types into a search, and what the statements of the search take of it.

The terms of the index carry the kind and the class of data, so that what is hidden from somebody
does not match what is asked for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from trunkline.documents.limits import query_of
from trunkline.kernel import masks
from trunkline.kernel.actor import Actor, Grant
from trunkline.kernel.ddl import is_scoped
from trunkline.kernel.masks import ORDER
from trunkline.kernel.references import UUID
from trunkline.rest.aliases import MERGED
from trunkline.workspace.search_statements import LAST
from trunkline.workspace.search_terms import (
    GRAM,
    PART_MIN,
    Searched,
    fold,
    gram_term,
    grams_of,
    mark_of,
    number_of,
    pieces_asked,
    word_term,
    words_of,
)

ASKED_MAX = 100
WORDS_ASKED_MAX = 6
KEY_DIGITS = 6
ANY_SIGNS = "[^']*"
FORMER = "select record::text from alias where value = any(%s) and system = %s"


@dataclass(frozen=True)
class Asked:
    """What somebody asks for: as words, as a part of a number, and as a key or id."""

    words: Sequence[str]
    part: str
    text: str
    raw: str

    @classmethod
    def of(cls, text: str) -> Asked:
        """Return what a text asks for."""
        text = text.replace("\0", "").strip()[:ASKED_MAX]
        return cls(words_of(text)[:WORDS_ASKED_MAX], _part_of(text), fold(text), text)

    def __bool__(self) -> bool:
        return bool(self.words)


def _part_of(text: str) -> str:
    """Return the part of a number that is asked for, without the zeros that dialing needs."""
    part = number_of(text)
    bare = part.lstrip("0")
    return bare if part.isdigit() and len(bare) >= PART_MIN else part


def is_whole(searched: Searched, grant: Grant) -> bool:
    """Tell whether all records of a kind are within somebody's reach."""
    return grant.reach == "all" or not is_scoped(searched.resource)


def narrowed(grant: Grant) -> str | None:
    """Return in which way somebody reaches own records only; None for who does not."""
    return grant.beside if grant.reach == "limited" else grant.reach


def reach_of(actor: Actor, narrow: Sequence[tuple[Searched, Grant]]) -> dict[str, Any]:
    """Return what the statement for own records takes beside what is asked."""
    parties = [one for one in (actor.party, actor.partner) if one]
    wide = any(narrowed(grant) == "partner" for _, grant in narrow)
    return {
        "reaches": [narrowed(grant) for _, grant in narrow],
        "party": actor.party,
        "owners": parties if wide else [one for one in [actor.party] if one],
        "partner": actor.partner if wide else None,
    }


def merged_into(connection: Any, asked: Asked) -> list[str]:
    """Return the ids of the records that have become one with that of the key or id asked for."""
    if not any(one.isdigit() for one in asked.raw):
        return []
    values = [_as_key(asked), asked.raw.lower()]
    return [ident for (ident,) in connection.execute(FORMER, [values, MERGED]).fetchall()]


def _as_key(asked: Asked) -> str:
    return "".join(one for one in asked.raw.upper() if one.isalnum())


def parameters_of(
    asked: Asked, kinds: Sequence[tuple[Searched, Grant]], named: Sequence[str] = ()
) -> dict[str, Any]:
    """Return what the statements take: for each kind the terms that the asker may find by."""
    upper = _as_key(asked)
    is_digits = upper.isascii() and upper.isdigit()
    numbers = [f"{one.prefix}{upper.zfill(KEY_DIGITS)}" for one, _ in kinds if is_digits]
    queries = [_queries(asked, one, _seen(one, grant)) for one, grant in kinds]
    return {
        "kinds": [str(one.resource) for one, _ in kinds],
        "quick": [one.quick for one in queries],
        "words": [one.words for one in queries],
        "grams": [one.grams for one in queries],
        "ends": [one.ends for one in queries],
        "parts": [one.part for one in queries],
        "exacts": [one.exact for one in queries],
        "labels": [one.label_class in {"public", *grant.sees} for one, grant in kinds],
        "limits": [query_of(grant.limits) for _, grant in kinds],
        "marks": [one.marks for one in queries],
        "insides": [one.insides for one in queries],
        "typed": list(dict.fromkeys(asked.words)),
        "pieces": [pieces_asked(one) for one in dict.fromkeys(asked.words)],
        "keys": [upper, *numbers],
        "records": [*named, asked.raw.lower()] if UUID.match(asked.raw) else [*named],
        "first": asked.text,
        "last": asked.text + LAST,
        "begins": asked.text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%",
    }


@dataclass(frozen=True)
class _Queries:
    """How one kind is asked: quick words, all of them, pieces, pattern and whole of a number.

    `ends` are the pieces of a number that ends so, `marks` what the terms of its words begin
    with, `insides` for each word that was typed a pattern of such a term in the text of all.
    """

    quick: str
    words: str
    grams: str
    ends: str
    part: str
    exact: str
    marks: str
    insides: str


def _seen(searched: Searched, grant: Grant) -> dict[str, list[Any]]:
    """Return the classes of a kind's words and of its numbers that a grant lets somebody see."""
    sees = {"public", *grant.sees}
    own = masks.own_classes.get(str(searched.resource), {}).values()
    return {
        "words": sorted({*(one for _, one in searched.words), *own} & sees),
        "numbers": sorted({one for _, one in searched.numbers} & sees),
    }


def _queries(asked: Asked, searched: Searched, seen: dict[str, list[Any]]) -> _Queries:
    def all_of(words: Iterable[str]) -> str:
        return " & ".join(
            "(" + " | ".join(f"'{word_term(searched, one, word)}':*" for one in seen["words"]) + ")"
            for word in words
        )

    def pieces(grams: Iterable[str], sign: str = "") -> str:
        return " | ".join(
            "(" + " & ".join(f"'{gram_term(searched, one, gram)}'{sign}" for gram in grams) + ")"
            for one in seen["numbers"]
        )

    is_short = len(asked.part) < GRAM
    whole = [asked.part] if is_short else [g for g in grams_of(asked.part) if len(g) == GRAM]
    end = [asked.part[-GRAM:], asked.part[-PART_MIN:]] if not is_short else [asked.part]
    has_number = len(asked.part) >= PART_MIN and bool(seen["numbers"])
    quick = [one for one in asked.words if len(one) > 1]
    marks = [mark_of(searched, one) for one in seen["words"]]
    begun = f"'({'|'.join(marks)}):"
    is_inside = bool(marks) and any(len(one) >= PART_MIN for one in asked.words)
    digits = "".join(str(ORDER.index(one)) for one in seen["numbers"])
    return _Queries(
        all_of(quick) if seen["words"] else "",
        all_of(asked.words) if seen["words"] else "",
        pieces(whole, ":*" if is_short else "") if has_number else "",
        pieces(end) if has_number else "",
        f"^[{digits}].*{asked.part}" if has_number else "",
        " ".join(f"{one}{asked.part}" for one in digits) if has_number else "",
        " ".join(marks) if is_inside else "",
        " ".join(begun + (ANY_SIGNS if len(one) >= PART_MIN else "") + one
                 for one in asked.words) if is_inside else "",
    )  # fmt: skip
