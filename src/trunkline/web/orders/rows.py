"""Rows of a plan: what its timeline, its graph and its list say of each step alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from trunkline.ordering.plan_item import ENDED, PlanItem
from trunkline.web.orders.grouping import Group, Placed, grouped
from trunkline.web.orders.plan import Plan, hold_words, linked_words, met_orders, span, standing
from trunkline.web.orders.timeline import Timeline
from trunkline.web.values import EMPTY, Cell, instant, state
from trunkline.web.wording import tone, words

UNFOLDED_MAX = 100
"""A plan with more steps shows only the groups that are opened."""


def rows_of(
    plan: Plan, timeline: Timeline, zone: ZoneInfo, address: str, *, view: str,
    opened: Sequence[str] = (), chosen: str = "", is_whole: bool = False,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return the groups of a plan with their rows.

    In a large plan only those groups have rows that are `opened`, that hold the chosen step, or,
    where nothing is opened, the step that holds the order up; all have where it `is_whole`.
    """
    groups = grouped(plan.steps)
    held = plan.held_up_by
    wanted = {chosen} | ({held.id} if held is not None and not opened else set())
    is_small = is_whole or len(plan.steps) <= UNFOLDED_MAX
    found = []
    for one in groups:
        inside = {each.step.id for each in one.steps}
        is_open = is_small or one.key in opened or not inside.isdisjoint(wanted)
        rows = [_row(plan, each, timeline, zone, address, view) for each in one.steps if is_open]
        found.append(_head(plan, one, timeline) | {"rows": rows, "is_open": is_open,
                                                   "is_lazy": not is_small})  # fmt: skip
    return found


def step_address(address: str, ident: str, view: str) -> str:
    """Return the address of an order's page that shows one of its steps."""
    chosen = {"step": ident} if view == "timeline" else {"view": view, "step": ident}
    return f"{address}?{urlencode(chosen)}"


def _head(plan: Plan, group: Group, timeline: Timeline) -> dict[str, Any]:
    steps = [one.step for one in group.steps]
    done = sum(1 for one in steps if one.state in ENDED)
    late = sum(1 for one in steps if plan.schedule[one.id].is_late)
    reaches = [plan.schedule[one.id] for one in steps]
    starts = [one.start_at for one in reaches if one.start_at is not None]
    ends = [one.end_at for one in reaches if one.end_at is not None]
    x = timeline.scale.x(min(starts)) if starts else 0.0
    width = timeline.scale.x(max(ends)) - x if starts and ends else 0.0
    worst = next((one for one in ("fallout", "failed", "unknown")
                  if any(each.state == one for each in steps)), "")  # fmt: skip
    return {
        "key": group.key,
        "title": group.head.name if group.head is not None else "",
        "item": group.item_id or "",
        "state": state(group.head.state) if group.head is not None else EMPTY,
        "worst": state(worst) if worst else EMPTY,
        "done": done,
        "all": len(steps),
        "late": late,
        "span": {"x": round(x, 2), "width": round(max(0.0, width), 2)},
    }


def _row(
    plan: Plan, placed: Placed, timeline: Timeline, zone: ZoneInfo, address: str, view: str
) -> dict[str, Any]:
    step = placed.step
    found = plan.schedule[step.id]
    names = [plan.by_id[one].called for one in step.needs if one in plan.by_id]
    return {
        "id": step.id,
        "depth": placed.depth,
        "name": step.called,
        "title": step.title or "",
        "layer": words(step.layer),
        "kind": words(step.kind),
        "action": words("undo" if step.direction == "undo" else step.action or ""),
        "state": state(step.state),
        "tone": tone(step.state),
        "is_late": found.is_late,
        "late_by": late_by(plan, step),
        "is_critical": found.is_critical,
        "is_next": found.start_at is not None and step.started_at is None
        and step.state not in ENDED,
        "started": instant(found.start_at, zone),
        "ended": ended_of(step, found.end_at, zone),
        "planned_end": instant(found.planned_end, zone),
        "attempt": step.attempt,
        "needs": names,
        "reason": linked_words(
            step.reason or hold_words(step) or standing(step), met_orders(step)
        ),
        "error": step.error_code or "",
        "address": step_address(address, step.id, view),
        "bars": timeline.bars(step),
        "reach": timeline.reach(step),
        "planned": timeline.planned(step) if step.kind != "milestone" else None,
        "hold": hold_words(step),
    }  # fmt: skip


def late_by(plan: Plan, step: PlanItem) -> str:
    """Return by how much a step is late, in words; empty where it is not."""
    found = plan.schedule[step.id]
    if not found.is_late or found.planned_end is None:
        return ""
    until = step.ended_at if step.ended_at is not None else plan.now
    return span(until - found.planned_end)


def ended_of(step: PlanItem, end: datetime | None, zone: ZoneInfo) -> Cell:
    """Return when a step ended; empty while it has not."""
    return instant(end, zone) if step.state in ENDED else EMPTY
