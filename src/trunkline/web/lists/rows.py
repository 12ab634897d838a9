"""Rows: what a list shows of its records, sorted as far as that is quick."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from trunkline.documents.errors import Invalid
from trunkline.kernel.filters import Condition, ListQuery
from trunkline.kernel.resource import Resource
from trunkline.kernel.select import Sql, array_of
from trunkline.kernel.work import Work
from trunkline.rest.query import VALUES_MAX
from trunkline.screens.values_at import values_at
from trunkline.web.lists.address import Term
from trunkline.web.records import Listing, documents_of, records_of

NOBODY = "00000000-0000-0000-0000-000000000000"
"""What the search is asked for where it finds nothing."""


class _Reading(Work):
    """The transaction of a list, in which an id that is found as one of ours is no other system's.

    What an empty list is narrowed by is read then, and not again to tell how it is called. More
    ids than anybody names are those that a search has found: they are nothing but ids.
    """

    def __init__(self, work: Work) -> None:
        super().__init__(
            work.services, work.connection, work.actor, work.now, work.generation, work.request
        )
        self.kept = work.kept

    def filtered(self, resource: Resource, conditions: Sequence[Condition]) -> Sql:
        found = [one for one in conditions if one.path == "id" and len(one.values) > VALUES_MAX]
        sql = super().filtered(resource, [one for one in conditions if one not in found])
        for one in found:
            sql.also("t.id = any(%s::uuid[])", array_of(str(value) for value in one.values))
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
    """Return the transaction as lists read in it: with very many ids that a search has found."""
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
    return records_of(work, resource, query), ""


def _unsorted(work: Work, resource: Resource, query: ListQuery) -> Listing | None:
    """Return the rows without their order; None where a cursor says that they are few enough."""
    try:
        return records_of(work, resource, replace(query, sorts=()))
    except Invalid as error:
        if error.code != "badCursor":
            raise
        return None


def names_shown(listing: Listing, term: Term) -> Mapping[str, str]:
    """Return how the rows call the records that a filter by a reference names."""
    path = term.path.removesuffix(".id")
    found = (value for one in listing.records for value in values_at(one.document, path))
    return {
        str(one["id"]): str(one["name"])
        for one in found
        if isinstance(one, dict) and one.get("id") and one.get("name")
    }
