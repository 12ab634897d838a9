"""Time counted in the hours in which people work."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from trunkline.shared.calendar import ALWAYS, Calendar, after, business_day_after, worked

VIENNA = ZoneInfo("Europe/Vienna")
OFFICE = Calendar(
    VIENNA,
    dict.fromkeys(range(5), ((8 * 60, 12 * 60), (13 * 60, 17 * 60))),
    frozenset({date(2026, 12, 25), date(2026, 12, 8)}),
)


def vienna(*when: int) -> datetime:
    return datetime(*when, tzinfo=VIENNA)  # type: ignore[misc, arg-type]


def test_work_goes_on_the_next_morning() -> None:
    """Three hours from Friday at four end on Monday at ten, the lunch of nobody counted."""
    assert after(OFFICE, vienna(2026, 11, 20, 16), timedelta(hours=3)) == vienna(2026, 11, 23, 10)
    assert after(OFFICE, vienna(2026, 11, 23, 11), timedelta(hours=2)) == vienna(2026, 11, 23, 14)
    assert after(OFFICE, vienna(2026, 11, 22, 3), timedelta(hours=1)) == vienna(2026, 11, 23, 9)


def test_time_has_an_end() -> None:
    """What begins about the last moment that there is, by whatever hours, is done then."""
    last = datetime.max.replace(tzinfo=UTC)
    for calendar in (ALWAYS, OFFICE):
        assert after(calendar, datetime(9999, 12, 31, 23, tzinfo=UTC), timedelta(hours=2)) == last
        assert after(calendar, last, timedelta()) == last


def test_a_holiday_is_no_day_of_work() -> None:
    """Eight hours from the eve of a holiday at noon end the day after it."""
    assert after(OFFICE, vienna(2026, 12, 7, 13), timedelta(hours=8)) == vienna(2026, 12, 9, 12)
    assert worked(OFFICE, vienna(2026, 12, 8, 0), vienna(2026, 12, 9, 0)) == timedelta()
    assert business_day_after(OFFICE, date(2026, 12, 7), 1) == date(2026, 12, 9)
    assert business_day_after(OFFICE, date(2026, 11, 21), 0) == date(2026, 11, 23)
    assert business_day_after(OFFICE, date(2026, 11, 20), 5) == date(2026, 11, 27)


def test_hours_are_those_on_the_wall() -> None:
    """Eight o'clock stays eight o'clock where the clocks change; a night shift is an hour
    longer when they go back, and shorter when they go on."""
    assert after(OFFICE, vienna(2026, 10, 23, 16, 30), timedelta(hours=1)) == vienna(
        2026, 10, 26, 8, 30
    )
    night = Calendar(VIENNA, {6: ((0, 6 * 60),)})
    back, on = date(2026, 10, 25), date(2026, 3, 29)
    assert sum((b - a for a, b in night.stretches(back)), timedelta()) == timedelta(hours=7)
    assert sum((b - a for a, b in night.stretches(on)), timedelta()) == timedelta(hours=5)


hours = st.lists(st.integers(0, 24 * 60), min_size=2, max_size=6, unique=True).map(
    lambda found: tuple(zip(*[iter(sorted(found)[: len(found) // 2 * 2])] * 2, strict=True))
)
calendars = st.builds(
    Calendar,
    st.sampled_from([VIENNA, ZoneInfo("UTC"), ZoneInfo("Asia/Kathmandu"),
                     ZoneInfo("America/St_Johns")]),
    st.dictionaries(st.integers(0, 6), hours, min_size=1, max_size=7),
    st.frozensets(st.dates(date(2026, 3, 1), date(2026, 4, 30)), max_size=5),
)  # fmt: skip
moments = st.integers(0, 50 * 24 * 60).map(
    lambda minutes: datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
lengths = st.integers(1, 600).map(lambda minutes: timedelta(minutes=minutes))

few = settings(max_examples=60, deadline=None)


@few
@given(calendars, moments, lengths)
def test_what_is_counted_on_is_counted_back(
    calendar: Calendar, start: datetime, takes: timedelta
) -> None:
    """Between a beginning and its end lies exactly the work, and the end is in hours."""
    end = after(calendar, start, takes)
    assert worked(calendar, start, end) == takes
    days = [calendar.day_of(end) + timedelta(days=one) for one in (-1, 0)]
    assert any(a < end <= b for day in days for a, b in calendar.stretches(day))


@few
@given(calendars, moments, lengths, lengths)
def test_work_in_two_parts_is_done_as_soon_as_in_one(
    calendar: Calendar, start: datetime, first: timedelta, second: timedelta
) -> None:
    """And who has more to do is never done earlier."""
    once = after(calendar, start, first + second)
    assert after(calendar, after(calendar, start, first), second) == once
    assert after(calendar, start, first) < once


@few
@given(calendars, moments, moments, moments)
def test_time_for_work_adds_up(
    calendar: Calendar, one: datetime, two: datetime, three: datetime
) -> None:
    """What lies between three moments is the sum of its parts."""
    a, b, c = sorted((one, two, three))
    assert worked(calendar, a, b) + worked(calendar, b, c) == worked(calendar, a, c)


@few
@given(moments, lengths)
def test_around_the_clock_time_is_time(start: datetime, takes: timedelta) -> None:
    """Without hours nothing is counted differently."""
    assert after(ALWAYS, start, takes) == start + takes
    assert worked(ALWAYS, start, start + takes) == takes
