"""Sessions: kept by the server under the digest of a random token, ended at once when told to."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from trunkline.database.connection import Connection
from trunkline.identity.change import changing, log
from trunkline.identity.rights import must_administer
from trunkline.identity.tokens import SESSION, digest, is_well_formed, new_token
from trunkline.kernel.actor import Actor
from trunkline.kernel.references import UUID
from trunkline.kernel.services import Services, bump_generation

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
CSRF_BYTES = 32
AGENT_LENGTH_MAX = 300


@dataclass(frozen=True)
class NewSession:
    """A session just started; its token is shown here only and goes into the cookie."""

    token: str
    csrf: str
    expires_at: datetime


def start_session(
    services: Services, connection: Connection, *, principal: str, address: str, agent: str
) -> NewSession:
    """Start a session of a principal who has just proved who it is; always under a new token.

    `address` and `agent` say from where, for who looks over the sessions.
    """
    now = services.machine_now()
    session = NewSession(
        token=new_token(services.chance.random_bytes, SESSION),
        csrf=services.chance.random_bytes(CSRF_BYTES).hex(),
        expires_at=now + LONGEST,
    )
    connection.execute(
        "insert into session (hash, id, principal, csrf, created_at, last_seen_at, expires_at, "
        "address, agent) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            digest(session.token),
            services.chance.uuid(),
            principal,
            session.csrf,
            now,
            now,
            session.expires_at,
            address,
            _kept(agent),
        ],
    )
    return session


def end_session(services: Services, *, token: str) -> bool:
    """End one session (signing out); False where there was none."""
    if not is_well_formed(token, SESSION):
        return False
    with changing(services) as connection:
        done = connection.execute("delete from session where hash = %s", [digest(token)])
        if done.rowcount:
            bump_generation(connection)
    return bool(done.rowcount)


def end_sessions(
    services: Services,
    *,
    by: Actor,
    principal: str,
    but: str | None = None,
    connection: Connection | None = None,
) -> int:
    """End every session of a principal, except the one under the token `but`; return how many.

    Everybody may end their own.
    """
    with changing(services, connection) as change:
        if by.id != principal:
            must_administer(services, change, by=by, principal=principal)
        ended = drop_sessions(change, principal=principal, but=but)
        if ended:
            log(services, change, by=by, action="endSessions", subject=principal)
            bump_generation(change)
    return ended


def end_one_session(
    services: Services,
    *,
    by: Actor,
    principal: str,
    ident: str,
    connection: Connection | None = None,
) -> bool:
    """End one session of a principal by its id; False where there is none. One may end the own."""
    with changing(services, connection) as change:
        if by.id != principal:
            must_administer(services, change, by=by, principal=principal)
        if not UUID.fullmatch(ident):
            return False
        done = change.execute(
            "delete from session where principal = %s and id = %s", [principal, ident]
        )
        if done.rowcount:
            log(services, change, by=by, action="endSession", subject=principal)
            bump_generation(change)
    return bool(done.rowcount)


def drop_sessions(connection: Connection, *, principal: str, but: str | None = None) -> int:
    """Remove the rows of a principal's sessions; the caller moves the generation."""
    kept = digest(but) if but is not None and is_well_formed(but, SESSION) else b""
    done = connection.execute(
        "delete from session where principal = %s and hash <> %s", [principal, kept]
    )
    return done.rowcount


def _kept(agent: str) -> str:
    """Return what a browser says of itself as far as it can be stored and shown."""
    return "".join(one for one in agent[:AGENT_LENGTH_MAX] if one.isprintable())


def csrf_matches(expected: str | None, given: str | None) -> bool:
    """Tell whether a form or header brought the session's CSRF token."""
    if expected is None or given is None:
        return False
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))
