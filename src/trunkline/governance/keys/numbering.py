"""Numbering: what stands before the number of a new record, by the pattern of its kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from trunkline.documents.decode import load
from trunkline.documents.errors import Fault
from trunkline.documents.key_format import KEY_DIGITS, key_format
from trunkline.documents.shape import Json
from trunkline.governance.configured import configured
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.work import Work

YEARS = {"two": "%y", "four": "%Y"}


@dataclass(frozen=True)
class Pattern:
    """How records of a kind are numbered."""

    prefix: str
    digits: int = KEY_DIGITS
    year: str = "none"
    segment: tuple[str, ...] = ()
    codes: Mapping[str, str] = field(default_factory=dict)

    def begins(self, record: Mapping[str, Json], now: datetime) -> str:
        """Return what stands before the number of a record that is made now."""
        year = now.strftime(YEARS[self.year]) if self.year in YEARS else ""
        return f"{self.prefix}{self._code(record)}{year}"

    def _code(self, record: Mapping[str, Json]) -> str:
        value: Any = record if self.segment else None
        for name in self.segment:
            value = value.get(name) if isinstance(value, dict) else None
        return self.codes.get(value, "") if isinstance(value, str) else ""


@dataclass(frozen=True)
class Patterns:
    """The pattern of each kind that has one."""

    by_kind: Mapping[str, Pattern]


def patterns(work: Work) -> Mapping[str, Pattern]:
    """Return how kinds are numbered where the operator says so, by kind."""
    return configured(work, Patterns, _read).by_kind


def pattern_of(raw: Mapping[str, Json]) -> Pattern:
    """Return what the document of a pattern says."""
    segment = raw.get("segment") or ""
    return Pattern(
        prefix=raw["prefix"],
        digits=raw.get("digits") or KEY_DIGITS,
        year=raw.get("year") or "none",
        segment=tuple(segment.split(".")) if segment else (),
        codes={one["value"]: one["code"] for one in raw.get("segmentCode") or ()},
    )


def _read(connection: Any) -> Patterns:
    rows = connection.execute("select p_record_type, doc from key_pattern").fetchall()
    return Patterns({kind: pattern_of(load(doc)) for kind, doc in rows})


@rule()
def new_records_are_numbered(work: Work, old: Document | None, new: Document) -> Iterable[Fault]:
    """Say by which pattern a new record is numbered; nothing is refused."""
    pattern = patterns(work).get(new.resource.name) if old is None else None
    if pattern is not None:
        new.meta.format = key_format(pattern.begins(new.raw, work.now), pattern.digits)
    return ()


def next_keys(
    work: Work, resource: Resource, pattern: Pattern, *, start: int | None
) -> list[tuple[str, str]]:
    """Return (value of the segment, key) of what the next record would be called.

    The first is that of a record without a value that has letters of its own.
    """
    (number,) = work.connection.execute("select next_number(%s)", [resource.table]).fetchone()
    number = max(number, start or 0)
    found = []
    for value in ("", *pattern.codes):
        record: Any = value
        for name in reversed(pattern.segment):
            record = {name: record}
        begins = pattern.begins(record if isinstance(record, dict) else {}, work.now)
        found.append((value, f"{begins}{number:0{pattern.digits}d}"))
    return found
