"""Judging: what the rows of the coverage map mean for a question, and how results roll up. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.geography.validation import normal
from trunkline.qualification.coverage import (
    Finding,
    Instead,
    Question,
    Whereabouts,
    reasons_said,
)
from trunkline.qualification.coverage_area import DOWNLOAD, UPLOAD, CoverageArea
from trunkline.qualification.parts import Result

WORST_FIRST: Sequence[Result] = ("none", "unqualified", "alternate", "qualified")
NOT_COVERED = Fault("", "notCovered", "this address is not covered")
NO_CAPACITY = Fault("", "noCapacity", "no line is left here")
LATER = Fault("", "notYetAvailable", "it comes here later")
WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")


def rolled_up(results: Iterable[Result | None]) -> Result | None:
    """Return what several results are together: the worst, `none` before all; None while one waits.

    Without any nothing stands in the way.
    """
    found = list(results)
    if any(one is None for one in found):
        return "none" if "none" in found else None
    return next((one for one in WORST_FIRST if one in found), "qualified")


def judged(
    question: Question, areas: Sequence[CoverageArea], others: Mapping[str, str], now: datetime
) -> Finding:
    """Return what the rows say that cover the place of a question.

    `others` are specifications, with their names, that may stand in for the wanted one.
    """
    own = [one for one in areas if _specification(one) == question.specification]
    lacking = [(one, _lacks(question, one, now)) for one in own]
    good = sorted((one for one, lacks in lacking if not lacks), key=_strength, reverse=True)
    if good:
        return Finding("qualified", area=good[0].id)
    weakest_first = sorted(lacking, key=lambda one: _strength(one[0]))
    reasons = {code: text for _, lacks in weakest_first for code, text in lacks.items()}
    reasons = reasons or reasons_said(NOT_COVERED)
    instead = [*_weaker(question, lacking), *_stand_ins(question, areas, others, now)]
    later = min((one.available_at for one in instead if one.available_at), default=None)
    return Finding("alternate" if instead else "unqualified", dict(reasons), tuple(instead), later)


def _lacks(question: Question, area: CoverageArea, now: datetime) -> dict[str, str]:
    found: list[Fault] = []
    high = [
        f"{WORD.sub(' ', name).lower()} {most}"
        for name, most in _maxima(area).items()
        if _exceeds(question.values.get(name), most)
    ]
    if high:
        found.append(Fault("", "valueTooHigh", f"the most here: {', '.join(high)}"))
    if area.free is not None and area.free <= 0 and not question.installed:
        found.append(NO_CAPACITY)
    if area.available_from is not None and area.available_from > now:
        found.append(LATER)
    return reasons_said(*found)


def _weaker(
    question: Question, lacking: Sequence[tuple[CoverageArea, Mapping[str, str]]]
) -> Iterator[Instead]:
    """Yield the same service with what can be had of it, or from the day on which it comes."""
    for area, lacks in sorted(lacking, key=lambda one: _strength(one[0]), reverse=True):
        if "noCapacity" in lacks:
            continue
        most = _maxima(area)
        values = {
            name: most[name] if name in most and _exceeds(value, most[name]) else value
            for name, value in question.values.items()
        }
        later = area.available_from if "notYetAvailable" in lacks else None
        yield Instead(question.specification, question.name, values, later)


def _stand_ins(
    question: Question, areas: Sequence[CoverageArea], others: Mapping[str, str], now: datetime
) -> Iterator[Instead]:
    for specification, name in others.items():
        own = [one for one in areas if _specification(one) == specification]
        free = [one for one in own if one.free is None or one.free > 0]
        for area in sorted(free, key=_strength, reverse=True)[:1]:
            most = _maxima(area)
            wanted = question.values
            values = {
                each: most[each] if _exceeds(wanted[each], most.get(each)) else wanted[each]
                for each in wanted
            }
            later = area.available_from
            yield Instead(
                specification, name, values, later if later is not None and later > now else None
            )


def covers(area: CoverageArea, where: Whereabouts) -> bool:
    """Tell whether a row holds for a place."""
    lines = where.lines
    if area.area is not None and not _inside(where.point, area.area.coordinates):
        return False
    country = area.country if lines.get("country") else None  # few addresses say it
    for name, wanted in (
        ("country", country), ("city", area.city), ("street_name", area.street_name)
    ):  # fmt: skip
        if wanted and normal(wanted) != normal(lines.get(name)):
            return False
    return _postcode_fits(area, lines) and _number_fits(area, lines)


def _postcode_fits(area: CoverageArea, lines: Mapping[str, str]) -> bool:
    first = normal(area.postcode_from)
    if not first:
        return True
    own, last = normal(lines.get("postcode")), normal(area.postcode_to) or first
    return len(own) == len(first) and first <= own <= last


def _number_fits(area: CoverageArea, lines: Mapping[str, str]) -> bool:
    if area.number_from is None and area.number_to is None:
        return True
    digits = ""
    for one in (lines.get("street_nr") or "").strip():
        if not one.isdecimal():
            break
        digits += one
    if not digits:
        return False
    low = area.number_from if area.number_from is not None else 0
    return low <= int(digits) and (area.number_to is None or int(digits) <= area.number_to)


def _inside(point: tuple[float, float] | None, rings: Any) -> bool:
    """Tell whether a point lies in a polygon: in its outer ring and in none of its holes."""
    if point is None or not rings:
        return False
    return _in_ring(point, rings[0]) and not any(_in_ring(point, one) for one in rings[1:])


def _in_ring(point: tuple[float, float], ring: Any) -> bool:
    x, y = point
    inside = False
    for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
        ax, ay, bx, by = float(x1), float(y1), float(x2), float(y2)
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            inside = not inside
    return inside


def _maxima(area: CoverageArea) -> dict[str, Json]:
    found: dict[str, Json] = {one.name: one.value for one in area.maximum}
    if area.max_download_speed is not None:
        found[DOWNLOAD] = area.max_download_speed
    if area.max_upload_speed is not None:
        found[UPLOAD] = area.max_upload_speed
    return found


def _exceeds(wanted: Json, most: Json) -> bool:
    numbers = [number_of(one) for one in (wanted, most)]
    return numbers[0] is not None and numbers[1] is not None and numbers[0] > numbers[1]


def number_of(value: Json) -> Decimal | None:
    """Return a value as a number, None where it is none."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        found = Decimal(str(value))
    except ArithmeticError:
        return None
    return None if found.is_nan() else found


def _strength(area: CoverageArea) -> tuple[int, int]:
    most = area.max_download_speed
    return (most if most is not None else 1 << 40, area.free if area.free is not None else 1 << 40)


def _specification(area: CoverageArea) -> str:
    return area.service_specification.id if area.service_specification is not None else ""
