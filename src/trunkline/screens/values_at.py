"""Values at a path of a screen: through lists, and in lists of named values by a name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trunkline.documents.shape import Json

NAMED = re.compile(r"^([^\[\]]+)\[([^\[\]]+)\]$")


def plain_path(path: str) -> str:
    """Return the declared path of a screen's path: `held[NAME]` is about `held.value`."""
    found = NAMED.match(path)
    return f"{found[1]}.value" if found else path


def values_at(document: dict[str, Json], path: str) -> Iterator[Json]:
    """Yield every value at a path, through lists; `held[NAME]` yields those of that name."""
    found = NAMED.match(path)
    if found is None:
        yield from _values(document, path.split("."))
        return
    for one in _values(document, found[1].split(".")):
        if isinstance(one, dict) and one.get("name") == found[2]:
            yield from _values(one, ["value"])


def _values(value: Json, names: list[str]) -> Iterator[Json]:
    if isinstance(value, list):
        for one in value:
            yield from _values(one, names)
    elif not names:
        if value is not None:
            yield value
    elif isinstance(value, dict):
        yield from _values(value.get(names[0]), names[1:])
