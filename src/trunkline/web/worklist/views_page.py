"""Saved views of a worklist: keeping one, changing it, and opening the queue with it."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import quote

import falcon

from trunkline.documents.errors import NotFound, Refusal
from trunkline.pages.language import say
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form
from trunkline.web.worklist.view import said_of, state_of, within
from trunkline.web.worklist.worklist import Look, Worklist
from trunkline.workspace import saved_views
from trunkline.workspace.saved_views import EVERYTHING, SavedView, queue_name


class QueueViewsPage:
    """`/{queue}/views` and `/{queue}/views/{slug}`."""

    needs = "byRecord"

    def __init__(self, desk: Desk, worklist: Worklist) -> None:
        self._desk = desk
        self._worklist = worklist
        self._name = queue_name(worklist.name)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Make a view, change one, or open the queue with it from now on."""
        self._desk.act(req, resp, self._act)

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, slug: str) -> None:
        """Show a view's name, whom it is shared with, and what it says."""
        self._desk.answer(req, resp, partial(self._page, slug=slug))

    def on_post_one(self, req: falcon.Request, resp: falcon.Response, slug: str) -> None:
        """Rename, share or delete it."""
        self._desk.act(req, resp, partial(self._change, slug=slug))

    def _act(self, visit: Visit, form: Form) -> Answer:
        self._worklist.may_see(self._desk, visit.actor)
        services, actor, act = self._desk.services, visit.actor, form.text("do")
        state = state_of(within(self._worklist, Look(), form.text("state")))
        if act == "make":
            view = saved_views.make_view(
                services, actor, resource=self._name, name=form.text("name"), state=state
            )
            chosen: str | None = view.id if form.text("default") else None
            if chosen is not None:
                saved_views.choose_view(services, actor, resource=self._name, ident=chosen)
            return self._to(view.slug)
        view = saved_views.view_of(services, actor, form.text("id"))
        if act == "update":
            saved_views.change_view(services, actor, view.id, state=state)
        elif act in {"default", "undefault"}:
            chosen = view.id if act == "default" else None
            saved_views.choose_view(services, actor, resource=self._name, ident=chosen)
        else:
            raise NotFound("notFound", f"there is nothing called {act} to do with a view")
        return self._to(view.slug)

    def _page(self, visit: Visit, *, slug: str, refusal: Refusal | None = None) -> Answer:
        self._worklist.may_see(self._desk, visit.actor)
        view = self._named(visit, slug)
        values: dict[str, Any] = {
            "view": view,
            "chips": [
                one | {"value": [say(each) for each in one["value"]]}
                for one in said_of(self._worklist, view.state)
            ],
            "list": {"title": self._worklist.title, "address": self._worklist.address},
            "roles": saved_views.roles_of(self._desk.services, visit.actor),
            "mine": saved_views.may_change(visit.actor, view),
            "problem": refusal.message if refusal else "",
        }
        return Shown("list_view.html", values, refusal.status if refusal else 200)

    def _change(self, visit: Visit, form: Form, *, slug: str) -> Answer:
        services = self._desk.services
        view = self._named(visit, slug)
        if form.text("do") == "remove":
            saved_views.remove_view(services, visit.actor, view.id)
            return self._to(EVERYTHING)
        name, role, opens = form.text("name"), form.text("role") or None, bool(form.text("opens"))
        try:
            saved_views.change_view(
                services, visit.actor, view.id, name=name, role=role, opens=opens
            )
        except Refusal as refusal:
            return self._page(visit, slug=slug, refusal=refusal)
        return self._to(slug)

    def _named(self, visit: Visit, slug: str) -> SavedView:
        choice = saved_views.choice_of(self._desk.services, visit.actor, self._name)
        found = next((one for one in choice.views if one.slug == slug), None)
        if found is None:
            raise NotFound("notFound", f"there is no view {slug} of this queue for you")
        return found

    def _to(self, slug: str) -> Moved:
        return Moved(f"{self._worklist.address}?view={quote(slug, safe='')}")
