"""Reading: the project of an order as it stands: each phase of each line or site, with dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.work import Work
from trunkline.ordering import plan_store
from trunkline.ordering.plan_item import PlanItem
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.project.path import PATH, Stretch, stretches
from trunkline.ordering.project.phase import Stage
from trunkline.ordering.project.reaching import phase_of


@dataclass(frozen=True)
class ShownMilestone:
    """One phase of one line or site: its step, and by when it should be or was reached."""

    phase: str
    stage: Stage
    step: PlanItem

    @property
    def due_at(self) -> datetime | None:
        """By when it should be reached, as far as anybody has said."""
        return self.step.due_at or self.step.planned_end_at

    @property
    def reached_at(self) -> datetime | None:
        """When it was reached; None where it was not, or was left out."""
        return self.step.ended_at if self.step.state == "completed" else None


@dataclass(frozen=True)
class ShownStretch:
    """What goes through the phases together, with its milestones in sequence."""

    stretch: Stretch
    milestones: tuple[ShownMilestone, ...]


def project_shown(order: ProductOrder, steps: Sequence[PlanItem]) -> list[ShownStretch]:
    """Return the project of an order by line or site; nothing where it is none.

    Of two steps for one phase the later one counts: the other was called off.
    """
    if order.project is None:
        return []
    phases = order.project.phase
    held: dict[str, dict[int, PlanItem]] = {}
    for one in sorted(steps, key=lambda each: each.position):
        if one.node_key.startswith(PATH):
            place, key = phase_of(one)
            held.setdefault(key, {})[place] = one
    return [
        ShownStretch(one, tuple(
            ShownMilestone(phases[place].name, phases[place].stage, step)
            for place, step in sorted(held[one.key].items()) if place < len(phases)
        ))
        for one in stretches(order, order.project.per) if one.key in held
    ]  # fmt: skip


def project_told(work: Work, order: ProductOrder) -> dict[str, Json]:
    """Return the project of an order as clients read it."""
    plan = plan_store.read(work, order.id) if order.project is not None else None
    shown = project_shown(order, list(plan) if plan is not None else [])
    said = order.raw.get("project") or {}
    return {**said, "milestone": [_told(one, each) for one in shown for each in one.milestones]}


def _told(one: ShownStretch, each: ShownMilestone) -> dict[str, Json]:
    dates = {"dueAt": each.due_at, "reachedAt": each.reached_at}
    return {
        "name": each.phase,
        "stage": each.stage,
        "step": each.step.id,
        "state": each.step.state,
        "itemId": list(one.stretch.tops),
        **({"place": one.stretch.place} if one.stretch.place else {}),
        **{name: format_instant(at) for name, at in dates.items() if at is not None},
    }
