"""A simulation as programs are told of it: steps, plans, dates and prices."""

from __future__ import annotations

from dataclasses import asdict

from trunkline.documents.shape import Json, camel_case, format_instant
from trunkline.ordering.node import Node
from trunkline.ordering.price_effect import PriceEffect
from trunkline.ordering.simulation import SimulationResult


def simulation_body(result: SimulationResult) -> dict[str, Json]:
    """Return a simulation as JSON."""
    return {
        "fault": [
            {"path": one.path, "code": one.code, "message": one.message} for one in result.faults
        ],
        "awaits": [one.as_json() for one in result.awaited],
        "item": [
            {
                "nodeKey": node.key,
                "itemId": node.item_id,
                "layer": node.layer,
                "action": node.action,
                "kind": node.fulfilment.kind,
                "name": node.specification_name,
                "explanation": node.explanation,
                "characteristic": [one._asdict() for one in node.characteristics],
                "plannedStart": format_instant(result.planned[node.key].start_at),
                "plannedEnd": format_instant(result.planned[node.key].end_at),
                **_plan_body(node, result),
            }
            for node in result.nodes
        ],
        "dependency": [{"item": one, "needs": need} for one, need in result.dependencies],
        "deferred": [
            {"itemId": one.item_id, "name": one.specification_name, "reason": one.reason}
            for one in result.deferred
        ],
        "price": [price_body(one) for one in result.prices],
        "linePrice": [
            {"itemId": ident, **price_body(one)}
            for ident, effects in result.line_prices.items()
            for one in effects
        ],
        "completionDate": format_instant(result.completed_at) if result.completed_at else None,
    }


def _plan_body(node: Node, result: SimulationResult) -> dict[str, Json]:
    """Return by which plan definition a part would be carried out, and its items."""
    if node.chosen is None:
        return {}
    return {
        "origin": node.chosen.origin(),
        "plan": [
            {camel_case(name): value for name, value in asdict(one).items() if value is not None}
            for one in result.items[node.key]
        ],
    }


def price_body(effect: PriceEffect) -> dict[str, Json]:
    """Return what a price was, is and changes by, as JSON."""
    return {
        "priceType": effect.kind.price_type,
        "recurringChargePeriod": effect.kind.period,
        "unit": effect.kind.currency,
        "old": effect.old,
        "new": effect.new,
        "delta": effect.delta,
    }
