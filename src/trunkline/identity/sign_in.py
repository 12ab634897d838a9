"""Sign-in: a login and a password become a session; every failure looks and lasts the same."""

from __future__ import annotations

from trunkline.documents.errors import Forbidden
from trunkline.identity.accounts import normal_login
from trunkline.identity.change import changing, log
from trunkline.identity.passwords import passwords_of
from trunkline.identity.refusals import unknown
from trunkline.identity.rights import WEB, read_actor
from trunkline.identity.roles import roles_of
from trunkline.identity.sessions import NewSession, end_session, start_session
from trunkline.identity.sign_in_limits import (
    Attempt,
    begin_attempt,
    pass_attempt,
    unless_busy,
)
from trunkline.kernel.actor import NOBODY, Actor
from trunkline.kernel.services import Services


def sign_in(
    services: Services,
    *,
    login: str,
    password: str,
    address: str,
    agent: str = "",
    former_session: str | None = None,
) -> tuple[NewSession, Actor]:
    """Start a session for a user, end the browser's former one, and return who it is.

    Refuses with 401 whoever is not known, and with 429 what comes too often. No connection is
    held while the password is verified.
    """
    name = normal_login(login)
    with services.database.app.connection() as connection:
        attempt = begin_attempt(connection, login=name, address=address, now=services.machine_now())
        row = connection.execute(
            "select u.principal::text, u.password_hash from user_account u "
            "join principal p on p.id = u.principal where u.login = %s and p.active",
            [name],
        ).fetchone()
    principal, stored = row or (None, None)
    better = _verified(services, attempt, stored, password)
    if principal is None or stored is None or better is None:
        _log_failure(services, principal)
        raise unknown()
    started = _start(services, attempt, principal, stored, better, (address, agent))
    if former_session is not None:
        end_session(services, token=former_session)
    return started


def _verified(
    services: Services, attempt: Attempt, stored: str | None, password: str
) -> str | None:
    """Return what is to be stored from now on, or None where the password is wrong."""
    passwords = passwords_of(services)
    with unless_busy(services, attempt=attempt):
        if not passwords.verify(stored, password) or stored is None:
            return None
        return passwords.hash(password) if passwords.is_outdated(stored) else stored


def _start(
    services: Services,
    attempt: Attempt,
    principal: str,
    stored: str,
    better: str,
    place: tuple[str, str],
) -> tuple[NewSession, Actor]:
    address, agent = place
    with changing(services) as connection:
        # What was verified must still stand: a disabled user or a new password ends it here.
        still = connection.execute(
            "select 1 from principal p join user_account u on u.principal = p.id "
            "where p.id = %s and p.active and u.password_hash = %s for update",
            [principal, stored],
        ).fetchone()
        actor = read_actor(connection, principal=principal, now=services.machine_now(), channel=WEB)
        if still is None or actor is None:
            raise unknown()
        if not actor.grants and roles_of(connection, principal=principal):
            raise Forbidden(
                "interfacesOnly",
                "this sign-in is for programs: ask the interfaces with a token of its own",
            )
        if better != stored:
            connection.execute(
                "update user_account set password_hash = %s where principal = %s",
                [better, principal],
            )
        pass_attempt(connection, attempt=attempt)
        log(services, connection, by=actor, action="signIn", subject=principal)
        session = start_session(
            services, connection, principal=principal, address=address, agent=agent
        )
        return session, actor


def _log_failure(services: Services, principal: str | None) -> None:
    with services.database.app.connection() as connection:
        log(services, connection, by=NOBODY, action="signIn", subject=principal, outcome="refused")
