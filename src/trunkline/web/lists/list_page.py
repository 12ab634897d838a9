"""The list of every published resource, made from its declaration; the address says all of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import Invalid, NotFound
from trunkline.kernel.filters import ListQuery
from trunkline.kernel.masks import Mask, is_hidden
from trunkline.kernel.reading import OFFSET_MAX
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.pages.language import say
from trunkline.rest.query import parse
from trunkline.screens.screen import screen_of
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.governed import Governed, governed
from trunkline.web.lists.address import (
    PAGES,
    Address,
    Term,
    for_kernel,
    path_words,
    quoted,
    read_address,
    schema_of,
)
from trunkline.web.lists.called import call_by_key
from trunkline.web.lists.columns import (
    choosable,
    chosen_columns,
    columns_shown,
    heads_of,
    row_of,
)
from trunkline.web.lists.filters import chips_of, filter_of, offered
from trunkline.web.lists.grouping import Group, Groups, group_path, groupable, groups_of
from trunkline.web.lists.rows import rows_of, searched
from trunkline.web.lists.selection import offers_of
from trunkline.web.records import Listing, hidden_of
from trunkline.web.values import number
from trunkline.web.wording import plural, words
from trunkline.workspace.saved_views import EVERYTHING, ListChoice, SavedView, choice_of, may_change
from trunkline.workspace.search import TOO_WIDE
from trunkline.workspace.search_every import find_every
from trunkline.workspace.search_terms import searched_kinds

ROWS_IN_GROUP = 25


@dataclass(frozen=True)
class Look:
    """A list as it is asked for: its address with its view's state in it, and what was chosen."""

    address: Address
    choice: ListChoice
    view: SavedView | None

    @property
    def is_changed(self) -> bool:
        """Tell whether it is not as its view says any more."""
        if self.view is None:
            return False
        kept = read_address(self.view.state)[0].state
        return sorted(kept.split("&")) != sorted(self.address.state.split("&"))

    @property
    def columns(self) -> tuple[str, ...] | None:
        """The columns that are wanted; None for the declared ones."""
        return self.address.columns or self.choice.columns


class ListPage:
    """`/r/{segment}`: the records of a resource, filtered, sorted, grouped and paged."""

    needs = "byRecord"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, segment: str) -> None:
        """Show the list."""
        self._desk.answer(req, resp, partial(self._view, segment=segment))

    def on_get_rows(self, req: falcon.Request, resp: falcon.Response, segment: str) -> None:
        """Show the rows of one group."""
        self._desk.answer(req, resp, partial(self._rows, segment=segment))

    def on_get_filter(self, req: falcon.Request, resp: falcon.Response, segment: str) -> None:
        """Show how one attribute is asked for."""
        self._desk.answer(req, resp, partial(self._filter, segment=segment))

    # --- the page ------------------------------------------------------------------------------

    def _view(self, visit: Visit, *, segment: str) -> Answer:
        resource = listed(self._desk, segment)
        address, untidy = read_address(visit.req.query_string)
        base = self._desk.addresses.of_list(resource)
        if untidy:
            query = address.query(offset=address["offset"], after=address["after"])
            return Moved(base + (query if query != "?" else ""))
        look = look_of(self._desk, visit, resource, address)
        address = look.address
        problem: Invalid | None = None
        listing, query_read, hidden = Listing((), None, None), ListQuery(), None
        groups = Groups()
        chips: list[dict[str, Any]] = []
        unsorted = ""
        with self._desk.work(visit) as work:
            hidden = hidden_of(work, resource)
            values = self._tools(work, resource, hidden, look)
            known = governed(work, resource)
            try:  # last, as a statement that took too long ends the transaction
                query_read = query_of(self._desk, work, resource, address)
                if address["group"]:
                    groups = groups_of(work, resource, query_read, address["group"])
                else:
                    listing, unsorted = rows_of(work, resource, query_read)
                    shown = chosen_columns(resource, hidden, look.columns, known.extras)
                    call_by_key(work, resource, listing.records, shown)
                chips = chips_of(work, self._desk.addresses, resource, address, listing)
            except Invalid as error:
                problem = error
                chips = chips_of(None, self._desk.addresses, resource, address)
        values |= {
            "title": plural(resource.title),
            "one": resource.title,
            "base": base,
            "api": _api_words(resource),
            "chips": chips,
            "problems": _problems(problem),
            "narrowing": _narrowing(resource, problem),
            "unsorted": path_words(unsorted) if unsorted else "",
            "state": address.state,
            "groups": [_group(address, one, known) for one in groups.shown],
            "has_more_groups": groups.has_more,
            "group": known.label(address["group"])
            or (path_words(address["group"].removesuffix(".id")) if address["group"] else ""),
            "ungrouped": address.query(group=""),
            **self._table(resource, look, hidden, listing, known),
            **_paging(address, query_read, listing),
        }
        if groups.shown:
            values["total"] = groups.said
        return Shown("list.html", values, 400 if problem else 200)

    def _table(
        self, resource: Resource, look: Look, hidden: Mask | None, listing: Listing,
        known: Governed,
    ) -> dict[str, Any]:  # fmt: skip
        columns = chosen_columns(resource, hidden, look.columns, known.extras)
        rows = [
            row_of(one, columns, self._desk.addresses, self._desk.zone, known.now, known)
            for one in listing.records
        ]
        paths = choosable(resource, hidden, known.extras)
        return {
            "heads": heads_of(resource, columns, look.address, known),
            "rows": rows,
            "boxes": columns_shown(columns, paths, known),
            "own_columns": look.choice.columns is not None,
        }

    def _tools(
        self, work: Work, resource: Resource, hidden: Mask | None, look: Look
    ) -> dict[str, Any]:
        """Return what stands above the table: search, filters, groups, views."""
        actor, address = work.actor, look.address
        searchable = {str(one.resource) for one in searched_kinds(work.services.registry)}
        views = [
            {"name": one.name, "address": f"?view={one.slug}", "shared": one.role is not None,
             "current": look.view is not None and one.id == look.view.id}
            for one in look.choice.views
        ]  # fmt: skip
        return {
            "searchable": resource.name in searchable,
            "asked": address["q"],
            "without_search": address.query(q=""),
            "kept": _kept(address, without="q"),
            "filters": offered(work, resource, hidden),
            "groupings": [
                one | {"query": address.query(group=one["path"])}
                for one in groupable(resource, hidden, governed(work, resource))
            ],
            "grouped_by": address["group"],
            "views": views,
            "view": look.view,
            "view_changed": look.is_changed,
            "view_mine": look.view is not None and may_change(actor, look.view),
            "everything": f"?view={EVERYTHING}",
            **offers_of(self._desk, work, resource),
        }

    # --- parts ---------------------------------------------------------------------------------

    def _rows(self, visit: Visit, *, segment: str) -> Answer:
        resource = listed(self._desk, segment)
        address, _ = read_address(visit.req.query_string)
        look = look_of(self._desk, visit, resource, address)
        short = replace(address, plain={**address.plain, "limit": str(ROWS_IN_GROUP), "group": ""})
        with self._desk.work(visit) as work:
            hidden = hidden_of(work, resource)
            listing, _ = rows_of(work, resource, query_of(self._desk, work, resource, short))
            known = governed(work, resource)
            shown = chosen_columns(resource, hidden, look.columns, known.extras)
            call_by_key(work, resource, listing.records, shown)
        values = self._table(resource, look, hidden, listing, known) | {
            "base": self._desk.addresses.of_list(resource),
            "title": plural(resource.title),
            "all": address.query(group="") if listing.next else "",
            "may_select": False,
        }
        return Shown("list_rows.html", values)

    def _filter(self, visit: Visit, *, segment: str) -> Answer:
        resource = listed(self._desk, segment)
        path = visit.req.get_param("_attribute") or ""
        value, operator = visit.req.get_param("value") or "", visit.req.get_param("operator") or ""
        with self._desk.work(visit) as work:
            one = filter_of(work, resource, hidden_of(work, resource), path)
            chips: list[dict[str, Any]] = []
            if value and one is not None:
                asked = Address((Term(path, operator, value),))
                chips = chips_of(work, self._desk.addresses, resource, asked)
        if one is None:
            raise NotFound("notFound", f"there is no filter by {path}")
        text = ", ".join(chips[0]["value"]) if chips else ""
        values: dict[str, Any] = {"one": one, "value": value, "operator": operator, "text": text}
        return Shown("list_filter.html", values)


def listed(desk: Desk, segment: str) -> Resource:
    """Return the resource of a list, or refuse with 404."""
    resource = desk.addresses.resource(segment)
    if resource is None or "list" not in resource.operations:
        raise NotFound("notFound", f"there is no list {segment}")
    return resource


def _api_words(resource: Resource) -> str:
    """Return what an interface is called, with its number where it is one of the TM Forum."""
    api = resource.api
    return f"{api.number} {api.title}" if api.number.startswith("TMF") else api.title


def look_of(desk: Desk, visit: Visit, resource: Resource, address: Address) -> Look:
    """Return a list as it is asked for: by a view's name, or as it opens for this person."""
    choice = choice_of(desk.services, visit.actor, resource.name)
    named = address["view"] or address["edited"]
    view = next((one for one in choice.views if one.slug == named), None)
    if address["view"] and address["view"] != EVERYTHING:
        if view is None:
            raise NotFound("notFound", f"there is no view {named} of this list for you")
        return Look(address.within(view.slug, view.state), choice, view)
    first = choice.first
    if first is not None and not address["view"] and address.state == "" and view is None:
        return Look(address.within(first.slug, first.state), choice, first)
    if address["view"] == EVERYTHING and first is None:
        address = replace(address, plain={**address.plain, "view": ""})
    return Look(address, choice, view)


def query_of(desk: Desk, work: Work, resource: Resource, address: Address) -> ListQuery:
    """Return what the kernel is asked for; refuses what is no filter of the resource."""
    group = address["group"]
    hidden = hidden_of(work, resource)
    is_seen = hidden is None or not is_hidden(hidden, group)
    if group and not (is_seen and group_path(resource, group, governed(work, resource)) == group):
        raise Invalid("notGroupable", f"a list is not grouped by {group}")
    if not address["sort"]:
        usual = usual_sort(resource, hidden)
        address = replace(address, plain={**address.plain, "sort": usual})
    found = parse(for_kernel(address, resource, desk.zone), schema_of(work, resource))
    if not address["q"]:
        return found
    matches = find_every(work.services, work.actor, resource, address["q"])
    if matches.has_more and matches.wide is None and (found.conditions or group):
        raise Invalid("searchTooWide", TOO_WIDE)
    asked = searched(matches.idents, matches.wide)
    return replace(found, conditions=(*found.conditions, asked))


def usual_sort(resource: Resource, hidden: Mask | None) -> str:
    """Return by what a list is sorted that nobody sorts otherwise; empty where that is hidden."""
    usual = screen_of(resource).sort
    is_seen = hidden is None or not is_hidden(hidden, usual.removeprefix("-"))
    return usual if is_seen else ""


def _group(address: Address, one: Group, known: Governed) -> dict[str, Any]:
    path = address["group"]
    coded = known.cell(path, one.value)
    terms = [*address.terms, Term(path, "eq", quoted(one.value or ""))]
    label = one.label or (words(one.value) if one.value else "")
    label = coded.text if coded is not None else label
    query = address.query(terms, group="")
    return {"label": label, "count": one.said, "query": query if one.value else "",
            "is_state": path.lower().endswith(("state", "status")), "value": one.value}  # fmt: skip


def _kept(address: Address, *, without: str) -> list[dict[str, str]]:
    """Return what a small form of the list sends along so that only one thing changes."""
    pairs = [(one.name, one.value) for one in address.terms]
    pairs += [(name, address[name]) for name in ("sort", "limit", "group", "columns", "q", "edited")
              if name != without]  # fmt: skip
    return [{"name": name, "value": value} for name, value in pairs if value]


def _problems(error: Invalid | None) -> list[dict[str, str]]:
    if error is None:
        return []
    if not error.faults:
        return [{"path": "", "message": error.message}]
    return [{"path": one.path, "message": one.message} for one in error.faults]


def _narrowing(resource: Resource, error: Invalid | None) -> str:
    """Return by what a list that took too long is narrowed quickly, in words."""
    if error is None or error.code != "filterTooWide":
        return ""
    quick = ("Key", *(path_words(one.path) for one in resource.promote if one.index))
    return ", ".join(say(one) for one in dict.fromkeys(quick))


def _paging(address: Address, query: ListQuery, listing: Listing) -> dict[str, Any]:
    """Return the links to the other pages, and where in the list this one is."""
    count, total = len(listing.records), listing.total
    place = ""
    if query.after is None and count:
        place = say(
            "%(first)s to %(last)s",
            first=number(query.offset + 1),
            last=number(query.offset + count),
        )
    following = query.offset + query.limit
    forward, back = "", ""
    if listing.next is not None and query.after is None and following <= OFFSET_MAX:
        forward = address.query(offset=following)
    elif listing.next is not None:
        forward = address.query(after=listing.next)
    if query.offset:
        back = address.query(offset=max(0, query.offset - query.limit))
    return {
        "total": f"{number(10_000)}+" if total is None and count else number(total or 0),
        "place": place,
        "count": number(count),
        "next": forward,
        "previous": back,
        "start": address.query() if query.offset or query.after else "",
        "sizes": [{"size": one, "address": address.query(limit=one)} for one in PAGES],
        "size": query.limit,
    }
