"""Roles: named sets of permissions, kept as rows, and who has them.

Each change that adds or removes rights moves the configuration generation in its transaction, so
that every process sees it at its next request.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from trunkline.database.connection import Connection
from trunkline.documents.errors import Fault, Invalid, refuse
from trunkline.identity.change import changing, log
from trunkline.identity.holding import NOT_ENDED, Holding, give, must_hold_until, settled, take
from trunkline.identity.rights import (
    joined_grants,
    limits_text,
    must_administer,
    must_administer_all,
    must_hold,
    permission_faults,
)
from trunkline.kernel.actor import Actor, Grant
from trunkline.kernel.services import Services, bump_generation

ROLES = Holding("principal_role", "role")
NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")


@dataclass(frozen=True)
class Role:
    """A role as it stands: what it is called and what it permits.

    What one with `interfaces_only` permits holds for tokens, not for a browser's session.
    """

    name: str
    title: str
    description: str
    permissions: Mapping[str, Grant]
    interfaces_only: bool = False


def define_role(
    services: Services,
    *,
    by: Actor,
    name: str,
    title: str,
    description: str = "",
    permissions: Mapping[str, Grant],
    interfaces_only: bool = False,
    connection: Connection | None = None,
) -> bool:
    """Make a role, or replace what it permits; return whether anything changed.

    Refuses (403) permissions that the actor does not hold, old ones of the role as well.
    """
    must_administer_all(by)
    faults = list(permission_faults(permissions))
    if not NAME.fullmatch(name):
        faults.append(Fault("name", "roleName", "write small letters, digits, - and _, at most 63"))
    refuse(faults)
    role = Role(name, title, description, dict(permissions), interfaces_only)
    with changing(services, connection) as change:
        change.execute("select 1 from role where name = %s for update", [name])
        former = {one.name: one for one in all_roles(change)}.get(name)
        if role == former:
            return False
        must_hold(services.registry, by, role.permissions)
        if former is not None:
            must_hold(services.registry, by, former.permissions)
        _write_role(change, role)
        log(services, change, by=by, action=f"defineRole {name}", subject=None, kind="role")
        bump_generation(change)
    return True


def assign_role(
    services: Services,
    *,
    by: Actor,
    principal: str,
    role: str,
    ends_at: datetime | None = None,
    connection: Connection | None = None,
) -> bool:
    """Give a principal a role until a time, or for ever; return False where it has it like that.

    Refuses (403) a role that permits more than the actor holds, or for longer.
    """
    with changing(services, connection) as change:
        must_administer(services, change, by=by, principal=principal)
        must_give(services, change, by=by, roles=[role], ends_at=ends_at)
        done = give(services, change, ROLES, by=by, principal=principal, name=role, ends_at=ends_at)
        return settled(
            services, change, by=by, action=f"assignRole {role}", principal=principal, is_done=done
        )


def withdraw_role(
    services: Services,
    *,
    by: Actor,
    principal: str,
    role: str,
    connection: Connection | None = None,
) -> bool:
    """Take a role from a principal; return False where it does not have it."""
    _must_be_names([role])
    with changing(services, connection) as change:
        done = take(services, change, ROLES, by=by, principal=principal, name=role)
        return settled(
            services, change, by=by, action=f"withdrawRole {role}", principal=principal,
            is_done=done,
        )  # fmt: skip


def must_give(
    services: Services,
    connection: Connection,
    *,
    by: Actor,
    roles: Sequence[str],
    ends_at: datetime | None = None,
) -> None:
    """Refuse roles that are not there (400) or permit more than the actor holds (403).

    Who has a role until a time gives none beyond it. The roles stay locked against a change until
    the end of the transaction.
    """
    _must_be_names(roles)
    connection.execute(
        "select 1 from role where name = any(%s) order by name for share", [list(roles)]
    )
    known = {one.name: one for one in all_roles(connection)}
    unknown = sorted(set(roles) - known.keys())
    if unknown:
        raise Invalid.of([Fault("role", "roleUnknown", f"there is no role {unknown[0]}")])
    for name in roles:
        must_hold(services.registry, by, known[name].permissions)
    if roles:
        must_hold_until(services, connection, by=by, ends_at=ends_at)


def _must_be_names(roles: Sequence[str]) -> None:
    wrong = [one for one in roles if not NAME.fullmatch(one)]
    if wrong:
        raise Invalid.of([Fault("role", "roleName", "this is not the name of a role")])


def roles_of(connection: Connection, *, principal: str) -> list[str]:
    """Return the names of a principal's roles, sorted; those that have ended are not in it."""
    rows = connection.execute(
        f"select role from principal_role where principal = %s and {NOT_ENDED} order by role",  # noqa: S608 - a constant
        [principal],
    ).fetchall()
    return [name for (name,) in rows]


def all_roles(connection: Connection) -> list[Role]:
    """Return every role with its permissions, sorted by name."""
    rows = connection.execute(
        "select r.name, r.title, r.description, "
        "coalesce(json_agg(json_build_array(g.permission, g.reach, g.sees, g.limits::json, null)) "
        "filter (where g.role is not null), '[]')::text, r.interfaces_only "
        "from role r left join role_permission g on g.role = r.name group by r.name order by r.name"
    ).fetchall()
    return [
        Role(name, title, words, joined_grants(rights), only)
        for name, title, words, rights, only in rows
    ]


def _write_role(connection: Connection, role: Role) -> None:
    connection.execute(
        "insert into role (name, title, description, interfaces_only) values (%s, %s, %s, %s) "
        "on conflict (name) do update set title = excluded.title, "
        "description = excluded.description, interfaces_only = excluded.interfaces_only",
        [role.name, role.title, role.description, role.interfaces_only],
    )
    connection.execute("delete from role_permission where role = %s", [role.name])
    for permission, grant in sorted(role.permissions.items()):
        connection.execute(
            "insert into role_permission (role, permission, reach, sees, limits) "
            "values (%s, %s, %s, %s, %s)",
            [role.name, permission, grant.reach, sorted(grant.sees), limits_text(grant.limits)],
        )
