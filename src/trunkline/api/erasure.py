"""Erasure requests beside their records: what one would do, and what is kept of who is erased."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import falcon

from trunkline.api.asking import Asked, RecordVerb, answer_json, answer_list
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.privacy.api import ERASE, PRIVACY, READ_KEPT
from trunkline.privacy.checking import check_of
from trunkline.privacy.erasure_request import ErasureRequest
from trunkline.privacy.going_on import go_on_with
from trunkline.privacy.kept_records import originals_of
from trunkline.rest.http import Doorman
from trunkline.rest.verb import Object, Verb, shape

PLACE = f"/{ErasureRequest.resource.path}"
SCHEMAS: Mapping[str, Object] = {
    "ErasureCheck": shape(
        "What stands in the way of an erasure, each record with how it stands and what to do "
        "next, and by kind what would stay without the person, go, or be kept, until when and why.",
        {"inTheWay": "list object", "outcome": "list object"},
        "inTheWay outcome",
    ),
    "ErasureStanding": shape(
        "An erasure request and its state.", {"id": "text", "key": "text", "state": "text"},
        "id key state",
    ),
    "KeptOriginal": shape(
        "What a record that the law wants kept said before the person was erased; of the person "
        "itself the name and the address that belong on it.",
        {"record": "object", "keptUntil": "instant", "document": "object"},
        "record keptUntil document",
    ),
}  # fmt: skip


class Erasures(Asked):
    """`/api/privacy/v1/erasureRequest/{id}/check` and `/kept`."""

    def on_get_check(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Tell what it would do by now; nothing is written."""

        def answer(known: Any) -> None:
            with self.work(req, known) as work:
                answer_json(resp, check_of(work, ident).told)

        self.as_known(req, answer)

    def on_get_kept(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """List what is kept, as it was."""

        def answer(known: Any) -> None:
            with self.work(req, known) as work:
                found = [
                    {"record": {"id": one.id, "@referredType": one.kind},
                     "keptUntil": format_instant(one.until), "document": one.document}
                    for one in originals_of(work, ident)
                ]  # fmt: skip
            answer_list(resp, found)

        self.as_known(req, answer)


def _go_on(work: Work, ident: str, sent: dict[str, Json]) -> Json:
    del sent  # nothing is taken
    found = go_on_with(work, ident)
    return {"id": found.id, "key": found.key, "state": found.state}


def verbs() -> Iterator[Verb]:
    """Yield the operations."""
    yield Verb(
        api=PRIVACY, method="post", path=f"{PLACE}/{{id}}/goOn", name="goOnWithErasure",
        about="ErasureStanding", answers="ErasureStanding", scope=ERASE,
        summary="Go on with an erasure whose job has failed or was stopped",
        parameters="Idempotency-Key", conflicts=True,
    )  # fmt: skip
    yield Verb(
        api=PRIVACY, method="get", path=f"{PLACE}/{{id}}/check", name="checkErasure",
        about="ErasureCheck", answers="ErasureCheck", scope=ERASE,
        summary="Tell what stands in the way of an erasure and what it would do",
    )  # fmt: skip
    yield Verb(
        api=PRIVACY, method="get", path=f"{PLACE}/{{id}}/kept", name="listKeptOriginal",
        about="KeptOriginal", answers="KeptOriginal", is_list=True, scope=READ_KEPT,
        summary="List what is kept of who was erased, as it was; that is logged",
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses."""
    erasures = Erasures(services, doorman)
    for name in ("check", "kept"):
        app.add_route(f"{PRIVACY.base}{PLACE}/{{ident}}/{name}", erasures, suffix=name)
    going_on = RecordVerb(services, doorman, _go_on, reads=ErasureRequest.resource)
    app.add_route(f"{PRIVACY.base}{PLACE}/{{ident}}/goOn", going_on)
