"""Permissions (TMF672): who has which roles; one permission per user or client of identity.

Roles hold for the whole installation, so that is the one asset. They hold until they are withdrawn
or until an end: that of the permission, or one of their own (`validFor` of an `assetUserRole`, our
extension). What identity cannot keep is refused, not dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trunkline.access.announcing import Announced, announce
from trunkline.access.role import Permission
from trunkline.access.user_role import DESCRIBING
from trunkline.database.connection import Connection
from trunkline.documents.errors import Conflict, Fault, Invalid, NotFound, refuse
from trunkline.documents.shape import Json, format_instant, parse_instant
from trunkline.identity.rights import ADMINISTER, no_principal
from trunkline.identity.roles import assign_role, roles_of, withdraw_role
from trunkline.kernel.actor import Actor, Grant, system
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import EventKind
from trunkline.kernel.services import Services

ASSET = "installation"
KEPT = {"id", "href", "key", "user", "granter", "creationDate", "validFor", "assetUserRole"}
REFERRED = {"user": "User", "client": "Client"}


@dataclass(frozen=True)
class Holder:
    """A user or client with its roles and when each ends; `granter` gave the last of them."""

    id: str
    kind: str
    name: str
    party: str | None
    since: datetime
    roles: Mapping[str, datetime | None]
    granter: str | None
    granter_name: str | None

    @property
    def end(self) -> datetime | None:
        """When the last of the roles ends; None where one does not."""
        ends = [one for one in self.roles.values() if one is not None]
        return max(ends) if ends and len(ends) == len(self.roles) else None


def permission(holder: Holder) -> dict[str, Json]:
    """Return what a user or client has as a permission, without its address."""
    found: dict[str, Json] = {
        "id": holder.id,
        "creationDate": format_instant(holder.since),
        "user": {"id": holder.id, "name": holder.name, "role": "user",
                 "@referredType": REFERRED[holder.kind]},
        "validFor": {"startDateTime": format_instant(holder.since), **_until(holder.end)},
        "assetUserRole": [
            {"manageableAsset": {"id": ASSET, "@referredType": "Installation"},
             "userRole": {"id": one, "@referredType": "UserRole"},
             **({"validFor": _until(end)} if end else {})}
            for one, end in holder.roles.items()
        ],
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
        "array_agg(r.ends_at order by r.role), "
        "(array_agg(r.granted_by::text order by r.granted_at desc))[1], "
        "(array_agg(g.name order by r.granted_at desc))[1] "
        "from principal p left join principal_role r on r.principal = p.id "
        "and (r.ends_at is null or r.ends_at > clock_timestamp()) "
        "left join principal g on g.id = r.granted_by "
        "where (%(idents)s::text[] is null or p.id::text = any(%(idents)s)) "
        "and (%(reach)s = 'all' or p.id = %(self)s::uuid "
        "or (%(reach)s = 'partner' and p.partner = %(partner)s::uuid)) "
        "group by p.id order by p.id",
        {"idents": None if idents is None else [one.lower() for one in idents],
         "reach": grant.reach, "self": actor.id, "partner": actor.partner},
    ).fetchall()  # fmt: skip
    return [
        Holder(ident, kind, name, party, since, dict(zip(roles, ends, strict=False)), giver, called)
        for ident, kind, name, party, since, roles, ends, giver, called in rows
    ]


def holder_of(connection: Connection, actor: Actor, grant: Grant, ident: str) -> Holder:
    """Return one user or client, or refuse (404) alike what is not there or out of reach."""
    found = holders(connection, actor, grant, idents=[ident]) if UUID.match(ident) else []
    if not found:
        raise NotFound("notFound", f"there is no permission {ident}")
    return found[0]


def grant_permission(
    services: Services, connection: Connection, *, by: Actor, sent: Mapping[str, Json]
) -> str:
    """Give a user the roles that a permission names; return the user's id.

    The user is named by id, login, client id, or as the only one of a party. Refuses (409) where
    it has them all, (403) a role beyond the actor's own rights, (404) a user out of reach.
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
    if not faults and not roles:
        faults.append(Fault("assetUserRole", "missing", "name at least one user role"))
    refuse(faults)
    principal = _principal(connection, str(named))
    end = _end_of(sent)
    had = roles_of(connection, principal=principal)
    given = [
        assign_role(
            services, by=by, principal=principal, role=one, ends_at=own or end,
            connection=connection,
        )
        for one, own in roles.items()
    ]  # fmt: skip
    if not any(given):
        raise Conflict("conflictPermission", "the user has these roles already")
    announce_permission(services, connection, principal, "changed" if had else "created")
    return principal


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
    """Give and withdraw roles until a user has those that the permission names, until its ends.

    A role whose own end was not changed ends with the permission where that one's end was.
    """
    before = permission(holder)
    faults = list(_faults(after, services))
    faults += [
        Fault(one, "notWritable", "cannot be changed; leave it out")
        for one in ("id", "user", "granter", "creationDate")
        if after.get(one, before.get(one)) != before.get(one)
    ]
    roles = _roles(after.get("assetUserRole", []), faults)
    refuse(faults)
    end, changed = _end_of(after), False
    for one, own in sorted(roles.items()):
        former = holder.roles.get(one)
        if one not in holder.roles:
            wanted = own or end
        elif own == former and end != holder.end:
            wanted = end
        else:
            wanted = own
        if one not in holder.roles or wanted != former:
            changed |= assign_role(
                services, by=by, principal=holder.id, role=one, ends_at=wanted,
                connection=connection,
            )  # fmt: skip
    for one in sorted(holder.roles.keys() - roles.keys()):
        changed |= withdraw_role(
            services, by=by, principal=holder.id, role=one, connection=connection
        )
    if changed:
        announce_permission(services, connection, holder.id, "changed")


def _faults(sent: Mapping[str, Json], services: Services) -> Iterator[Fault]:
    for name in sent.keys() - KEPT - DESCRIBING:
        if name == "privilege" and not sent[name]:
            continue
        message = "a permission does not keep this; leave it out"
        if name == "privilege":
            message = "rights are given by user roles only; make a role of it"
        yield Fault(name, "notKept", message)
    now = services.machine_now()
    start = _instant(sent.get("validFor"), "startDateTime")
    if start is not None and (isinstance(start, str) or start > now):
        yield Fault("validFor.startDateTime", "badValue", "is now or a time in the past")
    listed = sent.get("assetUserRole")
    entries = enumerate(listed if isinstance(listed, list) else [])
    holding = [("", sent), *((f"assetUserRole[{number}].", one) for number, one in entries)]
    for path, one in holding:
        end = _instant(one.get("validFor") if isinstance(one, dict) else None, "endDateTime")
        if end is not None and (isinstance(end, str) or end <= now):
            yield Fault(f"{path}validFor.endDateTime", "badValue", "is a time in the future")


def _instant(period: Json, name: str) -> datetime | str | None:
    """Return one end of a period; its text where that is not a time."""
    value = period.get(name) if isinstance(period, dict) else None
    if value is None:
        return None
    try:
        return parse_instant(str(value))
    except (ValueError, OverflowError):
        return str(value)


def _end_of(holding: Mapping[str, Json]) -> datetime | None:
    end = _instant(holding.get("validFor"), "endDateTime")
    return end if isinstance(end, datetime) else None


def _until(end: datetime | None) -> dict[str, Json]:
    return {"endDateTime": format_instant(end)} if end else {}


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
            found[role] = _end_of(one)
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
