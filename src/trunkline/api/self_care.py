"""Verbs of customers: what an order would change, and changing it while that is possible."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import falcon

from trunkline.api.asking import Asked, answer_json, optional_text
from trunkline.documents.decode import encode, load
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.services import Services
from trunkline.ordering.product_order import ProductOrder
from trunkline.rest.http import Doorman, Known, request_id
from trunkline.rest.verb import Object, Verb, shape, whole
from trunkline.sales.api import SALES
from trunkline.sales.pricing import effects_told
from trunkline.sales.self_care.amending import amend, may_amend
from trunkline.sales.self_care.effect import Effect, effect_of_sent

SCHEMAS: Mapping[str, Object] = {
    "SelfCareEffect": shape(
        "What an order would change for a customer: costs before and after, what keeps it from "
        "being sent, terms to accept, and the confirmation that the order then carries.",
        {"priceEffect": "list object", "costConfirmation": "object", "mustConfirm": "flag",
         "fault": "list object", "terms": "list object", "sharedWith": "list text"},
        "priceEffect costConfirmation mustConfirm fault terms sharedWith",
    ),
    "SelfCareOrder": whole(shape(
        "The order that is looked at, as it would be sent.",
        {"relatedParty": "list object", "billingAccount": "object", "productOrderItem":
         "list object", "requestedStartDate": "instant"}, "productOrderItem",
    )),
    "OrderAmendment": shape(
        "What a customer changes about an order: another day to begin, a line to leave out.",
        {"requestedStartDate": "instant", "leaveOut": "text"},
    ),
    "AmendedOrder": shape(
        "An order as it is after a change, and what may still be changed.",
        {"id": "text", "key": "text", "state": "text", "requestedStartDate": "instant",
         "mayMove": "flag", "mayLeaveOut": "flag"}, "id key state mayMove mayLeaveOut",
    ),
}  # fmt: skip


class SelfCare(Asked):
    """`/selfCareEffect` and `/productOrder/{id}/amend`."""

    def on_post_effect(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Tell what an order would change; nothing is written."""
        sent = self.sent(req)

        def answer(known: Known) -> None:
            known.actor.must(ProductOrder.resource, "create")
            with self.work(req, known) as work:
                answer_json(resp, effect_body(effect_of_sent(work, sent)))

        self.as_known(req, answer)

    def on_post_amend(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Move the date of an own order, or leave a line out."""
        sent = self.sent(req)

        def answer(known: Known) -> None:
            order = amend(
                self.services, known.actor, ident,
                start=optional_text(sent, "requestedStartDate") or "",
                leave_out=optional_text(sent, "leaveOut") or "", request=request_id(req),
            )  # fmt: skip
            answer_json(resp, _amended(order))

        self.as_known(req, answer)


def effect_body(effect: Effect) -> dict[str, Any]:
    """Return an effect as the interface tells it."""
    told: dict[str, Any] = {
        "priceEffect": effects_told(effect.prices),
        "costConfirmation": effect.confirmation,
        "mustConfirm": effect.must_confirm,
        "fault": [
            {"path": one.path, "code": one.code, "message": one.message} for one in effect.faults
        ],
        "terms": [
            {"id": one.id, "key": one.key, "name": one.name, "version": one.version}
            for one in effect.terms
        ],
        "sharedWith": list(effect.shared),
    }
    copied: dict[str, Any] = load(encode(told))
    return copied


def _amended(order: ProductOrder) -> dict[str, Json]:
    found = may_amend(order)
    start = order.requested_start_date
    told: dict[str, Json] = {
        "id": order.id, "key": order.key, "state": order.state,
        "mayMove": found.date, "mayLeaveOut": found.leave_out,
    }  # fmt: skip
    return told | ({"requestedStartDate": format_instant(start)} if start is not None else {})


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the verbs."""
    verbs_of, base = SelfCare(services, doorman), SALES.base
    app.add_route(f"{base}/selfCareEffect", verbs_of, suffix="effect")
    app.add_route(f"{base}/productOrder/{{ident}}/amend", verbs_of, suffix="amend")


def verbs() -> Iterator[Verb]:
    """Yield what OpenAPI tells of them."""
    yield Verb(
        api=SALES, method="post", path="/selfCareEffect", name="tellSelfCareEffect",
        summary="Tell what an order would change for the customer who asks", scope="TMF622:create",
        about="SelfCareEffect", takes="SelfCareOrder", answers="SelfCareEffect",
    )  # fmt: skip
    yield Verb(
        api=SALES, method="post", path="/productOrder/{id}/amend", name="amendOwnOrder",
        summary="Move the date of an own order, or leave a line out", scope="TMF622:create",
        about="AmendedOrder", takes="OrderAmendment", answers="AmendedOrder", conflicts=True,
    )  # fmt: skip
