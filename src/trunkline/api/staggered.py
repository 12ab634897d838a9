"""Values that items of a running order lack, entered by people and programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import falcon

from trunkline.api.asking import Asked, answer_json
from trunkline.documents.errors import Fault, Invalid
from trunkline.documents.shape import Json
from trunkline.kernel.services import Services
from trunkline.ordering.fallout import ORDERING
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.revision.verbs import REVISE
from trunkline.ordering.staggered.entering import enter_values
from trunkline.rest.http import Doorman, Known
from trunkline.rest.verb import Object, Verb, shape

PATH = "/productOrder/{id}/enterValues"
SCHEMAS: Mapping[str, Object] = {
    "ValuesToEnter": shape(
        "Values that items of an order lack: each with `itemId`, `name` and `value`.",
        {"value": "list object"}, "value",
    ),
    "EnteredValues": shape(
        "The change by which they come in; none where all of them were known.",
        {"revision": "text", "orderVersion": "integer"},
    ),
}  # fmt: skip


class EnterValues(Asked):
    """`/productOrder/{id}/enterValues`."""

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Enter values; what waited for them is made."""
        said = values_of(self.sent(req))

        def answer(known: Known) -> None:
            known.actor.must_have(REVISE)
            known.actor.must(ProductOrder.resource, "update")
            with self.work(req, known) as work:

                def act() -> None:
                    made = enter_values(work, ident, said)
                    body: dict[str, Json] = {}
                    if made is not None:
                        body = {"revision": made.key, "orderVersion": made.order_version}
                    answer_json(resp, body)

                self.once(req, resp, work, act)

        self.as_known(req, answer)


def values_of(sent: dict[str, Json]) -> dict[str, dict[str, Json]]:
    """Return the values by item and name, or refuse (400) what says them otherwise."""
    listed = sent.get("value")
    if not isinstance(listed, list) or not listed:
        raise Invalid.of([Fault("value", "missing", "name item, name and value of each")])
    found: dict[str, dict[str, Json]] = {}
    faults = []
    for index, one in enumerate(listed):
        body = one if isinstance(one, dict) else {}
        for name in ("itemId", "name"):
            if not isinstance(body.get(name), str) or not body[name]:
                faults.append(Fault(f"value[{index}].{name}", "missing", "must be a text"))
        if not faults:
            found.setdefault(body["itemId"], {})[body["name"]] = body.get("value")
    if faults:
        raise Invalid.of(faults)
    return found


def verbs_told() -> Iterator[Verb]:
    """Yield the operation."""
    yield Verb(
        method="post", path=PATH, name="enterOrderValues", api=ORDERING, scope=REVISE,
        about="EnteredValues", takes="ValuesToEnter", answers="EnteredValues", conflicts=True,
        summary="Enter values that a running order lacks; what waited for them is made",
        parameters="Idempotency-Key",
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the address."""
    path = f"{ORDERING.base}{PATH.replace('{id}', '{ident}')}"
    app.add_route(path, EnterValues(services, doorman))
