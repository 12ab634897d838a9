"""Accounts: people who sign in with a login and a password, and switching principals off."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from trunkline.database.connection import Connection
from trunkline.documents.errors import Conflict, Fault, Forbidden, Invalid, refuse
from trunkline.identity.change import changing, log
from trunkline.identity.passwords import Passwords, password_faults, passwords_of
from trunkline.identity.refusals import unknown
from trunkline.identity.rights import ADMINISTER, must_administer, no_principal, read_actor
from trunkline.identity.roles import must_give
from trunkline.identity.sessions import drop_sessions
from trunkline.identity.sign_in_limits import begin_attempt, pass_attempt, unless_busy
from trunkline.kernel.actor import Actor
from trunkline.kernel.references import UUID
from trunkline.kernel.services import Services, bump_generation

LOGIN_LENGTH_MAX = 128
NAME_LENGTH_MAX = 200
OWN_SESSION = "own session"


@dataclass(frozen=True)
class NewUser:
    """Somebody who shall be able to sign in.

    Many may share one `password_hash` (of `Passwords.hash`), as in a demonstration. With neither
    it nor a password nobody can sign in before one is set.
    """

    login: str
    name: str
    password: str | None = field(default=None, repr=False)
    password_hash: str | None = field(default=None, repr=False)
    roles: Sequence[str] = ()
    party: str | None = None
    partner: str | None = None


def add_user(
    services: Services, *, by: Actor, user: NewUser, connection: Connection | None = None
) -> str:
    """Add one user and return its id; see `add_users`."""
    return add_users(services, by=by, users=[user], connection=connection)[0]


def add_users(
    services: Services,
    *,
    by: Actor,
    users: Sequence[NewUser],
    connection: Connection | None = None,
) -> list[str]:
    """Add users with their roles in a few statements and return their ids, in order.

    Refuses all of them with every fault found; 409 conflictLogin where a login is taken.
    """
    logins = [normal_login(one.login) for one in users]
    faults = [
        fault
        for number, (user, login) in enumerate(zip(users, logins, strict=True))
        for fault in _faults(user, login, f"user[{number}].", logins[:number])
    ]
    refuse(faults)
    hashes = [one.password_hash or _hash(services, one.password) for one in users]
    idents = [services.chance.uuid() for _ in users]
    with changing(services, connection) as change:
        roles = sorted({role for one in users for role in one.roles})
        must_give(services, change, by=by, roles=roles)
        for party, partner in sorted({(u.party or "", u.partner or "") for u in users}):
            must_place(change, by=by, party=party or None, partner=partner or None)
        insert_principals(services, change, kind="user", idents=idents, users=users)
        _insert_accounts(services, change, idents, logins, hashes)
        insert_roles(services, change, by=by, idents=idents, users=users)
        log(services, change, by=by, action=f"addUser {len(users)}", subject=idents[0])
    return idents


def set_password(
    services: Services,
    *,
    by: Actor,
    principal: str,
    password: str,
    current: str | None = None,
    keep_session: str | None = None,
) -> None:
    """Give a user a new password and end its sessions, except the one under `keep_session`.

    For their own password people bring the current one (401), from a session, not a token.
    """
    if by.id != principal:
        by.must_have(ADMINISTER)
    if not UUID.fullmatch(principal):
        raise no_principal()
    with services.database.app.connection() as connection:
        row = connection.execute(
            "select login, password_hash from user_account where principal = %s::uuid", [principal]
        ).fetchone()
    if row is None:
        raise no_principal()
    login, stored = row
    passwords = passwords_of(services)
    if by.id == principal:
        _must_be_oneself(services, passwords, by=by, login=login, stored=stored, current=current)
    refuse(list(password_faults(password, login=login)))
    better = passwords.hash(password)
    with changing(services) as change:
        if by.id != principal:
            must_administer(services, change, by=by, principal=principal)
        store_password(
            services, change, by=by, principal=principal, stored=stored, better=better,
            keep_session=keep_session,
        )  # fmt: skip


def store_password(
    services: Services,
    connection: Connection,
    *,
    by: Actor,
    principal: str,
    stored: str | None,
    better: str,
    keep_session: str | None = None,
) -> None:
    """Replace a password that still is `stored`, end the sessions and void a link for a new one."""
    done = connection.execute(
        "update user_account set password_hash = %s, password_changed_at = %s "
        "where principal = %s and password_hash is not distinct from %s",
        [better, services.machine_now(), principal, stored],
    )
    if not done.rowcount:
        raise Conflict("conflictPassword", "the password was changed meanwhile; try again")
    drop_sessions(connection, principal=principal, but=keep_session)
    drop_password_link(connection, principal=principal)
    log(services, connection, by=by, action="setPassword", subject=principal)
    bump_generation(connection)


def drop_password_link(connection: Connection, *, principal: str) -> None:
    """Void the link by which a user could choose a new password."""
    connection.execute("delete from password_link where principal = %s", [principal])


def disable(
    services: Services, *, by: Actor, principal: str, connection: Connection | None = None
) -> bool:
    """Switch a user or client off, end its sessions and revoke its tokens; False if it was off."""
    with changing(services, connection) as change:
        must_administer(services, change, by=by, principal=principal)
        done = change.execute(
            "update principal set active = false where id = %s and active", [principal]
        )
        if not done.rowcount:
            return False
        drop_sessions(change, principal=principal)
        drop_password_link(change, principal=principal)
        change.execute(
            "update token set revoked_at = %s where principal = %s and revoked_at is null",
            [services.machine_now(), principal],
        )
        log(services, change, by=by, action="disable", subject=principal)
        bump_generation(change)
    return True


def enable(
    services: Services, *, by: Actor, principal: str, connection: Connection | None = None
) -> bool:
    """Switch a user or client on again; what was ended or revoked stays so."""
    with changing(services, connection) as change:
        must_administer(services, change, by=by, principal=principal)
        done = change.execute(
            "update principal set active = true where id = %s and not active", [principal]
        )
        if done.rowcount:
            log(services, change, by=by, action="enable", subject=principal)
            bump_generation(change)
    return bool(done.rowcount)


def user_id(connection: Connection, *, login: str) -> str | None:
    """Return the principal of a login, or None."""
    row = connection.execute(
        "select principal::text from user_account where login = %s", [normal_login(login)]
    ).fetchone()
    return row[0] if row else None


def actor_of_login(connection: Connection, *, login: str, now: datetime) -> Actor | None:
    """Return the user with a login as an actor with the rights of that time, or None."""
    principal = user_id(connection, login=login)
    return None if principal is None else read_actor(connection, principal=principal, now=now)


def normal_login(login: str) -> str:
    """Return the one spelling under which a login is stored and looked up."""
    text = unicodedata.normalize("NFKC", login[: 2 * LOGIN_LENGTH_MAX]).strip().casefold()
    text = unicodedata.normalize("NFKC", text).replace("\0", "?")
    return text.encode("utf-8", "replace").decode()


def must_place(
    connection: Connection, *, by: Actor, party: str | None, partner: str | None
) -> None:
    """Refuse a new principal beyond the reach of the actor who makes it.

    Who administers the principals of one partner makes them for that partner and its parties.
    """
    if not all(UUID.fullmatch(one) for one in (party, partner) if one is not None):
        raise Invalid.of([Fault("party", "partyForm", "write the ids of party and partner")])
    reach = by.must_have(ADMINISTER).reach
    is_own = partner is not None and partner == by.partner
    if reach == "partner" and is_own and party is not None:
        row = connection.execute(
            "select 1 from record where id = %s and partner = %s", [party, partner]
        ).fetchone()
        is_own = row is not None
    if reach != "all" and not (reach == "partner" and is_own):
        raise Forbidden("notAllowed", f"{by.name} may not add somebody for this party or partner")


def insert_principals(
    services: Services,
    connection: Connection,
    *,
    kind: str,
    idents: Sequence[str],
    users: Sequence[NewUser],
) -> None:
    """Write the rows that users and clients have alike."""
    connection.execute(
        "insert into principal (id, kind, name, party, partner, created_at) "
        "select id, %s, name, party, partner, %s from unnest(%s::uuid[], %s::text[], %s::uuid[], "
        "%s::uuid[]) as n(id, name, party, partner)",
        [
            kind,
            services.machine_now(),
            list(idents),
            [one.name for one in users],
            [one.party for one in users],
            [one.partner for one in users],
        ],
    )


def insert_roles(
    services: Services,
    connection: Connection,
    *,
    by: Actor,
    idents: Sequence[str],
    users: Sequence[NewUser],
) -> None:
    """Give new principals their roles; nobody has cached anything of them yet."""
    pairs = [
        (ident, role) for ident, one in zip(idents, users, strict=True) for role in set(one.roles)
    ]
    connection.execute(
        "insert into principal_role (principal, role, granted_by, granted_at) "
        "select principal, role, %s, %s from unnest(%s::uuid[], %s::text[]) as n(principal, role)",
        [by.id, services.machine_now(), [one for one, _ in pairs], [role for _, role in pairs]],
    )


def _insert_accounts(
    services: Services,
    connection: Connection,
    idents: Sequence[str],
    logins: Sequence[str],
    hashes: Sequence[str | None],
) -> None:
    rows = connection.execute(
        "insert into user_account (principal, login, password_hash, password_changed_at) "
        "select principal, login, hash, case when hash is not null then %s::timestamptz end "
        "from unnest(%s::uuid[], %s::text[], %s::text[]) as n(principal, login, hash) "
        "on conflict (login) do nothing returning login",
        [services.machine_now(), list(idents), list(logins), list(hashes)],
    ).fetchall()
    taken = set(logins) - {login for (login,) in rows}
    refuse(
        [
            Fault(f"user[{number}].login", "conflictLogin", f"the login {login} is taken")
            for number, login in enumerate(logins)
            if login in taken
        ]
    )


def _faults(user: NewUser, login: str, path: str, earlier: Sequence[str]) -> Iterator[Fault]:
    is_plain = user.login.strip().isprintable() and " " not in login
    if not 0 < len(login) <= LOGIN_LENGTH_MAX or not is_plain:
        yield Fault(
            f"{path}login", "loginForm", f"use 1 to {LOGIN_LENGTH_MAX} characters without spaces"
        )
    elif login in earlier:
        yield Fault(f"{path}login", "loginTwice", f"the login {login} is in the list twice")
    if not 0 < len(user.name.strip()) <= NAME_LENGTH_MAX or not user.name.isprintable():
        yield Fault(f"{path}name", "nameForm", f"use 1 to {NAME_LENGTH_MAX} characters")
    if user.password is not None:
        yield from password_faults(user.password, login=login, path=f"{path}password")


def _hash(services: Services, password: str | None) -> str | None:
    return None if password is None else passwords_of(services).hash(password)


def _must_be_oneself(
    services: Services,
    passwords: Passwords,
    *,
    by: Actor,
    login: str,
    stored: str | None,
    current: str | None,
) -> None:
    """Refuse a token, a wrong current password (401), and guessing it in a stolen session (429)."""
    if by.scopes is not None or by.kind != "user":
        raise Forbidden("notAllowed", "sign in with your password to change it")
    if current is None:
        raise Invalid.of([Fault("current", "passwordMissing", "send the current password too")])
    with services.database.app.connection() as connection:
        attempt = begin_attempt(
            connection, login=login, address=OWN_SESSION, now=services.machine_now()
        )
    with unless_busy(services, attempt=attempt):
        is_right = passwords.verify(stored, current)
    if not is_right:
        raise unknown()
    with services.database.app.connection() as connection:
        pass_attempt(connection, attempt=attempt)
