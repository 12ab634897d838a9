"""New records: the products, services, resources and their orders that a broken-down order makes.

Pure: the ids are given, nothing is written here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.documents.decode import encode, load
from trunkline.documents.shape import Json, format_instant
from trunkline.inventory.product import Product
from trunkline.inventory.resource import Resource
from trunkline.inventory.service import Service
from trunkline.ordering.installed import Installed
from trunkline.ordering.macd.commitment import agreed_terms
from trunkline.ordering.node import Deferred, Node
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import ProductOrderItem, placed_product_items
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.service_order import ServiceOrder

# What an item says of its product that is not the product's own, or is made anew here.
NOT_COPIED = ("id", "href", "@referredType", "status", "product", "realizingService",
              "realizingResource", "productOrderItem", "productCharacteristic")  # fmt: skip
COPIED_TO_ORDERS = ("priority", "requestedStartDate", "requestedCompletionDate")
RAW_ACTION = {"suspend": "modify", "resume": "modify"}


@dataclass
class Blueprint:
    """An order broken down, with an id for every record that it makes.

    `records` and `orders` map node keys to the ids of the records (new or existing) and of their
    service or resource orders. `deferred` are the parts that wait for a value.
    """

    order: ProductOrder
    catalog: CatalogSnapshot
    installed: Installed
    nodes: Sequence[Node]
    records: Mapping[str, str]
    orders: Mapping[str, str]
    now: datetime
    deferred: Sequence[Deferred] = ()
    items: dict[str, ProductOrderItem] = field(init=False)
    children: dict[str, list[Node]] = field(init=False)
    nodes_by_key: dict[str, Node] = field(init=False)
    main: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        placed = placed_product_items(self.order.product_order_item)
        self.items = {item.id: item for _, item in placed}
        self.children = {}
        self.nodes_by_key = {one.key: one for one in self.nodes}
        for node in self.nodes:
            if node.action != "delete":
                for parent in node.parents:
                    self.children.setdefault(parent, []).append(node)
        makers = {one.key: one.item_id for one in self.nodes if one.layer == "product"}
        self.main = frozenset(
            one.key
            for one in self.nodes
            if one.layer == "product"
            and not any(makers.get(parent) == one.item_id for parent in one.parents)
        )

    def is_main(self, node: Node) -> bool:
        """Tell whether a node is the very product that its item asks for, not a part of it."""
        return node.key in self.main

    def links(self, node: Node, layer: str) -> list[dict[str, Json]]:
        """Return references to the records of one layer that a node's record is built on."""
        return [
            reference(layer, self.records[one.key], one.specification_name)
            for one in self.children.get(node.key, ())
            if one.layer == layer
        ]


def reference(layer: str, ident: str, name: str | None) -> dict[str, Json]:
    """Return a reference to a product, service or resource."""
    made: dict[str, Json] = {"id": ident, "@referredType": layer.capitalize()}
    if name:
        made["name"] = name
    return made


def product(blueprint: Blueprint, node: Node) -> Product:
    """Return the product that a node adds."""
    item = blueprint.items[node.item_id]
    own = item.product.raw if item.product is not None and blueprint.is_main(node) else {}
    raw: dict[str, Json] = {
        name: value for name, value in _copy(own).items() if name not in NOT_COPIED
    }
    offering = blueprint.catalog.offerings.get(node.offering_id or "")
    name = offering.name if offering is not None else node.specification_name
    raw.setdefault("name", name)
    raw["status"] = "pendingActive"
    raw.setdefault("isCustomerVisible", True)
    if blueprint.order.is_retroactive:
        raw.setdefault("startDate", blueprint.order.raw["requestedStartDate"])
    raw["orderDate"] = format_instant(blueprint.order.order_date or blueprint.now)
    raw["productOrderItem"] = [order_item_link(blueprint.order.id, item)]
    if offering is not None:
        raw["productOffering"] = {"id": offering.id, "name": offering.name}
        raw["isBundle"] = bool(offering.raw.get("isBundle"))
    if node.specification_id:
        raw["productSpecification"] = _named(node)
    _put(raw, "productCharacteristic", _characteristics(node))
    _put(raw, "product", blueprint.links(node, "product"))
    _put(raw, "realizingService", blueprint.links(node, "service"))
    _put(raw, "realizingResource", blueprint.links(node, "resource"))
    if node.place is not None and not raw.get("place"):
        raw["place"] = [_copy(node.place)]
    raw["relatedParty"] = _parties(blueprint.order, raw.get("relatedParty"))
    account = item.billing_account or blueprint.order.billing_account
    if account is not None and not raw.get("billingAccount"):
        raw["billingAccount"] = _copy(account.raw)
    if blueprint.is_main(node) and not raw.get("productPrice"):
        _put(raw, "productPrice", prices(item))
    if blueprint.is_main(node) and not raw.get("productTerm"):
        _put(raw, "productTerm", agreed_terms(item.item_term))
    return Product.wrap(raw)


def service(blueprint: Blueprint, node: Node) -> Service:
    """Return the service that a node adds."""
    raw: dict[str, Json] = {
        "name": node.specification_name,
        "state": "designed",
        "serviceSpecification": _named(node),
        "serviceOrderItem": [
            {"serviceOrderId": blueprint.orders[node.key], "itemId": "1", "itemAction": "add"}
        ],
        "relatedParty": _parties(blueprint.order, None),
    }
    specification = blueprint.catalog.service_specifications.get(node.specification_id or "")
    kind = specification.type_ if specification is not None else None
    if kind and kind != "ServiceSpecification":
        raw["serviceType"] = kind.removesuffix("Specification")
    _put(raw, "serviceCharacteristic", _characteristics(node))
    _put(raw, "supportingService", blueprint.links(node, "service"))
    _put(raw, "supportingResource", blueprint.links(node, "resource"))
    if node.place is not None:
        raw["place"] = [_copy(node.place)]
    return Service.wrap(raw)


def resource(blueprint: Blueprint, node: Node) -> Resource:
    """Return the resource that a node adds."""
    raw: dict[str, Json] = {
        "name": node.specification_name,
        "resourceStatus": "reserved",
        "usageState": "idle",
        "resourceSpecification": _named(node),
        "resourceOrderItem": [
            {"resourceOrderId": blueprint.orders[node.key], "itemId": "1", "itemAction": "add"}
        ],
        "relatedParty": _parties(blueprint.order, None),
    }
    specification = blueprint.catalog.resource_specifications.get(node.specification_id or "")
    if specification is not None and specification.category:
        raw["category"] = specification.category
    _put(raw, "resourceCharacteristic", _characteristics(node))
    if specification is not None and specification.resource_pool is not None:
        raw["resourcePool"] = _copy(specification.resource_pool.raw)
        raw["value"] = node.value
    if node.place is not None:
        raw["place"] = _copy(node.place)
    return Resource.wrap(raw)


def service_order(blueprint: Blueprint, node: Node) -> ServiceOrder:
    """Return the service order of a node: pending where it waits, else in progress."""
    content: dict[str, Json] = {"id": blueprint.records[node.key], "name": node.specification_name}
    if node.specification_id:
        content["serviceSpecification"] = _named(node)
    _put(content, "serviceCharacteristic", _characteristics(node))
    if node.place is not None:
        content["place"] = [_copy(node.place)]
    raw = _order(blueprint, node)
    raw["serviceOrderItem"] = [
        {"id": "1", "action": _action(node), "state": raw["state"], "service": content}
    ]
    if blueprint.order.external_id:
        raw["externalReference"] = [
            {"name": blueprint.order.external_id, "externalReferenceType": "productOrder"}
        ]
    return ServiceOrder.wrap(raw)


def resource_order(blueprint: Blueprint, node: Node) -> ResourceOrder:
    """Return the resource order of a node."""
    content: dict[str, Json] = {"id": blueprint.records[node.key], "name": node.specification_name}
    if node.specification_id:
        content["resourceSpecification"] = _named(node)
    _put(content, "resourceCharacteristic", _characteristics(node))
    raw = _order(blueprint, node)
    raw.pop("priority", None)  # TMF652 has a number where TMF622 has a text
    raw["name"] = node.specification_name
    raw["orderItem"] = [
        {"id": "1", "action": _action(node), "state": raw["state"], "resource": content}
    ]
    return ResourceOrder.wrap(raw)


def order_item_link(order_id: str, item: ProductOrderItem) -> dict[str, Json]:
    """Return what a product says of the order item that made or changed it."""
    return {
        "productOrderId": order_id,
        "orderItemId": item.id,
        "orderItemAction": item.action,
        "productOrder": {"id": order_id, "@referredType": "ProductOrder"},
    }


def prices(item: ProductOrderItem) -> list[dict[str, Json]]:
    """Return the prices of an item in the form that products carry."""
    made: list[dict[str, Json]] = []
    for one in item.item_price:
        if one.price_type is None or one.price is None:
            continue
        raw = _copy(one.raw)
        alterations = raw.pop("priceAlteration", None)
        if alterations:
            raw["productPriceAlteration"] = alterations
        made.append(raw)
    return made


def _order(blueprint: Blueprint, node: Node) -> dict[str, Json]:
    order = blueprint.order
    raw: dict[str, Json] = {
        name: order.raw[name] for name in COPIED_TO_ORDERS if order.raw.get(name) is not None
    }
    raw["state"] = "inProgress" if node.fulfilment.kind == "automatic" else "pending"
    raw["description"] = node.fulfilment.title or f"{node.action} {node.specification_name}"
    raw["productOrder"] = {"id": order.id, "@referredType": "ProductOrder"}
    raw["productOrderItemId"] = node.item_id
    raw["relatedParty"] = _parties(order, None)
    return raw


def _action(node: Node) -> str:
    return RAW_ACTION.get(node.action, node.action)


def _named(node: Node) -> dict[str, Json]:
    return {"id": node.specification_id, "name": node.specification_name}


def _characteristics(node: Node) -> list[dict[str, Json]]:
    return [
        {"name": one.name, "value": one.value}
        for one in node.characteristics
        if one.value is not None
    ]


def _parties(order: ProductOrder, own: Json) -> list[dict[str, Json]]:
    """Return the order's parties, after those that the product names itself."""
    found = list(own) if isinstance(own, list) else []
    known = {(one.get("id"), one.get("role")) for one in found}
    return found + [
        _copy(one.raw) for one in order.related_party if (one.id, one.role) not in known
    ]


def _put(raw: dict[str, Json], name: str, values: Iterable[Json]) -> None:
    found = list(values)
    if found:
        raw[name] = found


def _copy(raw: Json) -> Json:
    return load(encode(raw))
