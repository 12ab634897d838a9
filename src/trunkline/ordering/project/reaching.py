"""Reaching: a phase that is done is a milestone of its lines, which say so with its date."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from trunkline.documents.shape import format_instant
from trunkline.ordering.edits import Edits
from trunkline.ordering.plan_item import Plan, PlanItem
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import OrderItemMilestone, placed_product_items
from trunkline.ordering.project.path import PATH, stretches


def tell_milestones(edits: Edits, plan: Plan, ended: Sequence[PlanItem], at: datetime) -> None:
    """Write to the lines of a project which of its phases are done since they were written last."""
    reached = [one for one in ended if one.node_key.startswith(PATH) and one.state == "completed"]
    order = edits.one(ProductOrder, plan.root) if reached else None
    if order is None or order.project is None:
        return
    found = {one.key: one for one in stretches(order, order.project.per)}
    phases = [one.name for one in order.project.phase]
    for step in reached:
        place, key = phase_of(step)
        if key in found and place < len(phases):
            said = {"name": phases[place], "reachedAt": format_instant(at)}
            if place + 1 < len(phases):
                said["next"] = phases[place + 1]
            _tell(order, found[key].items, said)


def tell_next(order: ProductOrder, items: Iterable[str], name: str) -> None:
    """Write to lines what their first phase is."""
    _tell(order, items, {"next": name})


def phase_of(step: PlanItem) -> tuple[int, str]:
    """Return the number of a step's phase, and the key of the stretch that it belongs to."""
    number, _, key = step.node_key.removeprefix(PATH).partition("/")
    return int(number), key


def _tell(order: ProductOrder, items: Iterable[str], said: dict[str, str]) -> None:
    wanted = set(items)
    for _, item in placed_product_items(order.product_order_item):
        if item.id in wanted:
            item.milestone = OrderItemMilestone.wrap(dict(said))
