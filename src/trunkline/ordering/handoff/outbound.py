"""Outbound: how far the hand-off of service and resource orders is, told from their steps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

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

ELSEWHERE = """
select distinct state, attempt from plan_item
where root = %s and item_id = %s and kind = 'callout' and action is not null
  and root in (service_order, resource_order) and direction = 'do' and id <> all(%s::uuid[])
"""
"""How the steps for an item itself stand that a plan, which is not whole, leaves out."""

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
            is_own = order.id == plan.root
            state = _of_all(edits, plan, step) if is_own else outbound_state(step)
            _write(order, step, state, is_own=is_own)


def _of_all(edits: Edits, plan: Plan, step: PlanItem) -> OutboundState:
    """Return what the steps for one item itself come to: several alike have one each."""
    found = {outbound_state(one) for one in plan if _is_beside(one, step)}
    if not plan.is_whole:
        asked = [plan.root, step.item_id, [one.id for one in plan]]
        for state, attempt in edits.work.connection.execute(ELSEWHERE, asked).fetchall():
            found.add(outbound_state(replace(step, state=state, attempt=attempt)))
    return worst(found)


def _is_beside(one: PlanItem, step: PlanItem) -> bool:
    own = one.root in (one.service_order, one.resource_order)
    return own and one.item_id == step.item_id and is_handed_over(one)


def clear(order: ServiceOrder | ResourceOrder) -> None:
    """Take off what was sent with the lines of a new order: nothing of it went out yet."""
    for _, line in _lines(order):
        line.raw.pop("outboundState", None)


def _orders(edits: Edits, step: PlanItem) -> Iterator[ServiceOrder | ResourceOrder]:
    yield from edits.take(ServiceOrder, [step.service_order])
    yield from edits.take(ResourceOrder, [step.resource_order])


def _write(
    order: ServiceOrder | ResourceOrder, step: PlanItem, found: OutboundState, *, is_own: bool
) -> None:
    """Write how far the hand-off is to a step's line, and to the order what its lines come to.

    An order that a line was broken down into has one line; of one by itself a step has its own.
    """
    lines = _lines(order)
    for ident, line in lines:
        if not is_own or ident == step.item_id:
            line.outbound_state = found
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
