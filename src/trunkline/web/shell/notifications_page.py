"""Notifications: what the visitor was told, newest first."""

from __future__ import annotations

import falcon

from trunkline.kernel.references import UUID
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit, local_address
from trunkline.web.forms import Form
from trunkline.web.operations import unnarrowed
from trunkline.web.shell.notified import words_of
from trunkline.web.values import ago
from trunkline.workspace.notifications import Notification, mark_read, notifications_of

ROWS_MAX = 50
ICONS = {"mention": "note", "task": "check", "job": "box"}


class NotificationsPage:
    """`/notifications`: the visitor's own; opening one marks it as read."""

    needs = "signedIn"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show them."""
        self._desk.answer(req, resp, self._view)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Mark all as read, or one, which leads to its page."""

        def read(visit: Visit, form: Form) -> Answer:
            with unnarrowed(self._desk, visit) as connection:
                mark_read(self._desk.services, connection, visit.actor.id, form.text("id") or None)
            return Moved(local_address(form.text("to") or "/notifications"))

        self._desk.act(req, resp, read)

    def _view(self, visit: Visit) -> Answer:
        before = visit.req.get_param("before") or ""
        only_unread = visit.req.get_param("unread") == "1"
        with unnarrowed(self._desk, visit) as connection:
            found = notifications_of(
                connection, visit.actor.id, unread=only_unread, limit=ROWS_MAX + 1,
                before=before if UUID.match(before) else None,
            )  # fmt: skip
        rows = [self._row(one) for one in found[:ROWS_MAX]]
        older = found[ROWS_MAX - 1].id if len(found) > ROWS_MAX else ""
        return Shown(
            "shell_notifications.html", {"rows": rows, "older": older, "only_unread": only_unread}
        )

    def _row(self, one: Notification) -> dict[str, object]:
        return {
            "id": one.id,
            "text": words_of(self._desk.services.registry, one),
            "address": local_address(one.address),
            "icon": ICONS.get(one.kind, "bell"),
            "at": ago(one.at, self._desk.zone, self._desk.services.machine_now()),
            "unread": one.read_at is None,
        }
