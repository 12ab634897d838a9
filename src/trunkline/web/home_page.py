"""The home page: the queue of whoever has come, and panels that are asked for on their own."""

from __future__ import annotations

from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import NotFound
from trunkline.governance.profiles import profiles
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import ProductOrder
from trunkline.web.desk import Answer, Desk, Shown, Visit
from trunkline.web.navigation import is_customer, jobs
from trunkline.web.records import counts_of
from trunkline.web.values import number
from trunkline.web.wording import plural
from trunkline.web.worklist.home_panels import (
    own_products,
    panel_of,
    panels_for,
    seen_last,
    table_of,
)
from trunkline.web.worklist.home_queues import main_queue
from trunkline.web.worklist.shown import done_words, worklist_values

SEEN_MAX = 8


class HomePage:
    """`/`: the first page after the sign-in, and `/panel/{panel}`, its parts."""

    needs = "signedIn"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the page."""
        self._desk.answer(req, resp, self._view)

    def on_get_panel(self, req: falcon.Request, resp: falcon.Response, panel: str) -> None:
        """Show a part of it."""
        self._desk.answer(req, resp, partial(self._panel, panel=panel))

    def _view(self, visit: Visit) -> Answer:
        with self._desk.work(visit) as work:
            if is_customer(visit.actor):
                return Shown("home_customer.html", self._own(work) | {"name": visit.actor.name})
            worklist = main_queue(self._desk.services.registry, visit.actor)
            values: dict[str, Any] = {
                "panels": [{"name": one.name, "title": one.title} for one in panels_for(work)],
                "queue_of": worklist.title if worklist else "",
                "done_words": None,
            }
            if worklist is not None:
                values |= worklist_values(self._desk, visit, work, worklist, back="/")
                values["done_words"] = done_words(worklist.deeds, visit.req.get_param("done") or "")
        return Shown("home.html", values)

    def _own(self, work: Work) -> dict[str, Any]:
        return {
            "orders": table_of(self._desk, work, ProductOrder.resource, {}),
            "products": own_products(self._desk, work),
        }

    def _panel(self, visit: Visit, *, panel: str) -> Answer:
        if panel == "records":
            with self._desk.work(visit) as work:
                return Shown("home_records.html", {"groups": self._groups(work)})
        found = panel_of(panel)
        if found is None:
            raise NotFound("notFound", f"the home page has no panel {panel}")
        with self._desk.work(visit) as work:
            if found not in panels_for(work):
                raise NotFound("notFound", f"the home page has no panel {panel}")
            if found.name == "seen":
                keys = (visit.req.get_param("keys") or "").split(",")[:SEEN_MAX]
                values = seen_last(self._desk, work, [one for one in keys if one])
            else:
                values = found.values(self._desk, work)
        return Shown(found.template, {"title": found.title, "name": found.name} | values)

    def _groups(self, work: Work) -> list[dict[str, Any]]:
        groups, hides = [], profiles(work).hides_kind
        found = jobs(work.services.registry, work.actor)
        shown = (one for _, *both in found for some in both for one in some if not hides(one.name))
        counts = counts_of(work, shown)
        for job, first, rest in found:
            links = [
                {
                    "title": plural(one.title),
                    "address": self._desk.addresses.of_list(one),
                    "count": _count(counts[one.name]),
                }
                for one in [*first, *rest]
                if not hides(one.name)
            ]
            if not links:
                continue
            groups.append(
                {
                    "title": job.title,
                    "icon": job.icon,
                    "links": [one for one in links if one["count"] != "0"],
                    "empty": [one for one in links if one["count"] == "0"],
                }
            )
        return groups


def _count(total: int | None) -> str:
    return f"{number(10_000)}+" if total is None else number(total)
