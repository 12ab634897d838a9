"""User roles: the roles of identity in the words of TMF672, one entitlement per permission.

An entitlement is an `action` (read, create, ...) on a `function` (a resource, an interface's
number, a module or `*`). Its `reach` (all, limited, partner, own), `limit` (the spheres that it is
limited to) and `sees` (classes of attributes) are extensions; without them it reaches all rows and
sees what is public or internal. So is `interfacesOnly` of a user role: what it entitles to holds
for tokens, not on pages.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args
from uuid import UUID, uuid5

from trunkline.access.announcing import Announced, announce
from trunkline.access.function import actions_by_function, function_faults
from trunkline.access.role import UserRole
from trunkline.database.connection import Connection
from trunkline.documents.errors import Conflict, Fault, Invalid, NotFound, refuse
from trunkline.documents.grant import union
from trunkline.documents.limits import SPHERE, listed
from trunkline.documents.shape import DataClass, Json
from trunkline.identity.roles import NAME, Role, all_roles, define_role
from trunkline.kernel.actor import EVERY_CLASS, WIDTH, Actor, Grant, Reach
from trunkline.kernel.resource import EventKind
from trunkline.kernel.services import Services

KEPT = {"id", "href", "key", "involvementRole", "description", "entitlement", "interfacesOnly"}
ENTITLEMENT = {"action", "function", "reach", "limit", "sees"}
ELSEWHERE = {"privilege": "a user role says this as an entitlement; send function and action there"}
SEES: frozenset[DataClass] = frozenset({"public", "internal"})
ROLES = UUID("3b0c9a52-5f0e-5d6c-9c07-6c1f4f7f2a11")
"""Names the roles among all UUIDs: an event's subject is one, and a role's id is its name."""
DESCRIBING = {"@type", "@baseType", "@schemaLocation"}


def user_role(role: Role) -> dict[str, Json]:
    """Return a role as a user role, without its address."""
    return {
        "id": role.name,
        "involvementRole": role.title,
        "description": role.description,
        "entitlement": [
            {
                "function": permission.partition(":")[0],
                "action": permission.partition(":")[2],
                **one,
            }
            for permission, grant in sorted(role.permissions.items())
            for one in said(grant)
        ],
        "interfacesOnly": role.interfaces_only,
        "@type": "UserRole",
    }


def said(grant: Grant) -> list[dict[str, Json]]:
    """Return how far a grant reaches and what it shows, once for each of its limits."""
    found: dict[str, Json] = {"reach": grant.reach, "sees": sorted(grant.sees)}
    if not grant.limits:
        return [found]
    return [{**found, "limit": one} for one in listed(grant.limits)]


def grant_of(one: Mapping[str, Any], reach: Reach = "all") -> Grant:
    """Return the grant that an entitlement or privilege without faults says."""
    limits = frozenset([frozenset[str](one["limit"])]) if one.get("limit") else frozenset()
    return Grant(one.get("reach", reach), frozenset(one.get("sees", SEES)), limits)


def role_named(connection: Connection, name: str) -> Role:
    """Return a role, or refuse with 404."""
    found = {one.name: one for one in all_roles(connection)}.get(name)
    if found is None:
        raise NotFound("notFound", f"there is no user role {name}")
    return found


def create_user_role(
    services: Services, connection: Connection, *, by: Actor, sent: Mapping[str, Json]
) -> Role:
    """Define the role that a user role describes; 409 where its id is taken.

    Refuses (403) what the actor does not hold. The id is the one sent, else the involvement role
    in small letters.
    """
    known = actions_by_function(services.registry, connection)
    role = role_of(sent, _new_name(services, sent), known)
    if any(one.name == role.name for one in all_roles(connection)):
        raise Conflict("conflictId", f"id: there is a user role {role.name}; change that one")
    _define(services, connection, by, role, "created")
    return role


def change_user_role(
    services: Services,
    connection: Connection,
    *,
    by: Actor,
    name: str,
    change: Callable[[dict[str, Json]], Mapping[str, Json]],
) -> Role:
    """Replace what a role is by what `change` makes of its user role."""
    connection.execute("select 1 from role where name = %s for update", [name])
    former = user_role(role_named(connection, name))
    after = change(former)
    if after.get("id", name) != name:
        raise Invalid.of([Fault("id", "notWritable", "cannot be changed; leave it out")])
    role = role_of(after, name, actions_by_function(services.registry, connection))
    _define(services, connection, by, role, "changed")
    return role


def role_of(sent: Mapping[str, Json], name: str, known: Mapping[str, set[str]]) -> Role:
    """Return the role that a user role describes; refuses every attribute that it cannot keep.

    `known` has the actions of each function.
    """
    faults = [
        Fault(one, "notKept", ELSEWHERE.get(one, "a user role does not keep this; leave it out"))
        for one in sent
        if one not in KEPT | DESCRIBING
    ]
    texts = {one: sent.get(one) or "" for one in ("involvementRole", "description")}
    faults += [
        Fault(one, "badType", "must be of type string")
        for one, value in texts.items()
        if not isinstance(value, str)
    ]
    only = sent.get("interfacesOnly", False)
    if not isinstance(only, bool):
        faults.append(Fault("interfacesOnly", "badType", "must be true or false"))
    permissions = _permissions(sent.get("entitlement"), faults, known)
    refuse(faults)
    title = texts["involvementRole"] or name
    return Role(name, title, texts["description"], permissions, only is True)


def _permissions(
    listed: Json, faults: list[Fault], known: Mapping[str, set[str]]
) -> dict[str, Grant]:
    if not isinstance(listed, list) or not listed:
        faults.append(Fault("entitlement", "missing", "is a list with at least one entitlement"))
        return {}
    sound = []
    for index, one in enumerate(listed):
        own = list(_entitlement_faults(one, f"entitlement[{index}]", known))
        faults += own
        if not own:
            sound.append(one)
    return union((f"{one['function']}:{one['action']}", grant_of(one)) for one in sound)


def _entitlement_faults(one: Json, path: str, known: Mapping[str, set[str]]) -> Iterator[Fault]:
    if not isinstance(one, dict):
        yield Fault(path, "badType", "must be of type object")
        return
    for name in one.keys() - ENTITLEMENT - DESCRIBING:
        yield Fault(f"{path}.{name}", "notKept", "an entitlement does not keep this; leave it out")
    yield from function_faults(known, one, path)
    yield from grant_faults(one, path)


def grant_faults(one: Mapping[str, Json], path: str) -> Iterator[Fault]:
    """Yield what is wrong with how far an entitlement or privilege reaches and what it sees."""
    if one.get("reach", "all") not in tuple(WIDTH):
        yield Fault(f"{path}.reach", "badValue", f"must be one of: {', '.join(get_args(Reach))}")
    limit = one.get("limit", [])
    is_list = isinstance(limit, list) and all(isinstance(each, str) for each in limit)
    if not is_list or not all(SPHERE.fullmatch(each) for each in limit):
        yield Fault(f"{path}.limit", "badValue", "is a list of spheres, such as team:north")
    elif bool(limit) != (one.get("reach") == "limited"):
        message = "goes with the reach limited, which needs it; name both or neither"
        yield Fault(f"{path}.limit", "badValue", message)
    sees = one.get("sees", [])
    if not isinstance(sees, list) or not {str(name) for name in sees} <= EVERY_CLASS:
        classes = ", ".join(sorted(EVERY_CLASS))
        yield Fault(f"{path}.sees", "badValue", f"is a list of: {classes}")


def _new_name(services: Services, sent: Mapping[str, Json]) -> str:
    given = sent.get("id")
    if given is not None:
        if not isinstance(given, str) or not NAME.fullmatch(given):
            fault = Fault("id", "roleName", "write small letters, digits, - and _, at most 63")
            raise Invalid.of([fault])
        return given
    text = unicodedata.normalize("NFKD", str(sent.get("involvementRole") or ""))
    name = re.sub(r"[^a-z0-9]+", "_", text.encode("ascii", "ignore").decode().lower()).strip("_")
    if not name[:1].isalpha():
        name = f"role_{name or services.chance.uuid()[-12:]}"
    return name[:63]


def _define(
    services: Services, connection: Connection, by: Actor, role: Role, kind: EventKind
) -> None:
    changed = define_role(
        services, by=by, name=role.name, title=role.title, description=role.description,
        permissions=role.permissions, interfaces_only=role.interfaces_only, connection=connection,
    )  # fmt: skip
    if not changed:
        return
    row = connection.execute(
        "update role set version = version + 1 where name = %s returning version", [role.name]
    ).fetchone()
    told = Announced(
        UserRole.resource, kind, str(uuid5(ROLES, role.name)), role.name, row[0] if row else 1,
        user_role(role),
    )  # fmt: skip
    announce(services, connection, told)
