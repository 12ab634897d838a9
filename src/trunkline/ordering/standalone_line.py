"""Lines of service and resource orders that stand by themselves, as they are carried out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter
from typing import TypeAlias

from trunkline.documents.decode import encode, load
from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.ordering.order_line import CopyName, copy_names, copy_prefix
from trunkline.ordering.plan_item import StepAction
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.service_order import ServiceOrder, ServiceOrderItem
from trunkline.shared.characteristic import Characteristic

ACTIONS: Mapping[str, StepAction] = {
    "add": "add",
    "modify": "modify",
    "change": "modify",
    "delete": "delete",
    "suspend": "suspend",
    "resume": "resume",
}
BUILT_ON = frozenset({"reliesOn", "dependsOn", "requires", "bundles"})
Order: TypeAlias = ServiceOrder | ResourceOrder


@dataclass(frozen=True)
class Line:
    """One line of an order: what to do with which service or resource, after which other lines.

    `content` is the JSON of the service or resource in the order itself. `whole` is the line that
    it lies in, `quantity` how many it adds. Of several alike each has a line of its own, the first
    that of the item; `item` is the id of the item.
    """

    id: str
    path: str
    action: str
    content: dict[str, Json]
    specification: str | None
    characteristics: Sequence[Characteristic]
    needs: tuple[str, ...] = ()
    whole: str | None = None
    quantity: int = 1
    item: str = ""
    left_out: frozenset[str] = field(default_factory=frozenset)


def lines_alone(order: Order) -> list[Line]:
    """Return the lines of an order that stands by itself, each before those inside it."""
    if isinstance(order, ServiceOrder):
        return list(_service_lines(order.service_order_item, "", None))
    return list(_resource_lines(order))


def each_copy(lines: Sequence[Line]) -> list[Line]:
    """Return lines of which several alike are one each, as products are: 2 of 3 make 6. Pure.

    A line waits for all copies of those that it builds on, but of what lies with it in one copy of
    something, or inside itself, for those of the same copy.
    """
    by_id = {one.id: one for one in lines}
    if all(one.quantity == 1 for one in lines):
        return list(lines)
    names = {one.id: copy_names(one, by_id) for one in lines}
    return [_copy(one, name, by_id, names) for one in lines for name in names[one.id]]


def _copy(
    line: Line, name: CopyName, by_id: Mapping[str, Line], names: Mapping[str, list[CopyName]]
) -> Line:
    needs: list[str] = []
    for ident in line.needs:
        needed, found = by_id.get(ident), names.get(ident, [])
        if needed is not None and needed.whole == line.id:
            found = [one for one in found if one.whole == name.own]
        elif needed is not None and needed.whole is not None and needed.whole == line.whole:
            found = [one for one in found if one.whole == name.whole]
        elif ident == line.whole:
            found = [one for one in found if one.own == name.whole]
        needs += [copy_prefix(by_id[ident], one.own) for one in found]
    own = copy_prefix(line, name.own)
    content = line.content if own == line.id else load(encode(line.content))
    return replace(line, id=own, needs=tuple(needs), content=content)


def _service_lines(
    items: Sequence[ServiceOrderItem], above: str, whole: str | None
) -> Iterator[Line]:
    for index, item in enumerate(items):
        path = f"{above}serviceOrderItem[{index}]"
        related = [
            one.order_item.item_id
            for one in item.service_order_item_relationship
            if one.relationship_type in BUILT_ON and one.order_item is not None
        ]
        inner = [one.id for one in item.service_order_item]
        specification = item.service.service_specification
        yield Line(
            item.id,
            path,
            item.action,
            item.service.raw,
            specification.id if specification is not None else None,
            item.service.service_characteristic,
            tuple(dict.fromkeys([*inner, *(one for one in related if one)])),
            whole=whole,
            quantity=1 if item.quantity is None else item.quantity,
            item=item.id,
        )
        yield from _service_lines(item.service_order_item, f"{path}.", item.id)


def _resource_lines(order: ResourceOrder) -> Iterator[Line]:
    for index, item in enumerate(order.order_item):
        path = f"orderItem[{index}]"
        content = item.raw.setdefault("resource", {})
        own = item.resource.resource_specification if item.resource is not None else None
        specification = item.resource_specification or own
        related = [
            one.order_item.item_id
            for one in item.order_item_relationship
            if one.relationship_type in BUILT_ON and one.order_item is not None
        ]
        yield Line(
            item.id or str(index + 1),
            path,
            item.action or "add",
            content,
            specification.id if specification is not None else None,
            item.resource.resource_characteristic if item.resource is not None else (),
            tuple(dict.fromkeys(one for one in related if one)),
            item=item.id or str(index + 1),
        )


def line_faults(lines: Sequence[Line]) -> Iterator[Fault]:
    """Yield what keeps a line from being carried out."""
    for line in lines:
        if line.action == "add" and line.specification is None:
            yield Fault(line.path, "specificationMissing", "name the specification of what to add")
        if line.action in ACTIONS and line.action != "add" and line.content.get("id") is None:
            yield Fault(line.path, "recordMissing", f"name by its id what to {line.action}")
    try:
        TopologicalSorter({one.id: one.needs for one in lines}).prepare()
    except CycleError as error:
        names = ", ".join(dict.fromkeys(str(one) for one in error.args[1]))
        yield Fault("", "dependencyCycle", f"the items {names} wait for each other")
