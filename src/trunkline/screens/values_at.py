"""Values at a path of a screen: through lists, and in lists of named values by a name or role."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trunkline.documents.shape import Json

PICKED = re.compile(r"^([^\[\]]+)\[([^\[\]]+)\](?:\.([^\[\]]+))?$")


def plain_path(path: str) -> str:
    """Return the declared path of a screen's path.

    `held[NAME]` is about `held.value`, `held[ROLE].name` about `held.name`.
    """
    found = PICKED.match(path)
    return f"{found[1]}.{found[3] or 'value'}" if found else path


def picked_by(path: str) -> str:
    """Return the name or role by which a path picks values out of a list, empty for none."""
    found = PICKED.match(path)
    return found[2] if found else ""


def values_at(document: dict[str, Json], path: str) -> Iterator[Json]:
    """Yield every value at a path, through lists.

    `held[NAME]` yields those of that name, `held[ROLE].name` the names of those in that role.
    """
    found = PICKED.match(path)
    if found is None:
        yield from _values(document, path.split("."))
        return
    by, names = ("role", found[3].split(".")) if found[3] else ("name", ["value"])
    for one in _values(document, found[1].split(".")):
        if isinstance(one, dict) and _is_called(one.get(by), found[2], by):
            yield from _values(one, names)


def _is_called(said: Json, wanted: str, by: str) -> bool:
    """Tell whether a name or role is the wanted one; roles are compared in small letters."""
    return said == wanted or (by == "role" and str(said or "").lower() == wanted.lower())


def _values(value: Json, names: list[str]) -> Iterator[Json]:
    if isinstance(value, list):
        for one in value:
            yield from _values(one, names)
    elif not names:
        if value is not None:
            yield value
    elif isinstance(value, dict):
        yield from _values(value.get(names[0]), names[1:])
