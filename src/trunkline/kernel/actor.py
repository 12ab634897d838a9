"""Actors: who asks, which rows they may reach, and which data classes they may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from trunkline.documents.errors import Forbidden
from trunkline.documents.grant import EVERY_CLASS, WIDTH, Grant, Reach, told
from trunkline.kernel.ddl import is_scoped
from trunkline.kernel.resource import Resource

__all__ = ["EVERY_CLASS", "WIDTH", "Grant", "Reach"]  # ours by another name
Verb = Literal["read", "create", "update", "delete"]


@dataclass(frozen=True)
class Actor:
    """Who does something, and with which rights.

    `grants` maps permissions to what they allow; a permission is `Thing:verb`, `APINUMBER:verb`,
    `*:verb` or a named verb of a module (`module:verb`). `scopes` narrows them (None: not
    narrowed). `party` is the record of the person or organization that the actor is, `partner`
    the organization through which others' records may be reached. The last two keep answers.
    """

    id: str
    name: str
    kind: Literal["user", "client", "system", "nobody"]
    grants: Mapping[str, Grant] = field(default_factory=dict)
    scopes: frozenset[str] | None = None
    party: str | None = None
    partner: str | None = None
    channel: str = "api"
    whole_kinds: list[str] = field(default_factory=list, init=False, repr=False, compare=False)
    known: dict[Any, Grant | None] = field(default_factory=dict, init=False, compare=False)

    def may(self, permission: str) -> Grant | None:
        """Return what a module's named permission allows, or None."""
        if self.scopes is not None and not {permission, "*:*"} & self.scopes:
            return None
        return self.grants.get(permission) or self.grants.get("*:*")

    def grant(self, resource: Resource, verb: Verb) -> Grant | None:
        """Return what the actor may do with a resource, or None where nothing is allowed.

        Of what belongs to nobody, a narrow grant reads the public kinds and writes none.
        """
        asked = resource.name, verb
        if asked not in self.known:
            self.known[asked] = told(self._grant(resource, verb))
        return self.known[asked]

    def _grant(self, resource: Resource, verb: Verb) -> Grant | None:
        names = (
            f"{resource.name}:{verb}",
            f"{resource.api.number}:{verb}",
            f"{resource.module}:{verb}",
            f"*:{verb}",
            "*:*",
        )
        if self.scopes is not None and not self.scopes.intersection(names):
            return None
        found: Grant | None = None
        for name in names:
            one = self.grants.get(name)
            if one is not None:
                found = one if found is None else found.joined(one)
        if found is None or found.reach == "all" or is_scoped(resource):
            return found
        if found.reach == "limited" and resource.data_class != "personal":
            return Grant("all", found.sees)
        return found if verb == "read" and resource.data_class == "public" else None

    def must(self, resource: Resource, verb: Verb) -> Grant:
        """Return the grant, or refuse with 403 naming the permission that is missing."""
        found = self.grant(resource, verb)
        if found is None:
            raise self._lacking(f"{resource.name}:{verb}")
        return found

    def must_have(self, permission: str) -> Grant:
        """Return the grant of a module's named permission, or refuse with 403."""
        found = self.may(permission)
        if found is None:
            raise self._lacking(permission)
        return found

    def _lacking(self, permission: str) -> Forbidden:
        return Forbidden(
            "notAllowed",
            f"{self.name} has no permission {permission}; "
            "ask an administrator for a role that has it",
        )


def system(name: str, channel: str = "worker") -> Actor:
    """Return the program itself as actor: it may do everything, and is named in the audit."""
    return Actor(
        id="00000000-0000-0000-0000-000000000000",
        name=name,
        kind="system",
        grants={"*:*": Grant()},
        channel=channel,
    )


NOBODY = Actor(
    id="00000000-0000-0000-0000-000000000000", name="nobody", kind="nobody", channel="api"
)
