"""Lists of documents that are at hand as a whole: filtered, sorted and paged as stored ones are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import falcon

from trunkline.documents.errors import Fault, Invalid, refuse
from trunkline.documents.paths import value_at
from trunkline.documents.shape import Json
from trunkline.hub.query import NOT_IN_EVENTS, EventQuery
from trunkline.kernel.actor import Grant
from trunkline.kernel.filters import Schema, Sort
from trunkline.kernel.reading import OFFSET_MAX, Found, Page, Reader, refuse_hidden
from trunkline.kernel.resource import Resource
from trunkline.rest.paging import page_headers
from trunkline.rest.query import parse

Document = dict[str, Json]
NOT_KEPT = {"key", *NOT_IN_EVENTS}
MOMENT = datetime.min.replace(tzinfo=UTC)
"""When a document that has no row was written: nobody looks at that."""


def page_at_hand(
    req: falcon.Request, resp: falcon.Response, resource: Resource, grant: Grant,
    documents: Sequence[Document], *, page_max: int,
) -> tuple[Sequence[Document], Sequence[str] | None]:  # fmt: skip
    """Return those of some documents that are asked for, and which of their attributes.

    Sets the headers that say which part they are, and 206 where the client paged. Refuses (400)
    what is not declared, or hidden from the asker, by its name. A cursor is the id of a document.
    """
    query = parse(req.query_string, Schema(resource, page_max=page_max))
    asked = [(one.path, one.path) for one in query.conditions]
    asked += [(one.path, f"sort={one.path}") for one in query.sorts]
    refuse([
        Fault(where, "notFilterable", f"{resource} has no declared attribute {path}")
        for path, where in asked if path in NOT_KEPT
    ])  # fmt: skip
    refuse_hidden(resource, grant, query)
    if query.offset > OFFSET_MAX:
        message = f"goes up to {OFFSET_MAX}; follow the `next` Link of a page to go further"
        raise Invalid.of([Fault("offset", "offsetTooLarge", message)])
    wanted = EventQuery(conditions={resource.name: query.conditions})
    found = [one for one in documents if wanted.holds(resource, str(one["id"]), None, one)]
    for sort in reversed(query.sorts):
        found = _sorted(found, sort)
    first = query.offset + (_place_after(found, query.after) if query.after is not None else 0)
    part = found[first : first + query.limit]
    more = part and first + query.limit < len(found)
    rows = [Found(str(one["id"]), "", 1, MOMENT, b"", ()) for one in part]
    page = Page(rows, len(found), str(part[-1]["id"]) if more else None)
    page_headers(Reader(resource, grant, req.prefix), query, page, resp)
    return part, query.fields


def _place_after(found: Sequence[Document], cursor: str) -> int:
    """Return how many documents come up to the one that a cursor names."""
    for place, one in enumerate(found):
        if one["id"] == cursor:
            return place + 1
    raise Invalid("badCursor", "after= takes the cursor of a Link header for the same sort only")


def _sorted(found: Sequence[Document], sort: Sort) -> list[Document]:
    """Return documents in the order of one term; those without a value come last."""
    present = [one for one in found if value_at(one, sort.path) is not None]
    absent = [one for one in found if value_at(one, sort.path) is None]

    def rank(one: Document) -> Any:
        value = value_at(one, sort.path)
        return Decimal(value) if sort.kind in {"number", "integer"} else str(value)

    return sorted(present, key=rank, reverse=sort.descending) + absent
