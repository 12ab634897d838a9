"""Orders in danger of being late, and parts of orders put on hold and released."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import falcon

from trunkline.api.asking import Asked, answer_json, answer_list, only_parameters
from trunkline.api.ordering import text_of
from trunkline.documents.errors import Fault, Invalid
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.ordering.fallout import ORDERING
from trunkline.ordering.jeopardy.holding import Part, hold, resume
from trunkline.ordering.jeopardy.levels import LEVELS, rank
from trunkline.ordering.jeopardy.queue import InDanger, expedite, in_danger, kinds_seen
from trunkline.ordering.plan_item import PlanItem
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.service_order import ServiceOrder
from trunkline.rest.http import Doorman, Known
from trunkline.rest.verb import Object, Verb, shape

Kind = type[ProductOrder] | type[ServiceOrder] | type[ResourceOrder]
KINDS: Mapping[str, Kind] = {
    "productOrder": ProductOrder, "serviceOrder": ServiceOrder, "resourceOrder": ResourceOrder,
}  # fmt: skip
PARTS = ("step", "item", "serviceOrder", "resourceOrder")


class PartVerb(Asked):
    """`/{kind of order}/{id}/hold` and `/resume`: a task, a line or a domain order of an order."""

    def __init__(self, services: Services, doorman: Doorman, kind: Kind) -> None:
        super().__init__(services, doorman)
        self._kind = kind

    def on_post_hold(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Put it on hold with a reason and answer the steps that stand still."""
        sent = self.sent(req)
        reason, part = text_of(sent, "reason"), part_of(sent)
        self._act(req, resp, ident, lambda work, root: hold(work, root, part, reason=reason))

    def on_post_resume(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Release it and answer the steps that go on."""
        part = part_of(self.sent(req))
        self._act(req, resp, ident, lambda work, root: resume(work, root, part))

    def _act(
        self, req: falcon.Request, resp: falcon.Response, ident: str,
        act: Callable[[Work, str], Sequence[PlanItem]],
    ) -> None:  # fmt: skip
        def answer(known: Known) -> None:
            known.actor.must(self._kind.resource, "update")

            def done() -> None:
                order = work.lock(self._kind, ident)
                steps = act(work, order.id)
                answer_json(resp, {"order": {"id": order.id, "key": order.key},
                                   "step": [_step(one) for one in steps]})  # fmt: skip

            with self.work(req, known) as work:
                self.once(req, resp, work, done)

        self.as_known(req, answer)


class Expedite(Asked):
    """`/productOrder/{id}/expedite`: an order that is to be done before others."""

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Give it the highest priority, with a reason."""
        reason = text_of(self.sent(req), "reason")

        def answer(known: Known) -> None:
            known.actor.must(ProductOrder.resource, "update")

            def done() -> None:
                order = expedite(work, ident, reason=reason)
                answer_json(resp, {"id": order.id, "key": order.key, "priority": order.priority})

            with self.work(req, known) as work:
                self.once(req, resp, work, done)

        self.as_known(req, answer)


class Jeopardy(Asked):
    """`/jeopardy`: the orders in danger of being late, the gravest and dearest first."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List those from a level on."""
        only_parameters(req, "level", "limit")
        level, limit = req.get_param("level") or "low", self.limit(req)
        if level not in LEVELS[1:]:
            message = f"is one of {', '.join(LEVELS[1:])}"
            raise Invalid.of([Fault("level", "badValue", message)])

        def answer(known: Known) -> None:
            kinds_seen(known.actor)
            with self.work(req, known) as work:
                found = in_danger(work, level=rank(level), limit=limit)
            answer_list(resp, [_danger(one) for one in found])

        self.as_known(req, answer)


def part_of(sent: Mapping[str, Json]) -> Part:
    """Return which part of an order is named, or refuse with 400."""
    named = {name: sent[name] for name in PARTS if sent.get(name) is not None}
    if len(named) != 1 or not all(isinstance(one, str) for one in named.values()):
        message = f"name one of {', '.join(PARTS)}; an order as a whole is held by its state"
        raise Invalid.of([Fault("", "required", message)])
    ((name, value),) = named.items()
    if name == "step":
        return Part(step=value)
    return Part(line=value) if name == "item" else Part(domain_order=value)


def _step(item: PlanItem) -> dict[str, Json]:
    body: dict[str, Json] = {"id": item.id, "name": item.name, "state": item.state}
    return body | ({"hold": item.hold} if item.hold is not None else {})


def _danger(one: InDanger) -> dict[str, Json]:
    moments = {"expectedCompletionDate": one.expected_at, "committedCompletionDate": one.target_at,
               "since": one.since}  # fmt: skip
    body: dict[str, Json] = {
        "order": {"id": one.order, "key": one.key, "@referredType": one.kind},
        "level": one.level,
        **{name: format_instant(at) for name, at in moments.items() if at is not None},
    }
    if one.worth is not None:
        body["value"] = {"unit": one.currency, "value": one.worth}
    return body


SCHEMAS: Mapping[str, Object] = {
    "OrderPartToHold": shape(
        "A part of an order, and why nothing more of it is to begin.",
        {"step": "text", "item": "text", "serviceOrder": "text", "resourceOrder": "text",
         "reason": "text"}, "reason",
    ),
    "OrderPart": shape(
        "A part of an order: one of these.",
        {"step": "text", "item": "text", "serviceOrder": "text", "resourceOrder": "text"},
    ),
    "HeldPart": shape(
        "The order, and its steps that stand still or go on.",
        {"order": "object", "step": "list object"}, "order step",
    ),
    "ExpediteReason": shape("Why an order goes before others.", {"reason": "text"}, "reason"),
    "ExpeditedOrder": shape(
        "An order and its priority.", {"id": "text", "key": "text", "priority": "text"}, "id key",
    ),
    "OrderInJeopardy": shape(
        "An order in danger of being late.",
        {"order": "object", "level": {"enum": list(LEVELS[1:])}, "value": "object",
         "expectedCompletionDate": "instant", "committedCompletionDate": "instant",
         "since": "instant"}, "order level",
    ),
}  # fmt: skip


def verbs() -> Iterator[Verb]:
    """Yield the operations, as OpenAPI tells of them."""
    post = partial(Verb, api=ORDERING, method="post", parameters="Idempotency-Key", conflicts=True)
    for kind, number in (("product", "TMF622"), ("service", "TMF641"), ("resource", "TMF652")):
        act = partial(post, about="HeldPart", answers="HeldPart", scope=f"{number}:update")
        one, name = f"/{kind}Order/{{id}}", kind.capitalize()
        yield act(
            path=f"{one}/hold", name=f"holdPartOf{name}Order", takes="OrderPartToHold",
            summary=f"Put a task, a line or an inner order of a {kind} order on hold",
        )  # fmt: skip
        yield act(
            path=f"{one}/resume", name=f"resumePartOf{name}Order", takes="OrderPart",
            summary=f"Release a part of a {kind} order",
        )  # fmt: skip
    yield post(
        path="/productOrder/{id}/expedite", name="expediteOrder", scope="TMF622:update",
        takes="ExpediteReason", about="ExpeditedOrder", answers="ExpeditedOrder",
        summary="Give an order the highest priority",
    )  # fmt: skip
    yield Verb(
        api=ORDERING, method="get", path="/jeopardy", name="listJeopardy", scope="TMF622:read",
        summary="List the orders in danger of being late, the gravest and dearest first",
        about="OrderInJeopardy", answers="OrderInJeopardy", is_list=True, parameters="limit",
        filters={"level": "From which level on: low, medium, high or critical."},
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses."""
    base = ORDERING.base
    for path, kind in KINDS.items():
        verb = PartVerb(services, doorman, kind)
        for name in ("hold", "resume"):
            app.add_route(f"{base}/{path}/{{ident}}/{name}", verb, suffix=name)
    app.add_route(f"{base}/productOrder/{{ident}}/expedite", Expedite(services, doorman))
    app.add_route(f"{base}/jeopardy", Jeopardy(services, doorman))
