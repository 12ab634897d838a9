"""Orders that are taken now and carried in later: one by `Prefer: respond-async`, or many."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import falcon

from trunkline.api.asking import Asked, answer_json
from trunkline.api.ordering import text_of
from trunkline.api.workspace_notes import content_of
from trunkline.documents.errors import Fault, Invalid
from trunkline.documents.shape import Json
from trunkline.kernel.actor import Grant
from trunkline.kernel.reading import GenerationMoved, Reader, body_of, found_of
from trunkline.kernel.resource import View
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.ordering.api import TMF622, TMF641, TMF652
from trunkline.ordering.capture.order_file import begin_orders
from trunkline.ordering.capture.order_request import (
    ORDER_KINDS,
    REQUESTS_MAX,
    OrderKind,
    OrderRequest,
    sent_by,
    take_requests,
    try_again,
)
from trunkline.ordering.fallout import ORDERING
from trunkline.ordering.product_order import ProductOrder
from trunkline.rest.http import JSON_TYPE, Doorman, Known, chosen_fields
from trunkline.rest.reads import note_read
from trunkline.rest.taken_later import take_later
from trunkline.rest.verb import Object, Verb, shape
from trunkline.workspace.import_file import FILE_BYTES_MAX

PREFERENCE = "respond-async"
BODY_EXTRA = 8_192
BATCH_BYTES_MAX = REQUESTS_MAX * 16_384 + BODY_EXTRA
"""How large a batch may be: as many orders as it may have, of many lines each."""
REQUESTS = f"{ORDERING.base}/{OrderRequest.resource.path}"
ORDERS: Mapping[str, tuple[OrderKind, View | None]] = {
    f"{TMF622.base}/{ProductOrder.resource.path}": ("ProductOrder", None),
    **{f"{one.base}/{ProductOrder.resource.path}": ("ProductOrder", one) for one in TMF622.views},
    f"{TMF641.base}/{ORDER_KINDS['ServiceOrder'].path}": ("ServiceOrder", None),
    f"{TMF652.base}/{ORDER_KINDS['ResourceOrder'].path}": ("ResourceOrder", None),
}


class Taking(Asked):
    """What the addresses share: requests taken once per key, answered with 202."""

    def take(
        self, req: falcon.Request, resp: falcon.Response, known: Known,
        act: Callable[[Work], Sequence[OrderRequest]], *, is_one: bool,
    ) -> None:  # fmt: skip
        """Take requests and answer where their status stands."""

        def run() -> None:
            taken = [request_body(one) for one in act(work)]
            answer_json(resp, taken[0] if is_one else taken)
            resp.status = falcon.HTTP_202
            if is_one:
                resp.set_header("Location", f"{req.prefix}{taken[0]['href']}")

        with self.work(req, known) as work:
            self.once(req, resp, work, run)


class Later(Taking):
    """Takes orders that are sent to TMF622, 641 or 652 with the wish to be answered at once.

    Who reaches some records only is answered when the order is made, as without the wish. How it
    stands is told to its sender, too, who may have no right but to order.
    """

    def process_resource(
        self, req: falcon.Request, resp: falcon.Response, _resource: object,
        params: dict[str, Any],
    ) -> None:  # fmt: skip
        """Take the order and answer 202 where that is asked for; tell its sender how it stands."""
        if req.method == "GET" and req.uri_template == f"{REQUESTS}/{{ident}}":
            self.as_known(req, lambda known: self._tell(req, resp, known, params["ident"]))
        elif req.method == "POST" and req.path in ORDERS and _prefers_later(req):
            self._take(req, resp)

    def _take(self, req: falcon.Request, resp: falcon.Response) -> None:
        kind, view = ORDERS[req.path]
        media = (req.content_type or JSON_TYPE).partition(";")[0].strip().lower()

        def answer(known: Known) -> None:
            grant = known.actor.must(ORDER_KINDS[kind], "create")
            if grant.reach != "all" or known.actor.kind not in ("user", "client"):
                return
            sent = [self.sent(req)]
            act = partial(take_requests, orders=sent, kind=kind, view=view)
            self.take(req, resp, known, act, is_one=True)
            resp.set_header("Preference-Applied", PREFERENCE)
            resp.complete = True

        if media == JSON_TYPE:
            self.as_known(req, answer)

    def _tell(self, req: falcon.Request, resp: falcon.Response, known: Known, ident: str) -> None:
        """Answer how an order stands to who sent it, where they do not read all; else nothing.

        What was sent is left out, for somebody else may have corrected it, and so are names.
        """
        resource = OrderRequest.resource
        grant = known.actor.grant(resource, "read")
        if grant is not None and grant.reach == "all":
            return
        with as_system(self.services, "orders") as work:
            held = sent_by(work, ident, known.actor)
            if work.generation != known.generation:
                raise GenerationMoved
        if held is None:
            return
        held.raw.pop("order", None)
        told = Grant("all")
        reader = Reader(resource, told, req.prefix, None)
        resp.data = body_of(reader, found_of(held, ()), chosen_fields(req))
        resp.content_type = JSON_TYPE
        resp.complete = True
        note_read(self.services, known.actor, told, resource, held.id)


def _prefers_later(req: falcon.Request) -> bool:
    told = (req.get_header("Prefer") or "").lower().split(",")
    return any(one.partition(";")[0].strip() == PREFERENCE for one in told)


class Batch(Taking):
    """`/orderRequest/batch`: many orders taken at once."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Take them all, or none where one is no order at all."""
        sent = self.sent(req, bytes_max=BATCH_BYTES_MAX)
        orders, name = sent.get("order"), sent.get("batch")
        if not isinstance(orders, list):
            raise Invalid.of([Fault("order", "required", "send a list of product orders")])
        if name is not None and not isinstance(name, str):
            raise Invalid.of([Fault("batch", "badType", "is a text")])

        def answer(known: Known) -> None:
            act = partial(take_requests, orders=orders, batch=name)
            self.take(req, resp, known, act, is_one=False)

        self.as_known(req, answer)


class Again(Taking):
    """`/orderRequest/{id}/retry`: one that was refused, tried again."""

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Try it again, with another order in its place where one is sent."""
        order = self.sent(req).get("order") if req.content_length else None
        if order is not None and not isinstance(order, dict):
            raise Invalid.of([Fault("order", "badType", "must be an object")])

        def answer(known: Known) -> None:
            self.take(
                req, resp, known, lambda work: [try_again(work, ident, order)], is_one=True
            )  # fmt: skip

        self.as_known(req, answer)


class OrderFiles(Asked):
    """`/orderFile`: the orders of a table, made in the background."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Take the file; what became of each order stands with the lines of the job."""
        sent = self.sent(req, bytes_max=FILE_BYTES_MAX * 4 // 3 + BODY_EXTRA)
        name, content = text_of(sent, "name"), content_of(sent)

        def answer(known: Known) -> None:
            ident = begin_orders(self.services, known.actor, name=name, content=content)
            answer_json(resp, {"id": ident})
            resp.status = falcon.HTTP_202

        self.as_known(req, answer)


def request_body(request: OrderRequest) -> dict[str, Json]:
    """Return how a request stands."""
    body: dict[str, Json] = {
        "id": request.id,
        "key": request.key,
        "href": f"{REQUESTS}/{request.id}",
        "state": request.state,
    }
    return body | ({"externalId": request.external_id} if request.external_id else {})


SCHEMAS: Mapping[str, Object] = {
    "TakenOrder": shape(
        "An order that was taken, and where it stands.",
        {"id": "text", "key": "text", "href": "text", "state": "text", "externalId": "text"},
        "id key href state",
    ),
    "OrderBatch": shape(
        "Product orders as TMF622 takes them, and what they are called together.",
        {"order": "list object", "batch": "text"}, "order",
    ),
    "OrderFile": shape(
        "A table of order lines (CSV, XLSX or JSON), its content in Base64.",
        {"name": "text",
         "content": {"type": "string", "format": "byte", "examples": ["b3JkZXIsY3VzdG9tZXI="]}},
        "name content",
    ),
    "OrderFileJob": shape("The job that makes the orders.", {"id": "text"}, "id"),
    "CorrectedOrder": shape("What is sent instead.", {"order": "object"}),
}  # fmt: skip

for one in ORDER_KINDS.values():
    take_later(one, "TakenOrder", SCHEMAS["TakenOrder"])


def verbs() -> Iterator[Verb]:
    """Yield the operations, as OpenAPI tells of them."""
    post = partial(
        Verb, api=ORDERING, method="post", about="TakenOrder", answers="TakenOrder", status="202",
        scope="TMF622:create", parameters="Idempotency-Key", conflicts=True,
    )  # fmt: skip
    yield post(
        path="/orderRequest/batch", name="takeOrders", takes="OrderBatch", is_list=True,
        summary="Take many product orders, to be carried in one after the other",
    )  # fmt: skip
    yield Verb(
        api=ORDERING, method="post", path="/orderFile", name="takeOrderFile", takes="OrderFile",
        about="OrderFileJob", answers="OrderFileJob", status="202", scope="TMF622:create",
        summary="Order what the lines of a file say, in the background",
    )  # fmt: skip
    yield post(
        path="/orderRequest/{id}/retry", name="retryOrderRequest", takes="CorrectedOrder",
        summary="Carry an order in again that was refused, corrected where one is sent",
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses, and the look at what clients prefer."""
    app.add_middleware(Later(services, doorman))
    app.add_route(f"{ORDERING.base}/orderFile", OrderFiles(services, doorman))
    app.add_route(f"{REQUESTS}/batch", Batch(services, doorman))
    app.add_route(f"{REQUESTS}/{{ident}}/retry", Again(services, doorman))
