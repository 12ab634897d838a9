"""Outbound: how far the hand-off of service and resource orders is, told from their steps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from trunkline.ordering.api import OutboundState
from trunkline.ordering.edits import Edits
from trunkline.ordering.plan_item import Plan, PlanItem, StepState
from trunkline.ordering.resource_order import ResourceOrder, ResourceOrderItem
from trunkline.ordering.service_order import (
    ServiceOrder,
    ServiceOrderItem,
    placed_service_items,
)

SETTLED: tuple[StepState, ...] = ("ready", "completed", "skipped", "canceled", "fallout")
"""The states in which a step says something new of its hand-off."""

WORST_FIRST: Sequence[OutboundState] = ("error", "pending", "failed", "fulfilled")


def is_handed_over(step: PlanItem) -> bool:
    """Tell whether a step hands the change of its order over, rather than asking about it."""
    return step.kind == "callout" and step.action is not None and step.direction == "do"


def outbound_state(step: PlanItem) -> OutboundState:
    """Return how far the hand-off of a step is; what never went out is not applicable."""
    if step.state == "completed":
        return "fulfilled"
    if step.state == "fallout":
        return "error"
    if step.state in {"skipped", "canceled"}:
        return "failed" if step.attempt else "notApplicable"
    return "notApplicable" if step.state == "pending" else "pending"


def follow(edits: Edits, plan: Plan) -> None:
    """Write to the orders of steps that have moved how far their hand-off is."""
    moved = [one for one in plan.moved(*SETTLED) if is_handed_over(one)]
    for step in moved:
        for order in _orders(edits, step):
            _write(order, step, is_own=order.id == plan.root)


def clear(order: ServiceOrder | ResourceOrder) -> None:
    """Take off what was sent with the lines of a new order: nothing of it went out yet."""
    for _, line in _lines(order):
        line.raw.pop("outboundState", None)


def _orders(edits: Edits, step: PlanItem) -> Iterator[ServiceOrder | ResourceOrder]:
    yield from edits.take(ServiceOrder, [step.service_order])
    yield from edits.take(ResourceOrder, [step.resource_order])


def _write(order: ServiceOrder | ResourceOrder, step: PlanItem, *, is_own: bool) -> None:
    """Write a step's state to its line, and to the order what its lines come to.

    An order that a line was broken down into has one line; of one by itself a step has its own.
    """
    lines = _lines(order)
    for ident, line in lines:
        if not is_own or ident == step.item_id:
            line.outbound_state = outbound_state(step)
    state = worst(line.outbound_state for _, line in lines)
    if order.outbound_state != state:
        order.outbound_state = state


def _lines(
    order: ServiceOrder | ResourceOrder,
) -> list[tuple[str, ServiceOrderItem | ResourceOrderItem]]:
    if isinstance(order, ServiceOrder):
        return [(one.id, one) for _, one in placed_service_items(order.service_order_item)]
    return [(one.id or str(at + 1), one) for at, one in enumerate(order.order_item)]


def worst(states: Iterable[OutboundState | None]) -> OutboundState:
    """Return what the lines of an order come to: what asks for attention first."""
    found = set(states)
    return next((one for one in WORST_FIRST if one in found), "notApplicable")
