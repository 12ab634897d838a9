"""What may begin next, told from steps and dependencies alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.ordering.plan_item import ItemKind, Plan, PlanItem, StepState
from trunkline.ordering.steps import Steps, next_steps
from trunkline.ordering.undo import undo_steps

KINDS: tuple[ItemKind, ...] = ("automatic", "callout", "manual", "milestone", "timer")


def step(ident: str, kind: ItemKind = "automatic", *needs: str, **more: object) -> PlanItem:
    item = PlanItem(
        id=ident,
        root="order",
        position=int("".join(c for c in ident if c.isdigit()) or 0),
        node_key=ident,
        layer="service",
        kind=kind,
        name=ident,
        action="add",
        needs=needs,
    )
    return replace(item, **more)  # type: ignore[arg-type]


def test_steps_run_side_by_side_and_a_milestone_waits_for_all() -> None:
    items = [
        step("1", "callout"),
        step("2", "callout"),
        step("3", "callout", "1"),
        step("4", "milestone", "2", "3"),
    ]
    assert next_steps(items) == Steps(called=("1", "2"))
    items[0] = replace(items[0], state="completed")
    items[1] = replace(items[1], state="completed")
    assert next_steps(items) == Steps(called=("3",))
    items[2] = replace(items[2], state="completed")
    assert next_steps(items) == Steps(completed=("4",))


def test_automatic_steps_run_through_at_once() -> None:
    items = [step("1"), step("2", "automatic", "1"), step("3", "manual", "2"), step("4", "timer")]
    assert next_steps(items) == Steps(completed=("1", "2"), offered=("3",), timed=("4",))


def test_nothing_begins_while_an_order_is_held() -> None:
    assert next_steps([step("1", "callout")], may_start=False) == Steps()


@pytest.mark.parametrize(
    "state,expected", [("skipped", Steps(skipped=("3",), completed=("4",))), ("fallout", Steps())]
)
def test_what_stands_on_left_out_steps_alone_is_left_out_too(
    state: StepState, expected: Steps
) -> None:
    items = [
        step("1", "callout", state=state),
        step("2", "callout", state="skipped"),
        step("3", "automatic", "1", "2"),
        step("4", "milestone", "3"),
    ]
    assert next_steps(items) == expected


def test_what_stands_on_one_done_step_is_done() -> None:
    items = [
        step("1", "callout", state="skipped"),
        step("2", "callout", state="completed"),
        step("3", "automatic", "1", "2"),
    ]
    assert next_steps(items).completed == ("3",)


def service(ident: str, kind: ItemKind, *needs: str, **more: object) -> PlanItem:
    return step(ident, kind, *needs, layer="service", **more)


@pytest.mark.parametrize(
    "line,voice,survey,is_made",
    [
        ("completed", "completed", "skipped", True),  # people's work is not the service
        ("completed", "skipped", "completed", False),  # the line alone is no telephony
        ("skipped", "completed", "completed", True),
        ("skipped", "skipped", "skipped", False),
    ],
)
def test_what_its_own_services_do_not_carry_is_left_out(
    line: StepState, voice: StepState, survey: StepState, is_made: bool
) -> None:
    items = [
        service("1", "callout", node_key="shared/Line/A", state=line),
        service("2", "callout", node_key="1/Telephony/Voice", state=voice),
        service("3", "manual", node_key="1/Telephony/Survey", state=survey),
        step("4", "automatic", layer="resource", state="completed"),
        service("5", "automatic", "1", "2", "3", "4"),
        step("6", "automatic", "5", "4", layer="product"),
    ]
    steps = next_steps(items)
    assert (steps.completed, steps.skipped) == ((("5", "6"), ()) if is_made else ((), ("5", "6")))


def test_a_shared_part_carries_what_has_nothing_of_its_own() -> None:
    items = [
        service("1", "callout", node_key="shared/Line/A", state="skipped"),
        service("2", "manual", node_key="1/Internet/Installation", state="completed"),
        service("3", "automatic", "1", "2"),
    ]
    assert next_steps(items).skipped == ("3",)


def test_a_product_that_comes_after_another_one_is_not_carried_by_it() -> None:
    items = [
        step("1", "automatic", layer="product", state="completed"),
        service("2", "callout", state="skipped"),
        step("3", "automatic", "1", "2", layer="product"),
    ]
    assert next_steps(items).skipped == ("3",)


def canceled(items: list[PlanItem]) -> Plan:
    plan = Plan("order", "ProductOrder", "cancellationInProgress", {one.id: one for one in items})
    ids = iter(range(100, 200))
    undone = [one for one in items if one.state in {"completed", "waiting", "running"}]
    plan.extend(undo_steps(plan, undone, lambda: str(next(ids))))
    return plan


def test_nobody_has_taken_on_what_undoes_their_task() -> None:
    plan = canceled([step("1", "manual", state="completed", claim={"id": "a", "name": "Jo"})])
    assert [one.claim for one in plan if one.direction == "undo"] == [None]


def test_undoing_goes_backwards() -> None:
    plan = canceled(
        [
            step("1", "callout", state="completed"),
            step("2", "callout", "1", state="completed"),
            step("3", "callout", "2", state="completed"),
        ]
    )
    order: list[str] = []
    while called := next_steps(plan).called:
        for ident in called:
            item = plan.put(replace(plan.items[ident], state="completed"))
            order.append(str(item.undoes))
    assert order == ["3", "2", "1"]


@pytest.mark.parametrize(
    "end,error,expected",
    [
        ("completed", None, "called"),
        ("canceled", None, "skipped"),
        ("fallout", "business", "skipped"),
        ("fallout", "unknown", "called"),
    ],
)
def test_undoing_waits_for_what_is_under_way(
    end: StepState, error: str | None, expected: str
) -> None:
    plan = canceled([step("1", "callout", state="waiting")])
    assert next_steps(plan) == Steps()
    plan.put(replace(plan.items["1"], state=end, error_kind=error))
    assert len(getattr(next_steps(plan), expected)) == 1


@st.composite
def plans(draw: st.DrawFn) -> list[PlanItem]:
    """Any plan without circles, with steps in states that can stand side by side."""
    items: list[PlanItem] = []
    for number in range(draw(st.integers(1, 12))):
        needs = draw(st.sets(st.sampled_from([one.id for one in items]))) if items else set()
        kind = draw(st.sampled_from(KINDS))
        items.append(step(f"s{number}", kind, *sorted(needs)))
    return items


@given(plans(), st.data())
def test_any_plan_ends_when_each_started_step_does(
    items: list[PlanItem], data: st.DataObject
) -> None:
    """Nothing begins before what it needs, nothing twice, and nothing is forgotten."""
    plan = Plan("order", "ProductOrder", "inProgress", {one.id: one for one in items})
    begun: list[str] = []
    for _ in range(len(items) + 1):
        steps = next_steps(plan)
        open_steps = [*steps.called, *steps.offered, *steps.timed]
        for ident in (*steps.completed, *steps.skipped, *open_steps):
            begun.append(ident)
            settled = {"completed", "skipped"}
            met = [plan.items[need].state for need in plan.items[ident].needs]
            own = {*steps.completed, *steps.skipped}
            assert all(
                state in settled or need in own
                for need, state in zip(plan.items[ident].needs, met, strict=True)
            )
        for ident in steps.skipped:
            plan.put(replace(plan.items[ident], state="skipped"))
        for ident in (*steps.completed, *open_steps):
            state = data.draw(st.sampled_from(["completed", "skipped"]))
            ends: StepState = "completed" if ident in steps.completed else state  # type: ignore[assignment]
            plan.put(replace(plan.items[ident], state=ends))
    assert sorted(begun) == sorted(plan.items)
    assert all(one.state in {"completed", "skipped"} for one in plan)
    assert next_steps(plan) == Steps()


@given(plans())
def test_the_same_plan_always_gives_the_same_steps(items: list[PlanItem]) -> None:
    assert next_steps(items) == next_steps(list(reversed(items)))
