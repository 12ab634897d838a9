"""References in documents: where one names other records, told from its shape alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


class Branch(NamedTuple):
    """What is below an attribute: its shape, whether that is a reference, and what is below it."""

    shape: type[Shape]
    is_reference: bool
    below: Mapping[str, Branch]


_leading: dict[type[Shape], dict[str, Branch]] = {}


def leads_to_references(shape: type[Shape]) -> Mapping[str, Branch]:
    """Return the attributes under which references may lie, by their JSON names."""
    found = _leading.get(shape)
    if found is None:
        made: dict[type[Shape], dict[str, Branch]] = {}
        found = _branches(shape, made)
        _leading.update(made)
    return found


def _branches(shape: type[Shape], made: dict[type[Shape], dict[str, Branch]]) -> dict[str, Branch]:
    if shape in made:
        return made[shape]
    found = made[shape] = {}  # there before it is filled, for a shape may lie in itself
    for one in shape.attributes().values():
        if one.shape is not None and _holds(one.shape, set()):
            below = _branches(one.shape, made)
            found[one.json_name] = Branch(one.shape, bool(one.shape.targets), below)
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
    found: list[Found], leading: Mapping[str, Branch], raw: dict[str, Json], path: str, where: str
) -> None:
    for name, value in raw.items():
        if name not in leading or not value:
            continue
        shape, is_reference, below = leading[name]
        deeper = f"{path}.{name}" if path else name
        here = f"{where}.{name}" if where else name
        for index, one in enumerate(value) if isinstance(value, list) else ((None, value),):
            if isinstance(one, dict):
                spot = here if index is None else f"{here}[{index}]"
                if is_reference and isinstance(one.get("id"), str):
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
