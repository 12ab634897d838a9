"""Line products: the steps of the products that the items of an order themselves ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trunkline.catalog.entry import Specification
from trunkline.catalog.offering import ProductOffering
from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.inventory.product import Product
from trunkline.ordering.branch import COUNT_MAX
from trunkline.ordering.configured import known_values, ordered
from trunkline.ordering.draft import Draft
from trunkline.ordering.growth import Growth, Source, has_ended, retired_message
from trunkline.ordering.installed import (
    Record,
    name_of,
    product_part_ids,
    specification_id,
    values,
)
from trunkline.ordering.line_record import (
    grow_record,
    place_wanted,
    put_into_whole,
    record_of,
)
from trunkline.ordering.node import Copy, NodeCharacteristic
from trunkline.ordering.order_catalog import offering_id
from trunkline.ordering.order_catalog import specification_id as item_specification_id
from trunkline.ordering.order_line import (
    FIRST,
    CopyName,
    Line,
    copies,
    copy_names,
    copy_prefix,
    line_key,
)
from trunkline.ordering.part import grow_parts
from trunkline.ordering.standalone_line import AnyLine


def grow_line(growth: Growth, line: AnyLine) -> None:
    """Add the steps of a line that adds or modifies a product, a service or a resource."""
    if line.action == "add":
        count = copies(line, growth.lines)
        if count > COUNT_MAX:
            message = f"{count} {line.layer}s at once are too many; order {COUNT_MAX} at most"
            growth.faults.append(Fault(f"{line.path}.quantity", "quantityTooLarge", message))
            return
        for number, name in enumerate(copy_names(line, growth.lines), start=1):
            if (key := line_key(line, name.own)) in growth.drafts:
                other = growth.drafts[key].item_id
                message = f"one of item {line.id} would be called as item {other} is; rename that"
                growth.faults.append(Fault(f"{line.path}.id", "itemNameTaken", message))
            _grow(growth, line, name, number, None)
    elif line.action == "modify":
        existing = record_of(growth, line)
        if existing is not None:
            _grow(growth, line, FIRST, 1, existing)


def _grow(
    growth: Growth, line: AnyLine, copy: CopyName, number: int, existing: Record | None
) -> None:
    if not isinstance(line, Line):
        grow_record(growth, line, copy, number, existing)
    elif existing is None or isinstance(existing, Product):
        _grow_product(growth, line, copy, number, existing)


def _grow_product(
    growth: Growth, line: Line, copy: CopyName, number: int, existing: Product | None
) -> None:
    offering, specification = _kind(growth, line, existing)
    if specification is None and (offering is None or offering.product_specification):
        what = name_of(existing) if existing is not None else f"item {line.id}"
        message = f"the catalog has no specification of {what}; restore it, then try again"
        growth.blame(line, "specificationMissing", message)
        return
    if existing is None and specification is not None and has_ended(specification):
        growth.blame(line, "specificationRetired", retired_message(specification))
        return
    held = values(existing) if existing is not None else None
    wanted = ordered(line, offering, specification, held)
    place, moved = place_wanted(line, existing)
    draft = growth.add(_draft(line, copy, number, existing, offering, specification))
    if existing is None:
        base = f"{line.id}@{copy.whole}"
        growth.count(base, line.id, draft.name, Copy(draft.key))
    draft.characteristics = wanted
    draft.before = tuple(sorted((held or {}).items()))
    draft.place = place
    growth.asked.setdefault(line.id, set()).add(draft.key)
    put_into_whole(growth, line, copy, draft)
    if specification is None:
        return
    source = Source(
        specification=specification,
        values=known_values(wanted),
        line=line,
        item=_item(line, wanted, offering),
        items=frozenset((line.id,)),
        prefix=copy_prefix(line, copy.own),
        draft=draft,
        waiter=draft,
        record=existing,
        parts=_parts(growth, line, existing),
        place=place,
        moved=moved,
        fixed=existing is None or specification_id(existing) == specification.id,
        inside=_inside(growth, line),
        above=(specification.id,),
        copy=number,
    )
    grow_parts(growth, source)


def _draft(
    line: Line,
    copy: CopyName,
    number: int,
    existing: Product | None,
    offering: ProductOffering | None,
    specification: Specification | None,
) -> Draft:
    named = specification or offering
    name = named.name if named is not None else line.id
    return Draft(
        key=line_key(line, copy.own),
        layer="product",
        action="add" if existing is None else "modify",
        specification=specification,
        name=name,
        explanation=f"item {line.id} {'adds' if existing is None else 'changes'} {name}",
        items={line.id},
        item_id=line.id,
        instance_id=existing.id if existing is not None else None,
        offering_id=offering.id if offering is not None else offering_id(line.item),
        copy=number,
    )


def _kind(
    growth: Growth, line: Line, existing: Product | None
) -> tuple[ProductOffering | None, Specification | None]:
    """Return what is ordered, as the item says it, else as the offering or the product does."""
    own = offering_id(line.item)
    if own is None and existing is not None and existing.product_offering is not None:
        own = existing.product_offering.id
    offering = growth.catalog.offerings.get(own or "")
    ident = item_specification_id(line.item)
    if ident is None and offering is not None and offering.product_specification is not None:
        ident = offering.product_specification.id
    if ident is None and existing is not None:
        ident = specification_id(existing)
    return offering, growth.catalog.product_specifications.get(ident or "")


def _parts(growth: Growth, line: Line, existing: Product | None) -> tuple[Record, ...]:
    """Return what a product has below it already, without the products of other lines.

    A new product has what its item says that it shall be realized by.
    """
    found: Sequence[Record] = ()
    if existing is not None:
        found = growth.installed.parts(existing)
    elif line.item.product is not None:
        named = product_part_ids(line.item.product)
        found = growth.installed.live(one for one in named if one is not None)
    return tuple(one for one in found if one.id not in growth.named)


def _inside(growth: Growth, line: Line) -> Mapping[str, int]:
    """Return how many parts the lines inside a line stand for, by product specification."""
    found: dict[str, int] = {}
    for part in growth.inside.get(line.id, ()):
        if not isinstance(part, Line):
            continue
        held = growth.installed.products.get(part.product_id or "")
        _, specification = _kind(growth, part, held)
        if specification is not None and part.action != "delete":
            count = part.quantity if part.action == "add" else 1
            found[specification.id] = found.get(specification.id, 0) + count
    return found


def connect_wholes(growth: Growth) -> None:
    """Let what each line asks for wait for what lies in it; leave out what could not be made."""
    for keys in growth.asked.values():
        for draft in (growth.drafts[key] for key in keys if key in growth.drafts):
            if draft.action in ("add", "modify"):
                draft.parents &= growth.drafts.keys()
                for parent in draft.parents:
                    growth.drafts[parent].needs.add(draft.key)


def _item(
    line: Line, wanted: Sequence[NodeCharacteristic], offering: ProductOffering | None
) -> Mapping[str, Json]:
    """Return what conditions see as `item`."""
    return {
        "id": line.id,
        "action": line.action,
        "operation": line.item.operation or "",
        "quantity": line.quantity,
        "offering": {"id": offering.id, "name": offering.name} if offering is not None else {},
        "characteristic": known_values(wanted),
    }
