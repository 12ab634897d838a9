"""Why an order, its lines and its steps are as they are: rules, versions, and what was given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import falcon

from trunkline.api.asking import Asked, answer_json, only_parameters
from trunkline.documents.errors import Fault, Invalid
from trunkline.documents.shape import Json
from trunkline.kernel.services import Services
from trunkline.ordering.explained.because import INPUTS, Because
from trunkline.ordering.explained.explanation import explained
from trunkline.ordering.fallout import ORDERING
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.service_order import ServiceOrder
from trunkline.ordering.standalone_line import RootOrder
from trunkline.rest.http import Doorman, Known
from trunkline.rest.verb import Object, Verb, shape

KINDS: Mapping[type[RootOrder], str] = {
    ProductOrder: "explainOrder",
    ServiceOrder: "explainServiceOrder",
    ResourceOrder: "explainResourceOrder",
}


class Explain(Asked):
    """`/{kind of order}/{id}/explanation`: of one step, of one line, or of the order as a whole."""

    def __init__(self, services: Services, doorman: Doorman, kind: type[RootOrder]) -> None:
        super().__init__(services, doorman)
        self._kind = kind

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer why it is there and has its values, dates, state, priority and prices."""
        only_parameters(req, "step", "line")
        step, line = req.get_param("step"), req.get_param("line")
        if step is not None and line is not None:
            message = "name a step or a line, or neither for the whole order"
            raise Invalid.of([Fault("step", "badCombination", message)])

        def answer(known: Known) -> None:
            grant = known.actor.must(self._kind.resource, "read")
            with self.work(req, known) as work:
                found = explained(work, ident, step=step, line=line, kind=self._kind)
            answer_json(resp, because_body(found, shows_personal="personal" in grant.sees))

        self.as_known(req, answer)


def because_body(found: Sequence[Because], *, shows_personal: bool) -> list[Json]:
    """Return explanations as JSON; values and inputs are for those who may see personal ones."""
    bodies: list[Json] = []
    for one in found:
        body = dict(one.__dict__)
        if one.about in INPUTS and not shows_personal:
            del body["given"]
        bodies.append({name: value for name, value in body.items() if value is not None})
    return bodies


SCHEMAS: Mapping[str, Object] = {
    "Because": shape(
        "Why one thing is as it is: what decided it, in which version, and by what.",
        {"about": "text", "text": "text", "name": "text", "rule": "text", "version": "text",
         "given": "any"}, "about text",
    ),
}  # fmt: skip


def verbs() -> Iterator[Verb]:
    """Yield the operations, as OpenAPI tells of them."""
    for kind, name in KINDS.items():
        of = kind.resource
        yield Verb(
            api=ORDERING, method="get", path=f"/{of.path}/{{id}}/explanation", name=name,
            summary=f"Tell why a {of.title.lower()}, or a step or line of it, is as it is",
            scope=f"{of.api.number}:read",
            about="Because", answers="Because", is_list=True, conflicts=True,
            filters={"step": "The id of a step, where it is about one.",
                     "line": "The id of an item, where it is about one."},
        )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses."""
    for kind in KINDS:
        path = f"{ORDERING.base}/{kind.resource.path}/{{ident}}/explanation"
        app.add_route(path, Explain(services, doorman, kind))
