"""Orders that stand by themselves: service and resource orders placed without a product order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter

from trunkline.catalog.closure import present
from trunkline.catalog.entry import Specification
from trunkline.catalog.resource_specification import ResourceSpecification
from trunkline.catalog.service_specification import ServiceSpecification
from trunkline.documents.decode import encode, load
from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.inventory.resource import Resource
from trunkline.inventory.service import Service
from trunkline.kernel.behaviour import on
from trunkline.kernel.resource import event
from trunkline.kernel.work import Work
from trunkline.ordering import plan_store
from trunkline.ordering.edits import Edits
from trunkline.ordering.effect import set_order_state
from trunkline.ordering.fulfilment import Fulfilment, fulfilment_of
from trunkline.ordering.new_plan import END, milestone
from trunkline.ordering.plan_item import ItemKind, Plan, PlanItem, StepAction
from trunkline.ordering.progress import go_on
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.service_order import (
    ServiceOrder,
    ServiceOrderErrorMessage,
    ServiceOrderItem,
)
from trunkline.shared.characteristic import Characteristic

ACTIONS: Mapping[str, StepAction] = {
    "add": "add",
    "modify": "modify",
    "change": "modify",
    "delete": "delete",
    "suspend": "suspend",
    "resume": "resume",
}
HELD = ("held",)
RELEASED = ("pending", "inProgress")
STARTABLE = ("acknowledged", *RELEASED)
BUILT_ON = frozenset({"reliesOn", "dependsOn", "requires", "bundles"})


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


@on(
    event(ServiceOrder, "created").to("acknowledged"),
    event(ServiceOrder, "state_changed").to("acknowledged"),
    event(ServiceOrder, "state_changed").to(*RELEASED, since=HELD),
)
def begin_service_order(work: Work, order: ServiceOrder) -> None:
    """Carry out a service order placed by itself, one command per line; go on after a hold."""
    if order.product_order is None and not _went_on(work, order):
        lines = list(_service_lines(order.service_order_item, ""))
        _begin(work, order, lines, default="callout")


@on(
    event(ResourceOrder, "created").to("acknowledged"),
    event(ResourceOrder, "state_changed").to("acknowledged"),
    event(ResourceOrder, "state_changed").to(*RELEASED, since=HELD),
)
def begin_resource_order(work: Work, order: ResourceOrder) -> None:
    """Carry out a resource order placed by itself; go on after a hold."""
    if order.product_order is None and not _went_on(work, order):
        _begin(work, order, list(_resource_lines(order)), default="automatic")


def _went_on(work: Work, order: ServiceOrder | ResourceOrder) -> bool:
    """Go on with an order that has begun; return whether there is nothing left to begin."""
    plan = plan_store.read(work, order.id)  # the reaction holds the order's lock
    if plan is not None:
        go_on(work, plan, Edits(work))
    return plan is not None or order.state not in STARTABLE


def _begin(
    work: Work, order: ServiceOrder | ResourceOrder, lines: Sequence[Line], *, default: ItemKind
) -> None:
    edits = Edits(work)
    edits.keep(order)
    faults = list(line_faults(lines))
    if faults:
        # People may have released it before its first step; what is in progress can only fail.
        set_order_state(order, "failed" if order.state == "inProgress" else "rejected")
        if isinstance(order, ServiceOrder):
            order.error_message = [
                ServiceOrderErrorMessage(code=one.code, message=f"{one.path}: {one.message}")
                for one in faults
            ]
        edits.write()
        return
    kind = ServiceSpecification if isinstance(order, ServiceOrder) else ResourceSpecification
    wanted = [one.specification for one in lines if one.specification]
    specifications: Mapping[str, Specification] = present(work, kind, wanted)
    plan = Plan(
        order.id, "ServiceOrder" if isinstance(order, ServiceOrder) else "ResourceOrder",
        "inProgress",
    )  # fmt: skip
    for line in lines:
        _make_record(edits, order, line)
    plan.extend(_steps(work, order, lines, specifications, default))
    set_order_state(order, "inProgress")
    order.start_date = work.now
    go_on(work, plan, edits)


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


def _make_record(edits: Edits, order: ServiceOrder | ResourceOrder, line: Line) -> None:
    """Make what a line adds, and let the line name it."""
    if line.action != "add" or line.content.get("id") is not None:
        return
    ident = edits.work.services.chance.uuid()
    raw: dict[str, Json] = load(encode(line.content))
    raw.pop("@referredType", None)
    raw.setdefault("relatedParty", [load(encode(one.raw)) for one in order.related_party])
    if isinstance(order, ServiceOrder):
        raw["state"] = "designed"
        raw["serviceOrderItem"] = [
            {"serviceOrderId": order.id, "itemId": line.id, "itemAction": "add"}
        ]
        edits.new(Service.wrap(raw), ident)
    else:
        raw.setdefault("resourceSpecification", {"id": line.specification})
        raw.setdefault("name", "Resource")
        raw["resourceStatus"], raw["usageState"] = "reserved", "idle"
        raw["resourceOrderItem"] = [
            {"resourceOrderId": order.id, "itemId": line.id, "itemAction": "add"}
        ]
        edits.new(Resource.wrap(raw), ident)
    line.content["id"] = ident


def _steps(
    work: Work,
    order: ServiceOrder | ResourceOrder,
    lines: Sequence[Line],
    specifications: Mapping[str, Specification],
    default: ItemKind,
) -> list[PlanItem]:
    new_id = work.services.chance.uuid
    ids = {one.id: new_id() for one in lines}
    steps = [
        _step(order, line, position, ids, specifications.get(line.specification or ""), default)
        for position, line in enumerate(lines)
    ]
    steps = [replace(one, command_key=new_id()) if one.kind == "callout" else one for one in steps]
    last = milestone(
        order, new_id(), len(steps), END, f"Order {order.key}", needs=[one.id for one in steps]
    )
    service_order, resource_order = _own_order(order)
    return [*steps, replace(last, service_order=service_order, resource_order=resource_order)]


def _step(
    order: ServiceOrder | ResourceOrder,
    line: Line,
    position: int,
    ids: Mapping[str, str],
    specification: Specification | None,
    default: ItemKind,
) -> PlanItem:
    said = specification is not None and "fulfilment" in specification.raw
    how = fulfilment_of(specification) if specification is not None and said else Fulfilment()
    is_service = isinstance(order, ServiceOrder)
    service_order, resource_order = _own_order(order)
    action = ACTIONS.get(line.action)
    kind: ItemKind = how.kind if said else default
    name = specification.name if specification is not None else line.content.get("name")
    return PlanItem(
        id=ids[line.id],
        root=order.id,
        position=position,
        node_key=line.id,
        layer="service" if is_service else "resource",
        kind=kind if action is not None else "milestone",
        name=str(name or f"Item {line.id}"),
        item_id=line.id,
        title=how.title,
        action=action,
        service=line.content.get("id") if is_service else None,
        resource=None if is_service else line.content.get("id"),
        specification=line.specification,
        characteristic={one.name: one.value for one in line.characteristics} or None,
        point_of_no_return=how.point_of_no_return,
        role=how.role,
        duration_minutes=how.duration_minutes,
        delay_s=how.delay_seconds,
        owner=order.meta.owner,
        partner=order.meta.partner,
        needs=tuple(ids[one] for one in line.needs if one in ids),
        service_order=service_order,
        resource_order=resource_order,
    )


def _own_order(order: ServiceOrder | ResourceOrder) -> tuple[str | None, str | None]:
    """Return the order's id as that of a service order or of a resource order."""
    return (order.id, None) if isinstance(order, ServiceOrder) else (None, order.id)
