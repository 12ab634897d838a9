"""The clock of a ticket: what counts, when it is due, and that history alone decides it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from trunkline.assurance.ticket.clock import Step, Terms, reckon
from trunkline.shared.calendar import ALWAYS, Calendar

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
WEEK = Calendar(ZoneInfo("UTC"), dict.fromkeys(range(5), ((8 * 60, 17 * 60),)))
STATES = ("acknowledged", "inProgress", "pending", "held", "resolved")
PAUSES = ("pending", "held")


def at(hours: float) -> datetime:
    return MONDAY + timedelta(hours=hours)


def history(*steps: tuple[str, float]) -> list[Step]:
    return [Step(status, at(hours)) for status, hours in steps]


def test_a_pause_moves_the_due_time() -> None:
    """Eight hours from eight o'clock; two of them waited for the customer: due at six, not four."""
    terms = Terms(8 * HOUR, ALWAYS, PAUSES)
    steps = history(("acknowledged", 0), ("pending", 3), ("inProgress", 5))
    found = reckon(steps, terms, at(6))
    assert (found.standing, found.elapsed, found.due) == ("running", 4 * HOUR, at(10))
    assert [(one.status, one.counts) for one in found.intervals] == [
        ("acknowledged", True), ("pending", False), ("inProgress", True)]  # fmt: skip
    paused = reckon(steps[:2], terms, at(40))
    assert (paused.standing, paused.elapsed, paused.due) == ("paused", 3 * HOUR, None)


def test_only_hours_of_work_count() -> None:
    """Ten hours of work from Friday noon on are over on Monday afternoon."""
    friday = MONDAY + timedelta(days=4, hours=4)
    found = reckon([Step("inProgress", friday)], Terms(10 * HOUR, WEEK, PAUSES), friday)
    assert found.due == friday + timedelta(days=3, hours=1)


def test_a_breach_is_when_it_was_however_late_one_looks() -> None:
    """What was over after four hours stays so after it was resolved; reopened it goes on."""
    terms = Terms(4 * HOUR, ALWAYS, PAUSES)
    steps = history(("inProgress", 0), ("resolved", 6))
    assert reckon(steps, terms, at(100)).breached_at == at(4)
    in_time = history(("inProgress", 0), ("resolved", 3), ("inProgress", 10))
    found = reckon(in_time, terms, at(10.5))
    assert (found.standing, found.due, found.breached_at) == ("running", at(11), None)


steps_of = st.lists(
    st.tuples(st.sampled_from(STATES), st.integers(0, 600)), min_size=1, max_size=8
)  # fmt: skip


@given(steps_of, st.integers(1, 3000), st.integers(0, 4000), st.integers(0, 4000))
def test_laws(steps: list[tuple[str, int]], target: int, first: int, second: int) -> None:
    """Counted time never grows less, intervals follow each other, looking does not move the due."""
    moment, made = MONDAY, []
    for status, minutes in steps:
        moment += timedelta(minutes=minutes)
        made.append(Step(status, moment))
    for calendar in (ALWAYS, WEEK):
        terms = Terms(timedelta(minutes=target), calendar, PAUSES)
        early, late = sorted(moment + timedelta(minutes=n) for n in (first, second))
        one, other = reckon(made, terms, early), reckon(made, terms, late)
        assert one.elapsed <= other.elapsed
        assert one.due == other.due
        assert (other.due is not None and other.due <= late) == (other.breached_at is not None)
        if other.breached_at is not None:
            assert other.elapsed >= terms.target  # type: ignore[operator]
        for before, after in zip(other.intervals, other.intervals[1:], strict=False):
            assert before.end == after.start


@given(st.integers(0, 300), st.integers(1, 900))
def test_a_pause_of_some_minutes_moves_the_due_time_by_as_many(begun: int, paused: int) -> None:
    """However long it waits for the customer, as much time is left afterwards as before."""
    terms = Terms(timedelta(minutes=301), ALWAYS, PAUSES)
    start, stop = at(0), at(0) + timedelta(minutes=begun)
    resume = stop + timedelta(minutes=paused)
    plain = reckon([Step("inProgress", start)], terms, resume).due
    made = [Step("inProgress", start), Step("pending", stop), Step("inProgress", resume)]
    found = reckon(made, terms, resume).due
    assert plain is not None
    assert found == plain + timedelta(minutes=paused)
