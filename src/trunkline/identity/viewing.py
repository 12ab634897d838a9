"""Viewing as: an administrator sees the pages as another user does, and can do nothing there.

It belongs to a session, ends by one act, and never shows more than the administrator holds.
"""

from __future__ import annotations

from datetime import datetime

from trunkline.database.connection import Connection
from trunkline.documents.errors import Conflict, Fault, Invalid
from trunkline.identity.change import changing, log
from trunkline.identity.rights import ADMINISTER, must_administer, not_held, read_actor
from trunkline.identity.tokens import digest
from trunkline.kernel.actor import Actor
from trunkline.kernel.services import Services, bump_generation


def begin_viewing(services: Services, *, by: Actor, token: str, principal: str) -> None:
    """Let the session of an administrator show what another user sees, from the next request on.

    Refuses (403) a user who holds what the administrator does not, (404) one out of reach.
    """
    with changing(services) as change:
        must_administer(services, change, by=by, principal=principal)
        if principal == by.id or not _is_active_user(change, principal):
            raise Invalid.of([Fault("user", "viewedUser", "choose another user who is not locked")])
        done = change.execute(
            "update session set viewing = %s where hash = %s and principal = %s "
            "and viewing is null",
            [principal, digest(token), by.id],
        )
        if not done.rowcount:
            raise Conflict("conflictViewing", "this session looks at another user's pages already")
        log(services, change, by=by, action="viewAs", subject=principal)
        bump_generation(change)


def end_viewing(services: Services, *, by: Actor, token: str) -> bool:
    """Let a session show its owner's own pages again; False where it does. `by` is the owner."""
    with changing(services) as change:
        row = change.execute(
            "select viewing::text from session where hash = %s and viewing is not null for update",
            [digest(token)],
        ).fetchone()
        if row is None:
            return False
        change.execute("update session set viewing = null where hash = %s", [digest(token)])
        log(services, change, by=by, action="endViewAs", subject=row[0])
        bump_generation(change)
    return True


def viewed(
    services: Services, connection: Connection, *, by: Actor, principal: str, now: datetime
) -> Actor | None:
    """Return whom an administrator looks through, or None where that may not be any more."""
    grant = by.may(ADMINISTER)
    target = read_actor(connection, principal=principal, now=now, channel=by.channel)
    if grant is None or target is None or not _is_active_user(connection, principal):
        return None
    if grant.reach != "all" and not (grant.reach == "partner" and target.partner == by.partner):
        return None
    return None if not_held(services.registry, by, target.grants) else target


def _is_active_user(connection: Connection, principal: str) -> bool:
    row = connection.execute(
        "select 1 from principal where id = %s and kind = 'user' and active", [principal]
    ).fetchone()
    return row is not None
