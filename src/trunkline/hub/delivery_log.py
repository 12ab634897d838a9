"""The delivery log: each attempt to tell a listener of an event, and how it went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from trunkline.documents.errors import Conflict
from trunkline.hub.outcome import Outcome
from trunkline.hub.subscription import LANE, Subscription, kind_of, seal_body
from trunkline.kernel.services import Services
from trunkline.leases.queue import INSERT, NewWork, insert_parameters, wake

State = Literal["delivered", "waiting", "dead", "skipped"]
FILTERS = ("ident", "subscription", "event_id", "subject", "state", "outcome")


@dataclass(frozen=True)
class Attempt:
    """One attempt to be written down; `waiting` will be tried again, `dead` will not."""

    subscription: str
    event_id: str
    subject: str
    attempt: int
    outcome: str
    state: State
    event_type: str | None = None
    version: int | None = None
    owner: str | None = None
    status: int | None = None
    error: str | None = None
    answer: str = ""
    duration_ms: int = 0

    @classmethod
    def of(cls, outcome: Outcome, state: State, **what: Any) -> Attempt:
        """Return the attempt that ended with an outcome of the sender."""
        return cls(
            outcome=outcome.kind.value, state=state, status=outcome.status, error=outcome.error,
            answer=outcome.answer, duration_ms=outcome.duration_ms, **what,
        )  # fmt: skip


@dataclass(frozen=True)
class Delivery:
    """One line of the log as its reader sees it; the answer is None where its key is gone."""

    id: str
    at: datetime
    subscription: str
    event_id: str
    event_type: str | None
    subject: str
    version: int | None
    owner: str | None
    attempt: int
    outcome: str
    status: int | None
    error: str | None
    duration_ms: int
    state: str
    answer: str | None


def write_attempts(services: Services, connection: Any, attempts: Sequence[Attempt]) -> None:
    """Write attempts into the log, what was answered sealed for the owner of the record."""
    now = services.machine_now()
    for one in attempts:
        ident = services.chance.uuid()
        connection.execute(
            "insert into delivery (id, at, subscription, event_id, event_type, subject, version, "
            "owner, attempt, outcome, status, error, answer, duration_ms, state) "
            "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [ident, now, one.subscription, one.event_id, one.event_type, one.subject, one.version,
             one.owner, one.attempt, one.outcome, one.status, one.error,
             _sealed(services, connection, ident, one), one.duration_ms, one.state],
        )  # fmt: skip


def _sealed(services: Services, connection: Any, ident: str, attempt: Attempt) -> bytes | None:
    if not attempt.answer:
        return None
    return seal_body(
        services, connection, attempt.owner, f"delivery|{ident}", attempt.answer.encode()
    )


def read_log(
    services: Services,
    connection: Any,
    *,
    principal: str | None,
    heard: Sequence[str] = (),
    wanted: Mapping[str, str],
    before: str | None,
    limit: int,
) -> list[Delivery]:
    """Return lines of the log, newest first, from before an id on.

    `principal` keeps to the subscriptions of one, at the interfaces in `heard`; of what was skipped
    it then hides the record, since it may be one that the listener may not know of. `wanted`
    maps names of `FILTERS`.
    """
    rows = connection.execute(
        "select d.id::text, d.at, d.subscription::text, d.event_id::text, d.event_type, "
        "d.subject::text, d.version, d.owner::text, d.attempt, d.outcome, d.status, d.error, "
        "d.duration_ms, d.state, d.answer from delivery d "
        "where (%(principal)s::uuid is null or d.subscription in "
        "(select s.id from subscription s where s.principal = %(principal)s::uuid "
        "and s.api_number = any(%(heard)s::text[]))) "
        "and (%(before)s::uuid is null or d.id < %(before)s::uuid) "
        "and (%(ident)s::uuid is null or d.id = %(ident)s::uuid) "
        "and (%(subscription)s::uuid is null or d.subscription = %(subscription)s::uuid) "
        "and (%(event_id)s::uuid is null or d.event_id = %(event_id)s::uuid) "
        "and (%(subject)s::uuid is null or (d.subject = %(subject)s::uuid "
        "and (%(principal)s::uuid is null or d.state <> 'skipped'))) "
        "and (%(state)s::text is null or d.state = %(state)s) "
        "and (%(outcome)s::text is null or d.outcome = %(outcome)s) "
        "order by d.id desc limit %(limit)s",
        {"principal": principal, "heard": list(heard), "before": before, "limit": limit}
        | {name: wanted.get(name) for name in FILTERS},
    ).fetchall()
    return [_delivery(services, connection, row, own=principal is not None) for row in rows]


def _delivery(services: Services, connection: Any, row: Sequence[Any], *, own: bool) -> Delivery:
    ident, owner, stored = row[0], row[7], row[14]
    answer: str | None = ""
    if stored is not None:
        body = services.keyring.open(connection, owner, f"delivery|{ident}", bytes(stored))
        answer = None if body is None else body.decode()
    values: list[Any] = [*row[:14], answer]
    found = Delivery(*values)
    if own and found.state == "skipped":
        return replace(found, subject="", version=None)
    return found


def deliver_again(connection: Any, subscription: Subscription, delivery: Delivery) -> bool:
    """Send an event once more to a listener; return False where it is about to be sent anyway.

    The message joins the line of its record, so that order holds among what is still to come.
    """
    if not subscription.active:
        raise Conflict(
            "conflictDisabled", "the subscription is switched off; register the listener again"
        )
    line = kind_of(subscription.id)
    connection.execute(
        "delete from work where lane = %s and kind like %s and parked_at is not null "
        "and payload->>'event' = %s",
        [LANE, f"{line}:%", delivery.event_id],
    )
    new = NewWork(
        line, delivery.subject, None, {"event": delivery.event_id}, lane=LANE,
        once=f"again:{subscription.id}:{delivery.event_id}",
    )  # fmt: skip
    done = connection.execute(INSERT, insert_parameters([new]))
    wake(connection)
    return bool(done.rowcount)
