"""Permissions (TMF672): who has what; one permission per user or client of identity.

Roles hold for the whole installation, so that is their one asset; privileges are what somebody may
do without a role. Both hold until they are withdrawn or until an end: that of the permission, or
one of their own (`validFor`, our extension). What identity cannot keep is refused, not dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

from trunkline.access.announcing import Announced, announce
from trunkline.access.function import actions_by_function
from trunkline.access.period import end_faults, end_of, start_faults, until
from trunkline.access.privilege import ASSET, assets_of, privilege, privileges_in
from trunkline.access.role import Permission
from trunkline.access.user_role import DESCRIBING
from trunkline.database.connection import Connection
from trunkline.documents.errors import Conflict, Fault, Invalid, NotFound, refuse
from trunkline.documents.shape import Json, format_instant
from trunkline.identity.privileges import (
    Held,
    give_privilege,
    privileges_of,
    withdraw_privilege,
)
from trunkline.identity.rights import ADMINISTER, must_administer, no_principal
from trunkline.identity.roles import assign_role, withdraw_role
from trunkline.kernel.actor import Actor, Grant, system
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import EventKind
from trunkline.kernel.services import Services

KEPT = {"id", "href", "key", "user", "granter", "creationDate", "validFor", "assetUserRole",
        "privilege"}  # fmt: skip
REFERRED = {"user": "User", "client": "Client"}


@dataclass(frozen=True)
class Holder:
    """A user or client with its roles, when each ends, and what it holds without one.

    `granter` gave the last of them.
    """

    id: str
    kind: str
    name: str
    party: str | None
    since: datetime
    roles: Mapping[str, datetime | None]
    granter: str | None
    granter_name: str | None
    partner: str | None = None
    privileges: Mapping[str, Held] = field(default_factory=dict)

    @property
    def privilege_ends(self) -> dict[str, datetime | None]:
        """When each of the privileges ends."""
        return {name: one.ends_at for name, one in self.privileges.items()}

    @property
    def end(self) -> datetime | None:
        """When the last of what is held ends; None where something does not."""
        held = [*self.roles.values(), *self.privilege_ends.values()]
        ends = [one for one in held if one is not None]
        return max(ends) if ends and len(ends) == len(held) else None


def permission(holder: Holder) -> dict[str, Json]:
    """Return what a user or client has as a permission, without its address."""
    assets = assets_of(holder.party, holder.partner)
    found: dict[str, Json] = {
        "id": holder.id,
        "creationDate": format_instant(holder.since),
        "user": {"id": holder.id, "name": holder.name, "role": "user",
                 "@referredType": REFERRED[holder.kind]},
        "validFor": {"startDateTime": format_instant(holder.since), **until(holder.end)},
        "assetUserRole": [
            {"manageableAsset": {"id": ASSET, "@referredType": "Installation"},
             "userRole": {"id": one, "@referredType": "UserRole"},
             **({"validFor": until(end)} if end else {})}
            for one, end in holder.roles.items()
        ],
        "privilege": [privilege(name, one, assets) for name, one in holder.privileges.items()],
        "@type": "Permission",
    }  # fmt: skip
    if holder.party:
        found["user"]["partyId"] = holder.party
    if holder.granter:
        found["granter"] = {"id": holder.granter, "role": "granter", "@referredType": "User"}
        if holder.granter_name:
            found["granter"]["name"] = holder.granter_name
    return found


def holders(
    connection: Connection, actor: Actor, grant: Grant, *, idents: Sequence[str] | None = None
) -> list[Holder]:
    """Return the users and clients within reach, or those of them with these ids, by id."""
    rows = connection.execute(
        "select p.id::text, p.kind, p.name, p.party::text, "
        "coalesce(min(r.granted_at), p.created_at), "
        "coalesce(array_agg(r.role order by r.role) filter (where r.role is not null), '{}'), "
        "array_agg(r.ends_at order by r.role) filter (where r.role is not null), "
        "(array_agg(r.granted_by::text order by r.granted_at desc))[1], "
        "(array_agg(g.name order by r.granted_at desc))[1], p.partner::text "
        "from principal p left join ("
        "select principal, role, granted_by, granted_at, ends_at from principal_role union all "
        "select principal, null, granted_by, granted_at, ends_at from principal_permission"
        ") r on r.principal = p.id "
        "and (r.ends_at is null or r.ends_at > clock_timestamp()) "
        "left join principal g on g.id = r.granted_by "
        "where (%(idents)s::text[] is null or p.id::text = any(%(idents)s)) "
        "and (%(reach)s = 'all' or p.id = %(self)s::uuid "
        "or (%(reach)s = 'partner' and p.partner = %(partner)s::uuid)) "
        "group by p.id order by p.id",
        {"idents": None if idents is None else [one.lower() for one in idents],
         "reach": grant.reach, "self": actor.id, "partner": actor.partner},
    ).fetchall()  # fmt: skip
    privileges = privileges_of(connection, [row[0] for row in rows])
    return [
        Holder(ident, kind, name, party, since, dict(zip(roles, ends or (), strict=False)), giver,
               called, partner, privileges.get(ident, {}))
        for ident, kind, name, party, since, roles, ends, giver, called, partner in rows
    ]  # fmt: skip


def holder_of(connection: Connection, actor: Actor, grant: Grant, ident: str) -> Holder:
    """Return one user or client, or refuse (404) alike what is not there or out of reach."""
    found = holders(connection, actor, grant, idents=[ident]) if UUID.match(ident) else []
    if not found:
        raise NotFound("notFound", f"there is no permission {ident}")
    return found[0]


def grant_permission(
    services: Services, connection: Connection, *, by: Actor, sent: Mapping[str, Json]
) -> str:
    """Give a user the roles and privileges that a permission names; return the user's id.

    The user is named by id, login, client id, or as the only one of a party. Refuses (409) where
    it has them all, (403) what is beyond the actor's own rights, (404) a user out of reach.
    """
    by.must_have(ADMINISTER)
    faults = list(_faults(sent, services))
    roles = _roles(sent.get("assetUserRole"), faults)
    user = sent.get("user")
    named = user.get("id") if isinstance(user, dict) else None
    if not isinstance(named, str):
        faults.append(Fault("user.id", "missing", "is required; send it"))
    if not isinstance(sent.get("validFor"), dict):
        faults.append(Fault("validFor", "missing", "is required; send it, with an end or without"))
    if not faults and not roles and not sent.get("privilege"):
        message = "name at least one user role, or a privilege"
        faults.append(Fault("assetUserRole", "missing", message))
    refuse(faults)
    principal = _principal(connection, str(named))
    target = must_administer(services, connection, by=by, principal=principal)
    privileges = privileges_in(
        sent.get("privilege"), faults,
        known=actions_by_function(services.registry, connection),
        assets=assets_of(target.party, target.partner),
    )  # fmt: skip
    refuse(faults)
    (before,) = holders(connection, system("access"), Grant(), idents=[principal])
    end = end_of(sent)
    given = Given(
        {name: own or end for name, own in roles.items()},
        {name: replace(one, ends_at=one.ends_at or end) for name, one in privileges.items()},
    )
    if not _give(services, connection, by, before, given):
        raise Conflict("conflictPermission", "the user has all of that already")
    had = before.roles or before.privileges
    announce_permission(services, connection, principal, "changed" if had else "created")
    return principal


@dataclass(frozen=True)
class Given:
    """Roles with their ends, and privileges, that somebody is to have."""

    roles: Mapping[str, datetime | None]
    privileges: Mapping[str, Held]


def _give(
    services: Services, connection: Connection, by: Actor, holder: Holder, given: Given
) -> bool:
    """Give what a holder does not have like that; return whether there was anything."""
    changed = False
    for role, end in sorted(given.roles.items()):
        if role not in holder.roles or end != holder.roles[role]:
            changed |= assign_role(
                services, by=by, principal=holder.id, role=role, ends_at=end, connection=connection
            )
    for permission, held in sorted(given.privileges.items()):
        if holder.privileges.get(permission) != held:
            changed |= give_privilege(
                services, by=by, principal=holder.id, permission=permission, held=held,
                connection=connection,
            )  # fmt: skip
    return changed


def announce_permission(
    services: Services, connection: Connection, principal: str, kind: EventKind
) -> None:
    """Tell listeners what a user or client has now."""
    row = connection.execute(
        "update principal set version = version + 1 where id = %s "
        "returning version, party::text, partner::text",
        [principal],
    ).fetchone()
    version, owner, partner = row or (1, None, None)
    (holder,) = holders(connection, system("access"), Grant(), idents=[principal])
    told = Announced(
        Permission.resource, kind, principal, principal, version, permission(holder), owner,
        partner,
    )  # fmt: skip
    announce(services, connection, told)


def change_permission(
    services: Services,
    connection: Connection,
    *,
    by: Actor,
    holder: Holder,
    after: Mapping[str, Json],
) -> None:
    """Give and withdraw until a user has what the permission names, until its ends.

    What has an end of its own that was not changed ends with the permission where that one's end
    was.
    """
    before = permission(holder)
    faults = list(_faults(after, services))
    faults += [
        Fault(one, "notWritable", "cannot be changed; leave it out")
        for one in ("id", "user", "granter", "creationDate")
        if after.get(one, before.get(one)) != before.get(one)
    ]
    roles = _roles(after.get("assetUserRole", []), faults)
    known = actions_by_function(services.registry, connection)
    for function, _, action in (one.partition(":") for one in holder.privileges):
        known.setdefault(function, set()).add(action)
    privileges = privileges_in(
        after.get("privilege"), faults, known=known,
        assets=assets_of(holder.party, holder.partner),
    )  # fmt: skip
    refuse(faults)
    ends = partial(_new_end, end_of(after), holder.end)
    given = Given(
        {name: ends(holder.roles, name, own) for name, own in roles.items()},
        {
            name: replace(one, ends_at=ends(holder.privilege_ends, name, one.ends_at))
            for name, one in privileges.items()
        },
    )
    changed = _give(services, connection, by, holder, given)
    for role in sorted(holder.roles.keys() - roles.keys()):
        changed |= withdraw_role(
            services, by=by, principal=holder.id, role=role, connection=connection
        )
    for one in sorted(holder.privileges.keys() - privileges.keys()):
        changed |= withdraw_privilege(
            services, by=by, principal=holder.id, permission=one, connection=connection
        )
    if changed:
        announce_permission(services, connection, holder.id, "changed")


def _new_end(
    end: datetime | None,
    former_end: datetime | None,
    held: Mapping[str, datetime | None],
    name: str,
    own: datetime | None,
) -> datetime | None:
    if name not in held:
        return own or end
    return end if own == held[name] and end != former_end else own


def _faults(sent: Mapping[str, Json], services: Services) -> Iterator[Fault]:
    for name in sent.keys() - KEPT - DESCRIBING:
        yield Fault(name, "notKept", "a permission does not keep this; leave it out")
    now = services.machine_now()
    yield from start_faults(sent, now)
    yield from end_faults(sent, "", now)
    for name in ("assetUserRole", "privilege"):
        listed = sent.get(name)
        for index, one in enumerate(listed if isinstance(listed, list) else []):
            yield from end_faults(one, f"{name}[{index}].", now)


def _roles(listed: Json, faults: list[Fault]) -> dict[str, datetime | None]:
    """Return the names of the roles in a list of AssetUserRole, with the end of each."""
    if listed is None:
        return {}
    if not isinstance(listed, list):
        faults.append(Fault("assetUserRole", "badType", "must be of type array"))
        return {}
    found = {}
    for index, one in enumerate(listed):
        path = f"assetUserRole[{index}]"
        role = _id_of(one, "userRole")
        asset = _id_of(one, "manageableAsset")
        if not isinstance(role, str):
            faults.append(Fault(f"{path}.userRole.id", "missing", "is required; send it"))
        elif asset not in (None, ASSET):
            message = f"roles hold for the whole of it; write {ASSET}"
            faults.append(Fault(f"{path}.manageableAsset.id", "notKept", message))
        else:
            found[role] = end_of(one)
    return found


def _id_of(one: Any, name: str) -> Json:
    held = one.get(name) if isinstance(one, dict) else None
    return held.get("id") if isinstance(held, dict) else None


def _principal(connection: Connection, named: str) -> str:
    """Return the principal of an id or login, or the only one of a party; 404 without one."""
    rows = connection.execute(
        "select id::text from principal where id::text = %(name)s union "
        "select principal::text from user_account where login = %(name)s union "
        "select principal::text from api_client where client_id = %(name)s union "
        "select id::text from principal where party::text = %(name)s",
        {"name": named},
    ).fetchall()
    if len(rows) == 1:
        return str(rows[0][0])
    if not rows:
        raise no_principal()
    message = f"several users stand for the party {named}; name one of them"
    raise Invalid.of([Fault("user.id", "danglingReference", message)])
