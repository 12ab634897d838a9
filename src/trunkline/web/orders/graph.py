"""The graph of a plan: boxes of its steps by layer, and lines to what each needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trunkline.ordering.plan_item import ENDED, PlanItem
from trunkline.pages.language import spoken
from trunkline.web.orders.graph_layout import BOX_HEIGHT, BOX_WIDTH, PlanNode, lay_out
from trunkline.web.orders.plan import Plan

LAYER_TITLES = {"order": "Order", "product": "Products", "service": "Services",
                "resource": "Resources"}  # fmt: skip
BOXES_MAX = 400


def graph_of(plan: Plan, groups: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return the graph for the template; None where there are too many steps for a picture.

    The words in its boxes are those of the rows of the groups. It begins on the side where
    reading begins.

    Milestones are left out: they say what the layers say already.
    """
    shown = {row["id"] for group in groups for row in group["rows"]}
    drawn = [one for one in plan.steps if one.id in shown]
    steps = [one for one in drawn if one.kind != "milestone"] or drawn
    if len(steps) > BOXES_MAX:
        return None
    layout = lay_out([PlanNode(one.id, one.layer) for one in steps], plan.needs)
    critical = {one for one, found in plan.schedule.items() if found.is_critical}
    is_mirrored = spoken().direction == "rtl"

    def from_start(x: int, width: int) -> int:
        return layout.width - x - width if is_mirrored else x

    return {
        "width": layout.width,
        "height": layout.height,
        "box_width": BOX_WIDTH,
        "box_height": BOX_HEIGHT,
        "heads": [
            {"title": LAYER_TITLES[one.layer], "width": one.width,
             "x": from_start(one.x, one.width)}
            for one in layout.heads
        ],
        "lines": [
            {"path": one.path, "tone": _line_tone(plan.by_id[one.target]),
             "is_critical": one.source in critical and one.target in critical}
            for one in layout.lines
        ],
        "steps": {row["id"]: row for group in groups for row in group["rows"]},
        "places": [
            {"id": one.id, "x": from_start(one.x, BOX_WIDTH), "y": one.y} for one in layout.boxes
        ],
        "is_mirrored": is_mirrored,
    }  # fmt: skip


def _line_tone(needed: PlanItem) -> str:
    return "good" if needed.state in ENDED else "idle"
