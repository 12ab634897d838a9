"""The matrix of a role: what it may do with each kind of record, how far, and seeing what of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from trunkline.access.function import own_permissions
from trunkline.documents.limits import listed
from trunkline.identity.rights import RECORD_VERBS, covering
from trunkline.identity.roles import Role
from trunkline.kernel.actor import WIDTH, Grant, Reach
from trunkline.kernel.ddl import is_scoped
from trunkline.kernel.resource import Registry, Resource
from trunkline.web.navigation import JOBS
from trunkline.web.wording import plural, words

VERBS = ("read", "create", "update", "delete")
CLASSES = ("public", "internal", "personal", "sensitive")
VERB_WORDS = {"read": "Read", "create": "Create", "update": "Change", "delete": "Delete"}
CLASS_WORDS = {"public": "Public", "internal": "Internal", "personal": "Personal",
               "sensitive": "Sensitive"}  # fmt: skip
REACHES: Mapping[Reach, str] = {"all": "All", "limited": "Limited", "partner": "Partner's",
                                "own": "Own"}  # fmt: skip
TITLES = {job.name: job.title for job in JOBS}
OPERATIONS = {"read": {"retrieve", "list"}, "create": {"create"}, "update": {"patch"},
              "delete": {"delete"}}  # fmt: skip


def matrix(
    registry: Registry, known: Mapping[str, set[str]], roles: Sequence[Role]
) -> list[dict[str, Any]]:
    """Return the modules with their rows; a row has the cells of each role, verb by verb.

    `known` has the actions of each function: those that are no verb of a record get rows, too.
    """
    groups: dict[str, list[Resource]] = {}
    for one in registry:
        if one.published:
            groups.setdefault(one.module, []).append(one)
    return [
        {
            "title": TITLES.get(module) or words(module),
            "rows": [_row(registry, one, roles) for one in resources],
            "verbs": [_verb(registry, each, roles) for each in _own_verbs(known, module)],
        }
        for module, resources in sorted(groups.items(), key=_order)
    ] + [
        {"title": words(module), "rows": [],
         "verbs": [_verb(registry, each, roles) for each in _own_verbs(known, module)]}
        for module in sorted(known)
        if module not in groups and module[:1].islower() and [*_own_verbs(known, module)]
    ]  # fmt: skip


def wide_rows(
    registry: Registry, known: Mapping[str, set[str]], roles: Sequence[Role]
) -> list[dict[str, Any]]:
    """Return the rows of what covers many kinds at once: everything, and whole interfaces."""
    interfaces = {one.api.number: one.api.title for one in registry}
    held = {name.partition(":")[0] for role in roles for name in role.permissions}
    return [
        {
            "name": function,
            "title": f"{function} {interfaces[function]}" if function in interfaces else function,
            "cells": [
                _compared([cell(registry, role, f"{function}:{verb}") for role in roles])
                if verb in known[function]
                else None
                for verb in VERBS
            ],
        }
        for function in ["*", *sorted(interfaces)]
        if function in held and function in known
    ]


def titles_of_rights() -> Iterator[str]:
    """Yield what the rights that modules have of their own are called, with their modules."""
    for module, _, verb in (one.partition(":") for one in own_permissions()):
        if module[:1].islower():
            yield TITLES.get(module) or words(module)
            yield words(verb)


def cell(registry: Registry, role: Role, permission: str) -> dict[str, Any]:
    """Return how far a role holds a permission, and by which other one, if any."""
    names = [one for one in covering(registry, permission) if one in role.permissions]
    grant: Grant | None = None
    for one in names:
        grant = role.permissions[one] if grant is None else grant.joined(role.permissions[one])
    return {
        "permission": permission,
        "reach": REACHES[grant.reach] if grant else "",
        "limits": listed(grant.limits) if grant else [],
        "sees": [CLASS_WORDS[one] for one in CLASSES[2:] if grant and one in grant.sees],
        "narrow": bool(grant and "internal" not in grant.sees),
        "via": [one for one in names if one != permission],
        "is_own": permission in role.permissions,
        "source": names[0].partition(":")[0] if names and names[0] != permission else "",
    }


def choice(
    form_reach: str, form_sees: Sequence[str], limit: Sequence[str] = ()
) -> dict[str, Any] | None:
    """Return the part of an entitlement that a form chose; None for nothing."""
    if form_reach not in WIDTH:
        return None
    found: dict[str, Any] = {
        "reach": form_reach, "sees": [one for one in CLASSES if one in form_sees]
    }  # fmt: skip
    return found | {"limit": list(limit)} if form_reach == "limited" else found


def differs(row: Mapping[str, Any]) -> bool:
    """Tell whether the compared roles say different things in some cell of a row."""
    return any(one is not None and one["differs"] for one in row["cells"])


def differing(groups: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the groups with those rows and verbs only in which the compared roles differ."""
    narrowed = [
        {
            **group,
            "rows": [one for one in group["rows"] if differs(one)],
            "verbs": [one for one in group["verbs"] if one["cell"]["differs"]],
        }
        for group in groups
    ]
    return [one for one in narrowed if one["rows"] or one["verbs"]]


def _order(group: tuple[str, list[Resource]]) -> int:
    """Return where a module stands: as in the menu, others after those."""
    places = [job.name for job in JOBS]
    return places.index(group[0]) if group[0] in places else len(places)


def _row(registry: Registry, one: Resource, roles: Sequence[Role]) -> dict[str, Any]:
    offered = {*one.operations}
    cells = [
        [_of_kind(one, cell(registry, role, f"{one.name}:{verb}")) for role in roles]
        if OPERATIONS[verb] & offered
        else None
        for verb in VERBS
    ]
    return {"name": one.name, "title": plural(one.title), "cells": [_compared(c) for c in cells]}


def _of_kind(resource: Resource, found: dict[str, Any]) -> dict[str, Any]:
    """Return a cell as it holds for a kind: limits are about owners, so not about what has none."""
    if found["limits"] and not is_scoped(resource):
        return found | {"reach": REACHES["all"], "limits": []}
    return found


def _verb(registry: Registry, permission: str, roles: Sequence[Role]) -> dict[str, Any]:
    cells = [cell(registry, role, permission) for role in roles]
    verb = words(permission.partition(":")[2])
    return {"name": permission, "title": verb, "cell": _compared(cells)}


def _compared(cells: list[dict[str, Any]] | None) -> dict[str, Any] | None:
    """Return the cells of the compared roles, and whether they say different things."""
    if cells is None:
        return None
    said = {(one["reach"], str(one["limits"]), tuple(one["sees"]), one["narrow"]) for one in cells}
    return {"cells": cells, "differs": len(said) > 1}


def _own_verbs(known: Mapping[str, set[str]], module: str) -> Iterator[str]:
    for verb in sorted(known.get(module, ())):
        if verb not in RECORD_VERBS or module in {"attributes", "operations"}:
            yield f"{module}:{verb}"
