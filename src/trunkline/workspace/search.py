"""Search: one box for everything: names by their words, numbers by any part, records by key.

Somebody finds what they may read, by values that they may see. The terms of the index carry the
kind and the class of data, so what is hidden does not match; whose records are reached is asked
in the statement, and for who is watched by row-level security once more by the database.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from trunkline.documents.errors import Invalid
from trunkline.documents.limits import LIES_IN, query_of
from trunkline.kernel import masks
from trunkline.kernel.actor import Actor, Grant
from trunkline.kernel.ddl import is_scoped
from trunkline.kernel.masks import ORDER
from trunkline.kernel.reading import reading
from trunkline.kernel.references import UUID
from trunkline.kernel.select import may_reach
from trunkline.kernel.services import Services
from trunkline.kernel.session import is_narrow
from trunkline.rest.aliases import MERGED
from trunkline.rest.reads import note_read
from trunkline.workspace.search_statements import (
    EVERY,
    FIND,
    FIND_EVERY,
    FIND_EVERY_WITHIN,
    FIND_OF_ONE_KIND,
    FIND_OF_ONE_KIND_WITHIN,
    FIND_WITHIN,
    LAST,
    LOOKED_AT,
    OWN,
    PER_KIND,
    PREPARE,
)
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
    searched_kinds,
    word_term,
    words_of,
)

ASKED_MAX = 100
WORDS_ASKED_MAX = 6
KEY_DIGITS = 6
FORMER = "select record::text from alias where value = any(%s) and system = %s"
TOO_WIDE = "the search would read too many records; type a longer word, another one or a key"


@dataclass(frozen=True)
class Hit:
    """A record that was found; `label` is None where it has none or the asker may not see it.

    `number` is the number by a part of which it was found.
    """

    record: str
    kind: str
    key: str
    label: str | None
    number: str
    rank: int


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


def find_keys(services: Services, actor: Actor, keys: Sequence[str]) -> list[Hit]:
    """Return the records with these keys, in their order, as far as an actor may read them."""
    grants = {
        str(one.resource): grant
        for one in searched_kinds(services.registry)
        if (grant := actor.grant(one.resource, "read")) is not None
    }
    with services.database.app.connection() as connection:
        rows = connection.execute(
            "select record, kind, key, label, label_class, owner::text, partner::text, "  # noqa: S608
            + LIES_IN.format("e.owner")
            + " from search_entry e where key = any(%s) and kind = any(%s)",
            [list(keys), list(grants)],
        ).fetchall()
    reached = []
    for row in rows:
        grant, resource = grants[row[1]], services.registry[row[1]]
        if not is_scoped(resource) or may_reach(actor, grant, *row[5:]):
            reached.append((0, *row[:5]))
    if is_narrow(actor):
        reached = _still_seen(services, actor, reached)
    places = {key: place for place, key in enumerate(keys)}
    return [
        Hit(str(record), kind, key, label if seen in {"public", *grants[kind].sees} else None,
            "", 0)
        for _, record, kind, key, label, seen in sorted(reached, key=lambda row: places[row[3]])
    ]  # fmt: skip


def _part_of(text: str) -> str:
    """Return the part of a number that is asked for, without the zeros that dialing needs."""
    part = number_of(text)
    bare = part.lstrip("0")
    return bare if part.isdigit() and len(bare) >= PART_MIN else part


def find(
    services: Services,
    actor: Actor,
    text: str,
    *,
    kinds: Collection[str] | None = None,
    first: Sequence[str] = (),
    many: bool = False,
    every: bool = False,
) -> list[Hit]:
    """Return what an actor finds by a text, the kinds with the best hits first; six of a kind.

    `kinds` narrows it to some kinds of records; of equal ones those in `first` come first. With
    `many` as many of a kind as are looked at, with `every` all up to one more than lists count.
    Refuses with searchTooWide what takes too long.
    """
    asked = Asked.of(text)
    seen = [
        (one, grant)
        for one in searched_kinds(services.registry)
        if (kinds is None or str(one.resource) in kinds)
        and (grant := actor.grant(one.resource, "read")) is not None
    ]
    if not asked or not seen:
        return []
    whole = [pair for pair in seen if _is_whole(*pair)]
    limited = [pair for pair in seen if not _is_whole(*pair) and pair[1].limits]
    narrow = [pair for pair in seen if not _is_whole(*pair) and _narrow(pair[1])]
    rows: list[tuple[Any, ...]] = []
    statement = FIND_EVERY if every else FIND_OF_ONE_KIND if many else FIND
    most = EVERY if every else LOOKED_AT if many else PER_KIND
    with services.database.app.connection() as connection:
        connection.execute(PREPARE, prepare=False)
        named = _merged(connection, asked)
        try:
            if whole:
                rows += connection.execute(statement, _parameters(asked, whole, named)).fetchall()
            if limited:
                within = FIND_OF_ONE_KIND_WITHIN if many else FIND_WITHIN
                within = FIND_EVERY_WITHIN if every else within
                rows += connection.execute(within, _parameters(asked, limited, named)).fetchall()
            if narrow:
                parameters = _parameters(asked, narrow, named) | _reach(actor, narrow)
                parameters["most"] = max(most, LOOKED_AT)
                rows += connection.execute(OWN, parameters).fetchall()
        except psycopg.errors.QueryCanceled as error:
            raise Invalid("searchTooWide", TOO_WIDE) from error
        finally:
            connection.rollback()
    if is_narrow(actor):
        rows = _still_seen(services, actor, rows)
    grants = {str(one.resource): grant for one, grant in seen}
    places = {name: place for place, name in enumerate(first)}
    hits = _hits(rows, grants, asked, places, most)
    for kind in {one.kind for one in hits}:
        note_read(services, actor, grants[kind], services.registry[kind], None)
    return hits


def _is_whole(searched: Searched, grant: Grant) -> bool:
    return grant.reach == "all" or not is_scoped(searched.resource)


def _narrow(grant: Grant) -> str | None:
    return grant.beside if grant.reach == "limited" else grant.reach


def _still_seen(
    services: Services, actor: Actor, rows: Sequence[tuple[Any, ...]]
) -> list[tuple[Any, ...]]:
    """Return those rows that the database shows to an actor who is watched: the second wall."""
    if not rows:
        return []
    with reading(services, actor) as connection:
        shown = connection.execute(
            "select record from search_entry where record = any(%s)", [[row[1] for row in rows]]
        ).fetchall()
    idents = {ident for (ident,) in shown}
    return [row for row in rows if row[1] in idents]


def _reach(actor: Actor, narrow: Sequence[tuple[Searched, Grant]]) -> dict[str, Any]:
    parties = [one for one in (actor.party, actor.partner) if one]
    wide = any(_narrow(grant) == "partner" for _, grant in narrow)
    return {
        "reaches": [_narrow(grant) for _, grant in narrow],
        "party": actor.party,
        "owners": parties if wide else [one for one in [actor.party] if one],
        "partner": actor.partner if wide else None,
    }


def _merged(connection: Any, asked: Asked) -> list[str]:
    """Return the ids of the records that have become one with that of the key or id asked for."""
    if not any(one.isdigit() for one in asked.raw):
        return []
    values = [_as_key(asked), asked.raw.lower()]
    return [ident for (ident,) in connection.execute(FORMER, [values, MERGED]).fetchall()]


def _as_key(asked: Asked) -> str:
    return "".join(one for one in asked.raw.upper() if one.isalnum())


def _parameters(
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
    with, `insides` a pattern of such a term for each word that was typed.
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
        " ".join(f"^({'|'.join(marks)}):{'.*' if len(one) >= PART_MIN else ''}{one}"
                 for one in asked.words) if is_inside else "",
    )  # fmt: skip


def _hits(
    rows: Sequence[tuple[Any, ...]],
    grants: Mapping[str, Grant],
    asked: Asked,
    places: Mapping[str, int],
    most: int,
) -> list[Hit]:
    """Return each record once, at its best rank, the kinds together as their best one stands."""
    best: dict[str, tuple[Any, ...]] = {}
    for row in rows:
        former = best.get(str(row[1]))
        if former is None or row[0] < former[0]:
            best[str(row[1])] = row
    groups: dict[str, list[tuple[Any, ...]]] = {}
    for row in sorted(best.values(), key=lambda row: (row[0], row[6], row[3])):
        groups.setdefault(row[2], []).append(row)
    ordered = sorted(groups, key=lambda kind: (groups[kind][0][0], places.get(kind, len(places))))
    hits: list[Hit] = []
    for kind in ordered:
        sees = {"public", *grants[kind].sees}
        for rank, record, _, key, label, label_class, _, numbers in groups[kind][:most]:
            shown = label if label_class in sees else None
            hits.append(Hit(str(record), kind, key, shown, _number(numbers, sees, asked), rank))
    return hits


def _number(numbers: Sequence[str], sees: Collection[str], asked: Asked) -> str:
    """Return the number by a part of which a record was found, as far as it may be seen."""
    if not asked.part:
        return ""
    for one in numbers:
        if ORDER[int(one[0])] in sees and asked.part in one[1:]:
            return one[1:]
    return ""
