"""The plan of an order as its page shows it: steps, what each needs, and the picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from trunkline.documents.decode import encode
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.ordering.plan_item import ENDED, PlanItem
from trunkline.ordering.shown_plan import steps_shown
from trunkline.web.plan_layout import BOX_HEIGHT, BOX_WIDTH, PlanNode, lay_out
from trunkline.web.records import Mention
from trunkline.web.values import Cell, instant, state
from trunkline.web.wording import tone, words

LAYER_TITLES = {"order": "Order", "product": "Products", "service": "Services",
                "resource": "Resources"}  # fmt: skip
LINKED = {"product": "Product", "service": "Service", "resource": "Resource",
          "service_order": "ServiceOrder", "resource_order": "ResourceOrder"}  # fmt: skip
ORDERS = ("ProductOrder", "ServiceOrder", "ResourceOrder")
TITLE_LENGTH, LINE_LENGTH = 22, 28


@dataclass(frozen=True)
class Plan:
    """The steps of an order in their order, and (step, needed step) pairs."""

    steps: Sequence[PlanItem]
    needs: Sequence[tuple[str, str]]

    @property
    def linked(self) -> dict[str, set[str]]:
        """The records that the steps made or changed, by the name of their resource."""
        found: dict[str, set[str]] = {}
        for step in self.steps:
            for name, ident in linked(step).items():
                found.setdefault(name, set()).add(ident)
            for ident in met_orders(step):
                for name in ORDERS:
                    found.setdefault(name, set()).add(ident)
        return found


def read_plan(work: Work, root: str) -> Plan:
    """Return the plan of an order that the visitor may read; empty where there is none yet."""
    steps = steps_shown(work, root)
    return Plan(steps, [(one.id, other) for one in steps for other in one.needs])


def linked(step: PlanItem) -> dict[str, str]:
    """Return the records that a step made or changed: ids by the name of their resource."""
    return {name: ident for field, name in LINKED.items() if (ident := getattr(step, field))}


def met_orders(step: PlanItem) -> list[str]:
    """Return the other orders that a step waits for, or that wait for it, as far as known."""
    met = [*(one["order"] for one in step.awaits or ()), *(step.awaited_by or ())]
    return [one["id"] for one in met if "id" in one]


def picture_of(plan: Plan) -> dict[str, Any]:
    """Return the picture of a plan for the template: boxes, lines and heads with their words."""
    layout = lay_out([PlanNode(one.id, one.layer) for one in plan.steps], plan.needs)
    steps = {one.id: one for one in plan.steps}
    return {
        "width": layout.width,
        "height": layout.height,
        "box_width": BOX_WIDTH,
        "box_height": BOX_HEIGHT,
        "heads": [
            {"title": LAYER_TITLES[one.layer], "x": one.x, "width": one.width}
            for one in layout.heads
        ],
        "lines": [
            {"path": one.path, "tone": _line_tone(steps[one.target])} for one in layout.lines
        ],
        "boxes": [
            {
                "id": one.id,
                "x": one.x,
                "y": one.y,
                "title": _short(steps[one.id].name, TITLE_LENGTH),
                "line": _short(_box_line(steps[one.id]), LINE_LENGTH),
                "label": f"{steps[one.id].name}: {words(steps[one.id].state)}",
                "tone": tone(steps[one.id].state),
            }
            for one in layout.boxes
        ],
    }


def _box_line(step: PlanItem) -> str:
    done = "undo" if step.direction == "undo" else step.action
    return " · ".join(one for one in (words(step.state), done, step.kind) if one)


def _line_tone(needed: PlanItem) -> str:
    return "good" if needed.state in ENDED else "idle"


def _short(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def rows_of(
    plan: Plan, mentions: Mapping[str, Mention], zone: ZoneInfo, *, with_messages: bool
) -> list[dict[str, Any]]:
    """Return the rows of the table below the picture.

    What was sent and answered may hold personal values: `with_messages` tells whether to show it.
    """
    names = {one.id: one.name for one in plan.steps}
    needs: dict[str, list[dict[str, str]]] = {}
    for item, other in plan.needs:
        if other in names:
            needs.setdefault(item, []).append({"id": other, "name": names[other]})
    return [
        {
            "id": one.id,
            "name": one.name,
            "kind": words(one.kind),
            "is_manual": one.kind == "manual",
            "layer": words(one.layer),
            "action": words("undo" if one.direction == "undo" else one.action or ""),
            "item": one.item_id or "",
            "state": state(one.state),
            "attempt": one.attempt,
            "needs": needs.get(one.id, []),
            "records": [mentions[ident] for ident in linked(one).values() if ident in mentions],
            "reason": one.reason or _standing(one),
            "orders": [mentions[ident] for ident in met_orders(one) if ident in mentions],
            "error": _error(one, with_messages),
            "request": _pretty(one.request) if with_messages else "",
            "answer": _pretty(one.answer) if with_messages else "",
            "withheld": not with_messages and (one.request is not None or one.answer is not None),
            "started": instant(one.started_at, zone),
            "ended": instant(one.ended_at, zone),
        }
        for one in plan.steps
    ]


def progress_of(plan: Plan) -> dict[str, Any]:
    """Return how many steps are done, and how many stand in each state."""
    counts: dict[str, int] = {}
    for step in plan.steps:
        counts[step.state] = counts.get(step.state, 0) + 1
    done = sum(count for name, count in counts.items() if name in ENDED)
    cells = [
        {"state": Cell("state", f"{count} {words(name).lower()}", tone=tone(name))}
        for name, count in counts.items()
    ]
    return {"done": done, "all": len(plan.steps), "states": cells}


def _standing(step: PlanItem) -> str:
    """Return who has a task that waits, or that other orders wait for a step."""
    if step.claim is not None and step.state == "ready":
        return f"Taken on by {step.claim['name']}"
    unnamed = [one["name"] for one in step.awaited_by or () if "id" not in one]
    return " ".join(["Awaited by", *unnamed]) if step.awaited_by else ""


def _error(step: PlanItem, with_messages: bool) -> str:
    parts = [step.error_code, step.error_message if with_messages else None]
    return ": ".join(one for one in parts if one)


def _pretty(value: Json) -> str:
    if value is None:
        return ""
    return msgspec.json.format(encode(value), indent=2).decode()
