"""Every record of one kind that a text finds, as a list wants them: which they are and no more.

Where they are more than lists count nobody goes through them one by one: what a record must have
to be found is said in SQL then, for whoever reads records in an order of their own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from trunkline.documents.errors import Invalid
from trunkline.kernel.actor import Actor, Grant
from trunkline.kernel.reading import COUNT_CAP
from trunkline.kernel.resource import Resource
from trunkline.kernel.select import Sql
from trunkline.kernel.services import Services
from trunkline.kernel.session import is_narrow
from trunkline.workspace.search import TOO_WIDE
from trunkline.workspace.search_asked import (
    Asked,
    is_whole,
    merged_into,
    narrowed,
    parameters_of,
    reach_of,
)
from trunkline.workspace.search_statements import (
    ASKED_INSIDE,
    IS_INSIDE,
    IS_PART,
    KINDS,
    LIES_WITHIN,
    OWN,
    PREPARE,
    WORDS_INSIDE,
)
from trunkline.workspace.search_terms import Searched, searched_kinds

EVERY = COUNT_CAP + 1
WORDS_MAX = 300
"""How many words that have something typed in their middle the index is asked for at once."""

# What one word has in its middle is looked up word by word, until there are enough records.
_ALONE = """
select s.record from k cross join unnest(k.marks) as m(mark)
cross join unnest(%(typed)s::text[], %(pieces)s::text[]) as a(part, pieces)
cross join lateral (
  select w.term from search_word w
  where w.pieces @@ replace(a.pieces, '@', m.mark)::tsquery and position(a.part in w.term) > 0) w
cross join lateral (
  select e.record from search_entry e where {within}e.terms @@ quote_literal(w.term)::tsquery) s
where a.pieces <> '' and {too_few} limit {most}"""
# Several words are asked for together, but those that too many words have inside (`is_cut`): for
# them each record that has the others is looked at, and each of the kind where there are no others.
_SEVERAL = """
select s.record from i cross join lateral (
  select e.record from search_entry e
  where {within_i}e.terms @@ i.inside and (not i.is_cut or {is_inside}) limit {most}) s
union all
select s.record from i cross join lateral (
  select e.record from search_entry e
  where {within_i}e.kind = i.kind and i.inside is null and {is_inside} limit {most}) s"""
_CUT = f"""i as materialized (
  select k.kind, k.limits, k.insides, ({ASKED_INSIDE}
    where coalesce(c.words, 0) < %(words_most)s) as inside,
    exists (select from c where words >= %(words_most)s) as is_cut
  from k where exists (select from c)
)"""  # noqa: S608 - constant texts


def _records(*, is_alone: bool, within: str, most: str) -> str:
    """Return the query for the records that are found, up to so many or "all".

    What is asked for after others is asked where these have not found so many yet.
    """
    few_words, too_few = (
        "true" if most == "all" else f"(select count(*) from {one}) < {most}"  # noqa: S608
        for one in ("v", "p")
    )
    inside = f"{WORDS_INSIDE.format(most='%(words_most)s', too_few=few_words)}, {_CUT}"
    way = (_ALONE if is_alone else _SEVERAL).format(
        within=within, within_i=within.replace("k.", "i."), too_few=too_few, most=most,
        is_inside=IS_INSIDE.replace("x.", "e.").replace("k.", "i."),
    )  # fmt: skip
    return f"""
with k as materialized ({KINDS}), v as materialized (
  select s.record from k cross join lateral (
    select e.record from search_entry e
    where {within}e.terms @@ k.quick::tsquery
      and (k.quick = k.words or e.terms @@ k.words::tsquery) limit {most}) s
  where k.quick <> ''
), p as materialized (
  select record from v union (
    select s.record from k cross join lateral (
      select e.record from search_entry e
      where {within}e.kind = k.kind and e.folded >= %(first)s and e.folded < %(last)s
      limit {most}) s
    where k.label_seen and %(first)s <> '' and {few_words})
){"" if is_alone else f", {inside}"}
{{select}} (
  select record from p
  union select e.record from k join search_entry e on e.kind = k.kind
    where {within}e.key = any(%(keys)s)
  union select e.record from k join search_entry e on e.kind = k.kind
    where {within}e.record = any(%(records)s::uuid[])
  union ({way})
  union (
    select s.record from k cross join lateral (
      select e.record from search_entry e
      where {within}e.terms @@ k.grams::tsquery and {IS_PART.replace("x.", "e.")}
      limit {most}) s
    where k.grams <> '')
  limit {most}) x
"""  # noqa: S608 - constant texts


TOLD = "select string_agg(x.record::text, ',') from"
STATEMENTS = {
    (is_alone, is_all): _records(
        is_alone=is_alone, within="" if is_all else LIES_WITHIN, most="%(most)s"
    ).format(select=TOLD)
    for is_alone in (True, False)
    for is_all in (True, False)
}
AMONG = {
    is_alone: _records(is_alone=is_alone, within="", most="all").format(
        select="select x.record from"
    )
    for is_alone in (True, False)
}


@dataclass(frozen=True)
class Wide:
    """What more records have than lists count.

    `of_entry` says of an entry `e` of the index that its record is one of them; `among` is a query
    for the ids of them all. Whose records they are is asked by neither.
    """

    of_entry: Sql
    among: Sql


@dataclass(frozen=True)
class Matches:
    """The ids of what was found; where that is more than lists count some of them, unordered."""

    idents: Sequence[str]
    wide: Wide | None = None

    @property
    def has_more(self) -> bool:
        """Tell whether there are more than lists count."""
        return len(self.idents) >= EVERY


def find_every(services: Services, actor: Actor, resource: Resource, text: str) -> Matches:
    """Return all records of a kind that an actor finds by a text.

    Refuses with searchTooWide what takes too long. Whose records they are is asked by who reads
    them once more.
    """
    asked = Asked.of(text)
    searched = next(
        (one for one in searched_kinds(services.registry) if one.resource is resource), None
    )
    grant = actor.grant(resource, "read")
    if not asked or searched is None or grant is None:
        return Matches(())
    with services.database.app.connection() as connection:
        connection.execute(PREPARE, prepare=False)
        try:
            return _found(connection, actor, asked, searched, grant)
        except psycopg.errors.QueryCanceled as error:
            raise Invalid("searchTooWide", TOO_WIDE) from error
        finally:
            connection.rollback()


def _found(
    connection: Any, actor: Actor, asked: Asked, searched: Searched, grant: Grant
) -> Matches:
    one = [(searched, grant)]
    is_all = is_whole(searched, grant)
    parameters = parameters_of(asked, one, merged_into(connection, asked))
    parameters |= {"most": EVERY, "words_most": WORDS_MAX}
    found: dict[str, None] = {}
    if is_all or grant.limits:
        statement = STATEMENTS[len(parameters["typed"]) == 1, is_all]
        (text,) = connection.execute(statement, parameters).fetchone()
        found = dict.fromkeys(text.split(",") if text else ())
    if not is_all and narrowed(grant):
        reached = parameters | reach_of(actor, one)
        rows = connection.execute(OWN, reached).fetchall()
        found |= {str(row[1]): None for row in rows}
    idents = list(found)[:EVERY]
    if len(idents) < EVERY or is_narrow(actor):
        return Matches(idents)
    among = _in_places(AMONG[len(parameters["typed"]) == 1], parameters)
    return Matches(idents, Wide(_of_entry(parameters), among))


def _of_entry(asked: Mapping[str, Any]) -> Sql:
    """Return by what the entry of a record has what is asked for."""
    (words,), (inside,), (part,) = asked["words"], asked["insides"], asked["parts"]
    ways: list[tuple[str, Any]] = [("e.key = any(%s)", asked["keys"])]
    if asked["labels"][0]:
        ways.append(("e.folded like %s", asked["begins"]))
    if words and asked["quick"][0]:
        ways.append(("e.terms @@ %s::tsquery", words))
    if inside:
        has_inside = IS_INSIDE.replace("k.insides <> '' and ", "").replace("k.insides", "%s")
        ways.append((has_inside.replace("x.", "e."), inside))
    if part:
        ways.append((IS_PART.replace("x.", "e.").replace("k.part", "%s"), part))
    return Sql("(" + " or ".join(text for text, _ in ways) + ")", [value for _, value in ways])


def _in_places(statement: str, parameters: Mapping[str, Any]) -> Sql:
    """Return a statement whose parameters have names with its parameters in their places."""
    names = re.findall(r"%\((\w+)\)s", statement)
    return Sql(re.sub(r"%\(\w+\)s", "%s", statement), [parameters[one] for one in names])
