"""Projects: the phases in which a large order is delivered, as clients read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import falcon

from trunkline.api.asking import Asked, answer_json
from trunkline.documents.errors import NotFound
from trunkline.kernel.services import Services
from trunkline.ordering.fallout import ORDERING
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.project.reading import project_told
from trunkline.rest.http import Doorman, Known
from trunkline.rest.verb import Object, Verb, shape

PATH = "/productOrder/{id}/project"
SCHEMAS: Mapping[str, Object] = {
    "OrderProjectNow": shape(
        "The project that an order is delivered as: its phases for each line or site. Each "
        "`milestone` has `name`, `stage`, `step`, `state`, `itemId`, `place`, `dueAt`, `reachedAt`",
        {"name": "text", "policy": "text", "per": "text", "phase": "list object",
         "milestone": "list object"},
    ),
}  # fmt: skip


class Project(Asked):
    """`/productOrder/{id}/project`."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Return how far each line or site is; an order that is no project has no milestones."""

        def answer(known: Known) -> None:
            known.actor.must(ProductOrder.resource, "read")
            with self.work(req, known) as work:
                order = work.get(ProductOrder, ident)
                if order is None:
                    raise NotFound("notFound", f"there is no product order {ident}")
                answer_json(resp, project_told(work, order))

        self.as_known(req, answer)


def verbs_told() -> Iterator[Verb]:
    """Yield the operation."""
    yield Verb(
        method="get", path=PATH, name="readOrderProject", api=ORDERING,
        scope="TMF622:read", about="OrderProjectNow",
        answers="OrderProjectNow",
        summary="Read how far the lines or sites of an order are that is delivered as a project",
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the address."""
    app.add_route(f"{ORDERING.base}{PATH.replace('{id}', '{ident}')}", Project(services, doorman))
