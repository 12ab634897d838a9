"""Listeners: every subscription and how it is doing; one's own, or all for an administrator."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.api.asking import Asked, answer_json, answer_list, only_parameters
from trunkline.documents.errors import Fault, Invalid, NotFound
from trunkline.documents.shape import Json, format_instant
from trunkline.hub.delivery import SUBSCRIBE, must_hear
from trunkline.hub.overview import Listener, listener, listeners
from trunkline.hub.subscription import pause_subscription, remove_subscription
from trunkline.identity.change import log
from trunkline.kernel.actor import Actor
from trunkline.kernel.references import UUID
from trunkline.kernel.services import Services
from trunkline.rest.http import Doorman, Known

BASE = "/api/hub/v1"
ADMINISTER = "hub:administer"


def administers(actor: Actor) -> bool:
    """Tell whether somebody looks after the listeners and deliveries of everybody."""
    grant = actor.may(ADMINISTER)
    return grant is not None and grant.reach == "all"


class Listeners(Asked):
    """`/api/hub/v1/subscription`, and one of them."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List them, newest first."""
        only_parameters(req, "before", "limit")
        before, limit = req.get_param("before"), self.limit(req)
        if before is not None and not UUID.fullmatch(before):
            raise Invalid.of([Fault("before", "badValue", "is the id of one")])

        def answer(known: Known) -> None:
            with self.opened(known) as connection:
                found = listeners(
                    connection, principal=self._whose(known), before=before, limit=limit
                )
            answer_list(resp, [self._shown(one) for one in found])
            if len(found) == limit and found:
                kept = {**req.params, "before": found[-1].subscription.id}
                query = falcon.to_query_str(kept)
                resp.set_header("Link", f'<{req.prefix}{BASE}/subscription{query}>; rel="next"')

        self.as_known(req, answer)

    def on_get_item(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Return one."""

        def answer(known: Known) -> None:
            with self.opened(known) as connection:
                found = self._one(connection, known, ident)
            answer_json(resp, self._shown(found))

        self.as_known(req, answer)

    def on_post_pause(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Send one nothing for a while; what is to be told waits."""
        self._pause(req, resp, ident, paused=True)

    def on_post_resume(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Send one what waits for it, and go on."""
        self._pause(req, resp, ident, paused=False)

    def _pause(
        self, req: falcon.Request, resp: falcon.Response, ident: str, *, paused: bool
    ) -> None:
        def answer(known: Known) -> None:
            with self.opened(known) as connection:
                found = self._one(connection, known, ident)
                pause_subscription(self.services, connection, found.subscription.id, paused=paused)
                log(
                    self.services, connection, by=known.actor,
                    action="pauseSubscription" if paused else "resumeSubscription",
                    subject=found.subscription.id, kind="subscription",
                )  # fmt: skip
                answer_json(resp, self._shown(self._one(connection, known, ident)))

        self.as_known(req, answer)

    def on_delete_item(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """End one; what it waited for is dropped."""

        def answer(known: Known) -> None:
            with self.opened(known) as connection:
                found = self._one(connection, known, ident)
                remove_subscription(connection, found.subscription.id)
                log(
                    self.services, connection, by=known.actor, action="unsubscribe",
                    subject=found.subscription.id, kind="subscription",
                )  # fmt: skip
            resp.status = falcon.HTTP_204

        self.as_known(req, answer)

    def _whose(self, known: Known) -> str | None:
        """Return whose listeners somebody looks after: the own ones, or None for all."""
        if administers(known.actor):
            return None
        if known.actor.may(SUBSCRIBE) is None:
            known.actor.must_have(ADMINISTER)
        return known.actor.id

    def _one(self, connection: Any, known: Known, ident: str) -> Listener:
        whose = self._whose(known)
        found = listener(connection, ident, principal=whose)
        if found is None:
            raise NotFound("notFound", f"there is no subscription {ident}")
        if whose is not None:
            must_hear(known.actor, found.subscription.api_number)
        return found

    def _shown(self, one: Listener) -> dict[str, Json]:
        listening = one.subscription
        found: dict[str, Json] = {
            "id": listening.id, "callback": listening.callback, "query": listening.query or None,
            "active": listening.active, "interface": listening.api_number,
            "version": listening.view_version, "topic": listening.topic,
            "principal": listening.principal, "createdAt": format_instant(listening.created_at),
            "condition": one.condition(self.services.machine_now()),
            "failingSince": _moment(listening.failing_since),
            "pausedAt": _moment(listening.paused_at),
            "disabledReason": listening.disabled_reason, "waiting": one.waiting, "dead": one.dead,
            "nextTryAt": _moment(one.next_try_at), "lastDeliveredAt": _moment(one.delivered_at),
        }  # fmt: skip
        return {name: value for name, value in found.items() if value is not None}


def _moment(at: Any) -> str | None:
    return format_instant(at) if at is not None else None


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses of listeners."""
    those = Listeners(services, doorman)
    app.add_route(f"{BASE}/subscription", those)
    app.add_route(f"{BASE}/subscription/{{ident}}", those, suffix="item")
    app.add_route(f"{BASE}/subscription/{{ident}}/pause", those, suffix="pause")
    app.add_route(f"{BASE}/subscription/{{ident}}/resume", those, suffix="resume")
