"""`/customer/{id}/restore`: a customer is taken out of the archive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import falcon

from trunkline.api.asking import RecordVerb
from trunkline.care.api import CARE
from trunkline.care.archive.putting_away import restore
from trunkline.documents.shape import Json
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.party.customer import Customer
from trunkline.rest.archived import RESTORE
from trunkline.rest.http import Doorman
from trunkline.rest.verb import Object, Verb, shape

SCHEMAS: Mapping[str, Object] = {
    "RestoredCustomer": shape(
        "A customer that is in sight again.",
        {"id": "text", "key": "text", "isArchived": "flag"}, "id key isArchived",
    ),
}  # fmt: skip


def verbs() -> Iterator[Verb]:
    """Yield the operation, as OpenAPI tells of it."""
    yield Verb(
        api=CARE, method="post", path="/customer/{id}/restore", name="restoreCustomer",
        scope=RESTORE, about="RestoredCustomer", answers="RestoredCustomer", conflicts=True,
        parameters="Idempotency-Key",
        summary="Take a customer and its party out of the archive",
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add its address."""

    def act(work: Work, ident: str, _sent: dict[str, Json]) -> Json:
        found = restore(work, ident)
        return {"id": found.id, "key": found.key, "isArchived": False}

    path = f"{CARE.base}/{Customer.resource.path}/{{ident}}/restore"
    app.add_route(path, RecordVerb(services, doorman, act, reads=Customer.resource))
