"""Who may be there already, asked before a record is made; and the search through all records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import falcon

from trunkline.api.asking import Asked, answer_json
from trunkline.documents.errors import Fault, Invalid
from trunkline.documents.shape import Json
from trunkline.kernel.services import Services
from trunkline.matching.api import CHECK, FIND, MATCHING
from trunkline.matching.find_job import find_duplicates
from trunkline.matching.possible import Possible, matched_kind, possible_duplicates
from trunkline.rest.http import Doorman, Known
from trunkline.rest.verb import Object, Verb, shape

SCHEMAS: Mapping[str, Object] = {
    "PossibleDuplicateAsked": shape(
        "A record as it would be made, of the kind that @type names.",
        {"@type": "text", "record": "object"},
        "@type record",
    ),
    "PossibleDuplicate": shape(
        "A record that may be the one that is asked about: how likely from 0 to 1, and why.",
        {"score": "number", "isExact": "flag", "reason": "list text", "record": "object"},
        "score isExact reason record",
    ),
    "DuplicateSearchAsked": shape(
        "The kind of record whose duplicates are looked for.", {"@type": "text"}, "@type"
    ),
    "DuplicateSearch": shape(
        "The job that looks for them, among the asker's jobs.", {"job": "text"}, "job"
    ),
}


class PossibleDuplicates(Asked):
    """`/possibleDuplicates`."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer who is there that the record may be, likeliest first; nothing is stored."""
        sent = self.sent(req)
        record = sent.get("record")
        if not isinstance(record, dict):
            raise Invalid.of([Fault("record", "badType", "must be the record to be made")])

        def answer(known: Known) -> None:
            with self.work(req, known) as work:
                resource = matched_kind(work, sent.get("@type"))
                found = possible_duplicates(work, resource, record)
            answer_json(resp, [_told(req, one) for one in found])

        self.as_known(req, answer)


class DuplicateSearch(Asked):
    """`/duplicateSearch`."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Begin to look through all records of a kind."""
        sent = self.sent(req)

        def answer(known: Known) -> None:
            known.actor.must_have(FIND)
            with self.work(req, known) as work:
                resource = matched_kind(work, sent.get("@type"))
            job = find_duplicates(self.services, known.actor, resource)
            answer_json(resp, {"job": job})
            resp.status = falcon.HTTP_202

        self.as_known(req, answer)


def _told(req: falcon.Request, one: Possible) -> Json:
    api = one.resource.api
    return {
        "score": one.score.value,
        "isExact": one.score.is_exact,
        "reason": list(one.score.reasons),
        "record": {
            "id": one.id,
            "key": one.key,
            "name": one.name,
            "href": f"{req.prefix}{api.base}/{one.resource.path}/{one.id}",
            "@referredType": one.resource.type_name,
        },
    }


def verbs() -> Iterator[Verb]:
    """Yield the operations."""
    yield Verb(
        api=MATCHING, method="post", path="/possibleDuplicates", name="findPossibleDuplicates",
        summary="Ask who is there that a record to be made may be", scope=CHECK,
        about="PossibleDuplicate", takes="PossibleDuplicateAsked", answers="PossibleDuplicate",
        is_list=True,
    )  # fmt: skip
    yield Verb(
        api=MATCHING, method="post", path="/duplicateSearch", name="searchDuplicates",
        summary="Look through all records of a kind for duplicates", scope=FIND, status="202",
        about="DuplicateSearch", takes="DuplicateSearchAsked", answers="DuplicateSearch",
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses."""
    app.add_route(f"{MATCHING.base}/possibleDuplicates", PossibleDuplicates(services, doorman))
    app.add_route(f"{MATCHING.base}/duplicateSearch", DuplicateSearch(services, doorman))
