"""Simulation: what an order would do, when it would be done and what it would cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from trunkline.documents.decode import encode
from trunkline.documents.decode import load as decoded
from trunkline.documents.errors import Conflict, Fault, Invalid
from trunkline.governance.bindings import values_stand_in_their_registers
from trunkline.kernel.resource import Meta
from trunkline.kernel.work import Work
from trunkline.ordering import installed, order_catalog, order_context, plan_store, waiting
from trunkline.ordering.capture.agreed import agreement_faults
from trunkline.ordering.capture.handing_in import policy_faults
from trunkline.ordering.decomposition import plan
from trunkline.ordering.design.picking import Trial, designed
from trunkline.ordering.design.preview import Previewed, previewed
from trunkline.ordering.intake import take_in
from trunkline.ordering.intake_rules import external_id_is_new, order_faults
from trunkline.ordering.jeopardy.policies import policies
from trunkline.ordering.line_dates import line_starts
from trunkline.ordering.macd.early_end import charge_early_ends
from trunkline.ordering.macd.item_parts import TerminationFee
from trunkline.ordering.macd.linking import link_faults
from trunkline.ordering.new_plan import circle_faults, facts_of
from trunkline.ordering.node import Deferred, Node
from trunkline.ordering.order_context import OrderContext
from trunkline.ordering.order_line import lines_of
from trunkline.ordering.planned_nodes import PlannedStep, planned_steps
from trunkline.ordering.price_effect import PriceEffect, added_up, line_effects
from trunkline.ordering.product_order import (
    ProductOrder,
    product_order_dates_are_in_order,
    product_order_items_fit_together,
)
from trunkline.ordering.product_order_item import placed_product_items
from trunkline.ordering.retroactive import start_lies_ahead
from trunkline.ordering.standalone_line import RootOrder, every_line
from trunkline.ordering.waiting import Awaited

UNSTORED = "NEW"
"""What stands in a preview for what only a stored order has."""


@dataclass(frozen=True)
class SimulationResult:
    """What would become of an order; nothing of it is stored.

    `faults` are what the order would be refused for or, where it would not be, what would become
    fallout. `planned` holds the dates by the key of the node, `line_prices` what each item costs,
    by its id; `prices` is their sum. `items` are those of the plan definitions, by the key of the
    node, `fees` what ending products early costs, by the item's id. The order would wait for the
    end of what is `awaited`, and be broken down only then.
    """

    nodes: tuple[Node, ...]
    faults: tuple[Fault, ...]
    deferred: tuple[Deferred, ...]
    planned: Mapping[str, PlannedStep]
    line_prices: Mapping[str, tuple[PriceEffect, ...]]
    awaited: tuple[Awaited, ...] = ()
    items: Mapping[str, Sequence[Previewed]] = field(default_factory=dict)
    fees: Mapping[str, TerminationFee] = field(default_factory=dict)

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


def simulate(work: Work, order: ProductOrder, *, trial: Trial | None = None) -> SimulationResult:
    """Return what an order would do if it were sent in now; the order itself stays as it is.

    With a `trial` its plan definition is taken, whatever the tables say.

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
    take_in(copy, catalog, work.now, order_catalog.held_products(work, copy))
    try:
        charge_early_ends(work, copy)
    except Invalid as refusal:  # told beside all else that is wrong
        dangling = [*dangling, *refusal.faults]
    context = order_context.load(work, copy, holds=False)
    refused = [*dangling, *refusals(work, copy, context)]
    held = installed.load(work, copy, catalog, holds=False)
    found = plan(copy, catalog, held)
    nodes = designed(work, copy, catalog, found.nodes, trial=trial)
    start_at = waiting.later_start(copy, work.now) or work.now
    return SimulationResult(
        nodes=nodes,
        faults=tuple(
            refused
            or found.faults
            or circle_faults(copy, catalog, held, nodes, work.now, work.services.chance.uuid)
        ),
        deferred=found.deferred,
        planned=planned_steps(nodes, start_at, policies(work).terms(), line_starts(copy)),
        line_prices=line_effects(lines_of(copy), context.products, at=work.now),
        awaited=waiting.meetings(work, copy.id, found.nodes, held).awaited,
        items=previews(copy, nodes),
        fees={
            one.id: one.termination_fee
            for _, one in placed_product_items(copy.product_order_item)
            if one.termination_fee is not None
        },
    )


def previews(order: RootOrder, nodes: Sequence[Node]) -> dict[str, Sequence[Previewed]]:
    """Return what the plan definitions of parts would do, by the key of the node.

    What only a stored order has, its key and the ids of new records, is called `NEW`.
    """
    lines = every_line(order)
    found: dict[str, Sequence[Previewed]] = {}
    for node in nodes:
        if node.chosen is not None:
            facts = facts_of(order, lines[node.item_id], node, node.instance_id or UNSTORED)
            facts["order"]["key"] = facts["order"]["key"] or UNSTORED
            found[node.key] = previewed(node, facts)
    return found


def _waits(work: Work, ident: str) -> bool:
    made = plan_store.read(work, ident)
    return made is not None and made.wait is not None


def refusals(work: Work, order: ProductOrder, context: OrderContext) -> Iterator[Fault]:
    """Yield what an order would be refused for, in the sequence of its rules."""
    yield from product_order_dates_are_in_order(work, None, order)
    yield from product_order_items_fit_together(work, None, order)
    yield from values_stand_in_their_registers(work, None, order)
    yield from order_faults(order, context)
    yield from link_faults(work, order)
    yield from external_id_is_new(work, None, order)
    yield from start_lies_ahead(work, None, order)
    yield from agreement_faults(work, order)
    yield from policy_faults(work, order)
