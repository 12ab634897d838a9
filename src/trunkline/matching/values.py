"""Values of a merge: what the survivor gets of what the loser had, by the choices made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any

from trunkline.documents.decode import encode
from trunkline.documents.patch import copied, same
from trunkline.documents.shape import Json
from trunkline.kernel.resource import Resource

MEDIA = "contactMedium"
KEPT = frozenset({"engagedParty", "status", "@type", "@baseType", "@schemaLocation"})
"""What a choice alone moves over; without one it stays as the survivor has it."""


def merged_values(
    resource: Resource,
    survivor: Mapping[str, Any],
    loser: Mapping[str, Any],
    chosen: Mapping[str, str],
) -> dict[str, Json]:
    """Return the merge patch for the survivor: what it takes over, by the names of attributes."""
    own, set_by_us = resource.type.by_json_name(), _set_by_us(resource)
    patch: dict[str, Json] = {}
    for name in loser:
        if name in set_by_us:
            continue
        take = chosen.get(name)
        declared = own.get(name)
        ours, theirs = survivor.get(name), loser[name]
        if take == "survivor" or theirs in (None, [], {}) or (take is None and name in KEPT):
            continue
        is_list = declared.is_list if declared is not None else isinstance(theirs, list)
        value = copied(theirs)
        if is_list and take != "loser":
            value = joined(ours or [], theirs)
            if name == MEDIA:
                value = marked_once(value)
        elif take is None and ours not in (None, "", {}):
            continue
        if not same(value, ours):
            patch[name] = value
    return patch


def _set_by_us(resource: Resource) -> frozenset[str]:
    """Return the attributes that nobody may choose, as they follow from others."""
    own = resource.type.attributes()
    return frozenset(own[name].json_name for name in resource.server_sets)


def apart_from(raw: Mapping[str, Any], idents: Set[str]) -> dict[str, Any]:
    """Return what a record says of others than these: two that become one are nothing to itself."""
    found: dict[str, Any] = {}
    for name, value in raw.items():
        if isinstance(value, list):
            found[name] = [one for one in value if not _names(one, idents)]
        elif not _names(value, idents):
            found[name] = value
    return found


def _names(value: Any, idents: Set[str]) -> bool:
    if isinstance(value, list):
        return any(_names(one, idents) for one in value)
    if not isinstance(value, Mapping):
        return False
    return value.get("id") in idents or any(_names(one, idents) for one in value.values())


def joined(ours: Sequence[Json], theirs: Sequence[Json]) -> list[Json]:
    """Return the elements of one list and those of another one that are not in it."""
    found = [copied(one) for one in ours]
    known = {encode(one) for one in ours}
    return found + [copied(one) for one in theirs if encode(one) not in known]


def marked_once(media: Sequence[Json]) -> list[Json]:
    """Return contact media of which the first preferred one of each kind keeps the mark."""
    found: list[Json] = []
    marked: set[str] = set()
    for one in media:
        kind = str(one.get("mediumType") or "").lower() if isinstance(one, dict) else ""
        if isinstance(one, dict) and one.get("preferred") is True:
            found.append(one if kind not in marked else one | {"preferred": False})
            marked.add(kind)
        else:
            found.append(one)
    return found


def differing(
    resource: Resource, survivor: Mapping[str, Any], loser: Mapping[str, Any]
) -> list[str]:
    """Return the attributes in which two records differ, in the order of the declaration."""
    names = [name for name in resource.type.by_json_name() if name in survivor or name in loser]
    names += [name for name in {*survivor, *loser} if name not in names]
    names = [name for name in names if name not in _set_by_us(resource)]
    return [
        name for name in names
        if not same(survivor.get(name), loser.get(name)) and not name.startswith("@")
    ]  # fmt: skip
