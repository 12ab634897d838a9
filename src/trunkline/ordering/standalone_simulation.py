"""Simulation alone: what a service or resource order by itself would do, and when."""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.documents.decode import encode, load
from trunkline.documents.errors import Conflict, Fault
from trunkline.kernel.resource import Meta
from trunkline.kernel.work import Work
from trunkline.ordering import installed, order_catalog, plan_store, waiting
from trunkline.ordering.decomposition import plan
from trunkline.ordering.design.picking import designed
from trunkline.ordering.domain_item_rules import (
    resource_items_can_be_carried_out,
    service_items_can_be_carried_out,
)
from trunkline.ordering.jeopardy.policies import policies
from trunkline.ordering.new_plan import circle_faults
from trunkline.ordering.planned_nodes import planned_steps
from trunkline.ordering.resource_intake_rules import (
    resource_order_is_new,
    resource_order_may_be_sent,
)
from trunkline.ordering.resource_order import (
    ResourceOrder,
    resource_order_dates_are_in_order,
    resource_order_items_fit_together,
)
from trunkline.ordering.service_intake_rules import (
    faults_alone,
    service_order_is_new,
)
from trunkline.ordering.service_order import (
    ServiceOrder,
    service_order_dates_are_in_order,
    service_order_items_fit_together,
)
from trunkline.ordering.simulation import SimulationResult, previews
from trunkline.ordering.standalone_line import DomainOrder, line_faults, lines_alone
from trunkline.ordering.still_used import ending_faults


def simulate_alone(work: Work, order: DomainOrder) -> SimulationResult:
    """Return what an order would do if it were sent in now; the order itself stays as it is.

    Nobody waits for it. Refuses (409) an order that has begun, or is a part of another one.
    """
    known = order.__dict__.get("meta")
    _must_be_ahead(work, order, known.id if known is not None else None)
    copy = type(order).wrap(load(encode(order.raw)))
    object.__setattr__(copy, "meta", known or Meta(work.services.chance.uuid()))
    copy.state = "acknowledged"
    dangling = work.settle_references(copy)
    refused = [*dangling, *_refusals(work, copy)]
    catalog = order_catalog.load_for(work, copy)
    held = installed.load(work, copy, catalog, holds=False)
    found = plan(copy, catalog, held)
    nodes = designed(work, copy, catalog, found.nodes)
    start_at = waiting.later_start(copy, work.now) or work.now
    return SimulationResult(
        nodes=nodes,
        faults=tuple(
            refused
            or found.faults
            or circle_faults(copy, catalog, held, nodes, work.now, work.services.chance.uuid)
        ),
        deferred=found.deferred,
        planned=planned_steps(nodes, start_at, policies(work).terms()),
        line_prices={},
        awaited=waiting.meetings(work, copy.id, found.nodes, held).awaited,
        items=previews(copy, nodes),
    )


def _must_be_ahead(work: Work, order: DomainOrder, ident: str | None) -> None:
    """Refuse (409) an order that is stored and has steps, has ended, or is a part of another."""
    made = plan_store.read(work, ident) if ident is not None else None
    waits = made is not None and made.wait is not None
    is_open = order.state in ("acknowledged", "pending", "held") and made is None
    if ident is not None and (order.came_from is not None or not (waits or is_open)):
        raise Conflict("notADraft", f"{order.key} is {order.state}; its plan says what it does")


def _refusals(work: Work, order: DomainOrder) -> Iterator[Fault]:
    """Yield what an order would be refused for, in the sequence of its rules."""
    yield from ending_faults(work, order)
    if isinstance(order, ServiceOrder):
        yield from service_order_dates_are_in_order(work, None, order)
        yield from service_order_items_fit_together(work, None, order)
        yield from service_items_can_be_carried_out(work, None, order)
        yield from faults_alone(work, None, order, holds=False)
        yield from service_order_is_new(work, None, order)
        return
    assert isinstance(order, ResourceOrder)
    yield from resource_order_dates_are_in_order(work, None, order)
    yield from resource_order_items_fit_together(work, None, order)
    yield from resource_items_can_be_carried_out(work, None, order)
    yield from resource_order_may_be_sent(work, None, order)
    yield from resource_order_is_new(work, None, order)
    yield from line_faults(lines_alone(order))
