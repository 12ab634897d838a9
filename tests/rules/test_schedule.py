"""Schedules of plans: what is late, and which steps decide when the order is done."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from trunkline.ordering.plan_item import PlanItem, StepState
from trunkline.ordering.schedule import holding_up, schedule

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def step(ident: str, position: int, *needs: str, **more: Any) -> PlanItem:
    return PlanItem(
        id=ident, root="order", position=position, node_key=ident, layer="service",
        kind=more.pop("kind", "callout"), name=ident, needs=needs, **more,
    )  # fmt: skip


PORT = step("port", 0, duration_minutes=10, state="completed",
            started_at=NOW - minutes(60), ended_at=NOW - minutes(55))  # fmt: skip
LINE = step("line", 1, "port", duration_minutes=30, state="waiting",
            started_at=NOW - minutes(55))  # fmt: skip
BOX = step("box", 2, "port", duration_minutes=120)
VOICE = step("voice", 3, "line", duration_minutes=5)
END = step("end", 4, "voice", "box", kind="milestone")
PLAN = [PORT, LINE, BOX, VOICE, END]


def test_a_step_that_takes_longer_than_it_may_is_late() -> None:
    found = schedule(PLAN, NOW)
    assert {one for one in found if found[one].is_late} == {"line"}
    assert found["line"].planned_end == NOW - minutes(25)
    assert found["line"].end_at == NOW


def test_what_has_not_begun_is_told_as_it_would_be_from_now_on() -> None:
    found = schedule(PLAN, NOW)
    assert (found["box"].start_at, found["box"].end_at) == (NOW, NOW + minutes(120))
    assert (found["voice"].start_at, found["voice"].end_at) == (NOW, NOW + minutes(5))
    assert found["end"].end_at == NOW + minutes(120)


def test_the_longest_chain_decides_the_end() -> None:
    """The box takes two hours, so the late line does not hold the order up."""
    found = schedule(PLAN, NOW)
    assert {one for one in found if found[one].is_critical} == {"port", "box", "end"}
    held = holding_up(PLAN, found)
    assert held is not None
    assert held.id == "box"
    short = [replace(one, duration_minutes=1) if one.id == "box" else one for one in PLAN]
    found = schedule(short, NOW)
    assert {one for one in found if found[one].is_critical} == {"port", "line", "voice", "end"}
    held = holding_up(short, found)
    assert held is not None
    assert held.id == "line"


def test_of_two_that_stand_the_one_in_fallout_decides() -> None:
    stuck = step("stuck", 0, state="fallout", started_at=NOW - minutes(9))
    other = step("other", 1, state="running", started_at=NOW - minutes(9))
    plan = [stuck, other, step("end", 2, "stuck", "other", kind="milestone")]
    held = holding_up(plan, schedule(plan, NOW))
    assert held is not None
    assert held.id == "stuck"


def test_a_step_that_ended_after_its_time_was_late_and_stays_so() -> None:
    late = replace(PORT, ended_at=NOW - minutes(45))
    assert schedule([late], NOW)["port"].is_late
    assert not schedule([PORT], NOW)["port"].is_late


def test_nothing_holds_up_what_is_done_and_nothing_called_off_is_planned() -> None:
    off = step("off", 1, state="canceled")
    found = schedule([PORT, off], NOW)
    assert holding_up([PORT, off], found) is None
    assert (found["off"].start_at, found["off"].is_critical) == (None, False)


def test_a_day_to_begin_is_waited_for() -> None:
    day = NOW + timedelta(days=3)
    wait = step("wait", 0, kind="wait", state="waiting", started_at=NOW - minutes(1), due_at=day)
    found = schedule([wait, step("next", 1, "wait")], NOW)
    assert not found["wait"].is_late
    assert found["next"].start_at == day


STATES: list[StepState] = ["pending", "ready", "waiting", "completed", "fallout", "skipped"]
PLANS = st.lists(
    st.tuples(st.sampled_from(STATES), st.integers(0, 90), st.sets(st.integers(0, 9), max_size=3)),
    max_size=10,
)


@settings(max_examples=80, deadline=None)
@given(PLANS)
def test_any_plan_has_a_schedule(drawn: list[tuple[StepState, int, set[int]]]) -> None:
    """Also one with circles: each step has one, none ends before it begins, one chain decides."""
    plan = [
        step(str(at), at, *(str(one) for one in sorted(needs)), state=state, duration_minutes=takes,
             started_at=None if state == "pending" else NOW - minutes(takes),
             ended_at=NOW if state in {"completed", "skipped"} else None)
        for at, (state, takes, needs) in enumerate(drawn)
    ]  # fmt: skip
    found = schedule(plan, NOW)
    assert set(found) == {one.id for one in plan}
    for one in found.values():
        assert one.start_at is not None
        assert one.end_at is not None
        assert one.start_at <= one.end_at
    assert schedule(list(reversed(plan)), NOW).keys() == found.keys()
