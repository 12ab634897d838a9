"""Parts: the steps for what lies below a product, service or resource."""

from __future__ import annotations

from trunkline.catalog.entry import Specification
from trunkline.catalog.relation import Layer
from trunkline.documents.shape import Json
from trunkline.ordering.branch import Branch, Context, branches, place_name
from trunkline.ordering.branch import branch as branch_of
from trunkline.ordering.configured import filled, is_changed, known_values
from trunkline.ordering.draft import Draft
from trunkline.ordering.growth import Growth, Source
from trunkline.ordering.installed import (
    Record,
    layer_of,
    name_of,
    place_of,
    specification_id,
    values,
)
from trunkline.ordering.node import Copy, Deferred, NodeLayer

LAYERS: dict[Layer, NodeLayer] = {
    "ProductSpecification": "product",
    "ServiceSpecification": "service",
    "ResourceSpecification": "resource",
}


def grow_parts(growth: Growth, source: Source) -> None:
    """Follow the relations of a source: add, change and keep its parts, take off the others."""
    context = {"source": source.values, "item": source.item, "place": source.place or {}}
    pool = list(source.parts)
    decided: set[str] = set()
    undecided: set[str] = set()
    several: list[_Several] = []
    for branch in branches(source.specification, context):
        target = growth.catalog.target(branch.relation)
        matched = _matched(pool, branch, target)
        if branch.count is None:
            undecided.add(branch.relation.target_id)
            _wait(growth, source, branch, target)
            continue
        decided.add(branch.relation.target_id)
        found = _Several(growth, source, branch, matched)
        several.append(found)
        kept = {one.id for one in found.taken.values()}
        pool = [one for one in pool if one.id not in kept]
        _follow(growth, source, branch, target, found)
    spared = _spared(source, context, several, pool)
    growth.joined |= {one.id for one in spared}
    pool = [one for one in pool if one not in spared]
    _ask(growth, source, several, pool)
    for record in pool:
        ident = specification_id(record)
        unreached = ident in decided and ident not in undecided
        chosen = record.id in source.line.left_out
        if chosen or unreached or (not source.fixed and layer_of(record) != "product"):
            growth.cut(
                source, record, f"{name_of(record)} is no longer part of {source.name}", None
            )
        else:
            growth.joined.add(record.id)


class _Several:
    """The existing parts that one relation accounts for: those that it keeps, by their number.

    Numbers count all that are there, so that they stay where some go.
    """

    def __init__(
        self, growth: Growth, source: Source, branch: Branch, matched: list[Record]
    ) -> None:
        left_out = source.line.left_out
        growth.chosen |= {one.id for one in matched if one.id in left_out}
        stay = [(at, one) for at, one in enumerate(matched, start=1) if one.id not in left_out]
        self.branch = branch
        self.is_own = branch.group is None
        self.there = matched
        self.taken = dict(stay[: branch.count if self.is_own else 1])


def _spared(
    source: Source, context: Context, several: list[_Several], pool: list[Record]
) -> list[Record]:
    """Return the parts beyond a number that was the same before: they came by lines of their own.

    An order that does not change how many there are neither ends them nor asks about them.
    """
    held = source.record
    if held is None or specification_id(held) != source.specification.id:
        return []
    left = [one for one in pool if one.id not in source.line.left_out]
    former = {**context, "source": values(held)}
    spared: list[Record] = []
    for found in several:
        beyond = [one for one in found.there if one in left] if found.is_own else []
        if found.taken and beyond:
            relation = found.branch.relation
            if branch_of(relation, source.name, former).count == found.branch.count:
                spared += beyond
    return spared


def _ask(growth: Growth, source: Source, several: list[_Several], pool: list[Record]) -> None:
    """Ask which parts go where fewer are wanted than are there."""
    left = {one.id for one in pool if one.id not in source.line.left_out}
    for found in several:
        if not found.taken or not found.is_own:
            continue
        if any(one.id in left for one in found.there):
            stay = [one for one in found.there if one.id not in source.line.left_out]
            growth.ask(source.line, name_of(stay[0]), len(found.taken), stay)
            left -= {one.id for one in stay}


def _matched(pool: list[Record], branch: Branch, target: Specification | None) -> list[Record]:
    """Return the existing parts that a relation accounts for: by specification, else by name."""
    layer = LAYERS[branch.relation.target]
    same_layer = [one for one in pool if layer_of(one) == layer]
    found = [one for one in same_layer if specification_id(one) == branch.relation.target_id]
    if found or target is None:
        return found
    return [one for one in same_layer if name_of(one) == target.name]


def _wait(growth: Growth, source: Source, branch: Branch, target: Specification | None) -> None:
    name = target.name if target is not None else branch.relation.target_id
    if branch.code is not None:
        message = f"{branch.relation.path} of {source.name}, to {name}: {branch.reason}"
        growth.blame(source.line, branch.code, message)
    else:
        of_item = f"item.characteristic.{branch.missing}" in (branch.relation.link.condition or "")
        value = branch.missing if of_item else source.asked_by(branch.missing or "")
        growth.deferred.append(
            Deferred(source.line.id, name, branch.reason, value or None, source.waiter.key)
        )


def _follow(
    growth: Growth,
    source: Source,
    branch: Branch,
    target: Specification | None,
    several: _Several,
) -> None:
    ident = branch.relation.target_id
    count = max((branch.count or 0) - source.inside.get(ident, 0), 0)
    if count == 0:
        return
    taken = list(several.taken.values())
    new = branch.group is None and len(taken) < count
    if target is None or not growth.has_target(source, target, ident, new=new):
        if target is None:
            growth.has_target(source, None, ident, new=new)
        growth.joined.update(one.id for one in taken)
        return
    layer = LAYERS[branch.relation.target]
    if branch.group is not None:
        growth.join(source, branch, target, layer, taken)
        return
    for number, record in list(several.taken.items())[:count]:
        _part(growth, source, branch, target, number, record)
    number, missing = len(several.there), count - len(taken)
    while missing > 0:
        number += 1
        if _prefix(source, target, number) not in source.line.left_out:
            _part(growth, source, branch, target, number, None)
            missing -= 1


def _prefix(source: Source, target: Specification, number: int) -> str:
    return f"{source.prefix}/{target.name}" + (f"#{number}" if number > 1 else "")


def _part(
    growth: Growth,
    source: Source,
    branch: Branch,
    target: Specification,
    number: int,
    record: Record | None,
) -> None:
    """Add, change or keep one part, and go on below it."""
    former, record = (record, None) if _is_replaced(source, target, record) else (None, record)
    wanted = filled(target, branch.values, values(record) if record is not None else None)
    place = _place(source, record)
    prefix = _prefix(source, target, number)
    draft: Draft | None = None
    if record is None or _changes(record, wanted_place=place, branch=branch):
        draft = growth.step(
            source,
            prefix,
            LAYERS[branch.relation.target],
            target,
            wanted,
            record=record,
            place=place,
            explanation=branch.reason,
        )
        prefix = draft.key
        growth.link(source, draft)
    held = record or former
    counted = Copy(prefix, held.id if held is not None else None)
    growth.count(f"{source.prefix}/{target.name}", source.line.id, target.name, counted)
    if record is not None:
        growth.keep(source, record)
    if former is not None and draft is not None:
        reason = f"{name_of(former)} moves: it ends where it was once the new one works"
        growth.cut(source, former, reason, draft.key)
    grow_parts(
        growth,
        Source(
            specification=target,
            values=known_values(wanted),
            line=source.line,
            item=source.item,
            items=source.items,
            prefix=prefix,
            draft=draft,
            waiter=draft or source.waiter,
            record=record,
            parts=tuple(growth.installed.parts(held)) if held is not None else (),
            place=place,
            moved=source.moved,
            above=(*source.above, target.id),
            copy=source.copy,
            reached=(source, branch.relation),
        ),
    )


def _is_replaced(source: Source, target: Specification, record: Record | None) -> bool:
    """Return whether a move makes a part anew, since it cannot be taken along."""
    if record is None or not source.moved or not target.location_specific:
        return False
    return place_name(place_of(record)) != place_name(source.place)


def _place(source: Source, record: Record | None) -> Json:
    """Return where a part will be; what has a place of its own keeps it unless it moves."""
    if record is None:
        return source.place
    held = place_of(record)
    return source.place if source.moved and held is not None else held


def _changes(record: Record, *, wanted_place: Json, branch: Branch) -> bool:
    return is_changed(values(record), branch.values) or (
        wanted_place is not None and place_name(wanted_place) != place_name(place_of(record))
    )
