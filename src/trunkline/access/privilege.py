"""Privileges (TMF672): what somebody may do without a role, as a part of the permission.

A privilege is an `action` on a `function`, as an entitlement of a role is. Its asset says whose
records it is for: all of the installation, those of the holder's partner, or the holder's own.
Its `reach`, `limit`, `sees` and `validFor` are ours; without the reach it is as wide as its asset,
without `sees` it shows what is public or internal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from trunkline.access.function import function_faults
from trunkline.access.period import end_of, until
from trunkline.access.user_role import DESCRIBING, ENTITLEMENT, grant_faults, grant_of, said
from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.identity.privileges import Held
from trunkline.kernel.actor import WIDTH, Reach

ASSET = "installation"
KEPT = ENTITLEMENT | {"manageableAsset", "validFor"}


def assets_of(party: str | None, partner: str | None) -> dict[str, Reach]:
    """Return the assets that a holder's privileges may be for, and how far each lets them reach."""
    found: dict[str, Reach] = {ASSET: "all"}
    if party is not None:
        found[party] = "own"
    if partner is not None:
        found[partner] = "partner"
    return found


def privilege(permission: str, held: Held, assets: Mapping[str, Reach]) -> dict[str, Json]:
    """Return what somebody holds without a role as a privilege."""
    function, _, action = permission.partition(":")
    reach = held.grant.reach
    (first, *_) = said(held.grant)
    asset = next((ident for ident, width in assets.items() if width == reach), ASSET)
    return {
        "manageableAsset": {"id": asset} | ({"@referredType": "Installation"} if asset == ASSET
                                            else {}),
        "function": function,
        "action": action,
        **first,
        **({"validFor": until(held.ends_at)} if held.ends_at else {}),
        "@type": "Privilege",
    }  # fmt: skip


def privileges_in(
    listed: Json,
    faults: list[Fault],
    *,
    known: Mapping[str, set[str]],
    assets: Mapping[str, Reach],
) -> dict[str, Held]:
    """Return what a list of privileges asks for, by permission, each with its own end."""
    if listed is None:
        return {}
    if not isinstance(listed, list):
        faults.append(Fault("privilege", "badType", "must be of type array"))
        return {}
    found: dict[str, Held] = {}
    for index, one in enumerate(listed):
        path = f"privilege[{index}]"
        own = list(_faults(one, path, known, assets))
        if not own and (permission := f"{one['function']}:{one['action']}") in found:
            message = f"{permission} is named by another privilege; make one of both"
            own = [Fault(path, "duplicate", message)]
        faults += own
        if not own:
            found[permission] = _held(one, assets)
    return found


def _held(one: Mapping[str, Any], assets: Mapping[str, Reach]) -> Held:
    reach = one.get("reach", assets[one["manageableAsset"]["id"]])
    return Held(grant_of(one, reach), end_of(one))


def _faults(
    one: Json, path: str, known: Mapping[str, set[str]], assets: Mapping[str, Reach]
) -> Iterator[Fault]:
    if not isinstance(one, dict):
        yield Fault(path, "badType", "must be of type object")
        return
    for name in sorted(one.keys() - KEPT - DESCRIBING):
        yield Fault(f"{path}.{name}", "notKept", "a privilege does not keep this; leave it out")
    yield from function_faults(known, one, path)
    yield from grant_faults(one, path)
    asset = one.get("manageableAsset")
    ident = asset.get("id") if isinstance(asset, dict) else None
    if not isinstance(ident, str):
        yield Fault(f"{path}.manageableAsset.id", "missing", "is required; send it")
    elif ident not in assets:
        message = f"write {ASSET}, or the id of the user's own party or partner"
        yield Fault(f"{path}.manageableAsset.id", "badValue", message)
    elif (reach := one.get("reach")) in tuple(WIDTH) and WIDTH[reach] > WIDTH[assets[ident]]:
        message = f"goes beyond the asset, which is for {assets[ident]}; leave it out"
        yield Fault(f"{path}.reach", "badValue", message)
