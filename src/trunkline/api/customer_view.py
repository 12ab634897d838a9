"""`/customer/{id}/view`: all that is said of a customer now, with source and time of each value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import falcon

from trunkline.api.asking import Asked, answer_json, mention, only_parameters
from trunkline.care.api import CARE
from trunkline.care.customer_view import Told, customer_view
from trunkline.documents.origins import Datum
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.services import Services
from trunkline.party.customer import Customer
from trunkline.rest.http import Doorman, Known
from trunkline.rest.origins import Origin
from trunkline.rest.verb import Object, Verb, shape

SCHEMAS: Mapping[str, Object] = {
    "CustomerView": shape(
        "What is said of a customer now: the records that say it, the customer first. `more` has "
        "the parts (account, contact) of which there are more than these.",
        {"record": "list CustomerViewRecord", "more": "list text"}, "record",
    ),
    "CustomerViewRecord": shape(
        "A record of a customer as you may see it: `part` is customer, party, account, contact "
        "or address, `datum` has each value once.",
        {"id": "text", "key": "text", "href": "text", "@referredType": "text", "part": "text",
         "staleSince": "instant", "staleSystem": "text", "datum": "list CustomerDatum"},
        "id key part datum",
    ),
    "CustomerDatum": shape(
        "A value: where it stands, and who brought it, by which way and when. `source` is person, "
        "system, import, merge, program, or unknown where no line is left that tells it.",
        {"path": "text", "value": "any", "source": "text", "by": "text", "channel": "text",
         "at": "instant", "request": "text", "version": "integer"},
        "path value source",
    ),
}  # fmt: skip


class CustomerViews(Asked):
    """`/customer/{id}/view`."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer each value of the customer's records with its source and time."""
        only_parameters(req)

        def answer(known: Known) -> None:
            with self.work(req, known) as work:
                told = customer_view(work, ident)
                found: dict[str, Json] = {"record": [_record(req, one) for one in told]}
            answer_json(resp, found | ({"more": [*told[0].more]} if told[0].more else {}))

        self.as_known(req, answer)


def _record(req: falcon.Request, one: Told) -> Json:
    data = [_datum(each) for each in one.data]
    told = mention(req, one.document) | {"part": one.part, "datum": data}
    if one.stale is not None:
        told |= {"staleSince": format_instant(one.stale.since), "staleSystem": one.stale.system}
    return told


def _datum(one: Datum[Origin]) -> Json:
    origin = one.stamp
    told: dict[str, Json] = {"path": one.path, "value": one.value, "source": origin.source}
    if origin.at is not None:
        told |= {"by": origin.by, "channel": origin.channel, "at": format_instant(origin.at),
                 "version": origin.version}  # fmt: skip
        told |= {"request": origin.request} if origin.request else {}
    return told


def verbs() -> Iterator[Verb]:
    """Yield the operation, as OpenAPI tells of it."""
    yield Verb(
        api=CARE, method="get", path="/customer/{id}/view", name="viewCustomer",
        scope="Customer:read", about="CustomerView", answers="CustomerView",
        summary="Return all that is said of a customer now, with source and time of each value",
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add its address."""
    path = f"{CARE.base}/{Customer.resource.path}/{{ident}}/view"
    app.add_route(path, CustomerViews(services, doorman))
