"""New plans: the steps of an order that was just broken down, or of one that could not be. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from trunkline.catalog.entry import Specification
from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.documents.errors import Fault, Invalid
from trunkline.documents.shape import Json
from trunkline.ordering.branch import place_name
from trunkline.ordering.design.expansion import connect, expanded
from trunkline.ordering.design.related import with_waits
from trunkline.ordering.edits import state_of
from trunkline.ordering.installed import Installed, Record, place_of
from trunkline.ordering.links import links_of
from trunkline.ordering.new_records import Blueprint, billed_anew
from trunkline.ordering.node import Node
from trunkline.ordering.order_line import Line
from trunkline.ordering.plan_item import ItemKind, PlanItem
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import ProductOrderItem, placed_product_items
from trunkline.ordering.service_order import ServiceOrder
from trunkline.ordering.staggered.gate import is_gate, with_gates
from trunkline.ordering.standalone_line import AnyLine, DomainOrder, RootOrder

NewId = Callable[[], str]
SOLD = ("productOffering", "productPrice")
END = "end"


def plan_items(blueprint: Blueprint, new_id: NewId) -> list[PlanItem]:
    """Return the steps of an order: one per node, a milestone per order item and one at the end."""
    ids = {one.key: new_id() for one in blueprint.nodes}
    items: list[PlanItem] = []
    for node in blueprint.nodes:
        needs = tuple(ids[key] for key in node.needs if key in ids)
        own = _step(blueprint, node, ids[node.key], len(items), needs, new_id)
        if node.chosen is None:
            items.append(own)
        else:
            line = blueprint.lines[node.item_id]
            facts = facts_of(blueprint.order, line, node, blueprint.records[node.key])
            made = expanded(own, node.chosen, facts=facts, new_id=new_id)
            items += [*made.items, made.own]
    if any(one.part_of is not None for one in items):
        items = with_waits(blueprint.order, connect(items, _around(blueprint)), new_id)
    gates: list[str] = []
    if blueprint.deferred and isinstance(blueprint.order, ProductOrder):
        items = with_gates(items, blueprint.deferred, new_id)
        gates = [one.id for one in items if is_gate(one)]
    return items + _milestones(blueprint, ids, len(items), new_id, gates)


def circle_faults(
    order: RootOrder, catalog: CatalogSnapshot, installed: Installed, nodes: Sequence[Node],
    now: datetime, new_id: NewId,
) -> Sequence[Fault]:  # fmt: skip
    """Return what keeps the plan definitions of an order's parts from being joined into one."""
    if not any(one.chosen is not None for one in nodes):
        return ()
    records = {one.key: one.instance_id or one.key for one in nodes}
    try:
        plan_items(Blueprint(order, catalog, installed, nodes, records, {}, now), new_id)
    except Invalid as refusal:
        return refusal.faults
    return ()


def facts_of(order: RootOrder, line: AnyLine, node: Node, record: str | None) -> dict[str, Json]:
    """Return what the texts of a plan definition may say of an order, a line and a record."""
    names = ("externalId", "category", "priority", "channel", "requestedStartDate")
    offering = line.item.product_offering if isinstance(line, Line) else None
    customer = next((one.id for one in order.related_party if one.role == "customer"), None)
    return {
        "order": {"id": order.id, "key": order.key, "customer": customer}
        | {name: order.raw[name] for name in names if order.raw.get(name) is not None},
        "line": {
            "id": line.id,
            "action": line.item.action or line.action,
            "quantity": line.item.raw.get("quantity") or 1,
            "characteristic": {str(one.name): one.value for one in line.given if one.name},
        }
        | ({"offering": offering.name} if offering is not None else {}),
        "record": {
            "id": record,
            "name": node.specification_name,
            "action": node.action,
            "layer": node.layer,
        },
    }


def _around(blueprint: Blueprint) -> dict[str, list[str]]:
    """Return for each order item itself and those that it lies in, the nearest first."""
    lines = blueprint.lines
    found: dict[str, list[str]] = {}
    for ident in lines:
        found[ident] = [ident]
        whole = lines[ident].whole
        while whole is not None and whole in lines and whole not in found[ident]:
            found[ident].append(whole)
            whole = lines[whole].whole
    return found


def fault_items(order: ProductOrder, faults: Sequence[Fault], new_id: NewId) -> list[PlanItem]:
    """Return a step in fallout for each fault that keeps an order from being broken down."""
    return [
        PlanItem(
            id=new_id(),
            root=order.id,
            position=position,
            node_key=f"fault/{position}",
            layer="order",
            kind="automatic",
            name="Break down the order",
            state="fallout",
            request={"path": fault.path},
            error_kind="order",
            error_code=fault.code,
            error_message=fault.message,
            owner=order.meta.owner,
            partner=order.meta.partner,
        )
        for position, fault in enumerate(faults)
    ]


def milestone(
    order: RootOrder, ident: str, position: int, key: str,
    name: str, *, needs: Iterable[str], item_id: str | None = None,
) -> PlanItem:  # fmt: skip
    """Return a step that is reached when all that it needs is done."""
    return PlanItem(
        id=ident,
        root=order.id,
        position=position,
        node_key=key,
        layer="order",
        kind="milestone",
        name=name,
        item_id=item_id,
        needs=tuple(dict.fromkeys(needs)),
        owner=order.meta.owner,
        partner=order.meta.partner,
    )


def _step(
    blueprint: Blueprint, node: Node, ident: str, position: int, needs: tuple[str, ...],
    new_id: NewId,
) -> PlanItem:  # fmt: skip
    order, work = blueprint.order, node.fulfilment
    kind: ItemKind = work.kind
    record, domain_order = blueprint.records[node.key], blueprint.orders.get(node.key)
    values = {one.name: one.value for one in node.characteristics}
    return PlanItem(
        id=ident,
        root=order.id,
        position=position,
        node_key=node.key,
        layer=node.layer,
        kind=kind,
        name=node.specification_name,
        item_id=node.item_id,
        title=work.title,
        action=node.action,
        product=record if node.layer == "product" else None,
        service=record if node.layer == "service" else None,
        resource=record if node.layer == "resource" else None,
        service_order=domain_order if node.layer == "service" else None,
        resource_order=domain_order if node.layer == "resource" else None,
        specification=node.specification_id,
        characteristic=values or None,
        former=_former(blueprint, node),
        place=node.place,
        wants=_wants(blueprint, node, values),
        point_of_no_return=work.point_of_no_return,
        role=work.role,
        duration_minutes=work.duration_minutes,
        sla=work.sla,
        delay_s=work.delay_seconds,
        system=work.system if kind == "callout" or node.chosen is not None else None,
        command_key=new_id() if kind == "callout" else None,
        owner=order.meta.owner,
        partner=order.meta.partner,
        links=links_of(blueprint, node),
        needs=needs,
    )


def _former(blueprint: Blueprint, node: Node) -> Json:
    """Return what was before: of what is modified what changes, else the state of the record.

    The values that a modification brings in are None before it.
    """
    record = blueprint.installed.record(node.instance_id or "")
    if record is None:
        return None
    if node.action != "modify":
        state = state_of(record)
        return {"state": state} if state is not None else None
    before = dict(node.before)
    values = {one.name: before.get(one.name) for one in node.characteristics} | before
    found: dict[str, Json] = {"characteristic": values} if values else {}
    if _moves(blueprint, node, record):
        found["place"] = record.raw.get("place")
    if blueprint.is_main(node) and node.layer == "product":
        found |= {name: record.raw.get(name) for name in SOLD}
        order, line = blueprint.order, blueprint.lines[node.item_id]
        if isinstance(order, ProductOrder) and isinstance(line, Line):
            anew = billed_anew(order, line.item)
            found |= {name: record.raw.get(name) for name in anew}
    return found or None


def _moves(blueprint: Blueprint, node: Node, record: Record) -> bool:
    """Tell whether a modification puts a record elsewhere.

    What has no place gets one only where its own item says so.
    """
    held = place_of(record)
    is_said = blueprint.is_main(node) and blueprint.lines[node.item_id].own_place is not None
    if node.place is None or (held is None and not is_said):
        return False
    return place_name(node.place) != place_name(held)


def _wants(blueprint: Blueprint, node: Node, values: Mapping[str, Json]) -> Json:
    """Return the names of the specification's characteristics that have no value yet."""
    catalog = blueprint.catalog
    layers: Mapping[str, Mapping[str, Specification]] = {
        "product": catalog.product_specifications,
        "service": catalog.service_specifications,
        "resource": catalog.resource_specifications,
    }
    specification = layers[node.layer].get(node.specification_id or "")
    if specification is None or node.action not in {"add", "modify"}:
        return None
    names = [one.name for one in specification.characteristics if one.name]
    return [name for name in names if values.get(name) in (None, "")] or None


def _milestones(
    blueprint: Blueprint,
    ids: Mapping[str, str],
    position: int,
    new_id: NewId,
    gates: Sequence[str],
) -> list[PlanItem]:
    order = blueprint.order
    if not isinstance(order, ProductOrder):
        return [_end_alone(order, blueprint.nodes, ids, position, new_id())]
    placed = [one for _, one in placed_product_items(order.product_order_item)]
    own = {one.id: new_id() for one in placed}
    last = _last_keys(blueprint.nodes)
    found: list[PlanItem] = []
    for item in reversed(placed):
        needs = [ids[key] for key in last.get(item.id, ())]
        needs += [own[one.id] for one in item.product_order_item]
        found.append(
            milestone(
                order, own[item.id], position + len(found), f"item/{item.id}", _title(item),
                needs=needs, item_id=item.id,
            )
        )  # fmt: skip
    tops = [*(own[one.id] for one in order.product_order_item), *gates]
    name = f"Order {order.key}"
    return [*found, milestone(order, new_id(), position + len(found), END, name, needs=tops)]


def _end_alone(
    order: DomainOrder, nodes: Sequence[Node], ids: Mapping[str, str], position: int, ident: str
) -> PlanItem:
    """Return the step at which an order by itself is done: it has none for each of its items."""
    needed = {key for node in nodes for key in node.needs}
    last = [ids[node.key] for node in nodes if node.key not in needed]
    end = milestone(order, ident, position, END, f"Order {order.key}", needs=last)
    if isinstance(order, ServiceOrder):
        return replace(end, service_order=order.id)
    return replace(end, resource_order=order.id)


def _last_keys(nodes: Sequence[Node]) -> dict[str, list[str]]:
    """Return by order item the nodes that no other node of that item needs."""
    by_item: dict[str, dict[str, Node]] = {}
    for node in nodes:
        for ident in node.item_ids or (node.item_id,):
            by_item.setdefault(ident, {})[node.key] = node
    found: dict[str, list[str]] = {}
    for ident, own in by_item.items():
        needed = {key for node in own.values() for key in node.needs}
        found[ident] = [key for key in own if key not in needed]
    return found


def _title(item: ProductOrderItem) -> str:
    offering = item.product_offering
    name = offering.name if offering is not None else None
    return f"Item {item.id}: {name}" if name else f"Item {item.id}"
