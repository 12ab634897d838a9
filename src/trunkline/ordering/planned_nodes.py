"""Planned nodes: when each part of an order would be done that is not planned yet. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from trunkline.ordering.node import Node
from trunkline.ordering.plan_item import PlanItem
from trunkline.ordering.schedule import AS_SPECIFIED, Terms

NO_TIME = timedelta()


@dataclass(frozen=True)
class PlannedStep:
    """When a step would start and end, in the time and the working hours that are said of it."""

    start_at: datetime
    end_at: datetime


def planned_steps(
    nodes: Sequence[Node],
    start_at: datetime,
    terms: Terms = AS_SPECIFIED,
    starts: Mapping[str, datetime] = MappingProxyType({}),
) -> dict[str, PlannedStep]:
    """Return when each node would be done; each comes after those that it needs.

    `starts` are when lines begin that are wanted later, by their ids. How long a step takes, and by
    whose working hours, is said by the terms of a plan that runs.
    """
    found: dict[str, PlannedStep] = {}
    for position, node in enumerate(nodes):
        before = [found[need].end_at for need in node.needs if need in found]
        lines = node.item_ids or (node.item_id,)
        first = min(starts.get(one, start_at) for one in lines)
        start = max([*before, start_at, first])
        step = _as_step(node, position)
        found[node.key] = PlannedStep(start, terms.end(step, start, terms.takes(step) or NO_TIME))
    return found


def _as_step(node: Node, position: int) -> PlanItem:
    """Return a node as the step that it would be, as far as dates and policies look at it."""
    said = node.fulfilment
    return PlanItem(
        id=node.key, root="", position=position, node_key=node.key, layer=node.layer,
        kind="milestone" if node.layer == "product" else said.kind,
        name=node.specification_name or node.key, title=said.title,
        role=said.role, specification=node.specification_id, system=said.system,
        duration_minutes=said.duration_minutes, delay_s=said.delay_seconds,
    )  # fmt: skip
