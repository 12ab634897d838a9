"""Texts that messages to people begin with, for programs; and how that is described."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import falcon

from trunkline.api.asking import Asked, answer_json, answer_list, only_parameters
from trunkline.api.workspace import ADDRESS, WORKSPACE
from trunkline.api.workspace_notes import must_be_for_records
from trunkline.api.workspace_notes_told import RECORDS
from trunkline.documents.errors import Fault, refuse
from trunkline.documents.shape import Json
from trunkline.identity.rights import ADMINISTER
from trunkline.kernel.services import Services
from trunkline.rest.http import Doorman, Known
from trunkline.rest.verb import Object, Verb, shape
from trunkline.workspace.message_texts import (
    MessageText,
    keep_message_text,
    message_texts,
    remove_message_text,
)

SAID = ("title", "subject", "content")
SCHEMAS: Mapping[str, Object] = {
    "MessageText": shape(
        "A text to begin a message with; {name}, {order} and {step} are filled in.",
        {"name": "text", "title": "text", "subject": "text", "content": "text",
         "language": "text"},
        "name title subject content",
    ),
    "MessageTextChange": shape(
        "What a text is to say.", {"title": "text", "subject": "text", "content": "text"},
        "title subject content",
    ),
}  # fmt: skip


class MessageTexts(Asked):
    """`/messageText` and `/messageText/{name}`."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List them."""
        only_parameters(req)

        def answer(known: Known) -> None:
            must_be_for_records(known.actor)
            answer_list(resp, [_body(one) for one in message_texts(self.services, known.actor)])

        self.as_known(req, answer)

    def on_put_one(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        """Make or change one, in a language or in none."""
        only_parameters(req, "language")
        sent, language = self.sent(req), req.get_param("language", default="")
        refuse([
            Fault(one, "badType", "must be a text") for one in SAID
            if not isinstance(sent.get(one), str)
        ])  # fmt: skip
        title, subject, content = (str(sent[one]) for one in SAID)
        text = MessageText(name, title, subject, content, language)

        def answer(known: Known) -> None:
            keep_message_text(self.services, known.actor, text)
            answer_json(resp, _body(text))

        self.as_known(req, answer)

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        """Remove one, or what it says in one language."""
        only_parameters(req, "language")

        def answer(known: Known) -> None:
            language = req.get_param("language")
            remove_message_text(self.services, known.actor, name, language)
            resp.status = falcon.HTTP_204

        self.as_known(req, answer)


def _body(one: MessageText) -> Json:
    told = {"name": one.name, "title": one.title, "subject": one.subject, "content": one.content}
    return told | ({"language": one.language} if one.language else {})


def verbs() -> Iterator[Verb]:
    """Yield the operations."""
    of = partial(Verb, api=WORKSPACE, about="MessageText")
    yield of(
        method="get", path="/messageText", name="listMessageText", answers="MessageText",
        is_list=True, scope=RECORDS, summary="List the texts that messages begin with",
    )  # fmt: skip
    one = partial(
        of, path="/messageText/{name}", scope=ADMINISTER,
        filters={"language": "`en`, `de` or `ar`; without it what holds for the others."},
    )  # fmt: skip
    yield one(
        method="put", name="keepMessageText", takes="MessageTextChange", answers="MessageText",
        summary="Make or change a text",
    )  # fmt: skip
    yield one(method="delete", name="deleteMessageText", status="204", summary="Remove a text")


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses."""
    texts = MessageTexts(services, doorman)
    app.add_route(f"{ADDRESS}/messageText", texts)
    app.add_route(f"{ADDRESS}/messageText/{{name}}", texts, suffix="one")
