"""Events (TMF688): the feed of what happened, its topics, and the hubs of these."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import falcon

from trunkline.access.api import TMF688
from trunkline.api.asking import (
    Asked,
    answer_json,
    answer_list,
    not_offered,
    only_parameters,
    same_generation,
)
from trunkline.api.hub import TopicHub, topic_of
from trunkline.documents.errors import Fault, Forbidden, Invalid
from trunkline.documents.shape import Json
from trunkline.hub.envelope import Seen, envelope
from trunkline.hub.event_name import ANY_API
from trunkline.hub.feed import START, FeedQuery, read_feed, read_one
from trunkline.hub.guard import AllowList
from trunkline.hub.place import Place, allow_list
from trunkline.hub.query import EventQuery, parse_query
from trunkline.kernel.reading import reading
from trunkline.kernel.references import UUID
from trunkline.kernel.services import Services
from trunkline.rest.http import Doorman, Known
from trunkline.settings import Settings

PARAMETERS = ("after", "limit", "eventType", "resourceType", "subject")


class Feed(Asked):
    """`/event` and `/topic/{id}/event`: events as the reader may see them now.

    The order is that in which transactions became visible to all; a page's `next` Link is the
    place to go on from, also after an empty one.
    """

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List events from after a position on."""
        asked = self._asked(req)
        self.as_known(req, lambda known: self._page(req, resp, known, asked))

    def on_get_item(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Return one event."""
        self.as_known(req, lambda known: self._one(req, resp, known, ident, EventQuery()))

    def on_get_topic(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """List the events of a topic from after a position on."""
        asked = self._asked(req)
        self.as_known(
            req,
            lambda known: self._page(req, resp, known, asked, self._topic_query(known, ident)),
        )

    def on_get_of_topic(
        self, req: falcon.Request, resp: falcon.Response, ident: str, event: str
    ) -> None:
        """Return one event of a topic."""
        self.as_known(
            req,
            lambda known: self._one(req, resp, known, event, self._topic_query(known, ident)),
        )

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Refuse: events come from changes of records only."""
        raise not_offered("GET")

    def on_post_topic(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Refuse: events come from changes of records only."""
        raise not_offered("GET")

    # --- inside --------------------------------------------------------------------------------

    def _page(
        self, req: falcon.Request, resp: falcon.Response, known: Known, asked: FeedQuery,
        topic: EventQuery | None = None,
    ) -> None:  # fmt: skip
        _must_read_something(self.services, known)
        if topic is not None:
            asked = replace(asked, query=_both(asked.query, topic))
        with reading(self.services, known.actor) as connection:
            same_generation(connection, known)
            page = read_feed(self.services, connection, known.actor, asked)
        answer_list(resp, [self._shown(req, one) for one in page.events])
        kept = {**req.params, "after": page.position, "limit": str(asked.limit)}
        resp.set_header("Link", f'<{req.prefix}{req.path}?{urlencode(kept)}>; rel="next"')

    def _one(
        self, req: falcon.Request, resp: falcon.Response, known: Known, ident: str,
        query: EventQuery,
    ) -> None:  # fmt: skip
        _must_read_something(self.services, known)
        with reading(self.services, known.actor) as connection:
            same_generation(connection, known)
            seen = read_one(self.services, connection, known.actor, ident, query)
        answer_json(resp, self._shown(req, seen))

    def _shown(self, req: falcon.Request, seen: Seen) -> dict[str, Json]:
        href = f"{req.prefix}{TMF688.base}/event/{seen.event.id}"
        return {"id": seen.event.id, "href": href} | envelope(seen, prefix=req.prefix)

    def _asked(self, req: falcon.Request) -> FeedQuery:
        only_parameters(req, *PARAMETERS)
        subject, kind = req.get_param("subject"), req.get_param("resourceType")
        registry = self.services.registry
        faults = []
        if subject is not None and not UUID.match(subject):
            faults.append(Fault("subject", "badValue", "is the id of a record"))
        names = kind.split(",") if kind else []
        resources = [one.name for one in registry if {one.name, one.type_name} & set(names)]
        if names and not resources:
            faults.append(Fault("resourceType", "badValue", f"there is no resource {kind}"))
        if faults:
            raise Invalid.of(faults)
        types = req.get_param("eventType")
        query = parse_query(f"eventType={types}" if types else "", resources=list(registry))
        return FeedQuery(
            req.get_param("after", default=START), self.limit(req), subject,
            resources if names else None, query,
        )  # fmt: skip

    def _topic_query(self, known: Known, ident: str) -> EventQuery:
        topic = topic_of(self.services, known, ident)
        return parse_query(topic.query, resources=list(self.services.registry))


def _both(asked: EventQuery, topic: EventQuery) -> EventQuery:
    """Return the query of a topic, narrowed to the names of events that are asked for."""
    if asked.event_types is None or topic.event_types is None:
        return replace(topic, event_types=asked.event_types or topic.event_types)
    return replace(topic, event_types=asked.event_types & topic.event_types)


def _must_read_something(services: Services, known: Known) -> None:
    if not any(known.actor.grant(one, "read") for one in services.registry):
        raise Forbidden(
            "notAllowed",
            f"{known.actor.name} may read no resource; ask an administrator for a role that does",
        )


def add_routes(
    app: falcon.App[Any, Any],
    services: Services,
    doorman: Doorman,
    settings: Settings,
    *,
    allow: AllowList | None = None,
) -> None:
    """Add the feed, the events of topics and their hubs; the topics are a declared resource."""
    feed = Feed(services, doorman)
    app.add_route(f"{TMF688.base}/event", feed)
    app.add_route(f"{TMF688.base}/event/{{ident}}", feed, suffix="item")
    topic = f"{TMF688.base}/topic/{{ident}}"
    app.add_route(f"{topic}/event", feed, suffix="topic")
    app.add_route(f"{topic}/event/{{event}}", feed, suffix="of_topic")
    place = Place(ANY_API, f"{TMF688.base}/topic")
    hub = TopicHub(services, doorman, place, allow or allow_list(settings))
    app.add_route(f"{topic}/hub", hub, suffix="topic")
    app.add_route(f"{topic}/hub/{{subscription}}", hub, suffix="subscription")
