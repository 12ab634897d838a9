"""Simulation: what an order would do, when it would be done and what it would cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from trunkline.documents.decode import encode
from trunkline.documents.decode import load as decoded
from trunkline.documents.errors import Conflict, Fault
from trunkline.kernel.resource import Meta
from trunkline.kernel.work import Work
from trunkline.ordering import installed, order_catalog, order_context, plan_store, waiting
from trunkline.ordering.decomposition import plan
from trunkline.ordering.intake import take_in
from trunkline.ordering.intake_rules import external_id_is_new, order_faults
from trunkline.ordering.node import Deferred, Node
from trunkline.ordering.order_context import OrderContext
from trunkline.ordering.order_line import lines_of
from trunkline.ordering.price_effect import PriceEffect, added_up, line_effects
from trunkline.ordering.product_order import (
    ProductOrder,
    product_order_dates_are_in_order,
    product_order_items_fit_together,
)
from trunkline.ordering.retroactive import start_lies_ahead
from trunkline.ordering.waiting import Awaited


@dataclass(frozen=True)
class PlannedStep:
    """When a step would start and end if each took the time that its specification says."""

    start_at: datetime
    end_at: datetime


@dataclass(frozen=True)
class SimulationResult:
    """What would become of an order; nothing of it is stored.

    `faults` are what the order would be refused for or, where it would not be, what would become
    fallout. `planned` holds the dates by the key of the node, `line_prices` what each item costs,
    by its id; `prices` is their sum. The order would wait for the end of what is `awaited`, and be
    broken down only then.
    """

    nodes: tuple[Node, ...]
    faults: tuple[Fault, ...]
    deferred: tuple[Deferred, ...]
    planned: Mapping[str, PlannedStep]
    line_prices: Mapping[str, tuple[PriceEffect, ...]]
    awaited: tuple[Awaited, ...] = ()

    @property
    def prices(self) -> tuple[PriceEffect, ...]:
        """What the whole order costs."""
        return added_up(self.line_prices.values())

    @property
    def dependencies(self) -> list[tuple[str, str]]:
        """Which node (first) needs which (second) to be done before."""
        return [(node.key, need) for node in self.nodes for need in node.needs]

    @property
    def completed_at(self) -> datetime | None:
        """When the last step would end."""
        return max((one.end_at for one in self.planned.values()), default=None)


def simulate(work: Work, order: ProductOrder) -> SimulationResult:
    """Return what an order would do if it were sent in now; the order itself stays as it is.

    Its records may be named by id, key or other name, as in an order that is sent in. Nobody waits
    for a simulation: it holds no locks on what it looks at. Refuses
    (409) an order that has been sent in already, unless that still waits to be broken down.
    """
    known = order.__dict__.get("meta")
    if known is not None and order.internal_state != "draft" and not _waits(work, known.id):
        raise Conflict("notADraft", f"{order.key} is {order.state}; its plan says what it does")
    copy = ProductOrder.wrap(decoded(encode(order.raw)))
    object.__setattr__(copy, "meta", known or Meta(work.services.chance.uuid()))
    copy.internal_state = "acknowledged"
    dangling = work.settle_references(copy)
    catalog = order_catalog.load(work, copy)
    take_in(copy, catalog, work.now, order_catalog.held_offerings(work, copy))
    context = order_context.load(work, copy, holds=False)
    refused = [*dangling, *refusals(work, copy, context)]
    held = installed.load(work, copy, catalog, holds=False)
    found = plan(copy, catalog, held)
    wanted = copy.requested_start_date
    start_at = max(work.now, wanted) if wanted is not None else work.now
    return SimulationResult(
        nodes=found.nodes,
        faults=tuple(refused or found.faults),
        deferred=found.deferred,
        planned=planned_steps(found.nodes, start_at),
        line_prices=line_effects(lines_of(copy), context.products, at=work.now),
        awaited=waiting.meetings(work, copy.id, found.nodes, held).awaited,
    )


def _waits(work: Work, ident: str) -> bool:
    made = plan_store.read(work, ident)
    return made is not None and made.wait is not None


def refusals(work: Work, order: ProductOrder, context: OrderContext) -> Iterator[Fault]:
    """Yield what an order would be refused for, in the sequence of its rules."""
    yield from product_order_dates_are_in_order(work, None, order)
    yield from product_order_items_fit_together(work, None, order)
    yield from order_faults(order, context)
    yield from external_id_is_new(work, None, order)
    yield from start_lies_ahead(work, None, order)


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
