"""Personal tokens: a user's own keys for scripts, narrower than the user and limited in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from trunkline.database.connection import Connection
from trunkline.documents.errors import Fault, Invalid, NotFound, refuse
from trunkline.identity.change import changing, log
from trunkline.identity.rights import held, must_administer, read_actor, scope_faults
from trunkline.identity.tokens import PERSONAL, digest, new_token
from trunkline.kernel.actor import Actor
from trunkline.kernel.references import UUID
from trunkline.kernel.services import Services, bump_generation

LASTS = timedelta(days=90)
LASTS_MAX = timedelta(days=365)
NAME_LENGTH_MAX = 100


@dataclass(frozen=True)
class NewPersonalToken:
    """A personal token just made; the token itself is shown here only."""

    id: str
    token: str
    expires_at: datetime


@dataclass(frozen=True)
class PersonalToken:
    """A live personal token as its owner sees it."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


def create_personal_token(
    services: Services,
    *,
    by: Actor,
    owner: str,
    name: str,
    scopes: Sequence[str] | None,
    lasts: timedelta = LASTS,
    connection: Connection | None = None,
) -> NewPersonalToken:
    """Make a personal token for oneself, or for a user whom the actor administers.

    Without scopes it gets all that the owner holds now, as far as the actor holds it too.
    Refuses (400) scopes beyond the owner's present rights or the actor's own. What the owner
    loses later, the token loses too.
    """
    faults = [] if scopes is None else list(scope_faults(scopes))
    if not 0 < len(name.strip()) <= NAME_LENGTH_MAX or not name.isprintable():
        faults.append(Fault("name", "nameForm", f"use 1 to {NAME_LENGTH_MAX} characters"))
    if not timedelta(0) < lasts <= LASTS_MAX:
        faults.append(Fault("lasts", "tokenLasts", f"use at most {LASTS_MAX.days} days"))
    refuse(faults)
    with changing(services, connection) as change:
        user = _user(services, change, by=by, owner=owner)
        if scopes is None:
            scopes = _all_scopes(services, user, by)
        refuse(
            [
                Fault("scope", "scopeNotHeld", f"{one.name} does not hold {scope}")
                for one in (user, by)
                for scope in sorted(set(scopes))
                if held(services.registry, one, scope) is None
            ]
        )
        made = _insert(services, change, owner=owner, name=name, scopes=scopes, lasts=lasts)
        log(services, change, by=by, action="createToken", subject=owner)
    return made


def revoke_personal_token(
    services: Services, *, by: Actor, token_id: str, connection: Connection | None = None
) -> bool:
    """Revoke a token of one's own or of a user whom the actor administers; False if it was."""
    with changing(services, connection) as change:
        row = (
            change.execute(
                "select principal::text from token where id = %s and kind = 'personal'", [token_id]
            ).fetchone()
            if UUID.fullmatch(token_id)
            else None
        )
        if row is None:
            raise NotFound("notFound", "there is no such token")
        if row[0] != by.id:
            must_administer(services, change, by=by, principal=row[0])
        done = change.execute(
            "update token set revoked_at = %s where id = %s and revoked_at is null",
            [services.machine_now(), token_id],
        )
        if done.rowcount:
            log(services, change, by=by, action="revokeToken", subject=row[0])
            bump_generation(change)
    return bool(done.rowcount)


def personal_tokens_of(services: Services, *, owner: str) -> list[PersonalToken]:
    """Return a user's live tokens, newest first; the time of last use is good to a minute."""
    with services.database.app.connection() as connection:
        rows = connection.execute(
            "select id::text, name, scopes, created_at, expires_at, last_used_at from token "
            "where principal = %s and kind = 'personal' and revoked_at is null "
            "and expires_at > %s order by created_at desc, id desc",
            [owner, services.machine_now()],
        ).fetchall()
    return [
        PersonalToken(ident, name, tuple(scopes), created_at, expires_at, last_used_at)
        for ident, name, scopes, created_at, expires_at, last_used_at in rows
    ]


def _user(services: Services, connection: Connection, *, by: Actor, owner: str) -> Actor:
    if by.id == owner:
        user = read_actor(connection, principal=owner, now=services.machine_now(), for_change=True)
    else:
        user = must_administer(services, connection, by=by, principal=owner)
    active = connection.execute(
        "select 1 from principal where id = %s and kind = 'user' and active",
        [user.id if user else None],
    ).fetchone()
    if user is None or active is None:
        raise Invalid.of([Fault("owner", "tokenOwner", "personal tokens are for active users")])
    return user


def _all_scopes(services: Services, user: Actor, by: Actor) -> list[str]:
    """Return what a user holds of what the actor holds; refuses where that is nothing."""
    found = [one for one in sorted(user.grants) if held(services.registry, by, one) is not None]
    if not found:
        raise Invalid.of([Fault("scope", "scopeNotHeld", f"{user.name} holds nothing yet; "
                                "give a role first")])  # fmt: skip
    return found


def _insert(
    services: Services,
    connection: Connection,
    *,
    owner: str,
    name: str,
    scopes: Sequence[str],
    lasts: timedelta,
) -> NewPersonalToken:
    now = services.machine_now()
    made = NewPersonalToken(
        services.chance.uuid(), new_token(services.chance.random_bytes, PERSONAL), now + lasts
    )
    connection.execute(
        "insert into token (hash, id, principal, kind, name, scopes, created_at, expires_at) "
        "values (%s, %s, %s, 'personal', %s, %s, %s, %s)",
        [digest(made.token), made.id, owner, name, sorted(set(scopes)), now, made.expires_at],
    )
    return made
