"""Qualification's own verbs: results from outside, asking again, and many addresses of a file."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import falcon

from trunkline.api.asking import Asked, answer_json
from trunkline.documents.errors import Fault, Invalid
from trunkline.documents.shape import Json
from trunkline.kernel.services import Services
from trunkline.qualification.api import ANSWER, BULK, CHECK_AGAIN, QUALIFICATION
from trunkline.qualification.many import begin_many
from trunkline.qualification.outside import KINDS, Check, check_again, take_result
from trunkline.rest.http import Doorman, Known
from trunkline.rest.verb import Object, Verb, shape, whole
from trunkline.workspace.import_file import FILE_BYTES_MAX

PATHS = {one.resource.path: one for one in KINDS.values()}
BODY_EXTRA = 8_192
SCHEMAS: Mapping[str, Object] = {
    "QualificationStanding": shape(
        "A qualification as it stands: its state and what came of it, if anything has.",
        {"id": "text", "key": "text", "state": "text", "qualificationResult": "text",
         "expirationDate": "instant"},
        "id key state",
    ),
    "QualificationOutcome": whole(shape(
        "What an outside system found out about the items of one line.",
        {"serviceQualificationItem": "list QualificationOutcomeItem"}, "serviceQualificationItem",
    )),
    "QualificationOutcomeItem": shape(
        "What was found out about an item, as TMF645 says it; pending says that it takes longer.",
        {"id": "text",
         "qualificationResult": {"enum": ["qualified", "alternate", "unqualified", "pending"]},
         "eligibilityUnavailabilityReason": "list object",
         "alternateServiceProposal": "list object", "expectedServiceAvailabilityDate": "instant",
         "expirationDate": "instant"},
        "id qualificationResult",
    ),
    "AddressesToCheck": shape(
        "A file of addresses (CSV, XLSX or JSON), its content in Base64, and the offerings to ask "
        "about; without any all that can be had are looked for.",
        {"name": "text",
         "content": {"type": "string", "format": "byte", "examples": ["Y2l0eQpOb3JkaGF2ZW4="]},
         "productOffering": "list text", "customer": "text"},
        "name content",
    ),
    "AddressCheck": shape("The job that checks the addresses.", {"id": "text"}, "id"),
}  # fmt: skip


class Standing(Asked):
    """`/{kind}/{id}/result` and `/{kind}/{id}/checkAgain`."""

    def __init__(self, services: Services, doorman: Doorman, kind: type[Check]) -> None:
        super().__init__(services, doorman)
        self._kind = kind

    def on_post_result(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Take in what an outside system found out."""
        sent = self.sent(req)

        def answer(known: Known) -> None:
            known.actor.must_have(ANSWER)
            with self.work(req, known) as work:
                self.once(req, resp, work, lambda: answer_json(
                    resp, _told(take_result(work, self._kind, ident, sent))))  # fmt: skip

        self.as_known(req, answer)

    def on_post_again(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Ask anew; what was said before is replaced."""

        def answer(known: Known) -> None:
            known.actor.must_have(CHECK_AGAIN)
            known.actor.must(self._kind.resource, "update")
            with self.work(req, known) as work:
                self.once(req, resp, work, lambda: answer_json(
                    resp, _told(check_again(work, self._kind, ident))))  # fmt: skip

        self.as_known(req, answer)


class Addresses(Asked):
    """`/addressCheck`: the addresses of a file, checked one by one in the background."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Begin, and answer with the job; how far it is stands with the workspace's jobs."""
        sent = self.sent(req, bytes_max=FILE_BYTES_MAX * 4 // 3 + BODY_EXTRA)
        offerings = sent.get("productOffering", [])
        if not isinstance(offerings, list) or not all(isinstance(one, str) for one in offerings):
            raise Invalid.of([Fault("productOffering", "badType", "is a list of ids or keys")])

        def answer(known: Known) -> None:
            job = begin_many(
                self.services, known.actor, name=str(sent.get("name") or "file.csv"),
                content=_content(sent), offerings=offerings,
                customer=str(sent.get("customer") or ""),
            )  # fmt: skip
            resp.status = falcon.HTTP_201
            answer_json(resp, {"id": job})

        self.as_known(req, answer)


def _content(sent: Mapping[str, Json]) -> bytes:
    try:
        return base64.b64decode(str(sent.get("content") or ""), validate=True)
    except (binascii.Error, ValueError):
        raise Invalid.of([Fault("content", "badType", "must be Base64")]) from None


def _told(check: Check) -> dict[str, Json]:
    names = ("state", "qualificationResult", "expirationDate")
    own = {name: check.raw[name] for name in names if name in check.raw}
    return {"id": check.id, "key": check.key, **own}


def verbs() -> Iterator[Verb]:
    """Yield the operations."""
    post = partial(Verb, api=QUALIFICATION, method="post")
    for path, kind in PATHS.items():
        told = partial(
            post, about="QualificationStanding", answers="QualificationStanding", conflicts=True,
            parameters="Idempotency-Key",
        )  # fmt: skip
        yield told(
            path=f"/{path}/{{id}}/result", name=f"takeResultOf{kind.__name__}", scope=ANSWER,
            takes="QualificationOutcome", summary="Tell what an outside system has found out",
        )  # fmt: skip
        yield told(
            path=f"/{path}/{{id}}/checkAgain", name=f"checkAgain{kind.__name__}",
            scope=CHECK_AGAIN, summary="Ask anew; what was said before is replaced",
        )  # fmt: skip
    yield post(
        path="/addressCheck", name="checkAddresses", scope=BULK, status="201",
        takes="AddressesToCheck", about="AddressCheck", answers="AddressCheck",
        summary="Check the addresses of a file in the background",
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses."""
    for path, kind in PATHS.items():
        standing = Standing(services, doorman, kind)
        base = f"{QUALIFICATION.base}/{path}/{{ident}}"
        app.add_route(f"{base}/result", standing, suffix="result")
        app.add_route(f"{base}/checkAgain", standing, suffix="again")
    app.add_route(f"{QUALIFICATION.base}/addressCheck", Addresses(services, doorman))
