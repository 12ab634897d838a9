"""Events (TMF688): the feed of what happened, its topics, and the hubs of these."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import unquote, urlencode

import falcon
import psycopg

from trunkline.access.api import TMF688
from trunkline.api.asking import (
    Asked,
    answer_json,
    answer_list,
    not_offered,
    same_generation,
)
from trunkline.api.hub import TopicHub, topic_of
from trunkline.documents.errors import Fault, Forbidden, Invalid, refuse
from trunkline.documents.fields import pick_fields
from trunkline.documents.shape import Json
from trunkline.hub.envelope import Seen, envelope
from trunkline.hub.event_filter import EventAttributes, unknown_names
from trunkline.hub.event_name import ANY_API
from trunkline.hub.feed import FeedPage, FeedQuery, read_feed, read_one
from trunkline.hub.guard import AllowList
from trunkline.hub.place import Place, allow_list
from trunkline.hub.query import EventQuery, parse_query
from trunkline.kernel.reading import OFFSET_MAX, WIDE_FILTER_S, reading
from trunkline.kernel.services import Services
from trunkline.rest.http import Doorman, Known
from trunkline.rest.query import bad_pattern, parse
from trunkline.settings import Settings

INSIDE = "event."


class Feed(Asked):
    """`/event` and `/topic/{id}/event`: events as the reader may see them now.

    The order, where none is asked for, is that in which transactions became visible to all; a
    page's `next` Link is the place to go on from, also after an empty one. Who goes on from there
    follows what happens: that is no page of a list, and nothing is counted. Nor is it where one
    asks for what events hold: they are opened one by one, and a page may have fewer of them.
    """

    needs = "refused"

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
        listed = asked.listed
        if asked.looks_inside and (listed.sorts or listed.offset):
            message = "events are opened one by one for this; follow the `next` Link instead"
            raise Invalid.of([Fault("sort" if listed.sorts else "offset", "notSortable", message)])
        asked = replace(asked, is_counted=listed.after is None and not asked.looks_inside)
        with reading(self.services, known.actor) as connection:
            same_generation(connection, known)
            page = self._read(connection, known, asked)
        shown = [self._shown(req, one) for one in page.events]
        if listed.fields is not None:
            shown = [pick_fields(one, listed.fields, view=False) for one in shown]
        answer_list(resp, shown, total=page.total)
        _place(req, resp, asked, page)

    def _read(self, connection: Any, known: Known, asked: FeedQuery) -> FeedPage:
        """Read a page; refuses (400) what would have to read too many events."""
        if not (asked.is_counted or asked.listed.conditions or asked.listed.sorts):
            return read_feed(self.services, connection, known.actor, asked)
        try:
            with connection.transaction():
                connection.execute(f"set local statement_timeout = '{WIDE_FILTER_S}s'")
                return read_feed(self.services, connection, known.actor, asked)
        except psycopg.errors.QueryCanceled as error:
            message = "would read too many events; narrow it by subject, id or eventTime, or go on"
            raise Invalid("filterTooWide", f"{message} from a position by after=") from error
        except psycopg.errors.InvalidRegularExpression as error:
            raise bad_pattern(asked.listed, str(error.diag.message_primary)) from error

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
        """Return what is asked for: attributes of events, and of what they hold."""
        registry = self.services.registry
        pieces = req.query_string.split("&")
        inside = [one for one in pieces if unquote(one).startswith(INSIDE)]
        query = parse_query("&".join(inside), resources=list(registry))
        text = "&".join(one for one in pieces if one not in inside)
        listed = parse(text, EventAttributes(page_max=self.services.page_max))
        faults = list(unknown_names(registry, listed.conditions))
        if listed.offset > OFFSET_MAX:
            message = f"goes up to {OFFSET_MAX}; follow the `next` Link of a page to go further"
            faults.append(Fault("offset", "offsetTooLarge", message))
        if listed.after is not None and (listed.sorts or listed.offset):
            message = "goes on from a position in the order of events; leave sort and offset out"
            faults.append(Fault("after", "badCursor", message))
        refuse(faults)
        exact = "count=exact" in (req.get_header("Prefer") or "")
        return FeedQuery(listed, query, exact=exact)

    def _topic_query(self, known: Known, ident: str) -> EventQuery:
        topic = topic_of(self.services, known, ident)
        return parse_query(topic.query, resources=list(self.services.registry))


def _both(asked: EventQuery, topic: EventQuery) -> EventQuery:
    """Return the query of a topic, narrowed to events that hold what is asked for."""
    if asked.conditions is None or topic.conditions is None:
        return replace(topic, conditions=asked.conditions or topic.conditions)
    shared = asked.conditions.keys() & topic.conditions.keys()
    both = {name: asked.conditions[name] + topic.conditions[name] for name in shared}
    return replace(topic, conditions=both)


def _place(req: falcon.Request, resp: falcon.Response, asked: FeedQuery, page: FeedPage) -> None:
    """Say which part an answer is, and where the next is; 206 where the client paged a list."""
    listed, count = asked.listed, len(page.events)
    kept = [one for one in listed.parameters if one[0] not in {"offset", "limit", "after"}]
    whole = f"{req.prefix}{req.path}?{urlencode([*kept, ('limit', str(listed.limit))])}"
    links = []
    if not listed.sorts:
        links.append(f'<{whole}&after={page.position}>; rel="next"')
    elif page.has_more:
        links.append(f'<{whole}&offset={listed.offset + listed.limit}>; rel="next"')
    links.append(f'<{whole}>; rel="first"')
    if listed.offset:
        before = max(0, listed.offset - listed.limit)
        links.append(f'<{whole}&offset={before}>; rel="prev"')
    resp.set_header("Link", ", ".join(links))
    if listed.after is not None or asked.looks_inside:
        return
    span = f"{listed.offset}-{listed.offset + count - 1}" if count else "*"
    resp.set_header("Content-Range", f"items {span}/{'*' if page.total is None else page.total}")
    if listed.paged and (page.has_more or listed.offset):
        resp.status = falcon.HTTP_206


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
