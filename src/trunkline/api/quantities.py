"""Which ones of several go, where an order asks for fewer of them: asked, and told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import falcon

from trunkline.api.asking import Asked, answer_json, only_parameters
from trunkline.documents.errors import Fault, Invalid, NotFound
from trunkline.documents.shape import Json
from trunkline.kernel.services import Services
from trunkline.ordering.fallout import ORDERING
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.quantity.choosing import choices_of, choose
from trunkline.ordering.revision.verbs import REVISE
from trunkline.rest.http import Doorman, Known
from trunkline.rest.verb import Object, Verb, shape

PATH = "/productOrder/{id}/copyChoice"
SCHEMAS: Mapping[str, Object] = {
    "CopyChoice": shape(
        "Several alike of which fewer are wanted: each with its key and, where it is there, its "
        "record.",
        {"itemId": "text", "name": "text", "wanted": "integer", "copy": "list object"},
        "itemId name wanted copy",
    ),
    "CopiesChosen": shape(
        "Which ones go, by item: `leftOut` names records, or keys of steps.",
        {"choice": "list object"}, "choice",
    ),
    "ChosenOrder": shape(
        "The order that goes on.",
        {"id": "text", "key": "text", "state": "text", "internalState": "text"}, "id key state",
    ),
}  # fmt: skip


class CopyChoices(Asked):
    """`/productOrder/{id}/copyChoice`."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """List what somebody has to choose from; empty where nothing is asked."""
        only_parameters(req)

        def answer(known: Known) -> None:
            known.actor.must_have(REVISE)
            known.actor.must(ProductOrder.resource, "read")
            with self.work(req, known) as work:
                order = work.get(ProductOrder, ident)
                if order is None:
                    raise NotFound("notFound", f"there is no product order {ident}")
                answer_json(resp, [one.as_json() for one in choices_of(work, order)])

        self.as_known(req, answer)

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Say which ones go; the order, or its open change, goes on."""
        chosen = chosen_of(self.sent(req))

        def answer(known: Known) -> None:
            known.actor.must_have(REVISE)
            known.actor.must(ProductOrder.resource, "update")
            with self.work(req, known) as work:

                def act() -> None:
                    order = choose(work, ident, chosen)
                    names = ("id", "key", "state", "internalState")
                    body = {"id": order.id, "key": order.key, **order.raw}
                    answer_json(resp, {name: body[name] for name in names if name in body})

                self.once(req, resp, work, act)

        self.as_known(req, answer)


def chosen_of(sent: dict[str, Json]) -> dict[str, list[str]]:
    """Return which ones go by item, or refuse (400) what says it otherwise."""
    listed, faults = sent.get("choice"), []
    found: dict[str, list[str]] = {}
    for index, one in enumerate(listed if isinstance(listed, list) else ()):
        item, left_out = (
            (one.get("itemId"), one.get("leftOut")) if isinstance(one, dict) else ("",) * 2
        )
        if not isinstance(item, str) or not item:
            faults.append(Fault(f"choice[{index}].itemId", "missing", "name the item"))
        elif not isinstance(left_out, list) or not all(isinstance(each, str) for each in left_out):
            faults.append(Fault(f"choice[{index}].leftOut", "badType", "is a list of texts"))
        else:
            found[item] = [*found.get(item, ()), *left_out]
    if not isinstance(listed, list) or not listed:
        faults.append(Fault("choice", "missing", "say by item which ones go"))
    if faults:
        raise Invalid.of(faults)
    return found


def verbs_told() -> Iterator[Verb]:
    """Yield the operations."""
    of = partial(Verb, api=ORDERING, path=PATH, scope=REVISE)
    yield of(
        method="get", name="listCopyChoice", about="CopyChoice", answers="CopyChoice",
        summary="List what has to be chosen from before an order, or its change, goes on",
        is_list=True,
    )  # fmt: skip
    yield of(
        method="post", name="chooseCopies", about="ChosenOrder", takes="CopiesChosen",
        answers="ChosenOrder", summary="Say which ones of several go", conflicts=True,
        parameters="Idempotency-Key",
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses."""
    path = f"{ORDERING.base}{PATH.replace('{id}', '{ident}')}"
    app.add_route(path, CopyChoices(services, doorman))
