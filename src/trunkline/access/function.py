"""Functions: what a role or privilege may name, and the actions that there are on each.

A function is a kind of record, the number of an interface, a module or `*`. Actions are those on
records, subscribing to an interface, and the verbs that modules have of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from trunkline.access.standard import ROLES
from trunkline.database.connection import Connection
from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.identity.rights import RECORD_VERBS
from trunkline.identity.roles import all_roles
from trunkline.kernel.resource import Registry

_VERBS: dict[str, set[str]] = {
    "attributes": {"read", "define"},
    "events": {"subscribe"},
    "fieldwork": {"report", "dispatch"},
    "governance": {"export", "import"},
    "hub": {"administer"},
    "identity": {"administer"},
    "inventory": {"changeState"},
    "matching": {"check", "find"},
    "operations": {"read", "retry"},
    "ordering": {
        "retry",
        "skip",
        "completeTask",
        "completeOwnTask",
        "simulate",
        "retroactive",
        "tellEvent",
        "reportOutbound",
        "editPlan",
        "transferOwnership",
        "waiveFee",
    },
    "privacy": {"readLog"},
    "qualification": {"answer", "checkAgain", "checkMany"},
    "workspace": {"own", "records"},
}
SUBSCRIBE = "subscribe"
SENT_MAX = 80


def declare_verbs(module: str, *verbs: str) -> None:
    """Name verbs of a module that are none on its records; an installed one calls it on import."""
    _VERBS.setdefault(module, set()).update(verbs)


def actions_by_function(registry: Registry, connection: Connection) -> dict[str, set[str]]:
    """Return every function with its actions; what a role has already can be given as well."""
    found = {"*": {*RECORD_VERBS, "*"}}
    for one in registry:
        for name in (one.name, one.api.number, one.module):
            found.setdefault(name, set()).update(RECORD_VERBS)
        found[one.api.number].add(SUBSCRIBE)
    given = [one for role in all_roles(connection) for one in role.permissions]
    for permission in (*own_permissions(), *given):
        function, _, action = permission.partition(":")
        found.setdefault(function, set()).add(action)
    return found


def own_permissions() -> set[str]:
    """Return the permissions that modules have of their own, and those of the standard roles."""
    declared = {f"{module}:{verb}" for module, verbs in _VERBS.items() for verb in verbs}
    return declared.union(*(role.permissions for role in ROLES.values()))


def function_faults(
    known: Mapping[str, Iterable[str]], one: Mapping[str, Json], path: str
) -> Iterator[Fault]:
    """Yield what is wrong with the function and the action of an entitlement or privilege."""
    function, action = one.get("function"), one.get("action")
    for name, value in (("function", function), ("action", action)):
        if not isinstance(value, str):
            yield Fault(f"{path}.{name}", "missing", "is required; send it")
    if not isinstance(function, str):
        return
    if function not in known:
        message = f"there is no function {function[:SENT_MAX]}; write one of: {_listed(known)}"
        yield Fault(f"{path}.function", "badValue", message)
    elif isinstance(action, str) and action not in known[function]:
        message = f"{function} has no action {action[:SENT_MAX]}; write one of: "
        yield Fault(f"{path}.action", "badValue", message + _listed(known[function]))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
