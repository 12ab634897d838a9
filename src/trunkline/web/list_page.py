"""The list page of every published resource, made from its declaration."""

from __future__ import annotations

from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import falcon

from trunkline.documents.errors import Invalid, NotFound
from trunkline.documents.paths import walk_path
from trunkline.kernel.filters import ListQuery
from trunkline.kernel.masks import Mask, is_hidden
from trunkline.kernel.reading import OFFSET_MAX
from trunkline.kernel.resource import Resource
from trunkline.kernel.write import promoted_value
from trunkline.rest.query import parse
from trunkline.web.addresses import Addresses
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.list_query import (
    FREE_OPERATORS,
    PAGES,
    Address,
    chips_of,
    fields_of,
    for_kernel,
    heads_of,
    path_words,
    read_address,
    schema_of,
)
from trunkline.web.records import Listing, Record, hidden_of, records_of
from trunkline.web.values import EMPTY, Cell, cell, compound, instant, number
from trunkline.web.wording import plural


class ListPage:
    """`/r/{segment}`: the records of a resource, filtered, sorted and paged by the address."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, segment: str) -> None:
        """Show the list."""
        self._desk.answer(req, resp, partial(self._view, segment=segment))

    def _view(self, visit: Visit, *, segment: str) -> Answer:
        resource = self._desk.addresses.resource(segment)
        if resource is None or "list" not in resource.operations:
            raise NotFound("notFound", f"there is no list {segment}")
        address, untidy = read_address(visit.req.query_string)
        base = self._desk.addresses.of_list(resource)
        if untidy:
            query = address.query()
            return Moved(base + (query if query != "?" else ""))
        problem: Invalid | None = None
        listing, query_read, hidden = Listing((), None, None), ListQuery(), None
        try:
            with self._desk.work(visit) as work:
                hidden = hidden_of(work, resource)
                schema = schema_of(work, resource)
                query_read = parse(for_kernel(address, resource, self._desk.zone), schema)
                listing = records_of(work, resource, query_read)
        except Invalid as error:
            problem = error
        values = {
            "title": plural(resource.title),
            "base": base,
            "api": f"{resource.api.number} {resource.api.title}",
            "fields": fields_of(resource, hidden, address),
            "operators": [{"value": one, "label": label} for one, label in FREE_OPERATORS],
            "attributes": sorted(resource.type.by_json_name()),
            "chips": chips_of(address),
            "sort": address.sort,
            "limit": address.limit,
            "problems": _problems(problem),
            **self._table(resource, hidden, address, listing),
            **_paging(address, query_read, listing),
        }
        return Shown("list.html", values, 400 if problem else 200)

    def _table(
        self, resource: Resource, hidden: Mask | None, address: Address, listing: Listing
    ) -> dict[str, Any]:
        columns = columns_of(resource, hidden)
        rows = [
            row_of(one, columns, self._desk.addresses, self._desk.zone) for one in listing.records
        ]
        return {"heads": heads_of(resource, columns, address), "rows": rows}


def columns_of(resource: Resource, hidden: Mask | None) -> list[str]:
    """Return the paths of a list's columns: the declared ones that the visitor may see."""
    declared = [one for one in resource.columns if one != "key"]
    shown = [one for one in declared if hidden is None or not is_hidden(hidden, one)]
    return ["key", *shown, "updatedAt"]


def row_of(
    record: Record, columns: list[str], addresses: Addresses, zone: ZoneInfo
) -> dict[str, Any]:
    """Return one row: its link, and a cell for each column."""
    return {
        "address": addresses.of_record(record.resource, record.key),
        "key": record.key,
        "label": record.label,
        "cells": [_cell(record, path, zone) for path in columns[1:]],
        "labels": [path_words(path) for path in columns[1:]],
    }


def _cell(record: Record, path: str, zone: ZoneInfo) -> Cell:
    if path == "updatedAt":
        return instant(record.updated_at, zone)
    value = promoted_value(record.document, path)
    if isinstance(value, dict):
        return compound(value, zone) or Cell("text", f"{len(value)} values")
    if isinstance(value, list):
        return Cell("text", f"{len(value)}") if value else EMPTY
    try:
        attribute = walk_path(record.resource.type, path)[-1].attribute
    except KeyError:
        attribute = None
    return cell(path.rpartition(".")[2], value, zone, attribute)


def _problems(error: Invalid | None) -> list[dict[str, str]]:
    if error is None:
        return []
    if not error.faults:
        return [{"path": "", "message": error.message}]
    return [{"path": one.path, "message": one.message} for one in error.faults]


def _paging(address: Address, query: ListQuery, listing: Listing) -> dict[str, Any]:
    """Return the links to the other pages, and where in the list this one is."""
    count, total = len(listing.records), listing.total
    first = query.offset + 1
    if query.after is not None:
        place = f"the next {number(count)}"
    elif count:
        place = f"{number(first)} to {number(query.offset + count)}"
    else:
        place = "none"
    following = query.offset + query.limit
    forward, back = "", ""
    if listing.next is not None and query.after is None and following <= OFFSET_MAX:
        forward = address.query(offset=following)
    elif listing.next is not None:
        forward = address.query(after=listing.next)
    if query.offset:
        back = address.query(offset=max(0, query.offset - query.limit))
    return {
        "total": "more than 10,000" if total is None and count else number(total or 0),
        "total_is_one": total == 1,
        "place": place,
        "next": forward,
        "previous": back,
        "start": address.query() if query.offset or query.after else "",
        "sizes": PAGES,
        "size": query.limit,
    }
