"""Privileges: permissions that somebody holds without a role, for ever or until a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from trunkline.database.connection import Connection
from trunkline.documents.errors import refuse
from trunkline.identity.change import changing
from trunkline.identity.holding import NOT_ENDED, Holding, give, must_hold_until, settled, take
from trunkline.identity.rights import (
    limits_of,
    limits_text,
    must_administer,
    must_hold,
    permission_faults,
)
from trunkline.kernel.actor import Actor, Grant
from trunkline.kernel.services import Services

HELD = f"""
select principal::text, permission, reach, sees, limits, ends_at from principal_permission
where principal = any(%s::uuid[]) and {NOT_ENDED} order by principal, permission
"""  # noqa: S608 - a constant
PRIVILEGES = Holding("principal_permission", "permission", ("reach", "sees", "limits"))


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
        done = give(
            services, change, PRIVILEGES, by=by, principal=principal, name=permission,
            values=[held.grant.reach, sorted(held.grant.sees), limits_text(held.grant.limits)],
            ends_at=held.ends_at,
        )  # fmt: skip
        return settled(
            services, change, by=by, action=f"givePrivilege {permission}", principal=principal,
            is_done=done,
        )  # fmt: skip


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
        done = take(services, change, PRIVILEGES, by=by, principal=principal, name=permission)
        return settled(
            services, change, by=by, action=f"withdrawPrivilege {permission}",
            principal=principal, is_done=done,
        )  # fmt: skip


def privileges_of(
    connection: Connection, principals: Sequence[str]
) -> Mapping[str, dict[str, Held]]:
    """Return what each principal holds without a role now, by permission, sorted."""
    rows = connection.execute(
        HELD,
        [list(principals)],
    ).fetchall()
    found: dict[str, dict[str, Held]] = {}
    for principal, permission, reach, sees, limits, ends_at in rows:
        grant = Grant(reach, frozenset(sees), limits_of(limits))
        found.setdefault(principal, {})[permission] = Held(grant, ends_at)
    return found
