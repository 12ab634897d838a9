"""Listeners, deliveries and events, described: what each operation takes and answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from trunkline.access.api import TMF688
from trunkline.hub.delivery import SUBSCRIBE
from trunkline.hub.event_name import apis_of
from trunkline.kernel.resource import Api, Registry, View
from trunkline.rest.openapi import tag, versions
from trunkline.rest.verb import Object, Verb, shape, whole

HUB = Api("hub", "Deliveries of events", "1.0.0", "/api/hub/v1")
SCHEMAS: Mapping[str, Object] = {
    "Subscription": shape(
        "A listener; `secret`, which signs its messages, is told once.",
        {"id": "text", "callback": "text", "query": "text", "active": "flag",
         "failingSince": "instant", "disabledReason": "text", "secret": "text",
         "@type": "text"},
        "id callback active",
    ),
    "Listener": shape(
        "A subscription and how its messages go; at most 1,000 that wait are counted.",
        {"id": "text", "callback": "text", "query": "text", "active": "flag", "interface": "text",
         "version": "text", "topic": "text", "principal": "text", "createdAt": "instant",
         "condition": {"enum": ["works", "failing", "waiting", "paused", "off"]},
         "failingSince": "instant", "pausedAt": "instant", "disabledReason": "text",
         "waiting": "integer", "dead": "integer", "nextTryAt": "instant",
         "lastDeliveredAt": "instant"},
        "id callback active interface principal createdAt condition waiting dead",
    ),
    "SubscriptionRequest": whole(shape(
        "Whom to tell of which events: `query` is `eventType=…` with filters behind it.",
        {"callback": {"type": "string", "examples": ["https://listener.example/events"]},
         "query": "text"},
        "callback",
    )),
    "SubscriptionSecret": shape(
        "A new secret; the former one signs too until the next time.",
        {"id": "text", "secret": "text"}, "id secret",
    ),
    "Delivery": shape(
        "An attempt to tell a listener of an event, and how it went.",
        {"id": "text", "at": "instant", "subscription": "text", "eventId": "text",
         "eventType": "text", "subject": "text", "resourceVersion": "integer",
         "attempt": "integer", "outcome": "text", "state": "text", "status": "integer",
         "error": "text", "answer": "text", "durationMs": "integer", "redelivery": "text"},
        "id at subscription eventId attempt outcome state",
    ),
    "Event": shape(
        "Something that happened to a record, as the reader may see it now.",
        {"id": "text", "href": "text", "eventId": "text", "eventTime": "instant",
         "eventType": "text", "event": "object"},
        "id href eventId eventType event",
    ),
}  # fmt: skip


def verbs(registry: Registry) -> Iterator[Verb]:
    """Yield the operations; every interface has its hub."""
    yield from _of_deliveries()
    yield from _of_listeners()
    yield from _of_events()
    yield from _of_hubs(registry)


def _of_deliveries() -> Iterator[Verb]:
    of = partial(Verb, api=HUB, scope=SUBSCRIBE)
    yield of(
        method="get", path="/delivery", name="listDelivery", about="Delivery", answers="Delivery",
        is_list=True, parameters="limit",
        summary="List attempts to deliver, newest first: one's own, or all for administrators",
        filters={
            "subscription": "The id of a subscription.",
            "eventId": "The id of an event.",
            "subject": "The id of a record.",
            "state": "`delivered`, `waiting`, `dead` or `skipped`.",
            "outcome": "How it went.",
            "before": "Older than this delivery; the `next` Link has it.",
        },
    )  # fmt: skip
    yield of(
        method="post", path="/delivery/{id}/redeliver", name="redeliverDelivery",
        about="Delivery", answers="Delivery", summary="Send the event once more", status="202",
        parameters="Idempotency-Key", conflicts=True,
    )  # fmt: skip
    yield of(
        method="post", path="/subscription/{id}/rotate-secret", name="rotateSecret",
        about="SubscriptionSecret", answers="SubscriptionSecret",
        summary="Give a subscription a new secret", parameters="Idempotency-Key", conflicts=True,
    )  # fmt: skip


def _of_listeners() -> Iterator[Verb]:
    of = partial(Verb, api=HUB, scope=SUBSCRIBE, about="Listener")
    yield of(
        method="get", path="/subscription", name="listListener", answers="Listener", is_list=True,
        parameters="limit", filters={"before": "Older than this one; the `next` Link has it."},
        summary="List listeners, newest first: one's own, or all for administrators",
    )  # fmt: skip
    yield of(
        method="get", path="/subscription/{id}", name="retrieveListener", answers="Listener",
        summary="Return a listener and how it is doing",
    )  # fmt: skip
    yield of(
        method="post", path="/subscription/{id}/pause", name="pauseListener", answers="Listener",
        summary="Send a listener nothing for a while; what is to be told waits in its order",
        conflicts=True,
    )  # fmt: skip
    yield of(
        method="post", path="/subscription/{id}/resume", name="resumeListener", answers="Listener",
        summary="Send a paused listener what waits for it, and go on", conflicts=True,
    )  # fmt: skip
    yield of(
        method="delete", path="/subscription/{id}", name="removeListener", status="204",
        summary="End a subscription and drop what waits for it",
    )  # fmt: skip


def _of_events() -> Iterator[Verb]:
    of = partial(
        Verb, api=TMF688, method="get", scope="TMF688:read", about="Event", answers="Event"
    )
    listed = partial(
        of, is_list=True, parameters="fields offset limit sort after Prefer",
        filters={
            "eventType": "Names of events, separated by commas.",
            "eventTime": "When it happened; `.gt`, `.gte`, `.lt` and `.lte` compare.",
            "resourceType": "Names of kinds of records, separated by commas.",
            "subject": "The id of a record.",
        },
    )  # fmt: skip
    yield listed(path="/event", name="listEvent", summary="List events from a position on")
    yield of(path="/event/{id}", name="retrieveEvent", summary="Return an event")
    yield listed(
        path="/topic/{id}/event", name="listEventOfTopic", summary="List the events of a topic"
    )
    yield of(
        path="/topic/{id}/event/{event}", name="retrieveEventOfTopic",
        summary="Return an event of a topic",
    )  # fmt: skip
    yield from _hub(TMF688, None, "/topic/{id}/hub", "Topic")


def _of_hubs(registry: Registry) -> Iterator[Verb]:
    for api in apis_of(registry):
        for view in versions(api):
            yield from _hub(api, view, "/hub", tag(api, view).replace("-", ""))


def _hub(api: Api, view: View | None, path: str, name: str) -> Iterator[Verb]:
    of = partial(Verb, api=api, view=view, scope=SUBSCRIBE, about="Subscription")
    one = path + ("/{subscription}" if "{id}" in path else "/{id}")
    yield of(
        method="post", path=path, name=f"subscribe{name}", takes="SubscriptionRequest",
        answers="Subscription", status="201", parameters="Idempotency-Key", conflicts=True,
        summary="Subscribe a listener to events",
    )  # fmt: skip
    yield of(
        method="get", path=path, name=f"listSubscription{name}", answers="Subscription",
        is_list=True, summary="List one's own subscriptions",
    )  # fmt: skip
    yield of(
        method="get", path=one, name=f"retrieveSubscription{name}", answers="Subscription",
        summary="Return a subscription of one's own",
    )  # fmt: skip
    yield of(
        method="delete", path=one, name=f"removeSubscription{name}", status="204",
        summary="End a subscription",
    )  # fmt: skip
