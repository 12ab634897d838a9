"""Records: what a revision makes, changes and links in the inventory and its domain orders."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from trunkline.documents.patch import copied
from trunkline.documents.shape import Json
from trunkline.inventory.product import Product
from trunkline.inventory.resource import Resource
from trunkline.inventory.service import Service
from trunkline.ordering import new_records
from trunkline.ordering.edits import Edits, may_reach, set_state
from trunkline.ordering.installed import Record
from trunkline.ordering.line_dates import DATES, LineDates
from trunkline.ordering.links import Link, place_link, put_links, take_off_links
from trunkline.ordering.new_records import Blueprint, reference
from trunkline.ordering.node import Node
from trunkline.ordering.plan_item import Plan, PlanItem
from trunkline.ordering.product_order import FINISHED, ProductOrder
from trunkline.ordering.product_order_item import placed_product_items
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.revision.amending import Amended
from trunkline.ordering.revision.before import VALUES, put_values
from trunkline.ordering.revision.compensation import TAKEN_BACK, Compensation
from trunkline.ordering.service_order import ServiceOrder
from trunkline.shared.reference import ResourceOrderRef, ServiceOrderRef

KINDS: dict[str, type[Record]] = {"product": Product, "service": Service, "resource": Resource}
MAKERS: Mapping[str, Callable[[Blueprint, Node], Record]] = {
    "product": new_records.product,
    "service": new_records.service,
    "resource": new_records.resource,
}
SAID = ("place", "productPrice", "productOffering", "name", "billingAccount")
"""What of a record that is not yet at work follows its line, beside its characteristics."""
LAYERS = ("resource", "service", "product")


# --- links -------------------------------------------------------------------------------------


def remember_links(plan: Plan, found: Iterable[Compensation], former: Iterable[Node]) -> None:
    """Let steps that go know the links from what stays, so that these go with them."""
    nodes = {one.key: one for one in former}
    for one in found:
        node = nodes.get(one.key)
        if one.kind not in (*TAKEN_BACK, "discard") or node is None or node.action == "delete":
            continue
        first = plan.items[one.steps[0].id]
        links = list(_links_from_above(plan, nodes, node, str(first.record)))
        held = first.links if isinstance(first.links, dict) else {}
        if links and first.action == "add":
            plan.put(replace(first, links={**held, "added": [*held.get("added", ()), *links]}))


def _links_from_above(
    plan: Plan, nodes: dict[str, Node], node: Node, record: str
) -> Iterator[Link]:
    held = {one.node_key: one for one in plan if one.direction == "do"}
    own = reference(node.layer, record, node.specification_name)
    for key in node.parents:
        above = held.get(key)
        if above is not None and above.record is not None and key in nodes:
            yield from place_link(above.layer, above.record, own)


def link_anew(edits: Edits, blueprint: Blueprint, former: Iterable[Node], amended: Amended) -> None:
    """Link what is there to what is new below it, and take off what it has let go of."""
    old = {(parent, one.key) for one in former for parent in one.parents}
    new = {(parent, one.key) for one in blueprint.nodes for parent in one.parents}
    nodes = blueprint.nodes_by_key
    for parent, key in sorted(new):
        above, below = nodes.get(parent), nodes[key]
        is_known = (parent, key) in old and key not in amended.added
        if above is None or parent in amended.added or is_known or below.action == "delete":
            continue
        own = reference(below.layer, blueprint.records[key], below.specification_name)
        links = list(place_link(above.layer, blueprint.records[parent], own))
        put_links(edits, links)
        item = amended.added.get(key)
        if item is not None:
            held = item.links if isinstance(item.links, dict) else {}
            item.links = {**held, "added": [*held.get("added", ()), *links]}
    for parent, key in sorted(old - new):
        if parent in nodes and key in nodes:
            own = reference(nodes[key].layer, blueprint.records[key], None)
            take_off_links(
                edits, list(place_link(nodes[parent].layer, blueprint.records[parent], own))
            )
    said = [one for item in amended.added.values() if isinstance(item.links, dict)
            for one in item.links.get("added", ())]  # fmt: skip
    put_links(edits, said)


# --- made and changed --------------------------------------------------------------------------


def make_records(edits: Edits, blueprint: Blueprint, amended: Amended) -> None:
    """Make what new steps add, inner layers first, and the service and resource orders for them."""
    added = [blueprint.nodes_by_key[key] for key in amended.added if key in blueprint.nodes_by_key]
    for layer in LAYERS:
        for node in added:
            if node.layer == layer and node.action == "add":
                edits.new(MAKERS[layer](blueprint, node), blueprint.records[node.key])
    for node in added:
        _make_order(edits, blueprint, node, blueprint.orders.get(node.key))
    for key, item in amended.redone.items():
        again = blueprint.nodes_by_key.get(key)
        if again is not None and again.layer != "product":
            ident = edits.work.services.chance.uuid()
            _make_order(edits, blueprint, replace(again, action="modify"), ident)
            item.service_order = ident if again.layer == "service" else None
            item.resource_order = ident if again.layer == "resource" else None
    ends = [one for one in added if one.action == "delete" and one.layer == "product"]
    for product in edits.take(Product, [one.instance_id for one in ends]):
        if may_reach(product, "pendingTerminate"):
            set_state(product, "pendingTerminate")


def _make_order(edits: Edits, blueprint: Blueprint, node: Node, ident: str | None) -> None:
    if ident is not None and node.layer == "service":
        edits.new(new_records.service_order(blueprint, node), ident)
    elif ident is not None and node.layer == "resource":
        edits.new(new_records.resource_order(blueprint, node), ident)


def change_records(
    edits: Edits, blueprint: Blueprint, found: Iterable[Compensation], amended: Amended
) -> None:
    """Bring records and orders of steps that did not begin, or need not know, to what is wanted."""
    own = {one.key: one for one in found}
    for key, item in amended.updated.items():
        node = blueprint.nodes_by_key.get(key)
        if node is not None:
            if item.action == "add":
                _change_record(edits, blueprint, node, own[key])
            _change_order(edits, blueprint, node, item)
    for key, one in own.items():
        node = blueprint.nodes_by_key.get(key)
        if one.kind == "keep" and node is not None:
            _change_record(edits, blueprint, node, one)
    for key, item in amended.redone.items():
        node = blueprint.nodes_by_key.get(key)
        if node is not None and node.layer == "product" and blueprint.is_main(node):
            _remember_sold(edits, item)


def _change_record(edits: Edits, blueprint: Blueprint, node: Node, one: Compensation) -> None:
    record = edits.one(KINDS[node.layer], blueprint.records[node.key])
    if record is None:
        return
    fresh: dict[str, Json] = MAKERS[node.layer](blueprint, replace(node, action="add")).raw
    for name in SAID if one.kind == "update" else ():
        if name in fresh:
            record.raw[name] = copied(fresh[name])
    put_values(record.raw, VALUES[node.layer], one.values or {})


def _change_order(edits: Edits, blueprint: Blueprint, node: Node, item: PlanItem) -> None:
    """Write what a step asks for now to its service or resource order."""
    orders: list[ServiceOrder | ResourceOrder] = [
        *edits.take(ServiceOrder, [item.service_order]),
        *edits.take(ResourceOrder, [item.resource_order]),
    ]
    for order in orders:
        if str(order.state) in FINISHED:
            continue
        if isinstance(order, ServiceOrder):
            fresh = new_records.service_order(blueprint, node).raw["serviceOrderItem"][0]
            held, name = order.raw["serviceOrderItem"][0], "service"
        else:
            fresh = new_records.resource_order(blueprint, node).raw["orderItem"][0]
            held, name = order.raw["orderItem"][0], "resource"
        held[name] = {**held.get(name, {}), **copied(fresh[name])}


def _remember_sold(edits: Edits, item: PlanItem) -> None:
    """Let the step that changes a product know what it cost, so that undoing brings it back."""
    product = edits.one(Product, item.product)
    if product is not None:
        sold = {name: copied(product.raw.get(name))
                for name in ("productOffering", "productPrice")}  # fmt: skip
        item.former = {**(item.former or {}), **sold}


def tell_orders(edits: Edits, order: ProductOrder, plan: Plan) -> None:
    """Write parties and dates of an order to those of its service and resource orders that run."""
    orders: list[ServiceOrder | ResourceOrder] = [
        *edits.take(ServiceOrder, [item.service_order for item in plan]),
        *edits.take(ResourceOrder, [item.resource_order for item in plan]),
    ]
    known = LineDates(order)
    for one in orders:
        if str(one.state) not in FINISHED:
            dates = known.said(str(one.raw.get("productOrderItemId") or ""))
            for name in [each for each in DATES if each not in dates]:
                one.raw.pop(name, None)
            one.raw.update(dates)
            if order.raw.get("relatedParty") is not None:
                one.raw["relatedParty"] = copied(order.raw["relatedParty"])


# --- the order itself --------------------------------------------------------------------------


def name_made(order: ProductOrder, blueprint: Blueprint, amended: Amended) -> None:
    """Name in an order's items what was made for each by a revision."""
    items = {item.id: item for _, item in placed_product_items(order.product_order_item)}
    made = {**amended.added, **amended.redone}
    for key, step in made.items():
        node = blueprint.nodes_by_key.get(key)
        for ident in (node.item_ids or (node.item_id,)) if node is not None else ():
            if step.service_order is not None:
                items[ident].service_order.append(ServiceOrderRef(id=step.service_order))
            if step.resource_order is not None:
                items[ident].resource_order.append(ResourceOrderRef(id=step.resource_order))
    for node in blueprint.nodes:  # the first of several may have gone
        if node.copy == 1 and node.action == "add" and blueprint.is_main(node):
            held = items[node.item_id].raw.setdefault("product", {})
            held["id"], held["@referredType"] = blueprint.records[node.key], "Product"
