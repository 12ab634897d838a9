"""Pasting: many sites at once, one per line, recognized by key, name or address. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from trunkline.web.capture.who import Place

LINES_MAX = 5000
NAMED_MAX = 3
NOTHING_BUT_SIGNS = re.compile(r"[\W_]+")
CELLS = re.compile(r"[\t;]")


@dataclass(frozen=True)
class Left:
    """A line that no site was recognized in, and why; `about` fills in the reason."""

    text: str
    reason: str
    about: str = ""


@dataclass(frozen=True)
class Pasted:
    """The sites that were recognized, each once in their sequence, and the lines that are left."""

    sites: Sequence[str] = ()
    left: Sequence[Left] = ()

    @property
    def text(self) -> str:
        """The lines that are left, as they were typed."""
        return "\n".join(one.text for one in self.left)


def recognized(text: str, sites: Iterable[Place]) -> Pasted:
    """Return the sites that the lines of a text name.

    A line is a key, a name, an address or its first part, or cells of a table of which one is:
    `SIT000007`, `Harbour Office`, `SIT000007;Harbour Office;Mill Lane 7`.
    """
    known: dict[str, dict[str, Place]] = {}
    for one in sites:
        for said in (one.key, one.name, one.address, one.address.partition(",")[0]):
            if name := plain(said):
                known.setdefault(name, {})[one.id] = one
    found: list[str] = []
    left: list[Left] = []
    for line in [one.strip() for one in text.splitlines() if one.strip()][:LINES_MAX]:
        meant = _meant(line, known)
        if isinstance(meant, Left):
            left.append(meant)
        else:
            found.append(meant.id)
    return Pasted(tuple(dict.fromkeys(found)), left)


def plain(text: str) -> str:
    """Return a text as it is compared: in small letters, without signs between its words."""
    return NOTHING_BUT_SIGNS.sub(" ", text.casefold()).strip()


def _meant(line: str, known: dict[str, dict[str, Place]]) -> Place | Left:
    """Return the site that a line names, or why it names none."""
    several: list[Place] = []
    for name in _names(line):
        places = list(known.get(name, {}).values())
        if len(places) == 1 and places[0].is_open:
            return places[0]
        if len(places) == 1:
            return Left(line, "Site %(about)s is closed", places[0].key)
        several = several or places
    if several:
        keys = ", ".join(one.key for one in several[:NAMED_MAX])
        return Left(line, "Several sites are called so: %(about)s", keys)
    return Left(line, "No site of this customer has this key, name or address")


def _names(line: str) -> Iterator[str]:
    yield plain(line)
    cells = CELLS.split(line)
    if len(cells) == 1:
        cells = line.split(",")
    yield from (name for one in cells if (name := plain(one)))
