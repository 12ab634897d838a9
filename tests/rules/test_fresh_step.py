"""A new step made from another one takes over what it is about, and nothing that happened to it."""

from __future__ import annotations

from dataclasses import MISSING, fields
from datetime import UTC, datetime

from trunkline.ordering.plan_item import TASK, PlanItem, fresh

# What is a step's own, or has happened to it: a step made from it begins without.
OWN = {
    "id", "position", "node_key", "state", "title", "direction", "undoes", "point_of_no_return",
    "command_key", "attempt", "request", "answer", "attempts", "error_kind", "error_code",
    "error_message", "fallout", "planned_at", "started_at", "ended_at", "due_at", "reason",
    "awaits", "awaited_by", "claim", "needs", "needed_by", "correlation",
    "hold", "paused_s", "planned_end_at", "handoff",
}  # fmt: skip
# What is the task's but for what happened: the service level, less what was told of it.
PARTLY = {"sla"}


def test_every_field_is_either_the_tasks_or_the_steps_own() -> None:
    """A new field of a step is put into one of the lists: `TASK`, or those above."""
    assert sorted([*TASK, *OWN, *PARTLY]) == sorted(one.name for one in fields(PlanItem))


def test_a_fresh_step_is_as_if_it_had_been_made_just_now() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    filled = {
        one.name: moment if one.name.endswith("_at") else f"former {one.name}"
        for one in fields(PlanItem)
    }
    level = {"minutes": 30, "escalateTo": "fallout"}
    former = PlanItem(**filled | {"sla": level | {"told": "warning"}})  # type: ignore[arg-type]
    made = fresh(former, ident="new", position=7, node_key="undo/new")
    assert (made.id, made.position, made.node_key) == ("new", 7, "undo/new")
    assert made.sla == level
    for one in fields(PlanItem):
        if one.name in PARTLY:
            continue
        if one.name in TASK:
            assert getattr(made, one.name) == f"former {one.name}"
        elif one.default is not MISSING:
            assert getattr(made, one.name) == one.default, one.name
