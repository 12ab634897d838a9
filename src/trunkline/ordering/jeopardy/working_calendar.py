"""Working calendars: the hours, days and holidays by which the operator's people work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal, TypeAlias, get_args
from zoneinfo import ZoneInfo

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Limits, Shape, many
from trunkline.governance.configured import configures
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.ordering.fallout import ORDERING
from trunkline.shared.calendar import Calendar

Day: TypeAlias = Literal[
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"
]
DAYS: tuple[Day, ...] = get_args(Day)
HOUR = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00")


class WorkingHours(Shape):
    """Hours of work of a day of the week, on the clock on the wall (`08:00` to `17:00`)."""

    day: Day
    start_hour: str
    end_hour: str


class Holiday(Shape):
    """A day without work (`2026-12-25`)."""

    date: str
    name: Annotated[str | None, Limits(length_max=120)] = None


class WorkingCalendarRef(Shape, targets=("WorkingCalendar",)):
    """A reference to a working calendar."""

    id: str
    href: str | None = None
    name: str | None = None
    referred_type: str | None = None


@configures
@resource(
    api=ORDERING,
    path="workingCalendar",
    prefix="CAL",
    promote=(Promoted("name"),),
    columns=("key", "name", "timeZone", "isDefault"),
    live_name=True,
)
class WorkingCalendar(Document):
    """When people work: by this time durations are counted and due dates are set.

    The one that `is_default` holds for manual tasks for which no delivery policy names another.
    """

    name: Annotated[str, Limits(length_max=120)]
    description: Annotated[str | None, Limits(length_max=500)] = None
    time_zone: Annotated[str, Limits(length_max=60)]
    working_hours: Annotated[list[WorkingHours], Limits(items_min=1)]
    holiday: list[Holiday] = many()
    is_default: bool | None = None


@rule(WorkingCalendar)
def calendar_is_one(
    _work: Work, _old: WorkingCalendar | None, new: WorkingCalendar
) -> Iterator[Fault]:
    """Refuse a time zone or a day that there is not, and hours that end first or meet others."""
    if _zone(new.time_zone) is None:
        message = f"{new.time_zone} is no time zone; name one as Europe/Vienna"
        yield Fault("timeZone", "badValue", message)
    for index, one in enumerate(new.holiday):
        if _date(one.date) is None:
            message = f"there is no day {one.date}; write one as 2026-12-25"
            yield Fault(f"holiday[{index}].date", "badValue", message)
    taken: dict[Day, list[tuple[int, int]]] = {}
    for index, hours in enumerate(new.working_hours):
        bad = list(_hour_faults(f"workingHours[{index}].", hours))
        yield from bad
        if bad:
            continue
        start, end = _minutes(hours.start_hour), _minutes(hours.end_hour)
        path = f"workingHours[{index}].endHour"
        if end <= start:
            yield Fault(path, "badPeriod", "is not after the start; hours end on their own day")
        elif any(start < until and begin < end for begin, until in taken.get(hours.day, ())):
            yield Fault(path, "badPeriod", f"meets other hours of {hours.day}; join the two")
        taken.setdefault(hours.day, []).append((start, end))


def _hour_faults(path: str, hours: WorkingHours) -> Iterator[Fault]:
    """Yield a fault for each end of hours of work that is no time of a day."""
    for name, said in (("startHour", hours.start_hour), ("endHour", hours.end_hour)):
        if HOUR.fullmatch(said) is None:
            yield Fault(f"{path}{name}", "badValue", "is a time of the day, written as 08:00")


@rule(WorkingCalendar)
def one_calendar_is_the_default(
    work: Work, old: WorkingCalendar | None, new: WorkingCalendar
) -> Iterator[Fault]:
    """Refuse a second default calendar."""
    if not new.is_default or (old is not None and old.is_default):
        return
    for one in work.find(WorkingCalendar, {}):
        if one.is_default and one.id != new.id:
            yield Fault("isDefault", "conflictDefault", f"{one.name} is the default; change it")


def calendar_of(document: WorkingCalendar) -> Calendar:
    """Return what a stored calendar says, ready to count with."""
    hours: dict[int, list[tuple[int, int]]] = {}
    for one in document.working_hours:
        span = (_minutes(one.start_hour), _minutes(one.end_hour))
        hours.setdefault(DAYS.index(one.day), []).append(span)
    days = [_date(one.date) for one in document.holiday]
    return Calendar(
        _zone(document.time_zone) or ZoneInfo("UTC"),
        {day: tuple(sorted(spans)) for day, spans in hours.items()},
        frozenset(one for one in days if one is not None),
    )


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # no name of a file, or of none
        return None


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _minutes(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)
