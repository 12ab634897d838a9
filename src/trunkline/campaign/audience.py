"""Audiences: queries of customers or leads, as the lists of their kinds take them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from trunkline.documents.errors import Fault, Invalid, Refusal
from trunkline.kernel.filters import ListQuery
from trunkline.kernel.reading import list_page, refuse_hidden
from trunkline.kernel.resource import Document, registry
from trunkline.kernel.select import scope
from trunkline.kernel.work import Work
from trunkline.party.customer import Customer
from trunkline.rest.query import RESERVED, parse, split_piece
from trunkline.sales.lead.lead import SalesLead
from trunkline.workspace.many import schema_of

AUDIENCES: Mapping[str, type[Document]] = {"Customer": Customer, "SalesLead": SalesLead}


def matches(work: Work, kind: type[Document], ident: str, query: str) -> bool:
    """Return whether a record is among those of a query, as far as who asks may see it."""
    # Two conditions on the id in one query would mean either, so the record's own stands apart.
    itself = parse(f"id={ident}&limit=1", schema_of(work, kind.resource))
    asked = replace(itself, conditions=(*itself.conditions, *parsed(work, kind, query).conditions))
    grant = work.actor.must(kind.resource, "read")
    return bool(list_page(work, work.actor, grant, kind.resource, asked).rows)


def fitting(work: Work, kind: type[Document], ident: str, queries: Collection[str]) -> set[str]:
    """Return those of some queries that a record is among, in one statement.

    A query that its list refuses by now, for an attribute that is gone or hidden, holds nobody.
    """
    resource, grant = kind.resource, work.actor.must(kind.resource, "read")
    asked: list[str] = []
    texts: list[str] = []
    parameters: list[Any] = []
    for query in queries:
        try:
            found = parsed(work, kind, query)
            refuse_hidden(resource, grant, found)
            filtered = work.filtered(resource, found.conditions)
        except Refusal:
            continue
        condition = scope(resource, work.actor, grant)
        condition.also("t.id = %s::uuid", ident)
        condition.also(filtered.text, *filtered.parameters)
        asked.append(query)
        texts.append(
            f"(select {len(texts)} from {resource.table} t where {condition.text})"  # noqa: S608
        )
        parameters += condition.parameters
    if not asked:
        return set()
    rows = work.connection.execute(" union all ".join(texts), parameters).fetchall()
    return {asked[number] for (number,) in rows}


def parsed(work: Work, kind: type[Document], query: str) -> ListQuery:
    """Return a query as it is asked, all of them where it is empty.

    Refuses (400) what its kind of record does not have, and what says no condition: how a list is
    sorted or paged says nothing of who is meant.
    """
    for piece in (one for one in query.split("&") if one):
        name = split_piece(piece)[0]
        if name in RESERVED:
            message = "says how a list is shown; name conditions only, such as status=active"
            raise Invalid.of([Fault(name, "notFilterable", message)])
    found = parse(query, schema_of(work, kind.resource))
    if query and not found.conditions:
        message = "says no condition; name one, such as status=active"
        raise Invalid.of([Fault("", "badFilter", message)])
    return found


def filter_faults(
    work: Work, kind: type[Document], field: str, query: str | None
) -> Iterator[Fault]:
    """Yield a fault on `field` where the list of a kind would refuse a query."""
    try:
        parsed(work, kind, query or "")
    except Refusal as refusal:
        yield Fault(field, "badFilter", refusal.told)


assert set(AUDIENCES) <= set(registry.resources), "audiences are kinds of records"
