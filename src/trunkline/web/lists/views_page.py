"""Saved views of a list, and the columns that a person wants in it."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import quote

import falcon

from trunkline.documents.errors import NotFound, Refusal
from trunkline.kernel.resource import Resource
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit, local_address
from trunkline.web.forms import Form
from trunkline.web.lists.address import read_address
from trunkline.web.lists.filters import chips_of
from trunkline.web.lists.list_page import listed
from trunkline.web.wording import plural
from trunkline.workspace.saved_views import (
    EVERYTHING,
    SavedView,
    change_view,
    choice_of,
    choose_columns,
    choose_view,
    make_view,
    may_change,
    remove_view,
    roles_of,
    view_of,
)


class ViewsPage:
    """`/r/{segment}/views`, `…/views/{slug}` and `…/columns`."""

    needs = "byRecord"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_post(self, req: falcon.Request, resp: falcon.Response, segment: str) -> None:
        """Make a view, change one, or open the list with it from now on."""
        self._desk.act(req, resp, partial(self._act, segment=segment))

    def on_get_one(
        self, req: falcon.Request, resp: falcon.Response, segment: str, slug: str
    ) -> None:
        """Show a view's name, whom it is shared with, and what it says."""
        self._desk.answer(req, resp, partial(self._page, segment=segment, slug=slug))

    def on_post_one(
        self, req: falcon.Request, resp: falcon.Response, segment: str, slug: str
    ) -> None:
        """Rename, share or delete it."""
        self._desk.act(req, resp, partial(self._change, segment=segment, slug=slug))

    def on_post_columns(self, req: falcon.Request, resp: falcon.Response, segment: str) -> None:
        """Keep the columns that this person wants."""
        self._desk.act(req, resp, partial(self._columns, segment=segment))

    # --- inside --------------------------------------------------------------------------------

    def _act(self, visit: Visit, form: Form, *, segment: str) -> Answer:
        resource = listed(self._desk, segment)
        services, actor = self._desk.services, visit.actor
        act, ident = form.text("do"), form.text("id")
        state = read_address(form.text("state"))[0].state
        if act == "make":
            view = make_view(
                services, actor, resource=resource.name, name=form.text("name"), state=state
            )
            if form.text("default"):
                choose_view(services, actor, resource=resource.name, ident=view.id)
            return self._to(resource, view.slug)
        view = view_of(services, actor, ident)
        if act == "update":
            change_view(services, actor, ident, state=state)
        elif act in {"default", "undefault"}:
            choose_view(
                services, actor, resource=resource.name, ident=ident if act == "default" else None
            )
        else:
            raise NotFound("notFound", f"there is nothing called {act} to do with a view")
        return self._to(resource, view.slug)

    def _page(
        self, visit: Visit, *, segment: str, slug: str, refusal: Refusal | None = None
    ) -> Answer:
        resource = listed(self._desk, segment)
        view = self._named(visit, resource, slug)
        address, _ = read_address(view.state)
        with self._desk.work(visit) as work:
            chips = chips_of(work, self._desk.addresses, resource, address)
        values: dict[str, Any] = {
            "view": view,
            "chips": chips,
            "list": {"title": plural(resource.title),
                     "address": self._desk.addresses.of_list(resource)},
            "roles": roles_of(self._desk.services, visit.actor),
            "mine": may_change(visit.actor, view),
            "problem": refusal.message if refusal else "",
        }  # fmt: skip
        return Shown("list_view.html", values, refusal.status if refusal else 200)

    def _change(self, visit: Visit, form: Form, *, segment: str, slug: str) -> Answer:
        resource = listed(self._desk, segment)
        view = self._named(visit, resource, slug)
        if form.text("do") == "remove":
            remove_view(self._desk.services, visit.actor, view.id)
            return self._to(resource, EVERYTHING)
        try:
            change_view(
                self._desk.services, visit.actor, view.id, name=form.text("name"),
                role=form.text("role") or None, opens=bool(form.text("opens")),
            )  # fmt: skip
        except Refusal as refusal:
            return self._page(visit, segment=segment, slug=slug, refusal=refusal)
        return self._to(resource, slug)

    def _columns(self, visit: Visit, form: Form, *, segment: str) -> Answer:
        resource = listed(self._desk, segment)
        wanted = None if form.text("reset") else form.all("column")
        choose_columns(self._desk.services, visit.actor, resource=resource, columns=wanted or None)
        base, _, text = local_address(form.text("back")).partition("?")
        query = read_address(text)[0].query(columns="")
        return Moved(base + (query if query != "?" else ""))

    def _named(self, visit: Visit, resource: Resource, slug: str) -> SavedView:
        choice = choice_of(self._desk.services, visit.actor, resource.name)
        found = next((one for one in choice.views if one.slug == slug), None)
        if found is None:
            raise NotFound("notFound", f"there is no view {slug} of this list for you")
        return found

    def _to(self, resource: Resource, slug: str) -> Moved:
        return Moved(f"{self._desk.addresses.of_list(resource)}?view={quote(slug, safe='')}")
