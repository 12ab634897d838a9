"""Lines of service and resource orders that stand by themselves, as they are broken down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Literal, TypeAlias

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.ordering.node import NodeAction, NodeLayer
from trunkline.ordering.order_line import (
    ACTIONS,
    AFTER,
    TO_PART,
    Line,
    Standing,
    copy_names,
    line_key,
    lines_of,
    natural,
    wholes_of,
)
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.resource_order import ResourceOrder, ResourceOrderItem
from trunkline.ordering.service_order import (
    ServiceOrder,
    ServiceOrderItem,
    placed_service_items,
)
from trunkline.shared.characteristic import Characteristic
from trunkline.shared.reference import Reference

DomainOrder: TypeAlias = ServiceOrder | ResourceOrder
RootOrder: TypeAlias = ProductOrder | ServiceOrder | ResourceOrder


@dataclass(frozen=True)
class DomainLine:
    """One item of a service or resource order: what to do with which service or resource.

    `content` is the JSON of the service or resource in the order itself. `whole` is the line that
    it lies in, `after` are those that it comes after, `needs` all that must be done before it if
    both add something. `quantity` is how many it adds.
    """

    id: str
    path: str
    item: ServiceOrderItem | ResourceOrderItem
    layer: NodeLayer
    action: NodeAction | None
    content: dict[str, Json]
    specification: str | None
    given: Sequence[Characteristic]
    whole: str | None = None
    after: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    place: Json = None
    own_place: Json = None
    quantity: int = 1
    left_out: frozenset[str] = field(default_factory=frozenset)

    @property
    def record_id(self) -> str | None:
        """The id of the service or resource that it changes; what it adds gets its own."""
        ident = self.content.get("id")
        return str(ident) if ident is not None and self.action != "add" else None

    @property
    def value(self) -> str | None:
        """What a resource is to be known by, where the item says it: a number, an address."""
        said = self.content.get("value") if self.layer == "resource" else None
        return str(said) if said not in (None, "") else None

    def supporting(self, what: Literal["Service", "Resource"]) -> list[str]:
        """Return the ids of the services or resources that it says that it shall run on."""
        listed = self.content.get(f"supporting{what}") or ()
        return [str(one["id"]) for one in listed if one.get("id")]

    def relation_path(self, other: str) -> str:
        """Return where the item says that it comes after another one."""
        index = [one for _, one in _said(self.item)].index(other)
        name = "serviceOrderItemRelationship" if self.layer == "service" else RELATED
        return f"{self.path}.{name}[{index}]"


RELATED = "orderItemRelationship"
AnyLine: TypeAlias = Line | DomainLine


def every_line(order: RootOrder) -> Mapping[str, AnyLine]:
    """Return the lines of an order of whichever kind by item id, in the order of their ids."""
    if isinstance(order, ProductOrder):
        return lines_of(order)
    found = {one.id: one for one in reversed(lines_alone(order))}  # of two alike the first counts
    return {ident: found[ident] for ident in sorted(found, key=natural)}


def lines_alone(order: DomainOrder) -> list[DomainLine]:
    """Return the lines of a service or resource order, each before those inside it.

    An item lies inside another one by nesting or by a relationship (`bundles`, `hasChild`); it
    then has that one's place unless it says its own.
    """
    placed: list[tuple[str, str, ServiceOrderItem | ResourceOrderItem]]
    if isinstance(order, ServiceOrder):
        items = placed_service_items(order.service_order_item)
        placed = [(path, one.id, one) for path, one in items if one.id.strip()]
    else:
        placed = [
            (f"orderItem[{at}]", one.id or str(at + 1), one)
            for at, one in enumerate(order.order_item)
        ]
    standing = {ident: _standing(ident, item) for _, ident, item in placed}
    wholes = wholes_of(standing.values())
    own = {ident: _place(item) for _, ident, item in placed}
    return [
        _line(path, item, standing[ident], wholes.get(ident), _nearest(ident, own, wholes), own)
        for path, ident, item in placed
    ]


def _line(
    path: str, item: ServiceOrderItem | ResourceOrderItem, standing: Standing, whole: str | None,
    place: Json, own: Mapping[str, Json],
) -> DomainLine:  # fmt: skip
    ident = standing.id
    after = [one for one in standing.related(AFTER) if one in own]
    before = [*standing.inside, *(one for _, one in _said(item) if one == ident), *after]
    before += [one for one in standing.related(TO_PART) if one in own]
    if isinstance(item, ServiceOrderItem):
        content = item.service.raw
        reference: Reference | None = item.service.service_specification
        given: Sequence[Characteristic] = item.service.service_characteristic
    else:
        content = item.raw.setdefault("resource", {})
        inner = item.resource.resource_specification if item.resource is not None else None
        reference = item.resource_specification or inner
        given = item.resource.resource_characteristic if item.resource is not None else ()
    return DomainLine(
        id=ident,
        path=path,
        item=item,
        layer="service" if isinstance(item, ServiceOrderItem) else "resource",
        action=ACTIONS.get(item.action or "add"),
        content=content,
        specification=reference.id if reference is not None else None,
        given=given,
        whole=whole,
        after=tuple(sorted(after, key=natural)),
        needs=tuple(dict.fromkeys(before)),
        place=place,
        own_place=own[ident],
        quantity=1 if item.quantity is None else item.quantity,
        left_out=frozenset(item.left_out),
    )


def own_keys(order: DomainOrder) -> frozenset[str]:
    """Return the keys of the steps for what the items of an order themselves ask for."""
    lines = every_line(order)
    found = (line_key(one, name.own) for one in lines.values() for name in copy_names(one, lines))
    return frozenset(found)


def line_faults(lines: Sequence[DomainLine]) -> Iterator[Fault]:
    """Yield what keeps a line from being carried out."""
    for line in lines:
        if line.action == "add" and line.specification is None:
            yield Fault(line.path, "specificationMissing", "name the specification of what to add")
        if line.action not in (None, "add") and line.record_id is None:
            yield Fault(line.path, "recordMissing", f"name by its id what to {line.action}")
    try:
        TopologicalSorter({one.id: one.needs for one in lines}).prepare()
    except CycleError as error:
        names = ", ".join(dict.fromkeys(str(one) for one in error.args[1]))
        yield Fault("", "dependencyCycle", f"the items {names} wait for each other")


def _standing(ident: str, item: ServiceOrderItem | ResourceOrderItem) -> Standing:
    inner = item.service_order_item if isinstance(item, ServiceOrderItem) else ()
    return Standing(ident, [one.id for one in inner], _said(item))


def _said(item: ServiceOrderItem | ResourceOrderItem) -> list[tuple[str, str]]:
    """Return the relationships of an item to others, by type and id; in its sequence."""
    if isinstance(item, ServiceOrderItem):
        pairs = [(one.relationship_type, one.order_item)
                 for one in item.service_order_item_relationship]  # fmt: skip
        found = [(word, one.item_id if one is not None and one.service_order_id is None else None)
                 for word, one in pairs]  # fmt: skip
    else:
        others = [(one.relationship_type, one.order_item) for one in item.order_item_relationship]
        found = [(word, one.item_id if one is not None and one.resource_order_id is None else None)
                 for word, one in others]  # fmt: skip
    return [(word or "", one or "") for word, one in found]


def _place(item: ServiceOrderItem | ResourceOrderItem) -> Json:
    """Return the place that an item itself says."""
    if isinstance(item, ServiceOrderItem):
        return next((one.raw for one in item.service.place), None)
    held = item.resource.place if item.resource is not None else None
    return held.raw if held is not None else None


def _nearest(ident: str, own: Mapping[str, Json], wholes: Mapping[str, str]) -> Json:
    """Return the place of an item, else of what it lies in."""
    current: str | None = ident
    while current is not None:
        if own.get(current) is not None:
            return own[current]
        current = wholes.get(current)
    return None
