"""Outages on the page of a customer: what is down of theirs, before a ticket is taken for it."""

from __future__ import annotations

from functools import partial
from typing import Any

import falcon

from trunkline.assurance.problem.outages import is_planned, outages_of
from trunkline.assurance.problem.problem import ServiceProblem
from trunkline.inventory.product import Product
from trunkline.party.customer import Customer
from trunkline.web.desk import Answer, Desk, Fragment, Visit
from trunkline.web.records import record_of, seen
from trunkline.web.values import EMPTY, instant


class OutagesPart:
    """`/customer/{ident}/outages`."""

    needs = "ServiceProblem:read Product:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show them. The page asks for it on its own."""
        self._desk.answer(req, resp, partial(self._view, ident=ident), is_use=False)

    def _view(self, visit: Visit, *, ident: str) -> Answer:
        rows: list[dict[str, Any]] = []
        with self._desk.work(visit) as work:
            customer = record_of(work, Customer.resource, ident)
            grant = work.actor.grant
            sees = grant(ServiceProblem.resource, "read") and grant(Product.resource, "read")
            for one in outages_of(work, customer.id, customer.document) if sees else ():
                shown = ServiceProblem.wrap(dict(seen(work, one).document))
                expected = shown.expected_resolution_date
                rows.append(
                    {"key": one.key, "name": shown.name or one.key, "planned": is_planned(shown),
                     "address": f"/problems/{one.key}",
                     "expected": instant(expected, self._desk.zone) if expected else EMPTY}
                )  # fmt: skip
        values = {"rows": rows}
        return Fragment(self._desk.renderer.html("assurance_outages.html", values))
