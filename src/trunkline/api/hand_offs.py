"""Hand-offs for programs: what outside systems report of orders, and the trace of each hand-off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import falcon

from trunkline.api.asking import Asked, answer_json, answer_list, must_have_all
from trunkline.documents.errors import NotFound
from trunkline.kernel.services import Services
from trunkline.ordering.api import TMF641
from trunkline.ordering.fallout import ORDERING
from trunkline.ordering.handoff.reporting import take_report
from trunkline.ordering.handoff.shown import hand_offs
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.service_order import ServiceOrder
from trunkline.rest.http import Doorman, Known
from trunkline.rest.verb import Object, Verb, shape

REPORT = "ordering:reportOutbound"
OrderKind: TypeAlias = type[ProductOrder] | type[ServiceOrder] | type[ResourceOrder]
KINDS: Mapping[str, OrderKind] = {
    "product": ProductOrder, "service": ServiceOrder, "resource": ResourceOrder,
}  # fmt: skip
STATES = ["notApplicable", "pending", "fulfilled", "error", "failed"]
SCHEMAS: Mapping[str, Object] = {
    "OutboundReport": shape(
        "What became of an order that was handed over under an external id.",
        {"externalId": "text", "serviceOrderItem": "list OutboundReportItem",
         "items": "list OutboundReportItem"},
        "externalId",
    ),
    "OutboundReportItem": shape(
        "What became of one domain order (its id or key), with the values that it was given, or "
        "with the error's code and words.",
        {"id": "text", "state": {"enum": ["fulfilled", "error", "pending"]}, "code": "text",
         "message": "text", "serviceCharacteristic": "list object"},
        "id state",
    ),
    "OutboundReportTaken": shape(
        "The domain orders with their outbound states.",
        {"externalId": "text", "serviceOrderItem": "list OutboundStanding"},
        "externalId serviceOrderItem",
    ),
    "OutboundStanding": shape(
        "How far the hand-off of a domain order is.",
        {"id": "text", "state": {"enum": STATES}}, "id state",
    ),
    "HandOff": shape(
        "A step that goes to an outside system: under which id, how far it is, and every exchange "
        "about it with its time.",
        {"step": "text", "name": "text", "system": "text", "direction": {"enum": ["do", "undo"]},
         "outboundState": {"enum": STATES}, "externalId": "text", "theirId": "text",
         "domainOrder": "text", "request": "any", "theirs": "any", "exchange": "list object"},
        "step name system direction outboundState exchange",
    ),
}  # fmt: skip


class Reports(Asked):
    """`/serviceOrder/outboundresponse`: outside systems tell what became of orders."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Take it in, all of it or nothing."""
        sent = self.sent(req)

        def answer(known: Known) -> None:
            must_have_all(known.actor, REPORT)

            def act() -> None:
                taken = take_report(work, sent)
                resp.status = falcon.HTTP_201
                answer_json(
                    resp, {"externalId": sent["externalId"], "serviceOrderItem": list(taken)}
                )

            with self.work(req, known) as work:
                self.once(req, resp, work, act)

        self.as_known(req, answer)


class HandOffs(Asked):
    """`/{kind of order}/{id}/handOff`: what of an order goes to outside systems."""

    def __init__(self, services: Services, doorman: Doorman, kind: OrderKind) -> None:
        super().__init__(services, doorman)
        self._kind = kind

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer its hand-offs with all that was exchanged, in the sequence of the plan."""

        def answer(known: Known) -> None:
            grant = known.actor.must(self._kind.resource, "read")
            with self.work(req, known) as work:
                order = work.get(self._kind, ident)
                if order is None:
                    title = self._kind.resource.title.lower()
                    raise NotFound("notFound", f"there is no {title} {ident}")
                found = hand_offs(work, order)
            shows_personal = "personal" in grant.sees
            answer_list(resp, [one.as_json(shows_personal=shows_personal) for one in found])

        self.as_known(req, answer)


def verbs() -> Iterator[Verb]:
    """Yield the operations."""
    yield Verb(
        api=TMF641, method="post", path="/serviceOrder/outboundresponse", status="201",
        name="reportOutbound", scope=REPORT, about="OutboundReport", takes="OutboundReport",
        answers="OutboundReportTaken", parameters="Idempotency-Key",
        summary="Report what became of an order that was handed over",
    )  # fmt: skip
    for kind, number in (("product", "TMF622"), ("service", "TMF641"), ("resource", "TMF652")):
        yield Verb(
            api=ORDERING, method="get", path=f"/{kind}Order/{{id}}/handOff", is_list=True,
            name=f"handOffsOf{kind.capitalize()}Order", about="HandOff", answers="HandOff",
            summary=f"List what of a {kind} order goes to outside systems, with its trace",
            scope=f"{number}:read",
        )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses."""
    report = Reports(services, doorman)
    app.add_route(f"{TMF641.base}/serviceOrder/outboundresponse", report)
    for name, kind in KINDS.items():
        own = HandOffs(services, doorman, kind)
        app.add_route(f"{ORDERING.base}/{name}Order/{{ident}}/handOff", own)
