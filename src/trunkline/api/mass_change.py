"""Mass changes: the same ordered for many products, tried first, made in the background."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import falcon

from trunkline.api.asking import Asked, answer_json, optional_text
from trunkline.api.simulated import price_body
from trunkline.documents.errors import Fault, Invalid, NotFound
from trunkline.documents.shape import Json
from trunkline.kernel.services import Services
from trunkline.ordering.fallout import ORDERING
from trunkline.ordering.mass.mass_change import (
    KIND,
    begin_mass_change,
    first_of,
    report,
    summed,
    try_mass_change,
)
from trunkline.ordering.mass.wanted import Wanted
from trunkline.rest.http import Doorman, Known
from trunkline.rest.verb import Object, Verb, shape
from trunkline.workspace.job import seen_job

BASE = f"{ORDERING.base}/massChange"
TITLE = "Mass change"


class Trying(Asked):
    """`/massChange/try`: what it would do to some products, without doing it."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer what each order would cost, or why it would be refused."""
        sent = self.sent(req)

        def answer(known: Known) -> None:
            wanted = Wanted.read(sent)
            query = optional_text(sent, "query") or None
            if query is not None:
                idents, total = first_of(self.services, known.actor, query)
            else:
                idents, total = (named := _products(sent)), len(named)
            tried = try_mass_change(self.services, known.actor, wanted, idents)
            answer_json(
                resp,
                {
                    "tried": [
                        {
                            "product": one.key,
                            "name": one.label,
                            "fault": [fault.__dict__ for fault in one.faults],
                            "price": [price_body(price) for price in one.prices],
                        }
                        for one in tried
                    ],
                    "price": [price_body(one) for one in summed(tried)],
                    "total": total,
                },
            )

        self.as_known(req, answer)


class Beginning(Asked):
    """`/massChange`: one begun; it goes on in the background with the rights of who asked."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Begin, and answer where its report stands."""
        sent = self.sent(req)

        def answer(known: Known) -> None:
            wanted, query = Wanted.read(sent), optional_text(sent, "query") or None

            def begin(_connection: Any) -> None:
                ident = begin_mass_change(
                    self.services, known.actor, wanted, query=query,
                    title=optional_text(sent, "title") or TITLE,
                    idents=[] if query else _products(sent),
                )  # fmt: skip
                resp.status = falcon.HTTP_202
                resp.set_header("Location", f"{req.prefix}{BASE}/{ident}")
                answer_json(resp, {"id": ident, "href": f"{BASE}/{ident}"})

            self.opened_once(req, resp, known, begin)

        self.as_known(req, answer)


class Reporting(Asked):
    """`/massChange/{id}`: how far it is."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer its products by outcome and its orders by state."""

        def answer(known: Known) -> None:
            job = seen_job(self.services, known.actor, ident)
            if job.kind != KIND:
                raise NotFound("notFound", "there is no such mass change of yours")
            answer_json(resp, report(self.services, known.actor, job))

        self.as_known(req, answer)


def _products(sent: Mapping[str, Json]) -> list[str]:
    """Return the products that are named, by id or key."""
    listed = sent.get("product")
    if not isinstance(listed, list) or not listed:
        raise Invalid.of([Fault("product", "required", "name products by id, or send a query")])
    faults = [
        Fault(f"product[{index}].id", "required", "name a product by its id or key")
        for index, one in enumerate(listed)
        if not isinstance(one, dict) or not isinstance(one.get("id"), str)
    ]
    if faults:
        raise Invalid.of(faults)
    return [one["id"] for one in listed]


ASKED = {
    "action": "text", "reason": "text", "productOffering": "object",
    "productCharacteristic": "list object", "requestedStartDate": "instant",
    "batchSize": "integer", "pauseMinutes": "integer", "product": "list object",
    "suspensionReason": "text", "disconnectionReason": "text", "emergencyTold": "flag",
}  # fmt: skip
SCHEMAS: Mapping[str, Object] = {
    "MassChange": shape(
        "What is ordered for every product: of those named, or of a query of the product list.",
        {**ASKED, "query": "text", "title": "text"}, "action reason",
    ),
    "MassChangeTrial": shape(
        "What is to be tried on the first of the products named, or of a query of their list.",
        {**ASKED, "query": "text"}, "action reason",
    ),
    "MassChangeTried": shape(
        "What would become of each product, what the orders cost together, and how many are meant.",
        {"tried": "list object", "price": "list object", "total": "integer"}, "tried price",
    ),
    "MassChangeBegun": shape(
        "Where the report of a mass change stands.", {"id": "text", "href": "text"}, "id href"
    ),
    "MassChangeReport": shape(
        "How far a mass change is: products by outcome, orders by state.",
        {"id": "text", "state": "text", "total": "integer", "line": "object", "order": "object"},
        "id state line order",
    ),
}  # fmt: skip


def verbs() -> Iterator[Verb]:
    """Yield the operations, as OpenAPI tells of them."""
    one = partial(Verb, api=ORDERING, about="MassChangeReport")
    yield one(
        method="post", path="/massChange/try", name="tryMassChange", takes="MassChangeTrial",
        answers="MassChangeTried", scope="TMF622:create",
        summary="Return what a mass change would do to the first products; nothing is written",
    )  # fmt: skip
    yield one(
        method="post", path="/massChange", name="beginMassChange", takes="MassChange",
        answers="MassChangeBegun", scope="TMF622:create", status="202",
        parameters="Idempotency-Key",
        summary="Order the same for many products in the background",
    )  # fmt: skip
    yield one(
        method="get", path="/massChange/{id}", name="reportMassChange", answers="MassChangeReport",
        scope="TMF622:read", summary="Return how far a mass change is",
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses."""
    app.add_route(BASE, Beginning(services, doorman))
    app.add_route(f"{BASE}/try", Trying(services, doorman))
    app.add_route(f"{BASE}/{{ident}}", Reporting(services, doorman))
