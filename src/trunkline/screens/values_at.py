"""Values at a path of a screen: through lists, and in lists of named values by a name or role."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from trunkline.documents.shape import Json

NAME_MAX = 100
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


def values_at(document: dict[str, Json], path: str, *, is_loose: bool = False) -> Iterator[Json]:
    """Yield every value at a path, through lists.

    `held[NAME]` yields those of that name, `held[ROLE].name` the names of those in that role. What
    `is_loose` takes names for the same that differ in case, blanks and signs.
    """
    names, by, wanted, below = _parts(path)
    found: list[Json] = []
    if names[0] in document:  # most records say nothing at most paths
        _collect(found, document, names, 0)
    if by:
        named = [one for one in found if isinstance(one, dict)]
        found, like = [], _plain(wanted) if is_loose else None
        for one in named:
            said = one.get(by)
            if _is_called(said, wanted, by) or (like is not None and _letters(said) == like):
                _collect(found, one, below, 0)
    yield from found


@lru_cache(maxsize=4_000)
def _parts(path: str) -> tuple[list[str], str, str, list[str]]:
    """Return the names on the way to a list or value, what picks of it, and the names below."""
    found = PICKED.match(path)
    if found is None:
        return path.split("."), "", "", []
    by, names = ("role", found[3].split(".")) if found[3] else ("name", ["value"])
    return found[1].split("."), by, found[2], names


def _is_called(said: Json, wanted: str, by: str) -> bool:
    """Tell whether a name or role is the wanted one; roles are compared in small letters."""
    return said == wanted or (by == "role" and str(said or "").lower() == wanted.lower())


@lru_cache(maxsize=4_000)
def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, text)).lower()


def _letters(said: Json) -> str | None:
    """Return a name as names are compared loosely, None for what is no name."""
    return _plain(said) if isinstance(said, str) and len(said) <= NAME_MAX else None


def _collect(found: list[Json], value: Json, names: list[str], at: int) -> None:
    if isinstance(value, list):
        for one in value:
            _collect(found, one, names, at)
    elif at == len(names):
        if value is not None:
            found.append(value)
    elif isinstance(value, dict) and names[at] in value:
        _collect(found, value[names[at]], names, at + 1)
