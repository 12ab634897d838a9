"""Versions of plan definitions: the next one drafted, and two of them compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from trunkline.documents.errors import Conflict
from trunkline.documents.patch import copied
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.ordering.design.definition import PlanDefinition
from trunkline.rest import writing

COPIED = ("code", "name", "description", "item")


@dataclass(frozen=True)
class Difference:
    """What one version says otherwise than another, at an item and one of its attributes."""

    item: str
    attribute: str
    before: Json
    after: Json


def draft_next(work: Work, definition: PlanDefinition) -> PlanDefinition:
    """Return a new draft that says what a definition says; its code has one draft at a time."""
    for one in work.find(PlanDefinition, {"code": definition.code, "lifecycleStatus": "draft"}):
        raise Conflict("conflictDraft", f"{one.key} is a draft of it already; go on with that")
    sent = {name: copied(definition.raw[name]) for name in COPIED if name in definition.raw}
    return writing.create(work, PlanDefinition.resource, sent)  # type: ignore[return-value]


def differences(before: PlanDefinition, after: PlanDefinition) -> list[Difference]:
    """Return what a version says otherwise than another, item by item."""
    return [*_of("", _head(before), _head(after)), *_of_items(before, after)]


def _of_items(before: PlanDefinition, after: PlanDefinition) -> Iterator[Difference]:
    old = {one.id: one.raw for one in before.item}
    new = {one.id: one.raw for one in after.item}
    for ident in dict.fromkeys((*old, *new)):
        if ident not in old or ident not in new:
            had, has = (held.get(ident, {}).get("title") for held in (old, new))
            yield Difference(ident, "", had, has)
        else:
            yield from _of(ident, old[ident], new[ident])


def _of(item: str, old: Mapping[str, Json], new: Mapping[str, Json]) -> Iterator[Difference]:
    for name in dict.fromkeys((*old, *new)):
        if old.get(name) != new.get(name):
            yield Difference(item, name, old.get(name), new.get(name))


def _head(definition: PlanDefinition) -> dict[str, Json]:
    return {name: definition.raw.get(name) for name in ("name", "description")}
