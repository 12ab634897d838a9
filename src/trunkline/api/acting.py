"""For whom the asker may act: what a portal offers to choose from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import falcon

from trunkline.api.asking import Asked, answer_list, only_parameters
from trunkline.documents.shape import Json
from trunkline.kernel.resource import Api
from trunkline.kernel.services import Services
from trunkline.kernel.states import label_of
from trunkline.kernel.work import as_system
from trunkline.party.acting import ACT, Standing, standings
from trunkline.rest.http import Doorman, Known
from trunkline.rest.verb import Object, Verb, shape

ACTING = Api("acting", "Acting for customers", "1.0.0", "/api/acting/v1")
SCHEMAS: Mapping[str, Object] = {
    "ActingFor": shape(
        "A customer or organization that the asker acts for: send its key in the header "
        "`Acting-For` of any request.",
        {"id": "text", "key": "text", "name": "text", "href": "text", "@referredType": "text",
         "responsibility": "list text", "permission": "list text"},
        "id key name href responsibility permission",
    ),
}  # fmt: skip


class ActingFor(Asked):
    """`/api/acting/v1/customer`."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List them by name."""
        only_parameters(req)

        def answer(known: Known) -> None:
            known.actor.must_have(ACT)
            with as_system(self.services, "acting") as work:
                found = standings(work, known.actor.party)
            rows = [_body(one, req.prefix) for one in found]
            answer_list(resp, sorted(rows, key=lambda one: str(one["name"]).casefold()))

        self.as_known(req, answer)


def _body(one: Standing, prefix: str) -> dict[str, Json]:
    kind = one.served.resource
    return {
        "id": one.served.id,
        "key": one.served.key,
        "name": label_of(kind, one.served.raw) or one.served.key,
        "href": f"{prefix}{kind.api.base}/{kind.path}/{one.served.id}",
        "@referredType": kind.name,
        "responsibility": list(one.responsibilities),
        "permission": sorted(one.grants),
    }


def verbs() -> Iterator[Verb]:
    """Yield the operation."""
    yield Verb(
        api=ACTING, method="get", path="/customer", name="listActingFor", about="ActingFor",
        answers="ActingFor", is_list=True, scope=ACT,
        summary="List for whom the asker may act, and with which permissions",
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the address."""
    app.add_route(f"{ACTING.base}/customer", ActingFor(services, doorman))
