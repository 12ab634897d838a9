"""Groups of a plan's steps: by order item, in each from product to resource. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from trunkline.ordering.plan_item import PlanItem

WHOLE, UNDOING = "order", "undo"
DEPTHS: Mapping[str, int] = {"order": 0, "product": 0, "service": 1, "resource": 2}


@dataclass(frozen=True)
class Placed:
    """A step in its group; `depth` is 0 for what a customer buys and grows towards the network."""

    step: PlanItem
    depth: int


@dataclass(frozen=True)
class Group:
    """The steps of one order item, of the undoing, or of the order as a whole.

    `key` is stable; `head` is the milestone that is reached when all of them are done.
    """

    key: str
    item_id: str | None
    head: PlanItem | None
    steps: tuple[Placed, ...]


def grouped(steps: Sequence[PlanItem]) -> list[Group]:
    """Return the groups of a plan: items in the order of their first step, the whole order last."""
    heads = {one.item_id: one for one in steps if _is_head(one)}
    own: dict[str, list[PlanItem]] = {}
    for one in steps:
        if not _is_head(one):
            own.setdefault(_key(one), []).append(one)
    items = {_item_key(ident): ident for ident in heads if ident is not None}
    keys = [one for one in own if one not in {WHOLE, UNDOING}]
    keys += [one for one in items if one not in own]
    found = []
    for key in keys:
        inside = own.get(key, [])
        ident = items.get(key) or next((one.item_id for one in inside), None)
        found.append(Group(key, ident, heads.get(ident), tuple(_in_turn(inside))))
    for key in (UNDOING, WHOLE):
        if key in own:
            placed = (Placed(one, 0) for one in own[key])
            found.append(Group(key, None, None, tuple(placed)))
    return found


def _is_head(step: PlanItem) -> bool:
    return step.kind == "milestone" and step.item_id is not None


def _key(step: PlanItem) -> str:
    if step.direction == "undo":
        return UNDOING
    return WHOLE if step.item_id is None else _item_key(step.item_id)


def _item_key(ident: str) -> str:
    return f"item-{ident}"


def _in_turn(steps: Iterable[PlanItem]) -> list[Placed]:
    """Return steps so that each stands below one that is built on it, products first."""
    own = {one.id: one for one in steps}
    ordered = sorted(own.values(), key=lambda one: (DEPTHS[one.layer], one.position))
    needed = {need for one in own.values() for need in one.needs}
    roots = [one for one in ordered if one.id not in needed]
    found: dict[str, Placed] = {}
    for root in [*roots, *ordered]:  # those on a circle have no root
        waiting = [root.id]
        while waiting:
            ident = waiting.pop()
            if ident in found:
                continue
            step = own[ident]
            found[ident] = Placed(step, DEPTHS[step.layer])
            below = [own[need] for need in step.needs if need in own and need not in found]
            below.sort(key=lambda one: (DEPTHS[one.layer], one.position), reverse=True)
            waiting += [one.id for one in below]
    return list(found.values())
