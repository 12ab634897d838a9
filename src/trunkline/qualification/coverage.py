"""Coverage: what is asked of whoever knows where which service can be had, and the answers.

Without an outside system the coverage map of this installation answers, at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.kernel.services import Services
from trunkline.qualification.parts import Result

_PORT = "qualification.coverage"


@dataclass(frozen=True)
class Whereabouts:
    """A place as it is looked up: the lines of its address, and its point on the map.

    `ids` are those of the records that name it: a site, its address, its location.
    """

    lines: Mapping[str, str] = field(default_factory=dict)
    point: tuple[float, float] | None = None
    ids: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        """Tell whether it says enough to be looked up."""
        return bool(self.point or self.lines.get("postcode") or self.lines.get("city"))


@dataclass(frozen=True)
class Question:
    """Can this service, with these values, be had there? `installed` uses a line there already."""

    item: str
    where: Whereabouts
    specification: str
    name: str = ""
    values: Mapping[str, Json] = field(default_factory=dict)
    installed: bool = False


@dataclass(frozen=True)
class Instead:
    """Something else that can be had: another specification, other values, or a later day."""

    specification: str
    name: str
    values: Mapping[str, Json]
    available_at: datetime | None = None


@dataclass(frozen=True)
class Finding:
    """What is known of a question: the result, the reasons by code, and what else can be had."""

    result: Result
    reasons: Mapping[str, str] = field(default_factory=dict)
    instead: tuple[Instead, ...] = ()
    available_at: datetime | None = None
    area: str | None = None
    expires_at: datetime | None = None


def reasons_said(*faults: Fault) -> dict[str, str]:
    """Return why something cannot be had, by code; of each code the last counts."""
    return {one.code: one.message for one in faults}


class Unanswered(Exception):
    """The outside system was not reached, or said nothing that can be read."""


class Coverage(Protocol):
    """An outside system that knows where which service can be had."""

    def ask(
        self, kind: str, ident: str, questions: Sequence[Question]
    ) -> Mapping[str, Finding] | None:
        """Return the findings by item, or None where they are told later by the result call.

        `kind` and `ident` name the record that asks. Raises Unanswered.
        """


def use_coverage(services: Services, coverage: Coverage | None) -> None:
    """Let coverage be asked of an outside system; None leaves it to the coverage map."""
    services.extra[_PORT] = coverage


def coverage_of(services: Services) -> Coverage | None:
    """Return the outside system that is asked, or None."""
    found: Coverage | None = services.extra.get(_PORT)
    return found
