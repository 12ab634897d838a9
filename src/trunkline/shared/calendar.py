"""Calendars: in which hours of which days people work, and how time is counted in these. Pure.

Hours are those of the clock on the wall of a time zone: where it jumps, a day of work is an hour
longer or shorter. A stretch of work is [start, end); no work is done on a holiday.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

Stretch: TypeAlias = tuple[datetime, datetime]
"""From when until when work is done."""

DAY_MINUTES = 24 * 60
IDLE_DAYS_MAX = 400
"""After so many days in a row without work, time goes on as if there were no calendar."""


@dataclass(frozen=True)
class Calendar:
    """The hours of work of each day of the week (0 is Monday) and the days without any.

    `hours` holds minutes since midnight, from and until, in order and apart from each other. One
    without any hours stands for work around the clock.
    """

    zone: ZoneInfo = ZoneInfo("UTC")
    hours: Mapping[int, Sequence[tuple[int, int]]] = field(default_factory=dict)
    holidays: frozenset[date] = frozenset()

    @property
    def is_always(self) -> bool:
        """Whether work is done around the clock."""
        return not any(self.hours.values())

    def is_business_day(self, day: date) -> bool:
        """Tell whether work is done on a day."""
        return day not in self.holidays and (self.is_always or bool(self.hours.get(day.weekday())))

    def stretches(self, day: date) -> list[Stretch]:
        """Return when work is done on a day, in order."""
        if not self.is_business_day(day):
            return []
        spans = [(0, DAY_MINUTES)] if self.is_always else self.hours[day.weekday()]
        found = [(self._at(day, start), self._at(day, end)) for start, end in spans]
        return [(start, end) for start, end in found if start < end]

    def day_of(self, moment: datetime) -> date:
        """Return the day that a moment lies in where the calendar holds."""
        return moment.astimezone(self.zone).date()

    def _at(self, day: date, minutes: int) -> datetime:
        days, rest = divmod(minutes, DAY_MINUTES)
        wall = datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60), self.zone)
        return wall.astimezone(UTC)


ALWAYS = Calendar()
"""Work around the clock."""


def after(calendar: Calendar, start: datetime, takes: timedelta) -> datetime:
    """Return when work that begins at a moment and takes so long is done.

    Work of no length is done at once, in or out of hours. What begins about the last moment that
    there is (31 December 9999, by which some mean that there is no end) is done then.
    """
    if takes <= timedelta():
        return start
    last = datetime.max.replace(tzinfo=start.tzinfo)
    if last - start - takes < timedelta(days=IDLE_DAYS_MAX):
        return last
    if calendar.is_always and not calendar.holidays:
        return start + takes
    left, reached = takes, start
    for begin, end in _from(calendar, start):
        length = end - begin
        if left <= length:
            return begin + left
        left, reached = left - length, end
    return reached + left


def worked(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """Return how much time for work lies between two moments; none where the end is first."""
    if end <= start:
        return timedelta()
    if calendar.is_always and not calendar.holidays:
        return end - start
    found = timedelta()
    for begin, until in _from(calendar, start):
        if begin >= end:
            break
        found += min(until, end) - begin
    return found


def business_day_after(calendar: Calendar, day: date, count: int) -> date:
    """Return the day that is so many business days after another one; 0 is that or the next."""
    found = day
    for _ in range(IDLE_DAYS_MAX):
        if calendar.is_business_day(found):
            break
        found += timedelta(days=1)
    left, idle = count, 0
    while left > 0 and idle < IDLE_DAYS_MAX:
        found += timedelta(days=1)
        is_work = calendar.is_business_day(found)
        left, idle = left - int(is_work), 0 if is_work else idle + 1
    return found


def _from(calendar: Calendar, start: datetime) -> Iterator[Stretch]:
    """Yield the stretches of work from a moment on, the first one cut off where it has begun."""
    day, idle = calendar.day_of(start) - timedelta(days=1), 0
    while idle < IDLE_DAYS_MAX:
        found = [one for one in calendar.stretches(day) if one[1] > start]
        yield from ((max(begin, start), end) for begin, end in found)
        idle = 0 if found else idle + 1
        day += timedelta(days=1)
