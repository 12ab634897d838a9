"""The home page: what waits, what came in last, and everything there is, by job."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.inventory.product import Product
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.ordering.manual_task import open_task_roles
from trunkline.ordering.product_order import ProductOrder
from trunkline.web.desk import Answer, Desk, Shown, Visit
from trunkline.web.fallout_source import fallout_rows, open_fallout
from trunkline.web.list_page import columns_of, row_of
from trunkline.web.list_query import path_words
from trunkline.web.navigation import OPERATIONS_READ, TASKS_SEEN_BY, is_customer, jobs, may_see
from trunkline.web.parked_page import parked_count
from trunkline.web.records import Listing, count_of, hidden_of, matching
from trunkline.web.values import number
from trunkline.web.wording import plural

RECENT = 8


class HomePage:
    """`/`: the first page after the sign-in."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the page."""
        self._desk.answer(req, resp, self._view)

    def _view(self, visit: Visit) -> Answer:
        with self._desk.work(visit) as work:
            operates = may_see(work.services.registry, visit.actor, OPERATIONS_READ)
            values = {
                "name": visit.actor.name,
                "groups": [] if is_customer(visit.actor) else self._groups(work),
                "products": self._own_products(work),
                "orders": self._table(
                    work, ProductOrder.resource,
                    matching(work, ProductOrder.resource, {}, limit=RECENT),
                ),
                "fallout": self._fallout(work),
                "tasks": self._tasks(work),
                "parked": parked_count(work) if operates else None,
            }  # fmt: skip
        return Shown("home.html", values)

    def _groups(self, work: Work) -> list[dict[str, Any]]:
        groups = []
        for job, first, rest in jobs(work.services.registry, work.actor):
            links = [
                {
                    "title": plural(one.title),
                    "address": self._desk.addresses.of_list(one),
                    "count": _count(count_of(work, one)),
                }
                for one in [*first, *rest]
            ]
            groups.append(
                {
                    "title": job.title,
                    "icon": job.icon,
                    "links": [one for one in links if one["count"] != "0"],
                    "empty": [one for one in links if one["count"] == "0"],
                }
            )
        return groups

    def _own_products(self, work: Work) -> dict[str, Any] | None:
        """Return the table of what a customer has; the staff finds products by their customer."""
        if not is_customer(work.actor):
            return None
        listing = matching(work, Product.resource, {}, limit=RECENT)
        return self._table(work, Product.resource, listing)

    def _fallout(self, work: Work) -> dict[str, Any] | None:
        if not may_see(work.services.registry, work.actor, "Fallout:read"):
            return None
        listing = open_fallout(work, limit=RECENT)
        if listing is None:
            return None
        return {"rows": fallout_rows(self._desk, work, listing), "count": _count(listing.total)}

    def _tasks(self, work: Work) -> int:
        """Return how many manual tasks wait; none where the visitor has nothing to do with them."""
        if not may_see(work.services.registry, work.actor, *TASKS_SEEN_BY):
            return 0
        return sum(open_task_roles(work).values())

    def _table(
        self, work: Work, resource: Resource, listing: Listing | None
    ) -> dict[str, Any] | None:
        if listing is None:
            return None
        columns = columns_of(resource, hidden_of(work, resource))
        return {
            "heads": [path_words(one) for one in columns],
            "rows": [
                row_of(one, columns, self._desk.addresses, self._desk.zone)
                for one in listing.records
            ],
            "count": _count(listing.total),
            "address": self._desk.addresses.of_list(resource),
        }


def _count(total: int | None) -> str:
    return "10,000+" if total is None else number(total)
