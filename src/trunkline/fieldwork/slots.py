"""Slots: when which team can still come. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from trunkline.shared.calendar import Calendar

WINDOWS_OF_ALWAYS = ((8 * 60, 12 * 60), (12 * 60, 16 * 60))
"""The windows of a team of which nothing says when it works, in minutes of the day."""


@dataclass(frozen=True)
class Area:
    """Where a team goes; None is anywhere."""

    country: str | None
    city: str | None
    postcode_from: str | None
    postcode_to: str | None

    def covers(self, where: Mapping[str, str]) -> bool:
        """Tell whether a place lies in it; a line that the place does not say lies in none."""
        postcode = where.get("postcode", "")
        return (
            _is_same(self.country, where.get("country"))
            and _is_same(self.city, where.get("city"))
            and (self.postcode_from is None or self.postcode_from <= postcode)
            and (self.postcode_to is None or "" < postcode <= self.postcode_to)
        )


@dataclass(frozen=True)
class Window:
    """Between which minutes of a day visits are promised; None is the capacity of the team."""

    start: int
    end: int
    capacity: int | None = None


@dataclass(frozen=True)
class Team:
    """Who visits, as the search for slots needs it."""

    id: str
    name: str
    capacity: int
    skills: frozenset[str] = frozenset()
    areas: Sequence[Area] = ()
    calendar: Calendar = field(default_factory=Calendar)
    windows: Sequence[Window] = ()
    lead: timedelta = timedelta()
    days_ahead: int = 28

    def can(self, skills: frozenset[str], where: Mapping[str, str]) -> bool:
        """Tell whether it has the skills and goes there."""
        return skills <= self.skills and (
            not self.areas or any(one.covers(where) for one in self.areas)
        )

    def day(self, day: date) -> Iterator[tuple[datetime, datetime, int]]:
        """Yield its windows of a day, from, until and how many visits each holds."""
        stretches = self.calendar.stretches(day)
        if not self.windows and not self.calendar.is_always:
            yield from ((start, end, self.capacity) for start, end in stretches)
            return
        for one in self.windows or [Window(*each) for each in WINDOWS_OF_ALWAYS]:
            start, end = self._at(day, one.start), self._at(day, one.end)
            is_worked = any(begin <= start and end <= until for begin, until in stretches)
            if is_worked and start < end:
                held = self.capacity if one.capacity is None else one.capacity
                yield start, end, held

    def _at(self, day: date, minutes: int) -> datetime:
        days, rest = divmod(minutes, 24 * 60)
        wall = time(rest // 60, rest % 60, tzinfo=self.calendar.zone)
        # As UTC: what the clock shows twice on a day of change equals no other zone's moment.
        return datetime.combine(day + timedelta(days=days), wall).astimezone(UTC)


@dataclass(frozen=True)
class Visit:
    """A visit that is promised: by which team, from when until when."""

    team: str
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Slot:
    """A window in which a team can still come, and how many visits it still holds."""

    team: str
    team_name: str
    start: datetime
    end: datetime
    free: int


def find_slots(
    teams: Sequence[Team], booked: Sequence[Visit], *, now: datetime, start: datetime, end: datetime
) -> list[Slot]:
    """Return the slots that are free and begin in a period, the soonest first."""
    found: list[Slot] = []
    for team in teams:
        first = max(start, now + team.lead)
        last = min(end, now + timedelta(days=team.days_ahead))
        day = team.calendar.day_of(first)
        while day <= team.calendar.day_of(last):
            for begin, until, held in team.day(day):
                free = held - taken(booked, team.id, begin, until)
                if first <= begin < last and free > 0:
                    found.append(Slot(team.id, team.name, begin, until, free))
            day += timedelta(days=1)
    return sorted(found, key=lambda one: (one.start, one.end, one.team_name))


def taken(booked: Sequence[Visit], team: str, start: datetime, end: datetime) -> int:
    """Return how many of a team's visits meet a time."""
    return sum(1 for one in booked if one.team == team and one.start < end and start < one.end)


def _is_same(wanted: str | None, said: str | None) -> bool:
    return wanted is None or wanted.casefold() == (said or "").casefold()
