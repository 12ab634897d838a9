"""Because: one reason of an explanation, with the rule, its version and what that was given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from trunkline.documents.shape import Json
from trunkline.kernel.resource import Document

About: TypeAlias = Literal[
    "part", "rule", "value", "start", "duration", "end", "state", "price", "priority"
]

INPUTS: frozenset[About] = frozenset({"value", "part", "rule"})
"""About these, what was given may hold what customers said of themselves."""


@dataclass(frozen=True)
class Because:
    """Why one thing about an order, a line or a step is as it is.

    `name` is the value, date or price that is meant, `rule` what decided it (a plan definition, a
    specification, a policy, a price) with its `version`, `given` what it was decided by.
    """

    about: About
    text: str
    name: str | None = None
    rule: str | None = None
    version: str | None = None
    given: Json = None


def version_of(entry: Document | None) -> str | None:
    """Return the version that an entry says of itself, else how often it was written."""
    if entry is None:
        return None
    said = entry.raw.get("version")
    return str(said) if said not in (None, "") else str(entry.meta.version)
