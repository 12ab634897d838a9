"""Delivery: work rows become signed messages, and what came of them goes back to the rows.

Everything here talks to the database and to nothing else; no transaction is open while a message
is on its way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from trunkline.documents.decode import load
from trunkline.documents.errors import Forbidden
from trunkline.documents.shape import Json
from trunkline.hub.delivery_log import Attempt, State, write_attempts
from trunkline.hub.envelope import (
    StoredEvent,
    Withheld,
    load_events,
    message,
    open_documents,
    show,
)
from trunkline.hub.event_name import ANY_API, event_type, listener_url, resources_of, view_of
from trunkline.hub.outcome import Kind, Outcome, next_attempt_s
from trunkline.hub.query import Queries
from trunkline.hub.signature import ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, sign
from trunkline.hub.subscription import (
    LANE,
    Subscription,
    disable_subscription,
    kind_of,
    load_subscriptions,
    open_secrets,
    subscription_of,
)
from trunkline.kernel.actor import Actor
from trunkline.kernel.reading import generation_of
from trunkline.kernel.services import Services
from trunkline.leases import queue
from trunkline.leases.queue import Row

log = structlog.get_logger("trunkline.hub")
LEASE_S = 60.0
ERROR_LENGTH_MAX = 2000
ONLY_FAILURES_MAX = timedelta(days=5)
SUBSCRIBE = "events:subscribe"

ReadActors = Callable[[Any, Sequence[str]], Mapping[str, Actor]]
"""Returns the principals that are switched on, with the rights that they have now."""

# A few rows of each listener: one with a long backlog does not stand before the others.
CLAIM = """
with listener as materialized (
  select 'deliver:' || s.id::text as kind, coalesce(c.free, 1) as free
  from subscription s
  left join unnest(%(known)s::uuid[], %(free)s::int[]) as c(id, free) on c.id = s.id
  where s.active and s.paused_at is null
), due as (
  select d.id from listener l cross join lateral (
    select w.id, w.run_at from work w
    where w.lane = 'delivery' and w.kind = l.kind collate "C" and w.parked_at is null
      and w.run_at <= clock_timestamp()
      and (w.lease_until is null or w.lease_until < clock_timestamp())
      and not exists (
        select 1 from work p
        where p.subject = w.subject and p.kind = w.kind and p.id < w.id)
    order by w.run_at, w.id limit l.free for update skip locked
  ) d where l.free > 0 order by d.run_at, d.id limit %(limit)s
)
update work w set lease_until = clock_timestamp() + %(lease)s * interval '1 second',
  worker = %(worker)s, attempt = w.attempt + 1
from due where w.id = due.id
returning w.id, w.kind, w.subject::text, w.payload, w.attempt, w.created_at
"""


@dataclass(frozen=True)
class Ready:
    """A message that may go now."""

    row: Row
    subscription: Subscription
    event: StoredEvent
    name: str
    url: str
    headers: Mapping[str, str]
    body: bytes


def may_hear(actor: Actor, api_number: str) -> bool:
    """Tell whether an actor may subscribe to the events of a published interface."""
    return bool(actor.may(SUBSCRIBE) or actor.may(f"{api_number}:subscribe"))


def must_hear(actor: Actor, api_number: str) -> None:
    """Refuse (403) who may not subscribe at an interface, or asks by a token that may not.

    Who holds the address and the secret of a listener can pass for us, so they are told no other.
    """
    if may_hear(actor, api_number):
        return
    names = [SUBSCRIBE, *([] if api_number == ANY_API else [f"{api_number}:subscribe"])]
    raise Forbidden(
        "notAllowed",
        f"{actor.name} has no permission {' or '.join(names)}; "
        "ask an administrator for a role that has it",
    )


class Deliveries:
    """The database's side of sending messages, for one worker."""

    def __init__(
        self, services: Services, *, public_url: str, read_actors: ReadActors, worker: str
    ) -> None:
        self._services = services
        self._public_url = public_url
        self._read_actors = read_actors
        self._worker = worker
        self._queries = Queries(services.registry)

    def claim(self, capacity: Mapping[str, int], *, limit: int) -> tuple[list[Ready], int]:
        """Lease due messages and return those to be sent, and how many rows were settled here.

        `capacity` says how many each listener may get now; one that is not named gets one.
        """
        with self._services.database.app.connection() as connection:
            rows = self._claim(connection, capacity, limit)
            if not rows:
                return [], 0
            ready, passed = self._prepared(connection, rows)
            if passed:
                with connection.transaction():
                    self._pass_over(connection, passed)
        return ready, len(passed)

    def _claim(self, connection: Any, capacity: Mapping[str, int], limit: int) -> list[Row]:
        found = connection.execute(
            CLAIM,
            {"known": list(capacity), "free": list(capacity.values()), "limit": limit,
             "lease": LEASE_S, "worker": self._worker},
        ).fetchall()  # fmt: skip
        rows = [
            Row(ident, kind, subject, None, load(payload), attempt, self._worker, at)
            for ident, kind, subject, payload, attempt, at in found
        ]
        return sorted(rows, key=lambda one: one.id)

    def _prepared(
        self, connection: Any, rows: Sequence[Row]
    ) -> tuple[list[Ready], list[tuple[Row, Attempt | None]]]:
        """Return the messages, and the rows that are done without one."""
        subscriptions = load_subscriptions(connection, [subscription_of(r.kind) for r in rows])
        principals = sorted({one.principal for one in subscriptions.values()})
        actors = self._read_actors(connection, principals)
        self._services.configuration(connection, generation_of(connection))  # masks go by it
        events = load_events(connection, [row.payload["event"] for row in rows])
        documents = open_documents(self._services, connection, list(events.values()))
        ready: list[Ready] = []
        passed: list[tuple[Row, Attempt | None]] = []
        for row in rows:
            subscription = subscriptions.get(subscription_of(row.kind))
            if subscription is None or not subscription.active:
                passed.append((row, None))
                continue
            event = events.get(row.payload["event"])
            actor = actors.get(subscription.principal)
            document = documents.get(row.payload["event"])
            try:
                made = self._message(connection, row, subscription, event, actor, document)
            except Exception as error:  # one event that cannot be told must not stop the others
                log.error("message", work=row.id, event_id=row.payload["event"], exc_info=error)
                queue.failed(connection, row, f"{type(error).__name__}: {error}"[:ERROR_LENGTH_MAX])
                continue
            if isinstance(made, Ready):
                ready.append(made)
            else:
                passed.append((row, self._skipped(row, subscription, event, made)))
        return ready, passed

    def _message(
        self, connection: Any, row: Row, subscription: Subscription, event: StoredEvent | None,
        actor: Actor | None, document: dict[str, Json] | None,
    ) -> Ready | Withheld:  # fmt: skip
        if event is None:
            return Withheld("eventGone")
        if actor is None:
            return Withheld("notAllowed")
        actor = replace(actor, scopes=subscription.scopes)
        seen = show(self._services.registry, actor, event, document)
        if isinstance(seen, Withheld):
            return seen
        if not may_hear(actor, seen.resource.api.number):
            return Withheld("notAllowed")
        query = self._queries.of(
            subscription.filter, subscription.api_number, subscription.view_version
        )
        if query is None or not query.holds(seen.resource, event.subject, event.key, seen.document):
            return Withheld("notWanted")
        resources = resources_of(self._services.registry, subscription.api_number)
        view = view_of(resources, subscription.view_version)
        name = event_type(seen.resource, event.kind, view)
        body = message(seen, prefix=self._public_url, view=view)
        secrets = open_secrets(self._services, connection, subscription.id, subscription.sealed)
        if not secrets:
            return Withheld("secretGone")
        return Ready(
            row, subscription, event, name, listener_url(subscription.callback, name),
            self._headers(event.id, secrets, body), body,
        )  # fmt: skip

    def _headers(self, ident: str, secrets: Sequence[str], body: bytes) -> dict[str, str]:
        timestamp = int(self._services.machine_now().timestamp())
        return {
            "Content-Type": "application/json",
            ID_HEADER: ident,
            TIMESTAMP_HEADER: str(timestamp),
            SIGNATURE_HEADER: sign(secrets, ident, timestamp, body),
        }

    def _skipped(
        self, row: Row, subscription: Subscription, event: StoredEvent | None, why: Withheld
    ) -> Attempt | None:
        """Return the log line of an event that is kept back; what is not one's own leaves none."""
        if why.reason in {"outOfReach", "notWanted"}:
            return None
        return Attempt(
            subscription.id, row.payload["event"], row.subject, row.attempt, "skipped", "skipped",
            version=event.version if event else None, error=why.reason,
        )  # fmt: skip

    def _pass_over(self, connection: Any, passed: Sequence[tuple[Row, Attempt | None]]) -> None:
        for row, _ in passed:
            queue.finish(connection, row)
        write_attempts(self._services, connection, [one for _, one in passed if one])

    def settle(self, ready: Ready, outcome: Outcome) -> State:
        """Write down how an attempt went and what follows; return the state of the message."""
        now = self._services.machine_now()
        with self._services.database.app.connection() as connection, connection.transaction():
            # The subscription first: whoever removes one locks in this order, too.
            if outcome.kind is Kind.DELIVERED:
                self._works_again(connection, ready.subscription.id)
                queue.finish(connection, ready.row)
                state: State = "delivered"
            elif outcome.kind is Kind.GONE:
                disable_subscription(connection, ready.subscription.id, reason="gone")
                queue.finish(connection, ready.row)
                state = "dead"
            else:
                self._failed(connection, ready.subscription.id, now)
                state = self._retry(connection, ready.row, outcome)
            attempt = Attempt.of(
                outcome, state, subscription=ready.subscription.id, event_id=ready.event.id,
                subject=ready.row.subject, attempt=ready.row.attempt, event_type=ready.name,
                version=ready.event.version, owner=ready.event.owner,
            )  # fmt: skip
            write_attempts(self._services, connection, [attempt])
        return state

    def _works_again(self, connection: Any, subscription: str) -> None:
        connection.execute(
            "update subscription set failing_since = null "
            "where id = %s and failing_since is not null",
            [subscription],
        )

    def _failed(self, connection: Any, subscription: str, now: datetime) -> None:
        """Note since when a listener only fails, and switch it off after days of that."""
        row = connection.execute(
            "update subscription set failing_since = coalesce(failing_since, %s) where id = %s "
            "returning failing_since",
            [now, subscription],
        ).fetchone()
        if row is not None and now - row[0] >= ONLY_FAILURES_MAX:
            disable_subscription(connection, subscription, reason="onlyFailures")

    def _retry(self, connection: Any, row: Row, outcome: Outcome) -> State:
        """Put a row back with those behind it, or set it aside after the last attempt.

        What is set aside leaves its line: it stops nothing that comes after it.
        """
        error = outcome.error or "failed"
        pause_s = next_attempt_s(row.attempt, self._chance, retry_after_s=outcome.retry_after_s)
        if pause_s is None:
            connection.execute(
                "update work set kind = kind || ':' || id::text, parked_at = clock_timestamp(), "
                "lease_until = null, worker = null, error = %s "
                "where id = %s and worker = %s and attempt = %s",
                [error, row.id, row.worker, row.attempt],
            )
            return "dead"
        queue.put_back(connection, row, pause_s=pause_s, error=error)
        connection.execute(
            "update work w set run_at = greatest(w.run_at, h.run_at) from work h "
            "where h.id = %s and w.subject = h.subject and w.kind = h.kind and w.id > h.id",
            [row.id],
        )
        return "waiting"

    def _chance(self) -> float:
        return int.from_bytes(self._services.chance.random_bytes(4)) / 2**32

    def give_back(self, ready: Ready) -> None:
        """Give a message back unsent; that does not count as an attempt."""
        with self._services.database.app.connection() as connection:
            queue.put_back(connection, ready.row, pause_s=1.0, free=True)

    def push_back(self, subscription: str, *, pause_s: float) -> int:
        """Let all messages of a listener wait, in one statement; return how many there are."""
        with self._services.database.app.connection() as connection:
            done = connection.execute(
                "update work set run_at = clock_timestamp() + %(pause)s * interval '1 second' "
                "where lane = %(lane)s and kind = %(kind)s and parked_at is null "
                "and (lease_until is null or lease_until < clock_timestamp()) "
                "and run_at < clock_timestamp() + %(pause)s * interval '1 second'",
                {"pause": pause_s, "lane": LANE, "kind": kind_of(subscription)},
            )
        return int(done.rowcount)

    def sweep(self) -> int:
        """Remove messages to listeners that are gone, and put what is to be tried again in line.

        The fan-out of a transaction that began before a subscription was removed leaves some.
        """
        with self._services.database.app.connection() as connection:
            connection.execute(
                "update work set kind = 'deliver:' || split_part(kind, ':', 2) "
                "where lane = %s and kind like 'deliver:%%:%%' and parked_at is null",
                [LANE],
            )
            done = connection.execute(
                "delete from work w where w.lane = %s and not exists ("
                "select 1 from subscription s where s.active "
                "and s.id::text = split_part(w.kind, ':', 2))",
                [LANE],
            )
        return int(done.rowcount)
