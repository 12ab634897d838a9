"""Event listeners: who hears of what, how the messages go, a new one, and taking one away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import falcon

from trunkline.documents.errors import Invalid, NotFound, Refusal
from trunkline.documents.shape import Json
from trunkline.hub.delivery import may_hear
from trunkline.hub.event_name import ANY_API, apis_of
from trunkline.hub.guard import AllowList
from trunkline.hub.overview import COUNT_MAX, Listener, listener, listeners
from trunkline.hub.place import Place, asked_for
from trunkline.hub.subscription import (
    Subscription,
    add_subscription,
    pause_subscription,
    remove_subscription,
)
from trunkline.identity.change import log
from trunkline.identity.principals import names_of
from trunkline.kernel.actor import Actor
from trunkline.kernel.references import UUID
from trunkline.web.administration.opened import BASE
from trunkline.web.administration.people_page import secret_shown
from trunkline.web.delivery_page import ADMINISTER
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form
from trunkline.web.navigation import OPERATIONS_READ
from trunkline.web.operations import operated
from trunkline.web.values import Cell, instant

ADDRESS = f"{BASE}/listeners"
ROWS_MAX = 100
PAUSES = ("pause", "resume")
CONDITIONS = {
    "works": Cell("state", "Works", "good"),
    "failing": Cell("state", "Failing", "warn"),
    "waiting": Cell("state", "Waiting after failures", "warn"),
    "paused": Cell("state", "Paused", "idle"),
    "off": Cell("state", "Switched off", "bad"),
}
REASONS = {
    "gone": "It answered that it is gone.",
    "onlyFailures": "It failed for five days without a break.",
}


class ListenersPage:
    """`/administration/listeners` and `new`."""

    needs = "hub:administer events:subscribe"

    def __init__(self, desk: Desk, allow: AllowList) -> None:
        self._desk = desk
        self._allow = allow

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List them, newest first."""
        self._desk.answer(req, resp, self._list)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Pause one, take it up again, or take it away; the last asks first: what waits is lost."""
        self._desk.act(req, resp, self._do)

    def on_get_new(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the form of a new one."""
        self._desk.answer(req, resp, lambda visit: self._form(visit, Form(), {}))

    def on_post_new(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Subscribe a listener, and show the secret that signs its messages this once."""
        self._desk.act(req, resp, self._add)

    def _list(self, visit: Visit) -> Answer:
        before = visit.req.get_param("before") or ""
        with operated(self._desk, visit, OPERATIONS_READ) as connection:
            found = listeners(
                connection, principal=None, limit=ROWS_MAX + 1,
                before=before if UUID.fullmatch(before) else None,
            )  # fmt: skip
            names = names_of(connection, [one.subscription.principal for one in found])
        shown = found[:ROWS_MAX]
        values: dict[str, Json] = {
            "rows": [self._row(visit, one, names) for one in shown],
            "older": shown[-1].subscription.id if len(found) > ROWS_MAX else "",
            "may_remove": _administers(visit.actor),
            "may_add": bool(self._places(visit.actor)),
        }
        return Shown("admin_listeners.html", values)

    def _row(self, visit: Visit, one: Listener, names: Mapping[str, str]) -> dict[str, Any]:
        zone, held = self._desk.zone, one.subscription
        now = self._desk.services.machine_now()
        return {
            "id": held.id,
            "host": urlsplit(held.callback).netloc,
            "path": _path(held.callback) if _administers(visit.actor) else "",
            "hears": self._titles().get((held.api_number, held.view_version or ""), ""),
            "number": held.api_number,
            "query": held.query,
            "owner": names.get(held.principal, ""),
            "state": CONDITIONS[one.condition(now)],
            "is_on": held.active,
            "is_paused": held.active and held.paused_at is not None,
            "since": instant(_since(held), zone),
            "reason": REASONS.get(held.disabled_reason or "", ""),
            "next": instant(_later(one.next_try_at, now), zone),
            "delivered": instant(one.delivered_at, zone),
            "waiting": one.waiting,
            "is_more": one.waiting >= COUNT_MAX,
            "dead": one.dead,
        }

    def _titles(self) -> dict[tuple[str, str], str]:
        """Return what each interface is called, by its number and version."""
        return {
            (place.api_number, place.version or ""): title
            for title, place in _all_places(self._desk)
        }

    def _places(self, actor: Actor) -> dict[str, tuple[str, Place]]:
        """Return where somebody may subscribe, by what the form sends, with titles."""
        return {
            f"{place.api_number} {place.version or ''}".strip(): (title, place)
            for title, place in _all_places(self._desk)
            if place.api_number != ANY_API and may_hear(actor, place.api_number)
        }

    def _form(
        self, visit: Visit, typed: Form, wrong: Mapping[str, str], status: int = 200
    ) -> Answer:
        with operated(self._desk, visit, OPERATIONS_READ):
            places = self._places(visit.actor)
        values: dict[str, Json] = {
            "places": [{"name": name, "title": title} for name, (title, _) in places.items()],
            "place": typed.text("place"),
            "callback": typed.text("callback"),
            "query": typed.text("query"),
            "wrong": dict(wrong),
        }
        return Shown("admin_listener_new.html", values, status)

    def _add(self, visit: Visit, form: Form) -> Answer:
        _, place = self._places(visit.actor).get(form.text("place"), ("", None))
        sent: dict[str, Json] = {"callback": form.text("callback"), "query": form.text("query")}
        try:
            if place is None:
                raise Invalid("badValue", "choose one of the interfaces")
            registry = self._desk.services.registry
            new = asked_for(registry, visit.actor, place, sent, self._allow)
            with operated(self._desk, visit, OPERATIONS_READ) as connection:
                made, secret = add_subscription(self._desk.services, connection, new)
                self._log(connection, visit, "subscribe", made.id)
        except Refusal as refusal:
            if refusal.status not in {400, 403, 409}:
                raise
            field = "query" if place is not None and refusal.status == 400 else "place"
            wrong = {
                one.path if one.path == "callback" else field: one.message for one in refusal.faults
            }
            return self._form(visit, form, wrong or {field: refusal.message}, refusal.status)
        return secret_shown(ADDRESS, "listener", urlsplit(made.callback).netloc, secret)

    def _do(self, visit: Visit, form: Form) -> Answer:
        asked = form.text("do")
        return self._pause(visit, form, asked) if asked in PAUSES else self._remove(visit, form)

    def _pause(self, visit: Visit, form: Form, asked: str) -> Answer:
        with operated(self._desk, visit, ADMINISTER) as connection:
            found = self._found(connection, form)
            pause_subscription(
                self._desk.services, connection, found.subscription.id, paused=asked == "pause"
            )
            self._log(connection, visit, f"{asked}Subscription", found.subscription.id)
        return Moved(f"{ADDRESS}?done={asked}")

    def _found(self, connection: Any, form: Form) -> Listener:
        found = listener(connection, form.text("listener"), principal=None)
        if found is None:
            raise NotFound("notFound", "there is no such listener")
        return found

    def _remove(self, visit: Visit, form: Form) -> Answer:
        with operated(self._desk, visit, ADMINISTER) as connection:
            found = self._found(connection, form)
            if form.text("sure") != "yes":
                names = names_of(connection, [found.subscription.principal])
                return Shown("admin_listener_remove.html", {"one": self._row(visit, found, names)})
            remove_subscription(connection, found.subscription.id)
            self._log(connection, visit, "unsubscribe", found.subscription.id)
        return Moved(f"{ADDRESS}?done=removed")

    def _log(self, connection: Any, visit: Visit, action: str, ident: str) -> None:
        log(
            self._desk.services, connection, by=visit.actor, action=action, subject=ident,
            kind="subscription",
        )  # fmt: skip


def _all_places(desk: Desk) -> Iterator[tuple[str, Place]]:
    """Yield every interface in each of its versions, and the topics, with titles."""
    for api in apis_of(desk.services.registry):
        for view in (None, *api.views):
            address = f"{view.base if view else api.base}/hub"
            title = f"{api.number} {api.title}" + (f", {view.version}" if view else "")
            yield title, Place(api.number, address, view)
    yield "A topic", Place(ANY_API, "")


def _path(callback: str) -> str:
    """Return what follows the host of an address, less a query, which may hold a secret."""
    return urlsplit(callback).path.rstrip("/")


def _since(held: Subscription) -> datetime | None:
    """Return since when a listener has been as it is, where it does not work."""
    return (held.paused_at or held.failing_since) if held.active else None


def _later(moment: datetime | None, now: datetime) -> datetime | None:
    return moment if moment is not None and moment > now else None


def _administers(actor: Actor) -> bool:
    grant = actor.may(ADMINISTER)
    return grant is not None and grant.reach == "all"
