"""Simulation: what an order would do, when it would be done and what it would cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from trunkline.documents.decode import encode
from trunkline.documents.decode import load as decoded
from trunkline.documents.errors import Fault
from trunkline.kernel.resource import Meta
from trunkline.kernel.work import Work
from trunkline.ordering import installed, order_catalog, order_context
from trunkline.ordering.decomposition import plan
from trunkline.ordering.intake import take_in
from trunkline.ordering.intake_rules import order_faults
from trunkline.ordering.node import Deferred, Node
from trunkline.ordering.order_line import lines_of
from trunkline.ordering.price_effect import PriceEffect, price_effects
from trunkline.ordering.product_order import ProductOrder


@dataclass(frozen=True)
class PlannedStep:
    """When a step would start and end if each took the time that its specification says."""

    start_at: datetime
    end_at: datetime


@dataclass(frozen=True)
class SimulationResult:
    """What would become of an order; nothing of it is stored.

    `faults` are what the order would be refused for, then what would become fallout. `planned`
    holds the dates by the key of the node.
    """

    nodes: tuple[Node, ...]
    faults: tuple[Fault, ...]
    deferred: tuple[Deferred, ...]
    planned: Mapping[str, PlannedStep]
    prices: tuple[PriceEffect, ...]

    @property
    def dependencies(self) -> list[tuple[str, str]]:
        """Which node (first) needs which (second) to be done before."""
        return [(node.key, need) for node in self.nodes for need in node.needs]

    @property
    def completed_at(self) -> datetime | None:
        """When the last step would end."""
        return max((one.end_at for one in self.planned.values()), default=None)


def simulate(work: Work, order: ProductOrder) -> SimulationResult:
    """Return what an order would do if it were sent in now; the order itself stays as it is."""
    copy = ProductOrder.wrap(decoded(encode(order.raw)))
    known = order.__dict__.get("meta")
    object.__setattr__(copy, "meta", known or Meta(work.services.chance.uuid()))
    catalog = order_catalog.load(work, copy)
    take_in(copy, catalog, work.now, order_catalog.held_offerings(work, copy))
    context = order_context.load(work, copy)
    found = plan(copy, catalog, installed.load(work, copy, catalog))
    wanted = copy.requested_start_date
    start_at = max(work.now, wanted) if wanted is not None else work.now
    return SimulationResult(
        nodes=found.nodes,
        faults=(*order_faults(copy, context), *found.faults),
        deferred=found.deferred,
        planned=planned_steps(found.nodes, start_at),
        prices=price_effects(lines_of(copy), context.products),
    )


def planned_steps(nodes: Sequence[Node], start_at: datetime) -> dict[str, PlannedStep]:
    """Return when each node would be done; each comes after those that it needs.

    A timer takes its delay, other steps the duration of their specification, else no time.
    """
    found: dict[str, PlannedStep] = {}
    for node in nodes:
        before = [found[need].end_at for need in node.needs if need in found]
        start = max(before, default=start_at)
        found[node.key] = PlannedStep(start, start + _duration(node))
    return found


def _duration(node: Node) -> timedelta:
    fulfilment = node.fulfilment
    if fulfilment.kind == "timer":
        return timedelta(seconds=fulfilment.delay_seconds or 0)
    return timedelta(minutes=fulfilment.duration_minutes or 0)
