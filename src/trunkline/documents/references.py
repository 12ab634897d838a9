"""References in documents: where one names other records, told from its shape alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
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
        ident: str = self.holder["id"]
        return ident

    @property
    def role(self) -> str | None:
        """The role of the reference, where it has one."""
        role = self.holder.get("role")
        return role if isinstance(role, str) else None


_found: Callable[[tuple[str, str, dict[str, Json], type[Shape]]], Found]
_found = partial(tuple.__new__, Found)  # as `Found(...)`, at half the cost


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
        placed = [(here, value)]
        if type(value) is list:
            placed = [(f"{here}[{index}]", one) for index, one in enumerate(value)]
        for spot, one in placed:
            if type(one) is dict:
                if is_reference and "id" in one and type(one["id"]) is str:
                    found.append(_found((deeper, spot, one, shape)))
                if below:
                    _collect(found, below, one, deeper, spot)


def pick(found: Sequence[Found], selector: str) -> Found | None:
    """Return the first reference that a selector names: `path`, or `path[role]`."""
    path, role = _selected(selector)
    for one in found:
        if one.path == path and (not role or (one.role or "").lower() == role):
            return one
    return None


@cache
def _selected(selector: str) -> tuple[str, str]:
    path, _, role = selector.rstrip("]").partition("[")
    return path, role.lower()
