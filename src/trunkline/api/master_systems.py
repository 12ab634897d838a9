"""`/masterSystem/{id}/heard`: a system that is master of records says that it has told all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import falcon

from trunkline.api.asking import RecordVerb, sent_moment
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.party.master_system import MASTERS, MasterSystem, heard
from trunkline.rest.http import Doorman
from trunkline.rest.verb import Object, Verb, shape

SCHEMAS: Mapping[str, Object] = {
    "ToldUntil": shape(
        "Up to when everything was told; now, where it is left out.", {"toldUntil": "instant"}
    ),
    "HeardSystem": shape(
        "When a system was heard from, and up to when it has told everything.",
        {"id": "text", "code": "text", "heardAt": "instant", "toldUntil": "instant"},
        "id code heardAt toldUntil",
    ),
}  # fmt: skip


def verbs() -> Iterator[Verb]:
    """Yield the operation, as OpenAPI tells of it."""
    yield Verb(
        api=MASTERS, method="post", path="/masterSystem/{id}/heard", name="hearMasterSystem",
        scope="MasterSystem:update", about="HeardSystem", takes="ToldUntil",
        answers="HeardSystem", parameters="Idempotency-Key",
        summary="Say that a system has told everything; its records are not stale then",
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add its address."""

    def act(work: Work, ident: str, sent: dict[str, Json]) -> Json:
        found = heard(work, ident, sent_moment(sent, "toldUntil"))
        at, until = found.heard_at or work.now, found.told_until or work.now
        return {"id": found.id, "code": found.code, "heardAt": format_instant(at),
                "toldUntil": format_instant(until)}  # fmt: skip

    path = f"{MASTERS.base}/{MasterSystem.resource.path}/{{ident}}/heard"
    app.add_route(path, RecordVerb(services, doorman, act, reads=MasterSystem.resource))
