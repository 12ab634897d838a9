"""Slots on the days on which the clock is changed: what is offered is what can be booked."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from trunkline.fieldwork.slots import Team, Window, find_slots
from trunkline.shared.calendar import Calendar

BERLIN = Calendar(zone=ZoneInfo("Europe/Berlin"))


def offered(day: date, window: Window) -> list[tuple[datetime, datetime]]:
    """Return what a team with one window is offered for on a day."""
    team = Team("t", "Night shift", 1, calendar=BERLIN, windows=[window])
    now = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=1)
    found = find_slots([team], [], now=now, start=now, end=now + timedelta(days=3))
    return [(one.start, one.end) for one in found if BERLIN.day_of(one.start) == day]


def test_a_window_in_the_hour_that_comes_twice_is_a_moment_like_others() -> None:
    """From 2:30, the first one, until 4: a moment that equals what somebody asks for in UTC."""
    asked = datetime(2027, 10, 31, 0, 30, tzinfo=UTC), datetime(2027, 10, 31, 3, tzinfo=UTC)
    assert offered(date(2027, 10, 31), Window(150, 240)) == [asked]


def test_a_window_in_the_hour_that_is_left_out_is_not_offered() -> None:
    """Nobody comes between 2:30 and 3 where the clock goes from 2 to 3."""
    assert offered(date(2027, 3, 28), Window(150, 180)) == []
    assert len(offered(date(2027, 3, 28), Window(150, 240))) == 1
