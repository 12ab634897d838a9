"""Privileges: permissions that somebody holds without a role, for ever or until a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from trunkline.database.connection import Connection
from trunkline.documents.errors import refuse
from trunkline.identity.change import changing, log
from trunkline.identity.rights import must_administer, must_hold, permission_faults
from trunkline.identity.roles import must_hold_until
from trunkline.kernel.actor import Actor, Grant
from trunkline.kernel.services import Services, bump_generation


@dataclass(frozen=True)
class Held:
    """How far a permission reaches that somebody holds, and when it ends; None for never."""

    grant: Grant
    ends_at: datetime | None = None


def give_privilege(
    services: Services,
    *,
    by: Actor,
    principal: str,
    permission: str,
    held: Held,
    connection: Connection | None = None,
) -> bool:
    """Let a principal hold a permission; return False where it holds it like that.

    Refuses (403) what the actor does not hold as widely, or for as long.
    """
    refuse(list(permission_faults({permission: held.grant})))
    with changing(services, connection) as change:
        must_administer(services, change, by=by, principal=principal)
        must_hold(services.registry, by, {permission: held.grant})
        must_hold_until(services, change, by=by, ends_at=held.ends_at)
        done = change.execute(
            "insert into principal_permission as o "
            "(principal, permission, reach, sees, granted_by, granted_at, ends_at) "
            "values (%s, %s, %s, %s, %s, %s, %s) on conflict (principal, permission) do update "
            "set reach = excluded.reach, sees = excluded.sees, granted_by = excluded.granted_by, "
            "granted_at = excluded.granted_at, ends_at = excluded.ends_at "
            "where (o.reach, o.sees, o.ends_at) "
            "is distinct from (excluded.reach, excluded.sees, excluded.ends_at)",
            [principal, permission, held.grant.reach, sorted(held.grant.sees), by.id,
             services.machine_now(), held.ends_at],
        )  # fmt: skip
        if not done.rowcount:
            return False
        log(services, change, by=by, action=f"givePrivilege {permission}", subject=principal)
        bump_generation(change)
    return True


def withdraw_privilege(
    services: Services,
    *,
    by: Actor,
    principal: str,
    permission: str,
    connection: Connection | None = None,
) -> bool:
    """Take a permission that was given without a role; return False where it is not held so."""
    with changing(services, connection) as change:
        must_administer(services, change, by=by, principal=principal)
        done = change.execute(
            "delete from principal_permission where principal = %s and permission = %s",
            [principal, permission],
        )
        if not done.rowcount:
            return False
        log(services, change, by=by, action=f"withdrawPrivilege {permission}", subject=principal)
        bump_generation(change)
    return True


def privileges_of(
    connection: Connection, principals: Sequence[str]
) -> Mapping[str, dict[str, Held]]:
    """Return what each principal holds without a role now, by permission, sorted."""
    rows = connection.execute(
        "select principal::text, permission, reach, sees, ends_at from principal_permission "
        "where principal = any(%s::uuid[]) and (ends_at is null or ends_at > clock_timestamp()) "
        "order by principal, permission",
        [list(principals)],
    ).fetchall()
    found: dict[str, dict[str, Held]] = {}
    for principal, permission, reach, sees, ends_at in rows:
        found.setdefault(principal, {})[permission] = Held(Grant(reach, frozenset(sees)), ends_at)
    return found
