"""The end of viewing as another user: one act, from the banner that stands on every page."""

from __future__ import annotations

import falcon

from trunkline.identity.viewing import end_viewing
from trunkline.web.administration.opened import BASE
from trunkline.web.desk import Answer, Desk, Moved, Visit
from trunkline.web.forms import Form


class ViewingPage:
    """`/administration/viewing/end`."""

    needs = "signedIn"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Lead whoever types the address to the home page; only a form ends it."""
        self._desk.answer(req, resp, lambda _: Moved("/"))

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """End it, and go back to the one whose pages were looked at."""

        def act(visit: Visit, _form: Form) -> Answer:
            if visit.viewer is None:
                return Moved("/")
            token = self._desk.cookies.session(req) or ""
            end_viewing(self._desk.services, by=visit.viewer, token=token)
            return Moved(f"{BASE}/users/{visit.actor.id}")

        self._desk.act(req, resp, act, is_looking=True)
