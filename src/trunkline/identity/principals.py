"""Principals as administrators see them: who there is, what they have, where they are signed in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from trunkline.database.connection import Connection
from trunkline.identity.rights import ADMINISTER, no_principal
from trunkline.identity.sessions import IDLE
from trunkline.identity.tokens import digest
from trunkline.kernel.actor import Actor
from trunkline.kernel.references import UUID
from trunkline.kernel.services import Services, bump_generation

Kind = Literal["user", "client"]
SIGNED_IN_FOR = ("party", "partner")
SESSIONS_MAX = 50
LINES_MAX = 30
FOUND = (
    "select p.id::text, p.kind, p.name, coalesce(u.login, c.client_id), p.active, "
    "array(select r.role from principal_role r where r.principal = p.id "
    "and (r.ends_at is null or r.ends_at > %(now)s) order by r.role), "
    "p.party::text, p.partner::text, p.created_at, "
    "case p.kind when 'user' then (select max(s.last_seen_at) from session s "
    "where s.principal = p.id) else (select max(coalesce(t.last_used_at, t.created_at)) "
    "from token t where t.principal = p.id) end, "
    "(select count(*) from client_secret s where s.client = p.id), "
    "u.password_hash is not null, p.lies_in "
    "from principal p left join user_account u on u.principal = p.id "
    "left join api_client c on c.principal = p.id "
    "where (%(reach)s = 'all' or (%(reach)s = 'partner' and p.partner = %(partner)s::uuid)) "
)


@dataclass(frozen=True)
class Principal:
    """A user or client: `login` is what it signs in with, `roles` those that have not ended.

    `lies_in` are the spheres in which it works.
    """

    id: str
    kind: Kind
    name: str
    login: str
    active: bool
    roles: Sequence[str]
    party: str | None
    partner: str | None
    created_at: datetime
    last_used_at: datetime | None
    secrets: int
    has_password: bool
    lies_in: Sequence[str] = ()


@dataclass(frozen=True)
class Session:
    """Somewhere that a user is signed in: from which address, and with which browser.

    `is_asking` marks the session that the list is asked for in.
    """

    id: str
    address: str
    agent: str
    is_asking: bool
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    is_viewing: bool


@dataclass(frozen=True)
class Line:
    """A line of the access log about a principal."""

    at: datetime
    actor: str
    action: str
    outcome: str


@dataclass(frozen=True)
class Wanted:
    """Which principals are asked for: a part of name or login, a role, and after which login."""

    kind: Kind
    text: str = ""
    role: str = ""
    after: str = ""
    limit: int = 100


def principals(
    services: Services, connection: Connection, *, by: Actor, wanted: Wanted
) -> list[Principal]:
    """Return users or clients within the administrator's reach, by login."""
    part = wanted.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    rows = connection.execute(
        f"{FOUND} and p.kind = %(kind)s and coalesce(u.login, c.client_id) > %(after)s "
        "and (p.name ilike %(like)s or coalesce(u.login, c.client_id) ilike %(like)s) "
        "and (%(role)s = '' or exists (select from principal_role r where r.principal = p.id "
        "and r.role = %(role)s and (r.ends_at is null or r.ends_at > %(now)s))) "
        "order by coalesce(u.login, c.client_id) limit %(limit)s",
        _reach(services, by)
        | {"kind": wanted.kind, "after": wanted.after, "like": f"%{part}%", "role": wanted.role,
           "limit": wanted.limit},
    ).fetchall()  # fmt: skip
    return [Principal(*row) for row in rows]


def principal_of(services: Services, connection: Connection, *, by: Actor, ident: str) -> Principal:
    """Return one user or client; what is out of reach is not found (404)."""
    values = _reach(services, by) | {"id": ident}
    row = (
        connection.execute(f"{FOUND} and p.id = %(id)s", values).fetchone()
        if UUID.fullmatch(ident)
        else None
    )
    if row is None:
        raise no_principal()
    return Principal(*row)


def sessions_of(
    services: Services, connection: Connection, *, principal: str, asking: str | None = None
) -> list[Session]:
    """Return where a user is signed in now, the latest use first; `asking` is a session's token."""
    now = services.machine_now()
    rows = connection.execute(
        "select id::text, address, agent, hash = %s, created_at, last_seen_at, expires_at, "
        "viewing is not null from session "
        "where principal = %s and expires_at > %s and last_seen_at > %s "
        "order by last_seen_at desc limit %s",
        [digest(asking or ""), principal, now, now - IDLE, SESSIONS_MAX],
    ).fetchall()
    return [Session(*row) for row in rows]


def acts_about(connection: Connection, *, principal: str) -> list[Line]:
    """Return what was last done about a principal, and its sign-ins, newest first."""
    rows = connection.execute(
        "select at, actor_name, action, outcome from access_log where subject = %s "
        "order by at desc limit %s",
        [principal, LINES_MAX],
    ).fetchall()
    return [Line(*row) for row in rows]


def holders_by_role(connection: Connection, *, now: datetime) -> dict[str, int]:
    """Return how many users and clients have each role now."""
    rows = connection.execute(
        "select role, count(*) from principal_role where ends_at is null or ends_at > %s "
        "group by role",
        [now],
    ).fetchall()
    return dict(rows)


def names_of(connection: Connection, idents: Iterable[str]) -> dict[str, str]:
    """Return what principals are called, by id; one that is not there is left out."""
    rows = connection.execute(
        "select id::text, name from principal where id = any(%s::uuid[])", [sorted(set(idents))]
    ).fetchall()
    return dict(rows)


def _reach(services: Services, by: Actor) -> dict[str, object]:
    reach = by.must_have(ADMINISTER).reach
    return {"reach": reach, "partner": by.partner, "now": services.machine_now()}


def sign_in_for(
    connection: Connection, column: str, old: str, new: str, *, only: Sequence[str] | None = None
) -> list[str]:
    """Let whoever signs in for one party (`column` of `SIGNED_IN_FOR`) do so for another one.

    Of all, or of those in `only`; returns their ids. It counts from the next request on.
    """
    assert column in SIGNED_IN_FOR
    rows = connection.execute(
        f"update principal set {column} = %(new)s where {column} = %(old)s "  # noqa: S608 - one of ours
        "and (%(only)s::uuid[] is null or id = any(%(only)s::uuid[])) returning id::text",
        {"old": old, "new": new, "only": list(only) if only is not None else None},
    ).fetchall()
    if rows:
        bump_generation(connection)  # who is signed in is remembered by each process
    return [ident for (ident,) in rows]
