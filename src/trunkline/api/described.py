"""What this package answers beside the verbs of resources, described: who asks, takes, answers.

Every route that a module of this package adds has its line here; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache, partial

from trunkline.access.api import TMF688
from trunkline.api import (
    identity_told,
    message_texts,
    workspace,
    workspace_lists_told,
    workspace_notes_told,
)
from trunkline.api.attributes import DEFINE, READ
from trunkline.api.ordering import COMPLETE_TASK, RETRY, SIMULATE, SKIP
from trunkline.hub.delivery import SUBSCRIBE
from trunkline.hub.event_name import apis_of
from trunkline.kernel.resource import Api, Registry, View
from trunkline.ordering.fallout import ORDERING
from trunkline.rest.openapi import tag, versions
from trunkline.rest.verb import Object, Verb, shape

ATTRIBUTES = Api("attributes", "Attributes of the operator", "1.0.0", "/api/attributes/v1")
HUB = Api("hub", "Deliveries of events", "1.0.0", "/api/hub/v1")
ONE_ATTRIBUTE = "/attribute/{type}/{name}"
VALUES: Object = {
    "type": "array",
    "items": {"type": "object", "required": ["name", "value"],
              "properties": {"name": {"type": "string"}, "value": {}}},
    "examples": [[{"name": "downloadSpeed", "value": 500}]],
}  # fmt: skip
STEP: Mapping[str, str] = {
    "id": "text", "nodeKey": "text", "itemId": "text", "layer": "text", "kind": "text",
    "name": "text", "title": "text", "action": "text", "state": "text", "direction": "text",
    "undoes": "text", "product": "text", "service": "text", "resource": "text",
    "serviceOrder": "text", "resourceOrder": "text", "role": "text",
    "pointOfNoReturn": "flag", "attempt": "integer", "fallout": "text",
    "durationMinutes": "integer", "reason": "text", "awaits": "any", "awaitedBy": "any",
    "plannedAt": "instant", "startedAt": "instant", "endedAt": "instant", "dueAt": "instant",
    "claimedBy": "object", "claimedAt": "instant", "error": "object", "characteristic": "any",
    "former": "any", "place": "any", "request": "any", "answer": "any", "attempts": "any",
    "errorMessage": "text",
    "plannedStart": "instant", "plannedEnd": "instant", "isLate": "flag", "isCritical": "flag",
}  # fmt: skip
SCHEMAS: Mapping[str, Object] = {
    **workspace.SCHEMAS,
    **workspace_notes_told.SCHEMAS,
    **message_texts.SCHEMAS,
    **workspace_lists_told.SCHEMAS,
    **identity_told.SCHEMAS,
    "OpenTask": shape(
        "A manual task that waits for somebody; `claimedBy` has it.",
        {"id": "text", "name": "text", "title": "text", "role": "text", "order": "object",
         "itemId": "text", "startedAt": "instant", "dueAt": "instant", "claimedBy": "object",
         "claimedAt": "instant"},
        "id name order",
    ),
    "Step": shape(
        "A step of an order's plan; what may name a person is left out where it is not seen.",
        STEP, "id layer kind name state",
    ),
    "TaskDue": shape("Until when it is to be done; null takes that away.", {"dueAt": "instant"}),
    "TaskAssignment": shape("Who is to do a task, by login.", {"login": "text"}, "login"),
    "TaskReport": shape(
        "What was done: values, evidence, or both.",
        {"evidence": "text", "characteristic": VALUES}, "evidence",
    ),
    "Plan": shape(
        "The steps of an order, and which of them need which.",
        {"order": "object", "item": "list Step", "dependency": "list object"},
        "order item dependency",
    ),
    "LinesBySite": shape(
        "The lines of an order by site, each with its state, dates, old and new values.",
        {"order": "object", "site": "list object"}, "order site",
    ),
    "Simulation": shape(
        "What an order would do: its faults, steps, dates and prices. Nothing is stored.",
        {"fault": "list object", "awaits": "list object", "item": "list object",
         "dependency": "list object", "deferred": "list object", "price": "list object",
         "linePrice": "list object", "completionDate": "any"},
        "fault item dependency price linePrice",
    ),
    "OrderToSimulate": shape(
        "A product order as its interface, TMF622, takes it.",
        {"productOrderItem": "list object", "relatedParty": "list object"}, "productOrderItem",
    ),
    "SubmittedOrder": shape(
        "An order after it was handed in.", {"id": "text", "key": "text", "state": "text"},
        "id key state",
    ),
    "HandledFallout": shape(
        "What became of a fallout, and of its step.",
        {"id": "text", "key": "text", "state": "text", "stepState": "text"},
        "id key state stepState",
    ),
    "HeldFallout": shape(
        "A fallout and who works on it, if anybody does.",
        {"id": "text", "key": "text", "assignee": "object"}, "id key",
    ),
    "FalloutAssignment": shape(
        "Who is to work on it, by login; `me` is the asker.", {"login": "text"}, "login"
    ),
    "FalloutChoice": shape("Fallouts by id or key.", {"fallout": "list text"}, "fallout"),
    "FalloutCorrection": shape(
        "The values to try again with.", {"characteristic": VALUES}, "characteristic"
    ),
    "FalloutEvidence": shape("How the step was done.", {"evidence": "text"}, "evidence"),
    "FalloutReason": shape("Why the step is left out.", {"reason": "text"}, "reason"),
    "OwnAttribute": shape(
        "An attribute that the operator adds to a kind of record, and how far its index is.",
        {"type": "text", "name": "text", "kind": "text", "indexed": "flag", "index": "object"},
        "type name kind indexed",
    ),
    "OwnAttributeDefinition": shape(
        "Of which kind an attribute is; whatever else is sent is kept with it.",
        {"kind": {"enum": ["text", "number", "boolean", "instant"]}, "indexed": "flag"}, "kind",
    ),
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
         "condition": {"enum": ["works", "failing", "paused", "off"]}, "failingSince": "instant",
         "disabledReason": "text", "waiting": "integer", "dead": "integer",
         "nextTryAt": "instant", "lastDeliveredAt": "instant"},
        "id callback active interface principal createdAt condition waiting dead",
    ),
    "SubscriptionRequest": shape(
        "Whom to tell of which events: `query` is `eventType=…` with filters behind it.",
        {"callback": {"type": "string", "examples": ["https://listener.example/events"]},
         "query": "text"},
        "callback",
    ),
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


@lru_cache(maxsize=4)
def own_verbs(registry: Registry) -> tuple[Verb, ...]:
    """Return every operation that no resource derives."""
    return (*_of_orders(), *_of_fallout(), *_of_tasks(), *_of_attributes(), *_of_deliveries(),
            *_of_listeners(), *_of_events(), *workspace.verbs(), *workspace_notes_told.verbs(),
            *workspace_lists_told.verbs(), *message_texts.verbs(), *identity_told.verbs(),
            *_of_hubs(registry))  # fmt: skip


def _of_orders() -> Iterator[Verb]:
    post = partial(Verb, api=ORDERING, method="post")
    simulate = partial(post, scope=SIMULATE, about="Simulation", answers="Simulation")
    yield simulate(
        path="/simulate", name="simulateOrder", takes="OrderToSimulate",
        summary="Tell what a product order would do, without storing it",
    )  # fmt: skip
    yield simulate(
        path="/productOrder/{id}/simulate", name="simulateDraft",
        summary="Tell what a draft would do, as it is stored", conflicts=True,
    )  # fmt: skip
    yield post(
        path="/productOrder/{id}/submit", name="submitDraft", scope="TMF622:update",
        summary="Hand a draft in", about="SubmittedOrder", answers="SubmittedOrder",
        parameters="Idempotency-Key", conflicts=True,
    )  # fmt: skip
    yield Verb(
        api=ORDERING, method="get", path="/productOrder/{id}/line", name="linesOfProductOrder",
        about="LinesBySite", answers="LinesBySite", scope="TMF622:read",
        summary="Return the lines of a product order by site",
    )  # fmt: skip
    for kind, number in (("product", "TMF622"), ("service", "TMF641"), ("resource", "TMF652")):
        yield Verb(
            api=ORDERING, method="get", path=f"/{kind}Order/{{id}}/plan",
            name=f"planOf{kind.capitalize()}Order", about="Plan", answers="Plan",
            summary=f"Return the steps of a {kind} order as they stand", scope=f"{number}:read",
        )  # fmt: skip


def _of_fallout() -> Iterator[Verb]:
    act = partial(
        Verb, api=ORDERING, method="post", about="HandledFallout", answers="HandledFallout",
        parameters="Idempotency-Key", conflicts=True,
    )  # fmt: skip
    yield act(
        path="/fallout/retry", name="retryManyFallouts", scope=RETRY, takes="FalloutChoice",
        summary="Try many steps again, or none where one is closed", is_list=True,
    )  # fmt: skip
    one = "/fallout/{id}"
    yield act(path=f"{one}/retry", name="retryFallout", scope=RETRY, summary="Try a step again")
    yield act(
        path=f"{one}/fixAndRetry", name="fixAndRetryFallout", scope=RETRY,
        takes="FalloutCorrection", summary="Correct values of a step and try it again",
    )  # fmt: skip
    yield act(
        path=f"{one}/completeByHand", name="completeFalloutByHand", scope=COMPLETE_TASK,
        takes="FalloutEvidence", summary="Take a step as done, since somebody did it",
    )  # fmt: skip
    yield act(
        path=f"{one}/skip", name="skipFallout", scope=SKIP, takes="FalloutReason",
        summary="Leave a step out for good",
    )  # fmt: skip
    hold = partial(act, scope="ordering:update", answers="HeldFallout")
    yield hold(
        path=f"{one}/assign", name="assignFallout", takes="FalloutAssignment",
        summary="Give a fallout to somebody, whoever has it",
    )  # fmt: skip
    yield hold(path=f"{one}/release", name="releaseFallout", summary="Give a fallout back")


def _of_tasks() -> Iterator[Verb]:
    yield Verb(
        api=ORDERING, method="get", path="/task", name="listTask", scope=COMPLETE_TASK,
        summary="List the manual tasks that wait, soonest due first", about="OpenTask",
        answers="OpenTask", is_list=True, parameters="limit after",
        filters={
            "role": "The role that the task is for.",
            "order": "The id or key of an order.",
            "claimedBy": "The id of who has it, `me`, or `nobody`.",
            "dueAt.gte": "Due from then on.",
            "dueAt.lt": "Due before then.",
        },
    )  # fmt: skip
    act = partial(
        Verb, api=ORDERING, method="post", scope=COMPLETE_TASK, about="Step", answers="Step",
        parameters="Idempotency-Key", conflicts=True,
    )  # fmt: skip
    one = "/task/{id}"
    yield act(path=f"{one}/claim", name="claimTask", summary="Take a task on")
    yield act(
        path=f"{one}/assign", name="assignTask", takes="TaskAssignment",
        summary="Give a task to somebody, whoever has it",
    )  # fmt: skip
    yield act(path=f"{one}/release", name="releaseTask", summary="Give a task back")
    yield act(
        path=f"{one}/due", name="setTaskDue", takes="TaskDue",
        summary="Say until when a task is to be done",
    )  # fmt: skip
    yield act(
        path=f"{one}/complete", name="completeTask", takes="TaskReport",
        summary="Report a task as done",
    )  # fmt: skip


def _of_attributes() -> Iterator[Verb]:
    of = partial(Verb, api=ATTRIBUTES, about="OwnAttribute")
    yield of(
        method="get", path="/attribute", name="listOwnAttribute", scope=READ, is_list=True,
        summary="List the attributes that the operator added", answers="OwnAttribute",
    )  # fmt: skip
    yield of(
        method="get", path=ONE_ATTRIBUTE, name="retrieveOwnAttribute", scope=READ,
        summary="Return one with the progress of its index", answers="OwnAttribute",
    )  # fmt: skip
    yield of(
        method="put", path=ONE_ATTRIBUTE, name="defineOwnAttribute", scope=DEFINE,
        summary="Define or change one; an index follows in the background",
        takes="OwnAttributeDefinition", answers="OwnAttribute", conflicts=True,
    )  # fmt: skip
    yield of(
        method="delete", path=ONE_ATTRIBUTE, name="removeOwnAttribute", scope=DEFINE,
        summary="Take a definition away; the values stay", status="204", conflicts=True,
    )  # fmt: skip


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
        method="delete", path="/subscription/{id}", name="removeListener", status="204",
        summary="End a subscription and drop what waits for it",
    )  # fmt: skip


def _of_events() -> Iterator[Verb]:
    of = partial(
        Verb, api=TMF688, method="get", scope="TMF688:read", about="Event", answers="Event"
    )
    listed = partial(
        of, is_list=True, parameters="limit after",
        filters={
            "eventType": "Names of events, separated by commas.",
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
