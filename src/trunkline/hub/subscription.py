"""Subscriptions: who wants to hear of which events, where, and signed with which secrets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trunkline.documents.decode import encode, load
from trunkline.documents.errors import Conflict
from trunkline.hub.signature import new_secret
from trunkline.kernel.services import Services, bump_generation

SUBSCRIPTIONS_MAX = 100
SECRETS_MAX = 2
LANE = "delivery"
COLUMNS = (
    "s.id::text, s.principal::text, s.scopes, s.api_number, s.view_version, s.topic::text, "
    "s.callback, s.query, s.filter, s.secrets, s.active, s.created_at, s.failing_since, "
    "s.disabled_reason, s.paused_at"
)
"""The columns of `subscription s` that `subscription_from` takes."""


@dataclass(frozen=True)
class NewSubscription:
    """A subscription to be made; `filter` is its query together with that of its topic."""

    principal: str
    scopes: frozenset[str] | None
    api_number: str
    view_version: str | None
    callback: str
    query: str
    filter: str
    topic: str | None = None


@dataclass(frozen=True)
class Subscription:
    """A subscription as it stands; the secrets stay sealed."""

    id: str
    principal: str
    scopes: frozenset[str] | None
    api_number: str
    view_version: str | None
    topic: str | None
    callback: str
    query: str
    filter: str
    sealed: bytes
    active: bool
    created_at: datetime
    failing_since: datetime | None
    disabled_reason: str | None
    paused_at: datetime | None


def kind_of(subscription: str) -> str:
    """Return the kind of the work rows of a subscription: one line per record in each."""
    return f"deliver:{subscription}"


def subscription_of(kind: str) -> str:
    """Return the subscription of a work row's kind."""
    return kind.split(":")[1]


def add_subscription(
    services: Services, connection: Any, new: NewSubscription
) -> tuple[Subscription, str]:
    """Store a subscription; return it with its secret, which is shown here only.

    Refuses (409) more than a principal may have.
    """
    count = connection.execute(
        "select count(*) from subscription where principal = %s", [new.principal]
    ).fetchone()
    if count[0] >= SUBSCRIPTIONS_MAX:
        raise Conflict(
            "conflictSubscriptions",
            f"you have {SUBSCRIPTIONS_MAX} subscriptions; remove one that is not needed",
        )
    ident, secret = services.chance.uuid(), new_secret(services.chance.random_bytes)
    scopes = None if new.scopes is None else sorted(new.scopes)
    connection.execute(
        "insert into subscription (id, principal, scopes, api_number, view_version, topic, "
        "callback, query, filter, secrets, created_at) "
        "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [ident, new.principal, scopes, new.api_number, new.view_version, new.topic, new.callback,
         new.query, new.filter, seal_secrets(services, connection, ident, [secret]),
         services.machine_now()],
    )  # fmt: skip
    bump_generation(connection)
    return load_subscriptions(connection, [ident])[ident], secret


def load_subscriptions(connection: Any, idents: Iterable[str]) -> dict[str, Subscription]:
    """Return the subscriptions with these ids."""
    rows = connection.execute(
        f"select {COLUMNS} from subscription s where s.id = any(%s::uuid[])",  # noqa: S608
        [sorted(set(idents))],
    ).fetchall()
    return {row[0]: subscription_from(row) for row in rows}


def subscriptions_of(
    connection: Any, *, principal: str, api_number: str, view_version: str | None,
    topic: str | None = None,
) -> list[Subscription]:  # fmt: skip
    """Return what a principal subscribed to at one address, oldest first."""
    rows = connection.execute(
        "select id::text from subscription where principal = %s and api_number = %s "
        "and view_version is not distinct from %s and topic is not distinct from %s::uuid "
        "order by id",
        [principal, api_number, view_version, topic],
    ).fetchall()
    idents = [one for (one,) in rows]
    found = load_subscriptions(connection, idents)
    return [found[one] for one in idents if one in found]


def subscription_from(row: Sequence[Any]) -> Subscription:
    """Return the subscription of a row of `COLUMNS`."""
    ident, principal, scopes, *rest = row
    narrowed = None if scopes is None else frozenset(scopes)
    return Subscription(ident, principal, narrowed, *rest)


def remove_subscription(connection: Any, ident: str) -> None:
    """Remove a subscription with what it still waited for and the key of its secrets."""
    connection.execute("delete from subscription where id = %s", [ident])
    connection.execute("delete from owner_key where owner = %s", [ident])
    drop_waiting(connection, ident)
    bump_generation(connection)


def remove_of_topic(connection: Any, topic: str) -> int:
    """Remove every subscription on a topic; return how many there were."""
    rows = connection.execute(
        "select id::text from subscription where topic = %s", [topic]
    ).fetchall()
    for (ident,) in rows:
        remove_subscription(connection, ident)
    return len(rows)


def disable_subscription(connection: Any, ident: str, *, reason: str) -> bool:
    """Switch a subscription off and drop what it waited for; False where it was off or gone."""
    done = connection.execute(
        "update subscription set active = false, disabled_reason = %s where id = %s and active",
        [reason, ident],
    )
    if not done.rowcount:
        return False
    drop_waiting(connection, ident)
    bump_generation(connection)
    return True


def pause_subscription(services: Services, connection: Any, ident: str, *, paused: bool) -> None:
    """Send a listener nothing for a while, or take it up again; its messages wait in their order.

    A message that is on its way just now still arrives. The time of the pause is no time of
    failures. Refuses (409) a listener that is switched off.
    """
    done = connection.execute(
        "update subscription set "
        "failing_since = case when %(paused)s or paused_at is null then failing_since end, "
        "paused_at = case when %(paused)s then coalesce(paused_at, %(now)s) end "
        "where id = %(id)s and active",
        {"id": ident, "paused": paused, "now": services.machine_now()},
    )
    if not done.rowcount:
        raise Conflict("conflictState", "this listener is switched off; subscribe anew")


def drop_waiting(connection: Any, ident: str) -> None:
    """Remove the messages that wait for a listener, those set aside too."""
    connection.execute(
        "delete from work where lane = %s and (kind = %s or kind like %s)",
        [LANE, kind_of(ident), f"{kind_of(ident)}:%"],
    )


def rotate_secret(services: Services, connection: Any, subscription: Subscription) -> str:
    """Return a new secret; until the next rotation messages are signed with the former one too."""
    row = connection.execute(
        "select secrets from subscription where id = %s for update", [subscription.id]
    ).fetchone()
    former = open_secrets(services, connection, subscription.id, row[0])
    secret = new_secret(services.chance.random_bytes)
    kept = [secret, *former][:SECRETS_MAX]
    connection.execute(
        "update subscription set secrets = %s where id = %s",
        [seal_secrets(services, connection, subscription.id, kept), subscription.id],
    )
    return secret


def seal_secrets(services: Services, connection: Any, ident: str, secrets: Sequence[str]) -> bytes:
    """Return secrets as stored: sealed with a key of the subscription's own, newest first."""
    return seal_body(services, connection, ident, f"subscription|{ident}", encode(list(secrets)))


def seal_body(
    services: Services, connection: Any, owner: str | None, purpose: str, body: bytes
) -> bytes:
    """Return the stored form of a text, sealed with its owner's key."""
    keys = services.keyring.prepare(connection, [owner] if owner else [])
    return keys.seal(owner, purpose, body)


def open_secrets(services: Services, connection: Any, ident: str, sealed: bytes) -> list[str]:
    """Return the secrets of a subscription, newest first; none where its key is gone."""
    body = services.keyring.open(connection, ident, f"subscription|{ident}", bytes(sealed))
    return [] if body is None else load(body)
