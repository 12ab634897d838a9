"""Calling off from a fallout: what it would do, and the line or the order taken out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import falcon

from trunkline.api.asking import Asked, answer_json, only_parameters
from trunkline.api.ordering import text_of
from trunkline.documents.errors import Conflict, Fault, Invalid
from trunkline.documents.shape import Json
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.ordering.fallout import ORDERING, Fallout
from trunkline.ordering.plan_item import PlanItem
from trunkline.ordering.repair.calling_off import (
    KINDS,
    SCOPES,
    Effects,
    Offer,
    Scope,
    call_off_line,
    call_off_order,
    offer_of,
    order_to_call_off,
    preview_line,
    preview_order,
)
from trunkline.ordering.revision import told
from trunkline.ordering.revision.verbs import REVISE
from trunkline.rest.http import Doorman, Known
from trunkline.rest.verb import Object, Verb, shape


class CallOff(Asked):
    """`/fallout/{id}/cancel`: the line or the order of a fallout called off, or just looked at."""

    def on_get_preview(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer what it would do; nothing is written."""
        only_parameters(req, "scope")
        scope = scope_of(req.get_param("scope"))

        def answer(known: Known) -> None:
            known.actor.must(Fallout.resource, "read")
            with self.work(req, known) as work:
                answer_json(resp, _preview(work, offer_of(work, ident), scope))

        self.as_known(req, answer)

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Ask for it, and answer where that wish stands."""
        sent = self.sent(req)
        scope, reason = scope_of(sent.get("scope")), text_of(sent, "reason")

        def answer(known: Known) -> None:
            known.actor.must(Fallout.resource, "update")
            with self.work(req, known) as work:
                self.once(req, resp, work, _acting(work, ident, scope, reason, resp))

        self.as_known(req, answer)


class OrderCallOff(Asked):
    """`/{kind of order}/{id}/cancel/preview`: what calling a whole order off would do."""

    def __init__(self, services: Services, doorman: Doorman, reference: str) -> None:
        super().__init__(services, doorman)
        self._order, self._cancel = KINDS[reference]

    def on_get_preview(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer what becomes of each step, and what it costs; nothing is written."""
        only_parameters(req)

        def answer(known: Known) -> None:
            known.actor.must(self._order.resource, "read")
            known.actor.must(self._cancel.resource, "create")
            with self.work(req, known) as work:
                order = order_to_call_off(work, self._order, ident)
                told: dict[str, Json] = {"order": {"id": order.id, "key": order.key}}
                answer_json(resp, told | _effects(preview_order(work, order)))

        self.as_known(req, answer)


def scope_of(said: Json) -> Scope:
    """Return what is to be called off, as it was said; refuses (400) what is neither."""
    found: Scope | None = next((one for one in SCOPES if one == said), None)
    if found is None:
        raise Invalid.of([Fault("scope", "badValue", f"is one of {', '.join(SCOPES)}")])
    return found


def _acting(
    work: Work, ident: str, scope: Scope, reason: str, resp: falcon.Response
) -> Callable[[], None]:
    def act() -> None:
        offer = offer_of(work, ident)
        made = (call_off_line if scope == "line" else call_off_order)(work, offer, reason=reason)
        resp.status = falcon.HTTP_202
        answer_json(resp, {"id": made.id, "key": made.key, "type": made.resource.name,
                           "state": made.raw.get("state")})  # fmt: skip

    return act


def _preview(work: Work, offer: Offer, scope: Scope) -> dict[str, Json]:
    grant = work.actor.must(offer.order.resource, "read")
    body: dict[str, Json] = {
        "scope": scope, "order": {"id": offer.order.id, "key": offer.order.key},
        "productOrderItemId": offer.line,
    }  # fmt: skip
    if scope == "order":
        work.actor.must(KINDS[offer.reference][1].resource, "create")
        return body | _effects(preview_order(work, offer.order))
    if offer.only:
        raise Conflict("conflictOrderOnly", offer.only)
    found = preview_line(work, offer)
    return body | told.preview_told(found, shows_personal="personal" in grant.sees)


def _effects(found: Effects) -> dict[str, Json]:
    barrier, fee = found.barrier, found.fee
    return {
        "pointOfNoReturn": [_step(barrier)] if barrier is not None else [],
        "undone": [_step(one, found.turn(one)) for one in found.undone],
        "awaited": [_step(one, found.turn(one)) for one in found.awaited],
        "kept": [_step(one) for one in found.kept],
        "left": [_step(one) for one in found.left],
        **({"fee": fee.raw} if fee is not None else {}),
    }


def _step(one: PlanItem, turn: int | None = None) -> dict[str, Json]:
    body: dict[str, Json] = {"id": one.undoes or one.id, "name": one.called, "state": one.state,
                             "itemId": one.item_id, "reason": one.reason,
                             "sequence": turn}  # fmt: skip
    return {name: value for name, value in body.items() if value is not None}


SCHEMAS: Mapping[str, Object] = {
    "FalloutCancel": shape(
        "What is to be called off, `line` or `order`, and why.",
        {"scope": {"enum": list(SCOPES)}, "reason": "text"}, "scope reason",
    ),
    "FalloutCancelPreview": shape(
        "What calling off would do: of a line as the preview of a revision tells it, of an order "
        "which steps are taken back, awaited, kept and left out; and what it costs.",
        {"scope": "text", "order": "object", "productOrderItemId": "text", "fee": "object",
         "undone": "list object", "awaited": "list object", "kept": "list object",
         "left": "list object", "fault": "list object", "difference": "list object",
         "compensation": "list object", "price": "list object", "needsApproval": "list text",
         "pointOfNoReturn": "list object"}, "scope order pointOfNoReturn",
    ),
    "OrderCancelPreview": shape(
        "What calling an order off would do: which steps are taken back, awaited, kept and left "
        "out, which is past the point of no return, and what it costs. The `sequence` of those "
        "that are taken back says as which one.",
        {"order": "object", "fee": "object", "undone": "list object", "awaited": "list object",
         "kept": "list object", "left": "list object", "pointOfNoReturn": "list object"},
        "order undone awaited kept left pointOfNoReturn",
    ),
    "FalloutCanceled": shape(
        "The wish that was made: a revision of the order without the line, or its cancellation.",
        {"id": "text", "key": "text", "type": "text", "state": "text"}, "id key type state",
    ),
}  # fmt: skip


def verbs() -> Iterator[Verb]:
    """Yield the operations, as OpenAPI tells of them."""
    one = partial(Verb, api=ORDERING, scope=REVISE, conflicts=True)
    yield one(
        method="get", path="/fallout/{id}/cancel/preview", name="previewFalloutCancel",
        summary="Tell what calling off the line or the order of a fallout would do",
        about="FalloutCancelPreview", answers="FalloutCancelPreview",
        filters={"scope": "What is called off: line or order."},
    )  # fmt: skip
    yield one(
        method="post", path="/fallout/{id}/cancel", name="cancelFromFallout",
        summary="Call off the line or the order of a fallout", takes="FalloutCancel",
        about="FalloutCanceled", answers="FalloutCanceled", status="202",
        parameters="Idempotency-Key",
    )  # fmt: skip
    for reference, (kind, _) in KINDS.items():
        yield one(
            method="get", path=f"/{reference}/{{id}}/cancel/preview",
            name=f"previewCancel{kind.__name__}", scope=f"{kind.resource.api.number}:read",
            summary="Tell what calling off the whole order would do",
            about="OrderCancelPreview", answers="OrderCancelPreview",
        )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses."""
    off = CallOff(services, doorman)
    app.add_route(f"{ORDERING.base}/fallout/{{ident}}/cancel", off)
    app.add_route(f"{ORDERING.base}/fallout/{{ident}}/cancel/preview", off, suffix="preview")
    for reference in KINDS:
        order = OrderCallOff(services, doorman, reference)
        path = f"{ORDERING.base}/{reference}/{{ident}}/cancel/preview"
        app.add_route(path, order, suffix="preview")
