"""Parts: the steps for what lies below a product, service or resource."""

from __future__ import annotations

from trunkline.catalog.entry import Specification
from trunkline.catalog.relation import Layer
from trunkline.documents.shape import Json
from trunkline.ordering.branch import Branch, branches, place_name
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
from trunkline.ordering.node import Deferred, NodeLayer

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
    for branch in branches(source.specification, context):
        target = growth.catalog.target(branch.relation)
        matched = _matched(pool, branch, target)
        if branch.count is None:
            undecided.add(branch.relation.target_id)
            _wait(growth, source, branch, target)
            continue
        decided.add(branch.relation.target_id)
        taken = matched[: 1 if branch.group is not None else branch.count]
        pool = [one for one in pool if one not in taken]
        _follow(growth, source, branch, target, taken)
    for record in pool:
        ident = specification_id(record)
        unreached = ident in decided and ident not in undecided
        if unreached or (not source.fixed and layer_of(record) != "product"):
            growth.cut(
                source, record, f"{name_of(record)} is no longer part of {source.name}", None
            )
        else:
            growth.joined.add(record.id)


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
        growth.deferred.append(Deferred(source.line.id, name, branch.reason))


def _follow(
    growth: Growth,
    source: Source,
    branch: Branch,
    target: Specification | None,
    taken: list[Record],
) -> None:
    ident = branch.relation.target_id
    count = max((branch.count or 0) - source.inside.get(ident, 0), 0)
    if count == 0:
        return
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
    for index in range(count):
        record = taken[index] if index < len(taken) else None
        _part(growth, source, branch, target, index + 1, record)


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
    prefix = f"{source.prefix}/{target.name}" + (f"#{number}" if number > 1 else "")
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
    if record is not None:
        growth.keep(source, record)
    if former is not None and draft is not None:
        reason = f"{name_of(former)} moves: it ends where it was once the new one works"
        growth.cut(source, former, reason, draft.key)
    held = record or former
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
