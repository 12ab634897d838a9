"""References: where a document points at other records, and what is known of those."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from trunkline.documents.errors import Fault
from trunkline.documents.references import Found, leads_to_references, references
from trunkline.documents.shape import Json, Shape
from trunkline.kernel.resource import Document, Registry, Resource

UUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z", re.IGNORECASE)
KEY = re.compile(r"^([A-Z]{2,5})\d{6,}\Z")
SAID = ("href", "name", "@referredType")


@dataclass(frozen=True)
class Target:
    """What is known of a record that is pointed at."""

    id: str
    type: str
    label: str | None
    owner: str | None
    partner: str | None
    lies_in: Sequence[str] | None = None


def held_targets(registry: Registry, shape: type[Shape]) -> list[Resource]:
    """Return the resources that a reference of this shape may point at and that we hold."""
    return [registry[name] for name in shape.targets if name in registry.resources]


def check(registry: Registry, found: Sequence[Found], targets: dict[str, Target]) -> list[Fault]:
    """Return a fault for every reference that points at nothing, or at the wrong kind.

    Sets on each good one the canonical id and, where the shape has them, the kind pointed at and
    the name as it is now; takes off names that are filled on reading.
    """
    faults: list[Fault] = []
    for _, where, holder, shape in found:
        target = targets.get(holder["id"])
        if target is None:
            if any(name in registry.elsewhere for name in shape.targets):
                if len(shape.targets) > 1 and not holder.get("@referredType"):
                    message = "is required of a record that is not held here; say its kind"
                    faults.append(Fault(f"{where}.@referredType", "missing", message))
                continue
            kinds = " or ".join(shape.targets)
            message = f"there is no {kinds} {holder['id']}; create it first or correct the id"
            faults.append(Fault(f"{where}.id", "danglingReference", message))
            continue
        claimed, declared = holder.get("@referredType"), registry.resources[target.type]
        if target.type not in shape.targets or (
            isinstance(claimed, str)
            and claimed in registry.resources
            and claimed not in (target.type, declared.type_name)
        ):
            wanted = (target.type in shape.targets and claimed) or " or ".join(shape.targets)
            message = f"{holder['id']} is a {target.type}, not a {wanted}"
            faults.append(Fault(f"{where}.id", "wrongReferenceType", message))
            continue
        holder["id"] = target.id
        holder.pop("href", None)
        names = shape.by_json_name()
        if "@referredType" in names and not claimed:
            holder["@referredType"] = declared.type_name
        if declared.live_name:
            holder.pop("name", None)
        elif target.label and "name" in names and holder.get("name") is None:
            holder["name"] = target.label
    return faults


class Link(NamedTuple):
    """A reference as a row: (path, target, role, kind of the target)."""

    path: str
    target: str
    role: str | None
    target_type: str


def links(found: Sequence[Found], targets: dict[str, Target]) -> set[Link]:
    """Return the rows of the reference table for a document's references to records held here."""
    return {
        Link(path, target.id, role if isinstance(role := holder.get("role"), str) else None,
             target.type)
        for path, _, holder, _ in found
        if (target := targets.get(holder["id"])) is not None
    }  # fmt: skip


def _row(one: Found) -> tuple[str, str, str | None]:
    path, _, holder, _ = one  # `one.id` and `one.role`, without two calls
    return path, holder["id"], role if isinstance(role := holder.get("role"), str) else None


def removed(registry: Registry, former: Sequence[Found], found: Sequence[Found]) -> set[Link]:
    """Return the rows of the references that are no longer there."""
    kept = {_row(one) for one in found}
    return {
        Link(one.path, one.id, one.role, "")
        for one in former
        if _row(one) not in kept and UUID.match(one.id) and held_targets(registry, one.shape)
    }


class Edit:
    """A record that is being changed: what it was, and the references that it has and had.

    `former` is `found` itself where no reference says anything else than it did.
    """

    def __init__(self, document: Document, before: dict[str, Json]) -> None:
        self.document = document
        self.before = before
        self.read()

    def read(self) -> None:
        """Find the references of the record as it is now."""
        kind, raw, before = type(self.document), self.document.raw, self.before
        self.found = self.former = references(kind, raw)
        changed = [one for one in leads_to_references(kind) if raw.get(one) != before.get(one)]
        if changed and (former := references(kind, before)) != self.found:
            self.former = former

    def new(self) -> list[Found]:
        """Return the references that were not there before; only they have to be looked up."""
        known = {_row(one) for one in self.former} if self.former is not self.found else None
        return [one for one in self.found if _row(one) not in known] if known is not None else []

    def said_anew(self) -> list[Found]:
        """Return the references that are new or say something else than they did."""
        if self.former is self.found:
            return []
        known = {_row(one): one.holder for one in self.former}
        return [
            one
            for one in self.found
            if (old := known.get(_row(one))) is None
            or any(one.holder.get(name) != old.get(name) for name in SAID)
        ]


def owners(resource: Resource, found: Iterable[Found]) -> list[tuple[str, str, str | None]]:
    """Return the references of a document that say whose record it is."""
    paths = {one.partition("[")[0] for one in (*resource.owner, *resource.partner)}
    return [_row(one) for one in found if one.path in paths]
