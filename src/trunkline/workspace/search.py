"""Search: one box for everything: names by their words, numbers by any part, records by key.

Somebody finds what they may read, by values that they may see. The terms of the index carry the
kind and the class of data, so what is hidden does not match; whose records are reached is asked
in the statement, and for who is watched by row-level security once more by the database.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from trunkline.documents.errors import Invalid
from trunkline.documents.limits import LIES_IN
from trunkline.kernel.actor import Actor, Grant
from trunkline.kernel.ddl import is_scoped
from trunkline.kernel.masks import ORDER
from trunkline.kernel.reading import reading
from trunkline.kernel.select import may_reach
from trunkline.kernel.services import Services
from trunkline.kernel.session import is_narrow
from trunkline.rest.reads import note_read
from trunkline.workspace.search_asked import (
    Asked,
    is_whole,
    merged_into,
    narrowed,
    parameters_of,
    reach_of,
)
from trunkline.workspace.search_statements import (
    FIND,
    FIND_OF_ONE_KIND,
    FIND_OF_ONE_KIND_WITHIN,
    FIND_WITHIN,
    LOOKED_AT,
    OWN,
    PER_KIND,
    PREPARE,
)
from trunkline.workspace.search_terms import searched_kinds

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


def find(
    services: Services,
    actor: Actor,
    text: str,
    *,
    kinds: Collection[str] | None = None,
    first: Sequence[str] = (),
    many: bool = False,
) -> list[Hit]:
    """Return what an actor finds by a text, the kinds with the best hits first; six of a kind.

    `kinds` narrows it to some kinds of records; of equal ones those in `first` come first. With
    `many` as many of a kind as are looked at. Refuses with searchTooWide what takes too long.
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
    whole = [pair for pair in seen if is_whole(*pair)]
    limited = [pair for pair in seen if not is_whole(*pair) and pair[1].limits]
    narrow = [pair for pair in seen if not is_whole(*pair) and narrowed(pair[1])]
    rows: list[tuple[Any, ...]] = []
    statement = FIND_OF_ONE_KIND if many else FIND
    most = LOOKED_AT if many else PER_KIND
    with services.database.app.connection() as connection:
        connection.execute(PREPARE, prepare=False)
        named = merged_into(connection, asked)
        try:
            if whole:
                rows += connection.execute(statement, parameters_of(asked, whole, named)).fetchall()
            if limited:
                within = FIND_OF_ONE_KIND_WITHIN if many else FIND_WITHIN
                rows += connection.execute(within, parameters_of(asked, limited, named)).fetchall()
            if narrow:
                parameters = parameters_of(asked, narrow, named) | reach_of(actor, narrow)
                parameters["most"] = LOOKED_AT
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
