"""References in documents: where one names other records, told from its shape alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from trunkline.documents.shape import Json, Shape


class Found(NamedTuple):
    """One reference found in a document. `holder` is the JSON object that has the `id`.

    `path` has no indexes (`item.part`), `where` has them (`item[0].part`).
    """

    path: str
    where: str
    holder: dict[str, Json]
    shape: type[Shape]

    @property
    def id(self) -> str:
        """The id as written: a UUID, a key or another system's id."""
        return str(self.holder["id"])

    @property
    def role(self) -> str | None:
        """The role of the reference, where it has one."""
        role = self.holder.get("role")
        return role if isinstance(role, str) else None


_leading: dict[type[Shape], dict[str, type[Shape]]] = {}


def leads_to_references(shape: type[Shape]) -> dict[str, type[Shape]]:
    """Return the attributes under which references may lie, JSON names to shapes."""
    found = _leading.get(shape)
    if found is None:
        found = _leading[shape] = {
            one.json_name: one.shape
            for one in shape.attributes().values()
            if one.shape is not None and _holds(one.shape, set())
        }
    return found


def _holds(shape: type[Shape], above: set[type[Shape]]) -> bool:
    if shape.targets:
        return True
    if shape in above:
        return False
    above = above | {shape}
    return any(
        one.shape is not None and _holds(one.shape, above) for one in shape.attributes().values()
    )


def references(shape: type[Shape], raw: dict[str, Json]) -> list[Found]:
    """Return every reference in a document, outer ones first."""
    found: list[Found] = []
    _collect(found, leads_to_references(shape), raw, "", "")
    return found


def _collect(
    found: list[Found], leading: dict[str, type[Shape]], raw: dict[str, Json], path: str, where: str
) -> None:
    for name, value in raw.items():
        shape = leading.get(name)
        if shape is None or not value:
            continue
        deeper = f"{path}.{name}" if path else name
        here = f"{where}.{name}" if where else name
        below = leads_to_references(shape)
        for index, one in enumerate(value) if isinstance(value, list) else ((None, value),):
            if isinstance(one, dict):
                spot = here if index is None else f"{here}[{index}]"
                if shape.targets and isinstance(one.get("id"), str):
                    found.append(Found(deeper, spot, one, shape))
                if below:
                    _collect(found, below, one, deeper, spot)


def pick(found: Sequence[Found], selector: str) -> Found | None:
    """Return the first reference that a selector names: `path`, or `path[role]`."""
    path, _, role = selector.rstrip("]").partition("[")
    for one in found:
        if one.path == path and (not role or (one.role or "").lower() == role.lower()):
            return one
    return None
