"""Plans edited by hand, as pure values: whatever is edited, the plan comes to its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from trunkline.ordering.new_plan import END
from trunkline.ordering.plan_editing.editing import Edited, edit_plan, is_stuck
from trunkline.ordering.plan_editing.plan_edit import DOINGS, PlanEdit
from trunkline.ordering.plan_item import ENDED, Plan, PlanItem
from trunkline.ordering.progress import take_steps
from trunkline.ordering.steps import next_steps

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


def step(ident: str, *needs: str, **more: Any) -> PlanItem:
    values = {"kind": "manual", "layer": "service", "item_id": "1", **more}
    return PlanItem(id=ident, root="order", position=0, node_key=values.pop("node_key", ident),
                    name=ident, needs=needs, **values)  # fmt: skip


def plan_of(*steps: PlanItem) -> Plan:
    """Return a plan of these steps, with milestones of their line and of the order."""
    line = step("item", *(one.id for one in steps), kind="milestone", layer="order")
    end = step("end", "item", kind="milestone", layer="order", node_key=END, item_id=None)
    plan = Plan("order", "ProductOrder", "inProgress")
    plan.extend(replace(one, position=place) for place, one in enumerate((*steps, line, end)))
    plan.added.clear()
    return plan


def edited(plan: Plan, *edits: PlanEdit) -> Edited:
    numbers = count()
    return edit_plan(plan, edits, lambda: f"new-{next(numbers)}", by="Ada")


def codes(found: Edited) -> list[str]:
    return [one.code for one in found.faults]


def test_what_cannot_be_taken_back_keeps_what_it_waits_for() -> None:
    """It may wait for more; that before it is neither taken out nor let go of, and once done it is
    not repeated."""

    def plan() -> Plan:
        return plan_of(
            step("survey", state="fallout", error_kind="business"), step("check", "survey"),
            step("light up", "check", kind="callout", point_of_no_return=True),
            step("lit", kind="callout", point_of_no_return=True, state="completed"),
        )  # fmt: skip

    for edit in (
        PlanEdit(do="unwait", step="light up", needs="check"),
        PlanEdit(do="remove", step="check"), PlanEdit(do="repeat", step="lit"),
    ):  # fmt: skip
        assert codes(edited(plan(), edit)) == ["conflictPointOfNoReturn"], edit
    wanted = plan()
    more = PlanEdit(do="add", name="Ask again", before=("light up",), line="1")
    assert not edited(wanted, more).faults
    assert wanted.items["light up"].needs == ("check", "new-0")


def test_who_waited_for_what_goes_waits_for_what_that_waited_for() -> None:
    plan = plan_of(step("a", state="fallout"), step("b", "a"), step("c", "b"))
    assert edited(plan, PlanEdit(do="remove", step="b")).told == ["removed b"]
    assert plan.items["c"].needs == ("a",)
    assert (plan.items["b"].state, plan.items["b"].needed_by) == ("canceled", ())
    late = edited(plan, PlanEdit(do="wait", step="c", needs="b"))
    assert codes(late) == ["stepUnreachable"]


def test_only_what_stands_still_is_stuck() -> None:
    assert is_stuck(plan_of(step("a", state="fallout")))
    assert is_stuck(plan_of(step("a", hold={"by": "Ada"})))
    assert not is_stuck(plan_of(step("a", state="ready"), step("b", hold={}, state="completed")))


STATES = st.sampled_from(["pending", "pending", "ready", "fallout", "completed", "running"])
EDITS = st.tuples(st.sampled_from(DOINGS), st.integers(0, 9), st.integers(0, 9))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(STATES, st.sets(st.integers(0, 7))), min_size=1, max_size=8),
       st.lists(EDITS, min_size=1, max_size=6))  # fmt: skip
def test_any_edited_plan_comes_to_its_end(
    shape: list[tuple[Any, set[int]]], wanted: list[tuple[Any, int, int]]
) -> None:
    """Once what stands still is put right and people have done what they are asked for, nothing is
    left; every step knows by which others it is needed."""
    names = [f"s{place}" for place in range(len(shape))]
    steps: list[PlanItem] = []
    for place, (state, needs) in enumerate(shape):
        before = [names[one] for one in sorted(needs) if one < place]
        is_early = all(steps[names.index(one)].state == "completed" for one in before)
        steps.append(step(names[place], *before, state=state if is_early else "pending"))
    plan = plan_of(*steps)
    known = [*names, "new-0", "item", "end"]
    edits = [
        PlanEdit(do=do, step=known[a % len(known)] if do != "add" else "", name="by hand",
                 needs=known[b % len(known)] if do in ("wait", "unwait") else "", line="1",
                 after=(known[a % len(known)],), before=(known[b % len(known)],))
        for do, a, b in wanted
    ]  # fmt: skip
    if edited(plan, *edits).faults:
        return
    for one in plan:
        users = {user.id for user in plan if one.id in user.needs}
        assert set(one.needed_by) == users, one.id
    for _ in _until_done(plan):
        take_steps(plan, next_steps(plan), NOON)
    assert all(one.state in ENDED for one in plan), [(one.id, one.state) for one in plan]


def _until_done(plan: Plan) -> Iterator[None]:
    """Yield while anything moves; people and outside systems do what they are asked for."""
    for _ in range(len(plan.items) + 1):
        yield
        for one in list(plan):
            if one.state in ("ready", "running", "fallout", "waiting"):
                plan.put(replace(one, state="completed"))
