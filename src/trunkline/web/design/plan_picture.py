"""The picture of a plan definition: the same boxes and arrows as those of an order's plan."""

from __future__ import annotations

from typing import Any

from trunkline.ordering.design.definition import PlanDefinition
from trunkline.ordering.design.validation import own_needs
from trunkline.pages.language import spoken
from trunkline.web.design.item_form import KINDS
from trunkline.web.orders.graph_layout import BOX_HEIGHT, BOX_WIDTH, PlanNode, lay_out

ITEMS_MAX = 200


def picture_of(
    definition: PlanDefinition, wrong: set[int], open_at: int | None
) -> dict[str, Any] | None:
    """Return the picture for the template, None where there is nothing to draw.

    It begins on the side where reading begins.
    """
    items = {one.id: (at, one) for at, one in enumerate(definition.item)}
    if not items or len(items) > ITEMS_MAX:
        return None
    needs = [(ident, need) for ident, own in own_needs(definition.item).items() for need in own]
    layout = lay_out([PlanNode(one, "service") for one in items], needs)
    is_mirrored = spoken().direction == "rtl"

    def from_start(x: int) -> int:
        return layout.width - x - BOX_WIDTH if is_mirrored else x

    return {
        "width": layout.width,
        "height": layout.height,
        "box_width": BOX_WIDTH,
        "box_height": BOX_HEIGHT,
        "is_mirrored": is_mirrored,
        "lines": [one.path for one in layout.lines],
        "boxes": [
            {
                "x": from_start(box.x),
                "y": box.y,
                "id": box.id,
                "title": items[box.id][1].title,
                "kind": KINDS[items[box.id][1].kind],
                "is_wrong": items[box.id][0] in wrong,
                "is_open": items[box.id][0] == open_at,
                "has_condition": bool(items[box.id][1].condition),
                "no_return": items[box.id][1].point_of_no_return or "none",
            }
            for box in layout.boxes
        ],
    }
