"""The workspace's own verbs: the search box, and what a person chose and was told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import falcon

from trunkline.api.asking import Asked, answer_json, answer_list, mention, only_parameters
from trunkline.care.behind import customers_of_hits
from trunkline.documents.errors import Fault, Forbidden, Invalid
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.actor import Actor
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Api, Resource
from trunkline.kernel.services import Services
from trunkline.pages.keys import SHORTCUTS
from trunkline.party.customer import Customer
from trunkline.rest.http import Doorman, Known
from trunkline.rest.verb import Object, Verb, shape
from trunkline.workspace.notifications import Notification, mark_read, notifications_of
from trunkline.workspace.preferences import (
    DENSITIES,
    LANGUAGES,
    THEMES,
    change_preferences,
    read_preferences,
    shown,
)
from trunkline.workspace.search import Hit, find

ADDRESS = "/api/workspace/v1"
WORKSPACE = Api("workspace", "The staff's workspace", "1.0.0", ADDRESS)
OWN = "workspace:own"
"""The scope that a token needs for what is its person's own; people need no permission for it."""

SCHEMAS: Mapping[str, Object] = {
    "Preferences": shape(
        "What a person chose; an empty language or time zone is the browser's or the operator's.",
        {"language": {"enum": ["", *LANGUAGES]}, "theme": {"enum": [*THEMES]},
         "density": {"enum": [*DENSITIES]}, "shortcuts": "flag", "timeZone": "text",
         "keys": {"type": "object", "description": "Lists of keys, by action.",
                  "additionalProperties": {"type": "array", "items": {"type": "string"}}}},
    ),
    "Notification": shape(
        "Something that a person was told, and the page that it is about.",
        {"id": "text", "at": "instant", "kind": "text", "text": "text", "address": "text",
         "record": "object", "readAt": "instant", "code": "text", "said": "object"},
        "id at kind text address",
    ),
    "Found": shape(
        "A record that was found; `number` is the number by a part of which it was, `customer` are "
        "those whose it is.",
        {"id": "text", "key": "text", "name": "text", "number": "text", "@referredType": "text",
         "href": "text", "customer": "list RecordMention"},
        "id key @referredType href",
    ),
}  # fmt: skip


class Search(Asked):
    """`/search?q=`: records by the words of their names, a part of a number, a key or an id."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Return what the one who asks finds, best first."""
        only_parameters(req, "q", "kind")
        text, kinds = req.get_param("q") or "", req.get_param("kind")
        if not text.strip():
            raise Invalid.of([Fault("q", "badValue", "say what to look for")])
        chosen = [one.strip() for one in kinds.split(",")] if kinds else None
        registry = self.services.registry
        faults = [
            Fault("kind", "badValue", f"{one} is no kind of record")
            for one in chosen or ()
            if one not in registry.resources
        ]
        if faults:
            raise Invalid.of(faults)

        def answer(known: Known) -> None:
            with self.opened(known):
                pass  # the rights are the present ones
            found = find(self.services, known.actor, text, kinds=chosen)
            with self.work(req, known) as work:
                behind = customers_of_hits(work, found)
            told = [
                _found(req, registry[one.kind], one, behind.get(one.record, ())) for one in found
            ]
            answer_list(resp, told)

        self.as_known(req, answer)


class OwnPreferences(Asked):
    """`/preferences`: of the one who asks."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Return them."""

        def answer(known: Known) -> None:
            must_be_own(known.actor)
            with self.opened(known) as connection:
                answer_json(resp, shown(read_preferences(connection, known.actor.id)))

        self.as_known(req, answer)

    def on_patch(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Change some; null takes a choice back."""
        sent = self.sent(req)

        def answer(known: Known) -> None:
            must_be_own(known.actor)
            with self.opened(known) as connection:
                found = change_preferences(
                    self.services, connection, known.actor.id, sent, SHORTCUTS
                )
            answer_json(resp, shown(found))

        self.as_known(req, answer)


class OwnNotifications(Asked):
    """`/notification`: what the one who asks was told."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List them, newest first."""
        only_parameters(req, "limit", "unread", "before")
        unread, before = req.get_param("unread"), req.get_param("before")
        if unread not in {None, "true", "false"}:
            raise Invalid.of([Fault("unread", "badValue", "takes true or false")])
        if before is not None and not UUID.match(before):
            raise Invalid.of([Fault("before", "badValue", "takes the id of a notification")])

        def answer(known: Known) -> None:
            must_be_own(known.actor)
            with self.opened(known) as connection:
                found = notifications_of(
                    connection, known.actor.id, unread=unread == "true", before=before,
                    limit=self.limit(req),
                )  # fmt: skip
            answer_list(resp, [_told(one) for one in found])

        self.as_known(req, answer)

    def on_post_read(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Mark all as read."""
        self._mark(req, resp, None)

    def on_post_read_one(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Mark one as read."""
        self._mark(req, resp, ident)

    def _mark(self, req: falcon.Request, resp: falcon.Response, ident: str | None) -> None:
        def answer(known: Known) -> None:
            must_be_own(known.actor)
            with self.opened(known) as connection:
                mark_read(self.services, connection, known.actor.id, ident)
            resp.status = falcon.HTTP_204

        self.as_known(req, answer)


def must_be_own(actor: Actor) -> None:
    """Refuse (403) a token that was not made for what is its person's own."""
    if actor.scopes is not None and not {OWN, "*:*"} & actor.scopes:
        raise Forbidden("notAllowed", f"the token lacks the scope {OWN}")


def _found(
    req: falcon.Request, resource: Resource, hit: Hit, customers: Sequence[Customer]
) -> Json:
    found: dict[str, Json] = {
        "id": hit.record, "key": hit.key, "@referredType": resource.type_name,
        "href": f"{req.prefix}{resource.api.base}/{resource.path}/{hit.record}",
    }  # fmt: skip
    if hit.label is not None:
        found["name"] = hit.label
    if hit.number:
        found["number"] = hit.number
    if customers:
        found["customer"] = [mention(req, one) for one in customers]
    return found


def _told(one: Notification) -> Json:
    told: dict[str, Json] = {
        "id": one.id, "at": format_instant(one.at), "kind": one.kind, "text": one.text,
        "address": one.address,
    }  # fmt: skip
    if one.record is not None:
        told["record"] = {"id": one.record, "@referredType": one.record_type}
    if one.code is not None:
        told |= {"code": one.code, "said": dict(one.said)}
    if one.read_at is not None:
        told["readAt"] = format_instant(one.read_at)
    return told


def verbs() -> Iterator[Verb]:
    """Yield the operations of the workspace, as OpenAPI tells of them."""
    yield Verb(
        api=WORKSPACE, method="get", path="/search", name="search", scope="*:read", about="Found",
        answers="Found", is_list=True,
        summary="Find records by words of their names, parts of numbers, keys and ids",
        filters={"q": "What to look for.", "kind": "Kinds of records, separated by commas."},
    )  # fmt: skip
    of = partial(Verb, api=WORKSPACE, scope=OWN)
    chosen = partial(of, path="/preferences", about="Preferences", answers="Preferences")
    yield chosen(
        method="get", name="retrievePreferences", summary="Return what the asking person chose"
    )
    yield chosen(
        method="patch", name="changePreferences", takes="Preferences", conflicts=True,
        summary="Change what the asking person chose",
    )  # fmt: skip
    told = partial(of, about="Notification")
    yield told(
        method="get", path="/notification", name="listNotification", answers="Notification",
        is_list=True, parameters="limit", summary="List what the asking person was told",
        filters={"unread": "`true` for those that were not read.",
                 "before": "Older than this notification."},
    )  # fmt: skip
    yield told(
        method="post", path="/notification/read", name="readNotifications", status="204",
        summary="Mark everything as read",
    )  # fmt: skip
    yield told(
        method="post", path="/notification/{id}/read", name="readNotification", status="204",
        summary="Mark one notification as read",
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the workspace's addresses."""
    told = OwnNotifications(services, doorman)
    app.add_route(f"{ADDRESS}/search", Search(services, doorman))
    app.add_route(f"{ADDRESS}/preferences", OwnPreferences(services, doorman))
    app.add_route(f"{ADDRESS}/notification", told)
    app.add_route(f"{ADDRESS}/notification/read", told, suffix="read")
    app.add_route(f"{ADDRESS}/notification/{{ident}}/read", told, suffix="read_one")
