"""The feed to the system that bills: products told anew by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import falcon

from trunkline.api.asking import Asked, answer_json
from trunkline.inventory.api import INVENTORY
from trunkline.inventory.billing_feed.telling import tell_again
from trunkline.kernel.services import Services
from trunkline.rest.http import Doorman, Known
from trunkline.rest.verb import Object, Verb, shape

SCHEMAS: Mapping[str, Object] = {
    "BillingWish": shape(
        "The product that is told to the system that bills.",
        {"id": "text", "key": "text", "status": "text"}, "id key status",
    ),
}  # fmt: skip


class TellingAgain(Asked):
    """`/product/{id}/tellBilling`."""

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Tell a product as it is, whatever was told before."""

        def answer(known: Known) -> None:
            with self.work(req, known) as work:

                def act() -> None:
                    found = tell_again(work, ident)
                    resp.status = falcon.HTTP_202
                    body = {"id": found.id, "key": found.key, "status": found.status}
                    answer_json(resp, body)

                self.once(req, resp, work, act)

        self.as_known(req, answer)


def verbs() -> Iterator[Verb]:
    """Yield the operations."""
    yield Verb(
        api=INVENTORY, method="post", path="/product/{id}/tellBilling", name="tellBilling",
        summary="Tell the system that bills a product as it is", scope="BillingMessage:create",
        about="BillingWish", answers="BillingWish", status="202", parameters="Idempotency-Key",
        conflicts=True,
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses."""
    app.add_route(f"{INVENTORY.base}/product/{{ident}}/tellBilling",
                  TellingAgain(services, doorman))  # fmt: skip
