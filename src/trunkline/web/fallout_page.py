"""Fallout: steps of orders that failed for good, and what can be done about one or many."""

from __future__ import annotations

from functools import partial

import falcon

from trunkline.kernel.errors import NotFound
from trunkline.web.desk import Answer, Desk, Shown, Visit
from trunkline.web.fallout_source import fallout_row, open_fallout
from trunkline.web.record_page import facts_of, head_of
from trunkline.web.records import record_of

ROWS_MAX = 100


class FalloutPage:
    """`/fallout` and `/fallout/{ident}`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show what waits."""
        self._desk.answer(req, resp, self._view)

    def on_get_item(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show one fallout."""
        self._desk.answer(req, resp, partial(self._view_one, ident=ident))

    def _view(self, visit: Visit) -> Answer:
        resource = self._desk.services.registry.resources.get("Fallout")
        if resource is None:
            raise NotFound("notFound", "there is no fallout here")
        with self._desk.work(visit) as work:
            visit.actor.must(resource, "read")
            listing = open_fallout(work, resource, limit=ROWS_MAX)
        records = listing.records if listing else ()
        rows = [fallout_row(self._desk, one.key, one.document) for one in records]
        return Shown("fallout.html", {"rows": rows})

    def _view_one(self, visit: Visit, *, ident: str) -> Answer:
        resource = self._desk.services.registry.resources.get("Fallout")
        if resource is None:
            raise NotFound("notFound", "there is no fallout here")
        with self._desk.work(visit) as work:
            record = record_of(work, resource, ident)
            values = head_of(self._desk, record) | facts_of(self._desk, work, record)
        return Shown("fallout_item.html", values)
