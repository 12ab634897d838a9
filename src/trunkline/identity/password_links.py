"""Password links: an administrator hands one over, and its user chooses a password by it, once.

Nobody but the user ever knows that password. The link is random text, kept as a digest only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from trunkline.database.connection import Connection
from trunkline.documents.errors import Fault, Forbidden, Invalid, NotFound, refuse
from trunkline.identity.accounts import store_password
from trunkline.identity.change import changing, log
from trunkline.identity.passwords import password_faults, passwords_of
from trunkline.identity.rights import WEB, must_administer, read_actor
from trunkline.identity.tokens import PASSWORD_LINK, digest, is_well_formed, new_token
from trunkline.kernel.actor import Actor
from trunkline.kernel.services import Services

LASTS = timedelta(hours=24)
FOUND = (
    "select l.principal::text, l.given_by::text, u.login, u.password_hash from password_link l "
    "join principal p on p.id = l.principal join user_account u on u.principal = p.id "
    "where l.hash = %s and l.expires_at > %s and p.active"
)


@dataclass(frozen=True)
class NewLink:
    """A link just made; its token is shown here only."""

    token: str
    expires_at: datetime


def give_password_link(
    services: Services, *, by: Actor, principal: str, connection: Connection | None = None
) -> NewLink:
    """Make a link by which a user chooses a new password; a former one of that user is void.

    The present password and the sessions hold until it is used.
    """
    now = services.machine_now()
    link = NewLink(new_token(services.chance.random_bytes, PASSWORD_LINK), now + LASTS)
    with changing(services, connection) as change:
        must_administer(services, change, by=by, principal=principal)
        done = change.execute(
            "insert into password_link as l (principal, hash, given_by, created_at, expires_at) "
            "select p.id, %s, %s, %s, %s from principal p "
            "join user_account u on u.principal = p.id where p.id = %s and p.active "
            "on conflict (principal) do update set hash = excluded.hash, "
            "given_by = excluded.given_by, created_at = excluded.created_at, "
            "expires_at = excluded.expires_at",
            [digest(link.token), by.id, now, link.expires_at, principal],
        )
        if not done.rowcount:
            fault = Fault("user", "linkUser", "choose a user who is not locked")
            raise Invalid.of([fault])
        log(services, change, by=by, action="givePasswordLink", subject=principal)
    return link


def login_of_link(services: Services, *, token: str) -> str:
    """Return the login of the user whom a link is for; refuses (404) one that is over."""
    if not is_well_formed(token, PASSWORD_LINK):
        raise _over()
    with services.database.app.connection() as connection:
        row = connection.execute(FOUND, [digest(token), services.machine_now()]).fetchone()
    if row is None:
        raise _over()
    login: str = row[2]
    return login


def use_password_link(services: Services, *, token: str, password: str) -> None:
    """Give the user of a link a new password and end all sessions; the link is used up.

    Refuses (404) a link that is over, and one from somebody who may not change the user any more.
    A password that is not accepted (400) leaves it as it is.
    """
    login = login_of_link(services, token=token)
    refuse(list(password_faults(password, login=login)))
    better = passwords_of(services).hash(password)
    now = services.machine_now()
    with changing(services) as change:
        row = change.execute(f"{FOUND} for update of l, u", [digest(token), now]).fetchone()
        if row is None:
            raise _over()
        principal, given_by, _, stored = row
        giver = _active(change, given_by, now)
        own = read_actor(change, principal=principal, now=now, channel=WEB)
        if giver is None or own is None:
            raise _over()
        try:
            must_administer(services, change, by=giver, principal=principal)
        except (Forbidden, NotFound):
            raise _over() from None
        store_password(services, change, by=own, principal=principal, stored=stored, better=better)


def _active(connection: Connection, principal: str, now: datetime) -> Actor | None:
    row = connection.execute(
        "select 1 from principal where id = %s and active", [principal]
    ).fetchone()
    return read_actor(connection, principal=principal, now=now) if row else None


def _over() -> NotFound:
    return NotFound("linkOver", "this link was used or has run out; ask for a new one")
