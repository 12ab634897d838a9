"""Grants: what one permission allows, which rows it reaches and what it shows of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from trunkline.documents.limits import Limits
from trunkline.documents.shape import OUTSIDE, OWN, DataClass

Reach = Literal["all", "limited", "partner", "own"]
WIDTH: dict[Reach, int] = {"own": 0, "partner": 1, "limited": 2, "all": 3}
EVERY_CLASS: frozenset[DataClass] = frozenset({"public", "internal", "personal", "sensitive"})


@dataclass(frozen=True)
class Grant:
    """What one permission allows: which rows, and which classes of attributes in them.

    With reach `limited` rows of owners within `limits`, and those of the narrower reach `beside`.
    """

    reach: Reach = "all"
    sees: frozenset[DataClass] = EVERY_CLASS
    limits: Limits = frozenset()
    beside: Reach | None = None

    def joined(self, other: Grant) -> Grant:
        """Return what both together allow."""
        reaches = [one for one in (self.reach, self.beside, other.reach, other.beside) if one]
        widest = max(reaches, key=WIDTH.__getitem__)
        sees = self.sees | other.sees
        if widest != "limited":
            return Grant(widest, sees)
        narrow = [one for one in reaches if one != "limited"]
        beside = max(narrow, key=WIDTH.__getitem__, default=None)
        return Grant("limited", sees, self.limits | other.limits, beside)

    @property
    def is_staffs(self) -> bool:
        """Tell whether it is one of the operator's staff, over all rows or a part of them."""
        return self.reach in {"all", "limited"}


def told(grant: Grant | None) -> Grant | None:
    """Return a grant as it is asked for of a kind: one of no staff says so in what it shows.

    So masks leave out there what the staff wrote for themselves.
    """
    if grant is None or grant.is_staffs:
        return grant
    return replace(grant, sees=grant.sees | ({OWN, OUTSIDE} if grant.reach == "own" else {OUTSIDE}))


def union(listed: Iterable[tuple[str, Grant]]) -> dict[str, Grant]:
    """Return what several lists of permissions allow together, by permission."""
    found: dict[str, Grant] = {}
    for permission, grant in listed:
        found[permission] = found[permission].joined(grant) if permission in found else grant
    return found
