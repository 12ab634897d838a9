"""The plan before an order is sent: what each line becomes, layer by layer, and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from trunkline.ordering.design.preview import Previewed
from trunkline.ordering.node import SHARED, Node
from trunkline.ordering.simulation import SimulationResult
from trunkline.web.design.item_form import KINDS as ITEM_KINDS
from trunkline.web.values import instant
from trunkline.web.wording import words

STEPS_SHOWN = 150
VERBS = {"add": "New", "modify": "Change", "delete": "End", "suspend": "Suspend",
         "resume": "Resume"}  # fmt: skip
LAYERS = {"product": "Product", "service": "Service", "resource": "Resource"}
KINDS = {"manual": "People", "callout": "Network", "timer": "Waiting time", "automatic": "",
         "fieldWork": "A visit"}  # fmt: skip


@dataclass(frozen=True)
class Names:
    """How offerings and sites are called, by their ids."""

    offerings: Mapping[str, str]
    sites: Mapping[str, str]


def plan_of(result: SimulationResult, names: Names, zone: ZoneInfo) -> dict[str, Any]:
    """Return the plan for the template: its steps under what they realize, and the end of it."""
    steps = list(_with_items(result))
    kinds = [node.fulfilment.kind if item is None else item.kind for node, _, item in steps]
    by_people = sum(one in {"manual", "fieldWork"} for one in kinds)
    return {
        "rows": [_row(result, *one, names, zone) for one in steps[:STEPS_SHOWN]],
        "more": max(0, len(steps) - STEPS_SHOWN),
        "count": len(steps),
        "by_people": by_people,
        "ends": instant(result.completed_at, zone) if result.completed_at else None,
        "deferred": [
            {"name": one.specification_name, "reason": one.reason} for one in result.deferred
        ],
        "awaited": [one.as_json() for one in result.awaited],
    }


def _below(result: SimulationResult) -> Iterator[tuple[Node, int]]:
    """Yield the steps and how deep each lies below the first that it realizes or is a part of."""
    nodes = {one.key: one for one in result.nodes}
    below: dict[str, list[Node]] = {}
    tops: list[Node] = []
    for one in result.nodes:
        above = next((key for key in one.parents if key in nodes), None)
        (tops if above is None else below.setdefault(above, [])).append(one)
    layers = list(LAYERS)
    tops.sort(key=lambda one: layers.index(one.layer))
    waiting = [(one, 0) for one in reversed(tops)]
    seen: set[str] = set()
    while waiting:
        node, depth = waiting.pop()
        if node.key in seen:
            continue
        seen.add(node.key)
        yield node, depth
        waiting += [(one, depth + 1) for one in reversed(below.get(node.key, []))]


def _with_items(
    result: SimulationResult,
) -> Iterator[tuple[Node, int, Previewed | None]]:
    """Yield the steps, below each what its plan definition does for it, as far as that is known."""
    for node, depth in _below(result):
        yield node, depth, None
        for item in result.items.get(node.key, ()):
            if item.skipped is None:
                yield node, depth + 1, item


def _row(
    result: SimulationResult, node: Node, depth: int, item: Previewed | None, names: Names,
    zone: ZoneInfo,
) -> dict[str, Any]:  # fmt: skip
    planned = result.planned[node.key]
    if item is not None:
        return {
            "name": item.title, "site": "", "layer": "", "layer_name": node.layer,
            "verb": ITEM_KINDS[item.kind], "action": node.action, "depth": min(depth, 5),
            "by": words(item.role) if item.role else "", "title": "", "is_shared": False,
            "start": instant(planned.start_at, zone), "end": instant(planned.end_at, zone),
        }  # fmt: skip
    is_product = node.layer == "product"
    place = node.place.get("id", "") if isinstance(node.place, dict) else ""
    return {
        "name": names.offerings.get(node.offering_id or "", node.specification_name),
        "site": names.sites.get(place, "") if is_product or not depth else "",
        "layer": LAYERS[node.layer],
        "layer_name": node.layer,
        "verb": VERBS[node.action],
        "action": node.action,
        "depth": min(depth, 5),
        "by": KINDS[node.fulfilment.kind],
        "title": node.fulfilment.title or "",
        "is_shared": node.key.startswith(SHARED),
        "start": instant(planned.start_at, zone),
        "end": instant(planned.end_at, zone),
    }
