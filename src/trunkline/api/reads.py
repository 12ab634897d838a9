"""The log of reads: who has looked at records that hold personal data, for who may see it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import falcon

from trunkline.api.asking import Asked, answer_list, moment, must_have_all, only_parameters
from trunkline.documents.errors import Fault, Invalid
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.references import UUID
from trunkline.kernel.services import Services
from trunkline.privacy.api import PRIVACY
from trunkline.rest.http import Doorman, Known
from trunkline.rest.reads import READ_LOG, Read, named_records, seen_reads
from trunkline.rest.verb import Object, Verb, shape

SCHEMAS: Mapping[str, Object] = {
    "PersonalRead": shape(
        "Somebody was shown a record with personal data, or a list of a kind of them; the same "
        "reader and record stand there once an hour.",
        {"at": "instant", "action": {"enum": ["read", "list"]}, "reader": "object",
         "record": "object", "channel": "text", "address": "text", "requestId": "text"},
        "at action reader record channel",
    ),
}  # fmt: skip


class PersonalReads(Asked):
    """`/api/privacy/v1/read`."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List them, newest first."""
        only_parameters(req, "record", "reader", "before", "limit")
        record, reader = req.get_param("record"), _ident(req, "reader")
        limit, before = self.limit(req), moment(req, "before")

        def answer(known: Known) -> None:
            must_have_all(known.actor, READ_LOG)
            with self.opened(known) as connection:
                subjects = record and named_records(self.services.registry, connection, record)
                if record and not subjects:
                    message = "there is nothing of that id, key or name"
                    raise Invalid.of([Fault("record", "badValue", message)])
                found = seen_reads(
                    connection, subjects=subjects or None, actor=reader, before=before, limit=limit
                )
            answer_list(resp, [_body(one) for one in found])
            if len(found) == limit and found:
                kept = {**req.params, "before": found[-1].at.isoformat()}
                query = falcon.to_query_str(kept)
                resp.set_header("Link", f'<{req.prefix}{PRIVACY.base}/read{query}>; rel="next"')

        self.as_known(req, answer)


def _ident(req: falcon.Request, name: str) -> str | None:
    found: str | None = req.get_param(name)
    if found is not None and not UUID.fullmatch(found):
        raise Invalid.of([Fault(name, "badValue", "is the id of one")])
    return found


def _body(one: Read) -> Json:
    record: dict[str, Json] = {"@referredType": one.type}
    told: dict[str, Json] = {
        "at": format_instant(one.at), "action": one.action, "channel": one.channel,
        "reader": {"id": one.actor, "name": one.actor_name},
        "record": record | ({"id": one.subject} if one.subject else {}),
    }  # fmt: skip
    more = {"address": one.address, "requestId": one.request}
    return told | {name: value for name, value in more.items() if value}


def verbs() -> Iterator[Verb]:
    """Yield the operation."""
    yield Verb(
        api=PRIVACY, method="get", path="/read", name="listPersonalRead", about="PersonalRead",
        answers="PersonalRead", is_list=True, scope=READ_LOG, parameters="limit",
        summary="List who has looked at records with personal data, newest first",
        filters={"record": "A record, by id, key or outside name.",
                 "reader": "The id of a user or client.",
                 "before": "Before this moment; the `next` Link has it."},
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the address."""
    app.add_route(f"{PRIVACY.base}/read", PersonalReads(services, doorman))
