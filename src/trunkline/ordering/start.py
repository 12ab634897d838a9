"""Start: an accepted product order broken down, with everything that it makes, in one go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from trunkline.documents.decode import encode, load
from trunkline.documents.errors import Fault, Refusal
from trunkline.documents.shape import Json
from trunkline.inventory.product import Product
from trunkline.inventory.service import Service
from trunkline.kernel.behaviour import on
from trunkline.kernel.resource import event
from trunkline.kernel.work import Work
from trunkline.ordering import decomposition, installed, new_records, order_catalog, plan_store
from trunkline.ordering.edits import Edits, may_reach, set_state
from trunkline.ordering.new_plan import fault_items, plan_items
from trunkline.ordering.new_records import Blueprint, reference
from trunkline.ordering.node import Node
from trunkline.ordering.plan_item import Plan
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import ProductOrderItem, placed_product_items
from trunkline.ordering.progress import go_on
from trunkline.ordering.roll_up import set_item_state
from trunkline.shared.reference import ResourceOrderRef, ServiceOrderRef

LINK_LISTS = {
    (Product, "product"): "product",
    (Product, "service"): "realizingService",
    (Product, "resource"): "realizingResource",
    (Service, "service"): "supportingService",
    (Service, "resource"): "supportingResource",
}


@on(
    event(ProductOrder, "created").to("acknowledged"),
    event(ProductOrder, "state_changed").to("acknowledged"),
)
def start_order(work: Work, order: ProductOrder) -> None:
    """Break an accepted order down into steps, make what it promises, and begin."""
    if order.internal_state == "acknowledged":
        start(work, order)


def start(work: Work, order: ProductOrder) -> None:
    """Give an order its plan and its records, or one fallout for each fault that prevents it.

    The order's lock is held; an order that has a plan of faults gets a new one.
    """
    sent = encode(order.raw)
    try:
        with work.connection.transaction():
            faults = _carry_out(work, order)
    except Refusal as refusal:
        if refusal.code == "conflictGone":  # somebody else wrote at the same moment
            raise
        faults = refusal.faults or [Fault("", refusal.code, refusal.message)]
    if faults:
        object.__setattr__(order, "raw", load(sent))
        _fall_out(work, order, faults)


def _carry_out(work: Work, order: ProductOrder) -> Sequence[Fault]:
    catalog = order_catalog.load(work, order)
    found = decomposition.plan(order, catalog, installed.load(work, order, catalog))
    if found.faults:
        return found.faults
    new_id = work.services.chance.uuid
    blueprint = Blueprint(
        order=order,
        catalog=catalog,
        nodes=found.nodes,
        records={one.key: one.instance_id or new_id() for one in found.nodes},
        orders={one.key: new_id() for one in found.nodes if one.layer != "product"},
        now=work.now,
    )
    plan = Plan(order.id, "ProductOrder", "inProgress")
    plan.extend(plan_items(blueprint, new_id))
    edits = Edits(work)
    edits.keep(order)
    _make_records(edits, blueprint)
    _join_existing(edits, blueprint)
    _begin_order(order, blueprint, starts_later=_starts_later(order, work.now))
    go_on(work, plan, edits)
    return ()


def _make_records(edits: Edits, blueprint: Blueprint) -> None:
    """Make what is added, inner layers first, and an order for every service and resource."""
    added = [one for one in blueprint.nodes if one.action == "add"]
    for node in _layer(added, "resource"):
        edits.new(new_records.resource(blueprint, node), blueprint.records[node.key])
    for node in _layer(added, "service"):
        edits.new(new_records.service(blueprint, node), blueprint.records[node.key])
    for node in _layer(added, "product"):
        edits.new(new_records.product(blueprint, node), blueprint.records[node.key])
    for node in _layer(blueprint.nodes, "service"):
        edits.new(new_records.service_order(blueprint, node), blueprint.orders[node.key])
    for node in _layer(blueprint.nodes, "resource"):
        edits.new(new_records.resource_order(blueprint, node), blueprint.orders[node.key])


def _layer(nodes: Iterable[Node], layer: str) -> list[Node]:
    return [one for one in nodes if one.layer == layer]


def _join_existing(edits: Edits, blueprint: Blueprint) -> None:
    """Link existing records to the new ones, and announce the end of products."""
    by_key = {one.key: one for one in blueprint.nodes}
    kinds: dict[str, type[Product] | type[Service]] = {"product": Product, "service": Service}
    for node in blueprint.nodes:
        if node.action == "delete":
            if node.layer == "product":
                _announce_end(edits, node)
            continue
        link = reference(node.layer, blueprint.records[node.key], node.specification_name)
        for parent in (by_key[key] for key in node.parents if key in by_key):
            if parent.action == "modify" and parent.layer in kinds:
                _link(edits, kinds[parent.layer], blueprint.records[parent.key], node.layer, link)
        for ident in node.parent_instances:
            for kind in kinds.values():
                _link(edits, kind, ident, node.layer, link)
        for ident in node.reuses if node.layer in kinds else ():
            layer = "service" if edits.one(Service, ident) is not None else "resource"
            holder = blueprint.records[node.key]
            _link(edits, kinds[node.layer], holder, layer, reference(layer, ident, None))


def _link(
    edits: Edits, kind: type[Product] | type[Service], ident: str, layer: str, link: Json
) -> None:
    record = edits.one(kind, ident)
    name = LINK_LISTS.get((kind, layer))
    if record is None or not isinstance(record, kind) or name is None:
        return
    links = record.raw.setdefault(name, [])
    if all(one.get("id") != link["id"] for one in links):
        links.append(link)


def _announce_end(edits: Edits, node: Node) -> None:
    product = edits.one(Product, node.instance_id)
    if product is not None and may_reach(product, "pendingTerminate"):
        set_state(product, "pendingTerminate")


def _begin_order(order: ProductOrder, blueprint: Blueprint, *, starts_later: bool) -> None:
    """Bring the order and its items into progress and name what is made for each."""
    order.internal_state = "inProgress"
    for _, item in placed_product_items(order.product_order_item):
        set_item_state(item, "scheduled" if starts_later else "inProgress")
    for node in blueprint.nodes:
        items = [blueprint.items[one] for one in node.item_ids or (node.item_id,)]
        if node.layer == "service":
            found = ServiceOrderRef(id=blueprint.orders[node.key])
            for item in items:
                item.service_order.append(found)
        elif node.layer == "resource":
            other = ResourceOrderRef(id=blueprint.orders[node.key])
            for item in items:
                item.resource_order.append(other)
        elif blueprint.is_main(node) and node.copy == 1:
            _name_product(blueprint.items[node.item_id], blueprint.records[node.key])


def _name_product(item: ProductOrderItem, ident: str) -> None:
    held = item.raw.setdefault("product", {})
    held["id"] = ident
    held["@referredType"] = "Product"


def _starts_later(order: ProductOrder, now: datetime) -> bool:
    return order.requested_start_date is not None and order.requested_start_date > now


def _fall_out(work: Work, order: ProductOrder, faults: Sequence[Fault]) -> None:
    plan_store.remove(work, order.id)
    plan = Plan(order.id, "ProductOrder", "inProgress")
    plan.extend(fault_items(order, faults, work.services.chance.uuid))
    edits = Edits(work)
    edits.keep(order)
    if order.internal_state == "acknowledged":
        order.internal_state = "inProgress"
        for _, item in placed_product_items(order.product_order_item):
            set_item_state(item, "inProgress")
    go_on(work, plan, edits)
