"""The delivery log: which events went to whom, what came back, and sending them once more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

import falcon

from trunkline.documents.errors import Conflict
from trunkline.hub.delivery_log import Delivery, deliver_again, read_log
from trunkline.hub.subscription import load_subscriptions
from trunkline.kernel.references import UUID
from trunkline.kernel.services import Services
from trunkline.pages.language import say
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form
from trunkline.web.navigation import OPERATIONS_READ
from trunkline.web.operations import operated
from trunkline.web.records import Mention, mentions_of
from trunkline.web.values import instant, state

ADMINISTER = "hub:administer"
ROWS_MAX = 100
STATES = ("delivered", "waiting", "dead", "skipped")
TYPES = "select id::text, type from record where id = any(%s::uuid[])"


class DeliveryPage:
    """`/deliveries`: attempts to tell listeners of events, newest first, without their content."""

    needs = "events:subscribe hub:administer"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the log."""
        self._desk.answer(req, resp, self._view)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Send the events of the chosen lines once more; asks first, since others hear of it."""
        self._desk.act(req, resp, self._again)

    def _view(self, visit: Visit, problems: Sequence[str] = ()) -> Answer:
        grant = visit.actor.may(ADMINISTER)
        before, chosen = visit.req.get_param("before"), visit.req.get_param("state")
        listener = visit.req.get_param("subscription") or ""
        wanted = {"state": chosen} if chosen in STATES else {}
        if UUID.fullmatch(listener):
            wanted["subscription"] = listener
        with operated(self._desk, visit, OPERATIONS_READ) as connection:
            found = read_log(
                self._desk.services,
                connection,
                principal=None,
                wanted=wanted,
                before=before if before and UUID.match(before) else None,
                limit=ROWS_MAX + 1,
            )
            shown = found[:ROWS_MAX]
            named = [wanted["subscription"]] if "subscription" in wanted else []
            hosts = _hosts(connection, [*named, *(one.subscription for one in shown)])
        with self._desk.work(visit) as work:
            rows = work.connection.execute(TYPES, [[one.subject for one in shown]]).fetchall()
            idents: dict[str, set[str]] = {}
            for ident, name in rows:
                idents.setdefault(name, set()).add(ident)
            mentions = mentions_of(work, self._desk.addresses, idents)
        values = {
            "rows": [
                self._row(one, mentions.get(one.subject))
                | {"callback": hosts.get(one.subscription, "")}
                for one in shown
            ],
            "older": shown[-1].id if len(found) > ROWS_MAX else "",
            "states": STATES,
            "chosen": chosen if chosen in STATES else "",
            "listener": wanted.get("subscription", ""),
            "listener_host": hosts.get(listener, ""),
            "may_send": grant is not None and grant.reach == "all",
            "problems": list(problems),
            "sent_words": _told(visit.req.get_param("done") or ""),
        }
        return Shown("deliveries.html", values, 409 if problems else 200)

    def _again(self, visit: Visit, form: Form) -> Answer:
        only = form.text("only")
        asked = dict.fromkeys([only] if only else form.all("chosen"))
        idents = [one for one in asked if UUID.match(one)][:ROWS_MAX]
        with operated(self._desk, visit, ADMINISTER) as connection:
            lines = _messages(self._desk.services, connection, idents)
            if lines and form.text("sure") != "yes":
                return self._ask(lines, _hosts(connection, [one.subscription for one in lines]))
            sent, problems = _send(connection, lines)
        if not lines:
            return self._view(visit, ["Choose at least one delivery first."])
        if problems:
            return self._view(
                visit,
                [*problems, say("%(sent)s of %(all)s are sent again.", sent=sent, all=len(lines))],
            )
        return Moved(f"/deliveries?done=again-{sent}-{len(lines) - sent}")

    def _ask(self, lines: Sequence[Delivery], hosts: dict[str, str]) -> Answer:
        """Ask whether these are to be sent, before anything is."""
        rows = [
            self._row(one, None) | {"callback": hosts.get(one.subscription, "")} for one in lines
        ]
        listeners = len({one.subscription for one in lines})
        return Shown("deliver_again.html", {"rows": rows, "listeners": listeners})

    def _row(self, one: Delivery, mention: Mention | None) -> dict[str, Any]:
        return {
            "id": one.id,
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


def _told(done: str) -> str:
    """Return what to say after messages were put in line: how many, and how many were there."""
    verb, _, counts = done.partition("-")
    sent, _, waiting = counts.partition("-")
    if verb != "again" or not sent.isdecimal() or not waiting.isdecimal():
        return ""
    others = say(" %(count)s about to be sent anyway.", count=waiting) if waiting != "0" else ""
    return say("%(count)s to be delivered again.", count=sent) + others


def _hosts(connection: Any, listeners: Iterable[str]) -> dict[str, str]:
    """Return where each listener is, less what of its address may be secret."""
    found = load_subscriptions(connection, listeners)
    return {ident: urlsplit(one.callback).netloc for ident, one in found.items()}


def _messages(services: Services, connection: Any, idents: Sequence[str]) -> list[Delivery]:
    """Return the lines with these ids, one for each message where several are attempts at it."""
    lines = [
        line
        for ident in idents
        for line in read_log(
            services, connection, principal=None, wanted={"ident": ident}, before=None, limit=1
        )
    ]  # fmt: skip
    return list({(one.subscription, one.event_id): one for one in reversed(lines)}.values())[::-1]


def _send(connection: Any, lines: Sequence[Delivery]) -> tuple[int, list[str]]:
    """Put messages in line again; return how many are new there, and why others are not."""
    listeners = load_subscriptions(connection, list({one.subscription for one in lines}))
    sent, problems = 0, []
    for line in lines:
        listener = listeners.get(line.subscription)
        try:
            if listener is None:
                raise Conflict("conflictGone", "the subscription is gone; nobody listens there")
            sent += deliver_again(connection, listener, line)
        except Conflict as error:
            problems.append(f"{line.event_type or line.event_id}: {error.message}.")
    return sent, problems
