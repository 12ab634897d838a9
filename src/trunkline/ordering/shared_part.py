"""Shared parts: steps that serve several sources of an order, or join what is installed."""

from __future__ import annotations

from trunkline.catalog.relation import relations
from trunkline.ordering.branch import group_of
from trunkline.ordering.configured import filled, is_changed, known_values, same
from trunkline.ordering.draft import Draft
from trunkline.ordering.growth import Group, Growth, Source
from trunkline.ordering.installed import (
    Record,
    layer_of,
    place_of,
    specification_id,
    values,
)
from trunkline.ordering.node import NodeCharacteristic
from trunkline.ordering.order_line import natural
from trunkline.ordering.part import grow_parts
from trunkline.shared.hierarchy import ancestors


def grow_shared(growth: Growth) -> None:
    """Add the steps of all shared parts, those first that may lead to other shared ones."""
    below: dict[str, set[str]] = {}
    while waiting := [one for one in growth.groups.values() if not one.grown]:
        for group in _next(growth, waiting, below):
            group.grown = True
            _grow(growth, group)


def _next(growth: Growth, waiting: list[Group], below: dict[str, set[str]]) -> list[Group]:
    """Return the groups of a specification to which no other waiting one leads.

    All their sources are known by then. `below` keeps what each specification leads to.
    """
    idents = {one.target.id for one in waiting}
    for ident in idents - below.keys():
        below[ident] = _below(growth, ident)
    first = sorted(
        (any(ident in below[other] for other in idents - {ident}), ident) for ident in idents
    )[0]
    found = [one for one in waiting if one.target.id == first[1]]
    return sorted(found, key=lambda one: natural(one.key))


def _below(growth: Growth, ident: str) -> set[str]:
    """Return the specifications that one leads to."""
    catalog = growth.catalog

    def lower(above: str) -> list[str]:
        found = (
            catalog.product_specifications.get(above)
            or catalog.service_specifications.get(above)
            or catalog.resource_specifications.get(above)
        )
        return [one.target_id for one in relations(found)] if found is not None else []

    return ancestors(lower(ident), lower)


def _grow(growth: Growth, group: Group) -> None:
    sources = [source for source, _ in group.sources]
    first = min(sources, key=lambda one: natural(one.line.id))
    items = frozenset(item for one in sources for item in one.items)
    record = group.linked or _installed(growth, group)
    if record is None and not growth.has_target(first, group.target, group.target.id, new=True):
        return
    mapped = _merged(growth, group)
    wanted = filled(group.target, mapped, values(record) if record is not None else None)
    if record is not None and not is_changed(values(record), mapped):
        for source in sources:
            growth.keep(source, record)
        return
    place = place_of(record) if record is not None else first.place
    whole = Source(
        specification=group.target,
        values=known_values(wanted),
        line=first.line,
        item=first.item,
        items=items,
        prefix=group.key,
        draft=None,
        waiter=first.waiter,
        record=record,
        parts=tuple(growth.installed.parts(record)) if record is not None else (),
        place=place,
        above=(*first.above, group.target.id),
        reached=next((one, branch.relation) for one, branch in group.sources if one is first),
    )
    draft = growth.step(
        whole,
        group.key,
        group.layer,
        group.target,
        wanted,
        record=record,
        place=place,
        explanation=_explanation(group, record),
    )
    for source in sources:
        _attach(growth, source, draft, record)
    whole.draft = whole.waiter = draft
    whole.prefix = draft.key
    grow_parts(growth, whole)


def _attach(growth: Growth, source: Source, draft: Draft, record: Record | None) -> None:
    """Put the step below a source, also where that would itself stay as it is."""
    if record is not None:
        growth.keep(source, record)
    growth.link(source, draft)
    if record is not None and source.draft is not None:
        source.draft.reuses.discard(record.id)


def _explanation(group: Group, record: Record | None) -> str:
    reasons = sorted({branch.reason for _, branch in group.sources})
    text = f"shared by {len(group.sources)}: " + "; ".join(reasons)
    return text if record is None else f"{text}; the installed one is changed"


def _installed(growth: Growth, group: Group) -> Record | None:
    """Return the customer's part that can be shared: same specification, place and values."""
    _, branch = group.sources[0]
    names = list(branch.relation.link.shared_by) or ["place"]
    for record in growth.installed.records():
        if (
            layer_of(record) == group.layer
            and specification_id(record) == group.target.id
            and record in growth.installed.live([record.id])
            and group_of(names, values(record), place_of(record)) == branch.group
        ):
            return record
    return None


def _merged(growth: Growth, group: Group) -> tuple[NodeCharacteristic, ...]:
    """Return the values that all sources give; blame those that contradict each other."""
    found: dict[str, NodeCharacteristic] = {}
    ordered = sorted(group.sources, key=lambda one: (natural(one[0].line.id), one[0].copy))
    for source, branch in ordered:
        for one in branch.values:
            held = found.setdefault(one.name, one)
            if not same(held.value, one.value):
                message = (
                    f"{one.name} of the shared {group.target.name} would be {held.value} "
                    f"({held.explanation}) and {one.value} ({one.explanation}); make them equal"
                )
                growth.blame(source.line, "sharedValuesDiffer", message)
    return tuple(found.values())
