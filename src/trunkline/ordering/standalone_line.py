"""Lines of service and resource orders that stand by themselves, as they are carried out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TypeAlias

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
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

    `content` is the JSON of the service or resource in the order itself.
    """

    id: str
    path: str
    action: str
    content: dict[str, Json]
    specification: str | None
    characteristics: Sequence[Characteristic]
    needs: tuple[str, ...] = ()


def lines_alone(order: Order) -> list[Line]:
    """Return the lines of an order that stands by itself, each before those inside it."""
    if isinstance(order, ServiceOrder):
        return list(_service_lines(order.service_order_item, ""))
    return list(_resource_lines(order))


def _service_lines(items: Sequence[ServiceOrderItem], above: str) -> Iterator[Line]:
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
        )
        yield from _service_lines(item.service_order_item, f"{path}.")


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
