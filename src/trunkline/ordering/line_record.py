"""Line records: the steps of the services and resources that items of orders themselves ask for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from trunkline.catalog.entry import Specification
from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.ordering.branch import place_name
from trunkline.ordering.configured import known_values, ordered
from trunkline.ordering.draft import Draft
from trunkline.ordering.growth import Growth, Source, has_ended, retired_message
from trunkline.ordering.installed import (
    Record,
    is_live,
    layer_of,
    name_of,
    place_of,
    specification_id,
    values,
)
from trunkline.ordering.node import Copy
from trunkline.ordering.order_line import FIRST, CopyName, copy_prefix, line_key
from trunkline.ordering.part import grow_parts
from trunkline.ordering.standalone_line import AnyLine, DomainLine

MISSING = {"product": "productMissing", "service": "recordMissing", "resource": "recordMissing"}


def record_of(growth: Growth, line: AnyLine) -> Record | None:
    """Return what a line changes; a fault where there is no such thing or it has ended."""
    found = growth.installed.record(line.record_id or "")
    if found is None or layer_of(found) != line.layer or not is_live(found):
        message = f"item {line.id} names no {line.layer} that is installed; name the one to change"
        growth.faults.append(Fault(f"{line.path}.{line.layer}.id", MISSING[line.layer], message))
        return None
    return found


def grow_record(
    growth: Growth, line: DomainLine, copy: CopyName, number: int, existing: Record | None
) -> None:
    """Add the steps of a service or resource that a line adds or changes, and of all below it."""
    specification = _specification(growth, line, existing)
    if existing is None and specification is None:
        message = f"the catalog has no specification of item {line.id}; restore it, then try again"
        growth.blame(line, "specificationMissing", message)
        return
    if existing is None and specification is not None and has_ended(specification):
        growth.blame(line, "specificationRetired", retired_message(specification))
        return
    held = values(existing) if existing is not None else None
    draft = _draft(line, copy, number, existing, specification)
    draft.characteristics = ordered(line, None, specification, held)
    draft.before = tuple(sorted((held or {}).items()))
    draft.place, moved = place_wanted(line, existing)
    growth.add(draft)
    if existing is None:
        growth.count(f"{line.id}@{copy.whole}", line.id, draft.name, Copy(draft.key))
    growth.asked.setdefault(line.id, set()).add(draft.key)
    put_into_whole(growth, line, copy, draft)
    if specification is None:
        return
    known = known_values(draft.characteristics)
    parts = growth.installed.parts(existing) if existing is not None else ()
    named = (*line.supporting("Service"), *line.supporting("Resource"))
    given = parts or growth.installed.live(named)
    source = Source(
        specification=specification,
        values=known,
        line=line,
        item={"id": line.id, "action": line.action, "operation": "", "quantity": line.quantity,
              "offering": {}, "characteristic": known},
        items=frozenset((line.id,)),
        prefix=copy_prefix(line, copy.own),
        draft=draft,
        waiter=draft,
        record=existing,
        parts=tuple(one for one in given if one.id not in growth.named),
        place=draft.place,
        moved=moved,
        inside=_inside(growth, line),
        above=(specification.id,),
        copy=number,
    )  # fmt: skip
    grow_parts(growth, source)


def _specification(
    growth: Growth, line: DomainLine, existing: Record | None
) -> Specification | None:
    """Return what specifies the record of a line: as that has it, else as the line says it."""
    layers: Mapping[str, Mapping[str, Specification]] = {
        "service": growth.catalog.service_specifications,
        "resource": growth.catalog.resource_specifications,
    }
    held = specification_id(existing) if existing is not None else None
    return layers[line.layer].get(held or line.specification or "")


def _draft(
    line: DomainLine, copy: CopyName, number: int, existing: Record | None,
    specification: Specification | None,
) -> Draft:  # fmt: skip
    name = specification.name if specification is not None else ""
    if existing is not None and not name:
        name = name_of(existing)
    return Draft(
        key=line_key(line, copy.own),
        layer=line.layer,
        action="add" if existing is None else "modify",
        specification=specification,
        name=name,
        explanation=f"item {line.id} {'adds' if existing is None else 'changes'} {name}",
        items={line.id},
        item_id=line.id,
        instance_id=existing.id if existing is not None else None,
        copy=number,
        specification_id=specification_id(existing) if existing is not None else None,
        value=line.value if existing is None else None,
    )


def place_wanted(line: AnyLine, existing: Record | None) -> tuple[Json, bool]:
    """Return where the record of a line will be, and whether it moves there."""
    if existing is None:
        return line.place, False
    held, wanted = place_of(existing), line.own_place
    if wanted is None and getattr(line.item, "operation", None) == "move":
        wanted = line.place
    if wanted is None or held is None:
        return wanted or held or line.place, False
    return wanted, place_name(wanted) != place_name(held)


def put_into_whole(growth: Growth, line: AnyLine, copy: CopyName, draft: Draft) -> None:
    """Put what a line asks for into what the line asks for that it lies in."""
    whole = growth.lines.get(line.whole or "")
    if whole is None:
        return
    if whole.action in ("add", "modify"):
        own = copy.whole if whole.action == "add" else None
        draft.parents.add(line_key(whole, own or FIRST.own))
    elif draft.action == "add" and whole.record_id is not None and whole.action != "delete":
        draft.parent_instances.add(whole.record_id)


def _inside(growth: Growth, line: DomainLine) -> Mapping[str, int]:
    """Return how many parts the lines inside a line stand for, by specification."""
    found: Counter[str] = Counter()
    for part in growth.inside.get(line.id, ()):
        if not isinstance(part, DomainLine) or part.action == "delete":
            continue
        held = growth.installed.record(part.record_id or "")
        specification = _specification(growth, part, held)
        if specification is not None:
            found[specification.id] += part.quantity if part.action == "add" else 1
    return found
