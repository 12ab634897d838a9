"""The hub: where listeners subscribe to events, read how their messages went, and try again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import falcon

from trunkline.access.topic import Topic
from trunkline.api import hub_listeners
from trunkline.api.asking import Asked, answer_json, answer_list, only_parameters
from trunkline.api.hub_listeners import BASE, administers
from trunkline.documents.errors import Fault, Invalid, NotFound
from trunkline.documents.shape import Json, format_instant
from trunkline.hub.delivery import may_hear, must_hear
from trunkline.hub.delivery_log import Delivery, deliver_again, read_log
from trunkline.hub.event_name import ANY_API, apis_of
from trunkline.hub.guard import AllowList
from trunkline.hub.place import Place, allow_list, asked_for
from trunkline.hub.subscription import (
    Subscription,
    add_subscription,
    load_subscriptions,
    remove_subscription,
    rotate_secret,
    subscriptions_of,
)
from trunkline.identity.change import log
from trunkline.kernel.references import UUID
from trunkline.kernel.services import Services
from trunkline.kernel.work import transaction
from trunkline.rest.http import Doorman, Known
from trunkline.settings import Settings

LOG_FILTERS = {
    "subscription": "subscription",
    "eventId": "event_id",
    "subject": "subject",
    "state": "state",
    "outcome": "outcome",
}
IDENTS = {"subscription", "eventId", "subject", "before"}


class Hub(Asked):
    """`/hub` of an interface in one version, and `/topic/{id}/hub`."""

    def __init__(
        self, services: Services, doorman: Doorman, place: Place, allow: AllowList
    ) -> None:
        super().__init__(services, doorman)
        self._place = place
        self._allow = allow

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Subscribe a listener; the secret that signs its messages is told once."""
        sent = self.sent(req)
        self.as_known(req, lambda known: self.subscribe(req, resp, known, self._place, sent))

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List the asker's own subscriptions here."""
        self.as_known(req, lambda known: self.list_own(req, resp, known, self._place))

    def on_get_item(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Return one subscription of the asker."""
        self.as_known(req, lambda known: self.retrieve(req, resp, known, self._place, ident))

    def on_delete_item(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """End a subscription."""
        self.as_known(req, lambda known: self.end(resp, known, self._place, ident))

    # --- what a place and a topic share --------------------------------------------------------

    def subscribe(
        self, req: falcon.Request, resp: falcon.Response, known: Known, place: Place,
        sent: Mapping[str, Json],
    ) -> None:  # fmt: skip
        """Check and store a subscription."""
        new = asked_for(self.services.registry, known.actor, place, sent, self._allow)

        def act(connection: Any) -> None:
            made, secret = add_subscription(self.services, connection, new)
            self._log(connection, known, "subscribe", made.id)
            answer_json(resp, self._shown(made, place) | {"secret": secret})
            resp.status = falcon.HTTP_201
            resp.set_header("Location", f"{req.prefix}{place.address}/{made.id}")

        self.opened_once(req, resp, known, act)

    def list_own(
        self, req: falcon.Request, resp: falcon.Response, known: Known, place: Place
    ) -> None:
        """Answer with the asker's own subscriptions at a place."""
        only_parameters(req)
        must_hear(known.actor, place.api_number)
        with self.opened(known) as connection:
            found = subscriptions_of(
                connection, principal=known.actor.id, api_number=place.api_number,
                view_version=place.version, topic=place.topic,
            )  # fmt: skip
        answer_list(resp, [self._shown(one, place) for one in found], total=len(found))

    def retrieve(
        self, req: falcon.Request, resp: falcon.Response, known: Known, place: Place, ident: str
    ) -> None:
        """Answer with one subscription of the asker at a place."""
        with self.opened(known) as connection:
            found = self._own(connection, known, place, ident)
        answer_json(resp, self._shown(found, place))

    def end(self, resp: falcon.Response, known: Known, place: Place, ident: str) -> None:
        """End one subscription of the asker at a place."""
        with self.opened(known) as connection:
            found = self._own(connection, known, place, ident)
            remove_subscription(connection, found.id)
            self._log(connection, known, "unsubscribe", found.id)
        resp.status = falcon.HTTP_204

    # --- inside --------------------------------------------------------------------------------

    def _own(self, connection: Any, known: Known, place: Place, ident: str) -> Subscription:
        must_hear(known.actor, place.api_number)
        found = load_subscriptions(connection, [ident] if UUID.match(ident) else [])
        for one in found.values():
            if (one.principal, one.api_number, one.view_version, one.topic) == (
                known.actor.id, place.api_number, place.version, place.topic,
            ):  # fmt: skip
                return one
        raise NotFound("notFound", f"there is no subscription {ident}")

    def _log(self, connection: Any, known: Known, action: str, ident: str) -> None:
        log(
            self.services, connection, by=known.actor, action=action, subject=ident,
            kind="subscription",
        )  # fmt: skip

    def _shown(self, one: Subscription, place: Place) -> dict[str, Json]:
        found: dict[str, Json] = {"id": one.id, "callback": one.callback}
        if one.query:
            found["query"] = one.query
        found["active"] = one.active
        if one.failing_since:
            found["failingSince"] = format_instant(one.failing_since)
        if one.disabled_reason:
            found["disabledReason"] = one.disabled_reason
        if place.view is not None:
            found["@type"] = "Hub"
        return found


class TopicHub(Hub):
    """`/topic/{id}/hub`: subscriptions on the events of a topic, of whatever interface."""

    def on_post_topic(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Subscribe a listener to a topic."""
        sent = self.sent(req)
        self.as_known(
            req, lambda known: self.subscribe(req, resp, known, self._of(known, ident), sent)
        )

    def on_get_topic(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """List the asker's own subscriptions on a topic."""
        self.as_known(req, lambda known: self.list_own(req, resp, known, self._of(known, ident)))

    def on_get_subscription(
        self, req: falcon.Request, resp: falcon.Response, ident: str, subscription: str
    ) -> None:
        """Return one subscription of the asker on a topic."""
        self.as_known(
            req,
            lambda known: self.retrieve(req, resp, known, self._of(known, ident), subscription),
        )

    def on_delete_subscription(
        self, req: falcon.Request, resp: falcon.Response, ident: str, subscription: str
    ) -> None:
        """End a subscription on a topic."""
        self.as_known(
            req, lambda known: self.end(resp, known, self._of(known, ident), subscription)
        )

    def _of(self, known: Known, ident: str) -> Place:
        topic = topic_of(self.services, known, ident)
        address = f"{self._place.address}/{topic.id}/hub"
        return Place(ANY_API, address, topic=topic.id, topic_query=topic.query)


class Deliveries(Asked):
    """`/api/hub/v1/delivery`: how each message went; one's own, or all for an administrator."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List attempts, newest first."""
        only_parameters(req, *LOG_FILTERS, "before", "limit")
        for name in IDENTS:
            if not UUID.match(req.get_param(name, default="00000000-0000-0000-0000-000000000000")):
                raise Invalid.of([Fault(name, "badValue", "is the id of one")])
        limit = self.limit(req)

        def answer(known: Known) -> None:
            wanted = {
                column: req.get_param(name)
                for name, column in LOG_FILTERS.items()
                if req.get_param(name) is not None
            }
            rows = self._read(known, wanted, before=req.get_param("before"), limit=limit)
            answer_list(resp, [_line(one) for one in rows])
            if len(rows) == limit and rows:
                kept = {**req.params, "before": rows[-1].id}
                query = falcon.to_query_str(kept)
                resp.set_header("Link", f'<{req.prefix}{BASE}/delivery{query}>; rel="next"')

        self.as_known(req, answer)

    def on_post_again(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Send the event of a delivery once more."""

        def answer(known: Known) -> None:
            wanted = {"ident": ident} if UUID.match(ident) else None
            rows = self._read(known, wanted, before=None, limit=1) if wanted else []
            if not rows:
                raise NotFound("notFound", f"there is no delivery {ident}")

            def act(connection: Any) -> None:
                found = load_subscriptions(connection, [rows[0].subscription])
                if not found:
                    raise NotFound("notFound", "the subscription is gone")
                is_new = deliver_again(connection, found[rows[0].subscription], rows[0])
                state = "queued" if is_new else "waiting"
                answer_json(resp, _line(rows[0]) | {"redelivery": state})
                resp.status = falcon.HTTP_202

            self.opened_once(req, resp, known, act)

        self.as_known(req, answer)

    def on_post_rotate(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Give a subscription a new secret; the former one signs too until the next time."""

        def answer(known: Known) -> None:
            self.opened_once(req, resp, known, lambda connection: rotate(known, connection))

        def rotate(known: Known, connection: Any) -> None:
            found = load_subscriptions(connection, [ident] if UUID.match(ident) else [])
            own = [one for one in found.values() if one.principal == known.actor.id]
            if not own:
                raise NotFound("notFound", f"there is no subscription {ident}")
            must_hear(known.actor, own[0].api_number)
            secret = rotate_secret(self.services, connection, own[0])
            log(
                self.services, connection, by=known.actor, action="rotateSecret",
                subject=own[0].id, kind="subscription",
            )  # fmt: skip
            answer_json(resp, {"id": ident, "secret": secret})

        self.as_known(req, answer)

    def _read(
        self, known: Known, wanted: Mapping[str, Any], *, before: str | None, limit: int
    ) -> list[Delivery]:
        sees_all = administers(known.actor)
        numbers = (ANY_API, *(one.number for one in apis_of(self.services.registry)))
        heard = [one for one in numbers if may_hear(known.actor, one)]
        with self.opened(known) as connection:
            return read_log(
                self.services, connection, principal=None if sees_all else known.actor.id,
                heard=heard, wanted=wanted, before=before, limit=limit,
            )  # fmt: skip


def topic_of(services: Services, known: Known, ident: str) -> Topic:
    """Return a topic, or refuse with 403 or 404."""
    known.actor.must(Topic.resource, "read")
    with transaction(services, known.actor) as work:
        topic = work.get(Topic, ident)
    if topic is None:
        raise NotFound("notFound", f"there is no topic {ident}")
    return topic


def _line(one: Delivery) -> dict[str, Json]:
    found: dict[str, Json] = {
        "id": one.id,
        "at": format_instant(one.at),
        "subscription": one.subscription,
        "eventId": one.event_id,
        "eventType": one.event_type,
        "subject": one.subject or None,
        "resourceVersion": one.version,
        "attempt": one.attempt,
        "outcome": one.outcome,
        "state": one.state,
        "status": one.status,
        "error": one.error,
        "answer": one.answer or None,
        "durationMs": one.duration_ms,
    }
    return {name: value for name, value in found.items() if value is not None}


def add_routes(
    app: falcon.App[Any, Any],
    services: Services,
    doorman: Doorman,
    settings: Settings,
    *,
    allow: AllowList | None = None,
) -> None:
    """Add a hub to every interface in each version, and the log of deliveries.

    `allow` stands for what the settings open beyond public listeners.
    """
    opened = allow or allow_list(settings)
    for api in apis_of(services.registry):
        for view in (None, *api.views):
            address = f"{view.base if view else api.base}/hub"
            hub = Hub(services, doorman, Place(api.number, address, view), opened)
            app.add_route(address, hub)
            app.add_route(address + "/{ident}", hub, suffix="item")
    hub_listeners.add_routes(app, services, doorman)
    log_of = Deliveries(services, doorman)
    app.add_route(f"{BASE}/delivery", log_of)
    app.add_route(f"{BASE}/delivery/{{ident}}/redeliver", log_of, suffix="again")
    app.add_route(f"{BASE}/subscription/{{ident}}/rotate-secret", log_of, suffix="rotate")
