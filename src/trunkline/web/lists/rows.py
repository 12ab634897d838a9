"""Rows: what a list shows of its records, sorted as far as that is quick.

Of more records than are counted that a search has found nobody puts the ids together: the list is
walked in its order, and each record is asked for what was searched, until a page is full.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import psycopg

from trunkline.database.paging import BadCursor, cursor_of, page_rows
from trunkline.documents.errors import Invalid
from trunkline.kernel.filters import Condition, ListQuery
from trunkline.kernel.reading import COUNT_CAP, WIDE_FILTER_S, refuse_hidden
from trunkline.kernel.resource import Resource
from trunkline.kernel.select import Sql, array_of, order_terms, scope
from trunkline.kernel.work import Work
from trunkline.rest.archived import out_of_archive
from trunkline.screens.values_at import values_at
from trunkline.web.lists.address import Term
from trunkline.web.records import Listing, documents_of, records_of
from trunkline.workspace.search import TOO_WIDE
from trunkline.workspace.search_every import Wide

R = TypeVar("R")
NOBODY = "00000000-0000-0000-0000-000000000000"
"""What the search is asked for where it finds nothing."""
WALK_MS = 100
"""How long a list is walked for what was searched; what is further apart is found the other way."""


@dataclass(frozen=True)
class Searched(Condition):
    """What a search has found: ids, and what more records have than are counted."""

    wide: Wide | None = None


def searched(idents: Iterable[str], wide: Wide | None = None) -> Searched:
    """Return the condition for what a search has found."""
    return Searched("id", (), "any", "eq", tuple(idents) or (NOBODY,), wide=wide)


class _Reading(Work):
    """The transaction of a list, in which an id that is found as one of ours is no other system's.

    What an empty list is narrowed by is read then, and not again to tell how it is called. What a
    search has found is nothing but ids of ours.
    """

    def __init__(self, work: Work) -> None:
        super().__init__(
            work.services, work.connection, work.actor, work.now, work.generation, work.request
        )
        self.kept = work.kept

    def filtered(self, resource: Resource, conditions: Sequence[Condition]) -> Sql:
        found = [one for one in conditions if isinstance(one, Searched)]
        sql = super().filtered(resource, [one for one in conditions if one not in found])
        for one in found:
            among = _among(one)
            sql.also(among.text, *among.parameters)
        return sql

    def doubts(self, conditions: Sequence[Condition]) -> bool:
        wanted: dict[str, list[str]] = {}
        for one in conditions:
            holder = one.steps[-2].attribute.shape if len(one.steps) > 1 else None
            for name in holder.targets if holder is not None else ():
                wanted.setdefault(name, []).extend(str(value) for value in one.values)
        found = {one.id for one in documents_of(self, wanted)}
        return super().doubts([one for one in conditions if not found.issuperset(one.values)])


def for_list(work: Work) -> Work:
    """Return the transaction as lists read in it: with what a search has found."""
    return _Reading(work)


def rows_of(work: Work, resource: Resource, query: ListQuery) -> tuple[Listing, str]:
    """Return the rows of a list, and by what they are not sorted although that was asked for.

    What no index holds in an order is sorted where the list has no more records than are counted.
    """
    if any(one.values == (NOBODY,) for one in query.conditions):
        return Listing((), 0, None), ""
    work = for_list(work)
    columns = work.columns(resource)
    slow = [
        one.path
        for one in query.sorts
        if not columns.is_quick(one.path) or one.path in columns.indexed_runtime
    ]
    listing = _unsorted(work, resource, query) if slow else None
    if listing is not None and listing.total is None:
        return listing, slow[0]
    return _page(work, resource, query), ""


def _unsorted(work: Work, resource: Resource, query: ListQuery) -> Listing | None:
    """Return the rows without their order; None where a cursor says that they are few enough."""
    try:
        return _page(work, resource, replace(query, sorts=()))
    except Invalid as error:
        if error.code != "badCursor":
            raise
        return None


def _page(work: Work, resource: Resource, query: ListQuery) -> Listing:
    """Return one page of a list; what very many have is found by walking, where it is near."""
    found = next((one for one in query.conditions if isinstance(one, Searched) and one.wide), None)
    if found is None or found.wide is None:
        return records_of(work, resource, query)
    refuse_hidden(resource, work.actor.must(resource, "read"), query)
    entry = found.wide.of_entry
    has = f"(select {entry.text} from search_entry e where e.record = t.id offset 0)"  # noqa: S608
    try:
        with work.connection.transaction():
            work.connection.execute(f"set local statement_timeout = {WALK_MS}")
            rows = _ids(work, resource, query, found, Sql(has, entry.parameters))
    except psycopg.errors.QueryCanceled:
        rows = _found(work, lambda: _ids(work, resource, query, found, _among(found)))
    total = None
    if len(query.conditions) > 1:
        total = _found(work, lambda: _count(work, resource, query, found))
    shown = searched(ident for ident, *_ in rows[: query.limit])
    alone = replace(query, conditions=(shown,), offset=0, after=None)
    following = cursor_of(rows[query.limit - 1][1:]) if len(rows) > query.limit else None
    return Listing(records_of(work, resource, alone).records if rows else (), total, following)


def _found(work: Work, read: Callable[[], R]) -> R:
    """Return what is read; refuses what takes too long."""
    try:
        work.connection.execute(f"set local statement_timeout = '{WIDE_FILTER_S}s'")
        return read()
    except psycopg.errors.QueryCanceled as error:
        raise Invalid("searchTooWide", TOO_WIDE) from error


def _among(found: Searched) -> Sql:
    """Return the condition that a record is among all that was found."""
    if found.wide is None:
        return Sql("t.id = any(%s::uuid[])", [array_of(str(one) for one in found.values)])
    among = found.wide.among
    return Sql(f"t.id = any(array({among.text}))", among.parameters)


def _ids(
    work: Work, resource: Resource, query: ListQuery, found: Searched, asked: Sql
) -> list[tuple[Any, ...]]:
    """Return the ids of a page and of one more, with the values of its order."""
    terms = order_terms(work.columns(resource), query.sorts)
    condition = _others(work, resource, query, found)
    condition.also(asked.text, *asked.parameters)
    try:
        page, parameters = page_rows(
            (f"{resource.table} t", []), "t.id", (condition.text, condition.parameters), terms,
            limit=query.limit + 1, offset=query.offset, cursor=query.after,
        )  # fmt: skip
    except BadCursor as error:
        raise Invalid("badCursor", "after= takes the cursor of a Link header only") from error
    values = ", ".join(f"t.s{n}::text" for n in range(len(terms)))
    rows: list[tuple[Any, ...]] = work.connection.execute(
        f"select t.id::text, {values} from ({page}) t",  # noqa: S608 - declared names
        parameters,
    ).fetchall()
    return rows


def _count(work: Work, resource: Resource, query: ListQuery, found: Searched) -> int | None:
    """Return how many records a list has; None where there are more than are counted."""
    condition = _others(work, resource, query, found)
    asked = _among(found)
    condition.also(asked.text, *asked.parameters)
    ((count,),) = work.connection.execute(
        f"select count(*) from (select 1 from {resource.table} t "  # noqa: S608 - declared names
        f"where {condition.text} limit {COUNT_CAP + 1}) c",
        condition.parameters,
    ).fetchall()
    return count if count <= COUNT_CAP else None


def _others(work: Work, resource: Resource, query: ListQuery, found: Searched) -> Sql:
    """Return what is asked of records beside what was searched, within the visitor's reach."""
    asked = out_of_archive(work.actor, resource, query).conditions
    condition = scope(resource, work.actor, work.actor.must(resource, "read"))
    filters = work.filtered(resource, [one for one in asked if one is not found])
    condition.also(filters.text, *filters.parameters)
    return condition


def names_shown(listing: Listing, term: Term) -> Mapping[str, str]:
    """Return how the rows call the records that a filter by a reference names."""
    path = term.path.removesuffix(".id")
    found = (value for one in listing.records for value in values_at(one.document, path))
    return {
        str(one["id"]): str(one["name"])
        for one in found
        if isinstance(one, dict) and one.get("id") and one.get("name")
    }
