"""Preview: what the items of a plan definition would do for a part of an order. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count

from trunkline.documents.shape import Json
from trunkline.ordering.design.chosen import own_needs
from trunkline.ordering.design.expansion import expanded
from trunkline.ordering.design.turn import turn_of
from trunkline.ordering.node import Node
from trunkline.ordering.plan_item import PlanItem


@dataclass(frozen=True)
class Previewed:
    """One item: what it would send or why it would be left out, as far as that is known now.

    `later` says what it depends on that only earlier steps bring.
    """

    id: str
    title: str
    kind: str
    after: tuple[str, ...]
    minutes: int | None
    role: str | None
    no_return: str
    skipped: str | None = None
    later: str | None = None
    request: Json = None


def previewed(node: Node, facts: Mapping[str, Json]) -> list[Previewed]:
    """Return what each item would do; nothing for a part without a plan definition."""
    if node.chosen is None:
        return []
    numbers = count(1)
    values = {one.name: one.value for one in node.characteristics if one.value is not None}
    own = PlanItem(
        id=node.key, root="", position=0, node_key=node.key, layer=node.layer, kind="automatic",
        name=node.specification_name, action=node.action, characteristic=values, place=node.place,
    )  # fmt: skip
    made = expanded(own, node.chosen, facts=facts, new_id=lambda: f"step {next(numbers)}")
    return list(_each(made.items))


def _each(steps: tuple[PlanItem, ...]) -> Iterator[Previewed]:
    for step in steps:
        item = step.design["item"]
        turn = turn_of(step, {})
        reason = turn.skipped or ""
        is_open = "has no value" in reason and "item." in (item.get("condition") or "")
        fault = turn.fault[1] if turn.fault is not None else None
        yield Previewed(
            id=item["id"],
            title=item["title"],
            kind=item["kind"],
            after=tuple(own_needs(item)),
            minutes=step.duration_minutes,
            role=step.role,
            no_return=item.get("pointOfNoReturn") or "none",
            skipped=None if is_open else turn.skipped,
            later=fault or (reason if is_open else None),
            request=turn.request,
        )
