"""The delivery log: which events went to whom, and what came back."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import falcon

from trunkline.hub.delivery_log import Delivery, read_log
from trunkline.hub.subscription import load_subscriptions
from trunkline.kernel.references import UUID
from trunkline.web.desk import Answer, Desk, Shown, Visit, must_operate
from trunkline.web.navigation import OPERATIONS_READ
from trunkline.web.records import Mention, mentions_of
from trunkline.web.values import instant, state

ROWS_MAX = 100
STATES = ("delivered", "waiting", "dead", "skipped")
TYPES = "select id::text, type from record where id = any(%s::uuid[])"


class DeliveryPage:
    """`/deliveries`: attempts to tell listeners of events, newest first, without their content."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the log."""
        self._desk.answer(req, resp, self._view)

    def _view(self, visit: Visit) -> Answer:
        must_operate(visit.actor, OPERATIONS_READ)
        before, chosen = visit.req.get_param("before"), visit.req.get_param("state")
        with self._desk.work(visit) as work:
            found = read_log(
                work.services,
                work.connection,
                principal=None,
                wanted={"state": chosen} if chosen in STATES else {},
                before=before if before and UUID.match(before) else None,
                limit=ROWS_MAX + 1,
            )
            shown = found[:ROWS_MAX]
            rows = work.connection.execute(TYPES, [[one.subject for one in shown]]).fetchall()
            idents: dict[str, set[str]] = {}
            for ident, name in rows:
                idents.setdefault(name, set()).add(ident)
            mentions = mentions_of(work, self._desk.addresses, idents)
            asked = load_subscriptions(work.connection, list({one.subscription for one in shown}))
            hosts = {ident: urlsplit(one.callback).netloc for ident, one in asked.items()}
        values = {
            "rows": [
                self._row(one, mentions.get(one.subject))
                | {"callback": hosts.get(one.subscription, "")}
                for one in shown
            ],
            "older": shown[-1].id if len(found) > ROWS_MAX else "",
            "states": STATES,
            "chosen": chosen if chosen in STATES else "",
        }
        return Shown("deliveries.html", values)

    def _row(self, one: Delivery, mention: Mention | None) -> dict[str, Any]:
        return {
            "at": instant(one.at, self._desk.zone),
            "event": one.event_type or "",
            "mention": mention,
            "subject": one.subject,
            "listener": one.subscription,
            "attempt": one.attempt,
            "state": state(one.state),
            "outcome": one.outcome,
            "status": one.status or "",
            "error": one.error or "",
            "took": one.duration_ms,
        }
