"""Newly shipped: permissions that this version gives the usual roles and an installation's lack.

A role is the operator's once it is made, so a newer version changes none by itself. What a role
was given or refused once is noted, so that nobody is asked about it again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from trunkline.access.standard import shipped_roles
from trunkline.database.connection import Connection
from trunkline.identity.change import changing, log
from trunkline.identity.rights import covering
from trunkline.identity.roles import Role, all_roles, define_role
from trunkline.identity.standard_roles import AUDITOR, TECHNICAL
from trunkline.kernel.actor import Actor, Grant
from trunkline.kernel.resource import Registry, registry
from trunkline.kernel.services import Services

NOTED = "select name from shipped where name like 'permission %'"
NOTE = "insert into shipped (name) select unnest(%s::text[]) on conflict do nothing"


@dataclass(frozen=True)
class Newer:
    """A role of the installation, and what this version gives it beyond what it has."""

    role: Role
    permissions: Mapping[str, Grant]


def newer(connection: Connection, roles: Sequence[Role] | None = None) -> list[Newer]:
    """Return the roles that lack something which nobody has decided about yet, by name."""
    noted = {name for (name,) in connection.execute(NOTED).fetchall()}
    held = {one.name: one for one in (all_roles(connection) if roles is None else roles)}
    found = []
    for shipped in _shipped():
        role = held.get(shipped.name)
        lacking = _lacking(registry, shipped, role) if role is not None else {}
        left = {name: one for name, one in lacking.items() if _note(shipped, name) not in noted}
        if role is not None and left:
            found.append(Newer(role, left))
    return sorted(found, key=lambda one: one.role.name)


def give_newer(services: Services, *, by: Actor, names: Collection[str] = ()) -> list[Newer]:
    """Give roles what they lack, those with these names or all; return what was given.

    Refuses (403) who does not hold that.
    """
    with changing(services) as connection:
        chosen = [one for one in newer(connection) if not names or one.role.name in names]
        for one in chosen:
            role = one.role
            define_role(
                services, by=by, name=role.name, title=role.title, description=role.description,
                permissions={**role.permissions, **one.permissions},
                interfaces_only=role.interfaces_only, connection=connection,
            )  # fmt: skip
        _write_notes(connection, chosen)
    return chosen


def keep_roles(services: Services, *, by: Actor, names: Collection[str] = ()) -> list[Newer]:
    """Leave roles as they are, those with these names or all; return what was not given."""
    with changing(services) as connection:
        chosen = [one for one in newer(connection) if not names or one.role.name in names]
        _write_notes(connection, chosen)
        for one in chosen:
            action = f"keepRole {one.role.name}"
            log(services, connection, by=by, action=action, subject=None, kind="role")
    return chosen


def note_held(services: Services) -> None:
    """Note what the usual roles hold of what this version ships."""
    with changing(services) as connection:
        held = {one.name: one for one in all_roles(connection)}
        notes = [
            _note(shipped, name)
            for shipped in _shipped()
            if shipped.name in held
            for name in shipped.permissions.keys() - _lacking(registry, shipped, held[shipped.name])
        ]
        connection.execute(NOTE, [sorted(notes)])


def _shipped() -> list[Role]:
    return [AUDITOR, TECHNICAL, *shipped_roles()]


def _lacking(known: Registry, shipped: Role, role: Role) -> dict[str, Grant]:
    """Return what a role neither has nor has by a wider permission."""
    return {
        name: grant
        for name, grant in sorted(shipped.permissions.items())
        if not role.permissions.keys() & set(covering(known, name))
    }


def _note(role: Role, permission: str) -> str:
    return f"permission {role.name} {permission}"


def _write_notes(connection: Connection, chosen: Sequence[Newer]) -> None:
    notes = [_note(one.role, name) for one in chosen for name in one.permissions]
    connection.execute(NOTE, [sorted(notes)])
