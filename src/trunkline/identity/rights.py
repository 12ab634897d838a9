"""Rights: what an actor holds, and that nobody hands out or touches more than that.

A permission is covered by itself and by the wider ones: `Thing:read` by `APINUMBER:read`,
`module:read`, `*:read` and `*:*`. What begins with a small letter belongs to a module, which may
ask for it by name, so only itself and `*:*` cover it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from trunkline.database.connection import Connection
from trunkline.documents.decode import encode, load
from trunkline.documents.errors import Fault, Forbidden, NotFound
from trunkline.documents.grant import union
from trunkline.documents.limits import ENTERED, SPHERE, Limits, covers, listed, resolved
from trunkline.kernel.actor import EVERY_CLASS, WIDTH, Actor, Grant
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Registry
from trunkline.kernel.services import Services

ADMINISTER = "identity:administer"
WEB = "web"
"""The channel of a browser's session."""
RECORD_VERBS = frozenset({"read", "create", "update", "delete"})

_PERMISSION = re.compile(
    r"\*:\*|\*:(?:read|create|update|delete)|[A-Za-z][A-Za-z0-9_]*:[a-z][A-Za-z_]*"
)


def covering(registry: Registry, permission: str) -> tuple[str, ...]:
    """Return the permissions that include this one, itself first."""
    thing, _, verb = permission.partition(":")
    names = [permission]
    if verb in RECORD_VERBS and not thing[:1].islower():
        names += [
            f"{wider}:{verb}"
            for one in registry
            if one.name == thing
            for wider in (one.api.number, one.module)
        ]
        names.append(f"*:{verb}")
    return tuple(dict.fromkeys([*names, "*:*"]))


def held(registry: Registry, actor: Actor, permission: str) -> Grant | None:
    """Return how far an actor holds a permission, or None; the scopes of its token count."""
    names = covering(registry, permission)
    if actor.scopes is not None and not actor.scopes.intersection(names):
        return None
    found: Grant | None = None
    for name in names:
        one = actor.grants.get(name)
        if one is not None:
            found = one if found is None else found.joined(one)
    return found


def not_held(registry: Registry, actor: Actor, wanted: Mapping[str, Grant]) -> list[str]:
    """Return the permissions that an actor does not hold, or less widely; sorted."""
    missing = []
    for permission, grant in wanted.items():
        own = held(registry, actor, permission)
        if own is None or not within(grant, own):
            missing.append(permission)
    return sorted(missing)


def within(grant: Grant, own: Grant) -> bool:
    """Tell whether a grant allows nothing that another one does not."""
    if not grant.sees <= own.sees or own.reach == "all":
        return grant.sees <= own.sees
    if grant.reach == "all" or not covers(own.limits, grant.limits):
        return False
    narrow = grant.beside if grant.reach == "limited" else grant.reach
    held = own.beside if own.reach == "limited" else own.reach
    return narrow is None or (held is not None and WIDTH[narrow] <= WIDTH[held])


def must_hold(registry: Registry, by: Actor, wanted: Mapping[str, Grant]) -> None:
    """Refuse (403 notHeld) where these rights go beyond the actor's own."""
    missing = not_held(registry, by, wanted)
    if missing:
        raise Forbidden(
            "notHeld",
            f"{by.name} does not hold {', '.join(missing)} as widely as that; "
            "ask somebody who does",
        )


def must_administer(
    services: Services, connection: Connection, *, by: Actor, principal: str
) -> Actor:
    """Lock a principal and return it as an actor, or refuse who may not change it.

    Who acts for another could use that one's rights, so they must be within their own. A
    principal out of reach is not found (404).
    """
    grant = by.must_have(ADMINISTER)
    now = services.machine_now()
    target = read_actor(connection, principal=principal, now=now, for_change=True)
    in_reach = target is not None and (
        grant.reach == "all"
        or (grant.reach == "partner" and target.partner == by.partner is not None)
    )
    if target is None or not in_reach:
        raise no_principal()
    must_hold(services.registry, by, target.grants)
    return target


def no_principal() -> NotFound:
    """Return the refusal of a principal that is not there or out of reach; they look alike."""
    return NotFound("notFound", "there is no such user or client")


def must_administer_all(by: Actor) -> None:
    """Refuse who may not change what concerns every principal, such as a role."""
    if by.must_have(ADMINISTER).reach != "all":
        raise Forbidden(
            "notAllowed", f"{by.name} administers some principals only; this concerns all"
        )


def read_actor(
    connection: Connection,
    *,
    principal: str,
    now: datetime,
    channel: str = "api",
    scopes: Iterable[str] | None = None,
    for_change: bool = False,
    only_active: bool = False,
) -> Actor | None:
    """Return a principal as an actor with the rights that it has now, or None.

    Who was switched off is still told of, but not `only_active`: what goes on later on somebody's
    behalf ends with that. In a browser's session, whose channel is `web`, those of roles for
    interfaces only are not in.
    """
    if not UUID.fullmatch(principal):
        return None
    if for_change:
        connection.execute("select 1 from principal where id = %s for no key update", [principal])
    row = connection.execute(
        "select p.id::text, p.kind, p.name, p.party::text, p.partner::text, "
        "rights_of(p.id, %s, %s) from principal p where p.id = %s and (p.active or not %s)",
        [now, channel == WEB, principal, only_active],
    ).fetchone()
    return actor_of(row, scopes=scopes, channel=channel) if row else None


def actor_of(row: tuple[Any, ...], *, scopes: Iterable[str] | None, channel: str) -> Actor:
    """Return the actor of a row `(id, kind, name, party, partner, rights)`."""
    ident, kind, name, party, partner, rights = row
    return Actor(
        id=ident,
        name=name,
        kind=kind,
        grants=joined_grants(rights, asker=ident),
        scopes=None if scopes is None else frozenset(scopes),
        party=party,
        partner=partner,
        channel=channel,
    )


def joined_grants(rights: str, *, asker: str = "") -> dict[str, Grant]:
    """Return the union of the permissions of several roles, from `rights_of` of the database.

    For an asker limits to own values become limits to the values that it has.
    """
    return union(_grants(load(rights.encode()), asker))


def _grants(listed: Any, asker: str) -> Iterator[tuple[str, Grant]]:
    for permission, reach, sees, named, own in listed:
        limits: Limits = frozenset(frozenset(one) for one in named)
        limits = resolved(limits, own, asker) if asker else limits
        yield permission, Grant(reach, frozenset(sees), limits)


def limits_text(limits: Limits) -> str:
    """Return limits as the database keeps them."""
    return encode(listed(limits)).decode()


def limits_of(kept: str) -> Limits:
    """Return limits from what the database keeps."""
    listed: Any = load(kept.encode())
    return frozenset(frozenset(one) for one in listed)


def permission_faults(permissions: Mapping[str, Grant]) -> Iterator[Fault]:
    """Yield what is wrong with the permissions of a role."""
    for name, grant in permissions.items():
        if not _PERMISSION.fullmatch(name):
            yield Fault(
                f"permission[{name}]",
                "permissionName",
                "write Thing:verb, APINUMBER:verb, module:verb, *:verb (read, create, update, "
                "delete) or *:*",
            )
        yield from limit_faults(name, grant)
        if grant.reach not in WIDTH or not grant.sees <= EVERY_CLASS:
            yield Fault(
                f"permission[{name}]",
                "permissionGrant",
                f"reach is one of {', '.join(WIDTH)}; sees holds {', '.join(sorted(EVERY_CLASS))}",
            )


def limit_faults(name: str, grant: Grant) -> Iterator[Fault]:
    """Yield what is wrong with the limits of a permission: there are some where it is limited."""
    path = f"permission[{name}]"
    named = {one for limit in grant.limits for one in limit}
    if (grant.reach == "limited") != bool(grant.limits) or not all(grant.limits) or grant.beside:
        message = "a limited permission names its limits, and no other one does"
        yield Fault(path, "permissionLimits", message)
    for one in sorted(named):
        if not SPHERE.fullmatch(one) or one.startswith(f"{ENTERED}:"):
            yield Fault(path, "permissionLimits", f"write dimension:value, not {one[:80]}")


def scope_faults(scopes: Iterable[str]) -> Iterator[Fault]:
    """Yield what is wrong with the scopes of a token; it has at least one."""
    names = list(scopes)
    if not names:
        yield Fault("scope", "scopeMissing", "name at least one scope, such as *:read")
    for name in names:
        if not _PERMISSION.fullmatch(name):
            yield Fault("scope", "scopeName", f"{name[:80]} is not the name of a permission")
