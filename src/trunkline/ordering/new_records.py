"""New records: the products, services, resources and their orders that a broken-down order makes.

Pure: the ids are given, nothing is written here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from trunkline.catalog.service_specification import facing_of
from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.documents.decode import encode, load
from trunkline.documents.shape import Json, format_instant
from trunkline.inventory.product import Product
from trunkline.inventory.resource import Resource
from trunkline.inventory.service import Service
from trunkline.ordering.installed import Installed
from trunkline.ordering.line_dates import DATES, LineDates
from trunkline.ordering.macd.commitment import agreed_terms
from trunkline.ordering.node import Deferred, Node
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import ProductOrderItem, placed_product_items
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.retroactive import is_back
from trunkline.ordering.service_order import ServiceOrder
from trunkline.ordering.standalone_line import AnyLine, DomainLine, RootOrder, every_line, own_keys

# What an item says of its product that is not the product's own, or is made anew here.
NOT_COPIED = ("id", "href", "@referredType", "status", "product", "realizingService",
              "realizingResource", "productOrderItem", "productCharacteristic")  # fmt: skip
# The same of a service or resource that an item of an order by itself adds.
NOT_OF_RECORD = ("id", "href", "@referredType", "state", "resourceStatus", "usageState",
                 "serviceOrderItem", "resourceOrderItem")  # fmt: skip
RAW_ACTION = {"suspend": "modify", "resume": "modify"}


@dataclass
class Blueprint:
    """An order broken down, with an id for every record that it makes.

    `records` and `orders` map node keys to the ids of the records (new or existing) and of their
    service or resource orders; what an order by itself asks for has that order. `deferred` are the
    parts that wait for a value. `items` are those of a product order.
    """

    order: RootOrder
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
        order = self.order
        self.items = {}
        if isinstance(order, ProductOrder):
            placed = placed_product_items(order.product_order_item)
            self.items = {item.id: item for _, item in placed}
        self.children = {}
        self.nodes_by_key = {one.key: one for one in self.nodes}
        for node in self.nodes:
            if node.action != "delete":
                for parent in node.parents:
                    self.children.setdefault(parent, []).append(node)
        if not isinstance(order, ProductOrder):
            self.main = own_keys(order) & self.nodes_by_key.keys()
            return
        makers = {one.key: one.item_id for one in self.nodes if one.layer == "product"}
        self.main = frozenset(
            one.key
            for one in self.nodes
            if one.layer == "product"
            and not any(makers.get(parent) == one.item_id for parent in one.parents)
        )

    @cached_property
    def lines(self) -> Mapping[str, AnyLine]:
        """The lines of the order by the ids of their items."""
        return every_line(self.order)

    @cached_property
    def dates(self) -> LineDates | None:
        """When the lines of a product order are wanted begun and done; other orders have none."""
        return LineDates(self.order) if isinstance(self.order, ProductOrder) else None

    def is_main(self, node: Node) -> bool:
        """Tell whether a node is the very thing that its item asks for, not a part of it."""
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
    order = blueprint.order
    start = blueprint.dates.start(node.item_id) if blueprint.dates is not None else None
    if start is not None and isinstance(order, ProductOrder) and is_back(order, start):
        raw.setdefault("startDate", format_instant(start))
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
    whole = blueprint.order if isinstance(blueprint.order, ProductOrder) else None
    account = item.billing_account or (whole.billing_account if whole is not None else None)
    if account is not None and not raw.get("billingAccount"):
        raw["billingAccount"] = _copy(account.raw)
    if blueprint.is_main(node) and not raw.get("productPrice"):
        _put(raw, "productPrice", prices(item))
    if blueprint.is_main(node) and not raw.get("productTerm"):
        _put(raw, "productTerm", agreed_terms(item.item_term))
    return Product.wrap(raw)


def service(blueprint: Blueprint, node: Node) -> Service:
    """Return the service that a node adds."""
    own = _said_of(blueprint, node)
    ident, item = _made_by(blueprint, node)
    raw: dict[str, Json] = {
        "name": node.specification_name,
        **own,
        "state": "designed",
        "serviceSpecification": own.get("serviceSpecification") or _named(node),
        "serviceOrderItem": [{"serviceOrderId": ident, "itemId": item, "itemAction": "add"}],
        "relatedParty": _parties(blueprint.order, own.get("relatedParty")),
    }
    specification = blueprint.catalog.service_specifications.get(node.specification_id or "")
    kind = specification.type_ if specification is not None else None
    if kind and kind != "ServiceSpecification":
        raw.setdefault("serviceType", kind.removesuffix("Specification"))
    elif specification is not None and (faces := facing_of(specification.raw)):
        raw.setdefault("serviceType", faces)
    _put(raw, "serviceCharacteristic", valued(own.get("serviceCharacteristic"), node))
    for name, layer in (("supportingService", "service"), ("supportingResource", "resource")):
        links, known = blueprint.links(node, layer), {one.get("id") for one in own.get(name) or ()}
        _put(raw, name, [*(own.get(name) or ()), *(one for one in links if one["id"] not in known)])
    if node.place is not None and not raw.get("place"):
        raw["place"] = [_copy(node.place)]
    return Service.wrap(raw)


def resource(blueprint: Blueprint, node: Node) -> Resource:
    """Return the resource that a node adds."""
    own = _said_of(blueprint, node)
    ident, item = _made_by(blueprint, node)
    raw: dict[str, Json] = {
        "name": node.specification_name,
        **own,
        "resourceStatus": "reserved",
        "usageState": "idle",
        "resourceSpecification": own.get("resourceSpecification") or _named(node),
        "resourceOrderItem": [{"resourceOrderId": ident, "itemId": item, "itemAction": "add"}],
        "relatedParty": _parties(blueprint.order, own.get("relatedParty")),
    }
    specification = blueprint.catalog.resource_specifications.get(node.specification_id or "")
    if specification is not None and specification.category:
        raw.setdefault("category", specification.category)
    _put(raw, "resourceCharacteristic", valued(own.get("resourceCharacteristic"), node))
    bundled = [{"relationshipType": "bundles", "resource": one}
               for one in blueprint.links(node, "resource")]  # fmt: skip
    _put(raw, "resourceRelationship", [*(own.get("resourceRelationship") or ()), *bundled])
    if specification is not None and specification.resource_pool is not None:
        raw["resourcePool"] = _copy(specification.resource_pool.raw)
        raw["value"] = node.value
    if node.place is not None and not raw.get("place"):
        raw["place"] = _copy(node.place)
    return Resource.wrap(raw)


def _said_of(blueprint: Blueprint, node: Node) -> dict[str, Json]:
    """Return what the item of an order by itself says of the service or resource that it adds."""
    line = blueprint.lines.get(node.item_id) if blueprint.is_main(node) else None
    if not isinstance(line, DomainLine):
        return {}
    return {name: one for name, one in _copy(line.content).items() if name not in NOT_OF_RECORD}


def _made_by(blueprint: Blueprint, node: Node) -> tuple[str, str]:
    """Return the service or resource order of a node, and the item of it."""
    ident = blueprint.orders[node.key]
    return ident, node.item_id if ident == blueprint.order.id else "1"


def valued(said: Json, node: Node) -> list[dict[str, Json]]:
    """Return characteristics as they were said, with the values of a node, and those not said.

    What is there several times is a list, and stays as it was said.
    """
    listed: list[dict[str, Json]] = [dict(one) for one in said or ()]
    names = [one.get("name") for one in listed]
    values = {one.name: one.value for one in node.characteristics if one.value is not None}
    for one in listed:
        if names.count(one.get("name")) == 1 and one["name"] in values:
            one["value"] = values[one["name"]]
    return [*listed, *(one for one in _characteristics(node) if one["name"] not in names)]


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
        whole = _came_from(blueprint.order)
        raw["externalReference"] = [
            {"name": blueprint.order.external_id, "externalReferenceType": whole}
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


def billed_anew(order: ProductOrder, item: ProductOrderItem) -> dict[str, Json]:
    """Return the account by which a product is billed from its change on, nothing where it stays.

    It is what the line names; where the order that made a product changes it again, also its own.
    """
    said = item.product.billing_account if item.product is not None else None
    account = said or item.billing_account
    if account is None and item.action == "add":
        account = order.billing_account
    return {"billingAccount": _copy(account.raw)} if account else {}


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
    raw = _dates_of(blueprint, node.item_id)
    if order.raw.get("priority") is not None:
        raw["priority"] = order.raw["priority"]
    raw["state"] = "inProgress" if node.fulfilment.kind == "automatic" else "pending"
    raw["description"] = node.fulfilment.title or f"{node.action} {node.specification_name}"
    whole = _came_from(order)
    raw[whole] = {"id": order.id, "@referredType": f"{whole[0].upper()}{whole[1:]}"}
    raw[f"{whole}ItemId"] = node.item_id
    raw["relatedParty"] = _parties(order, None)
    return raw


def _dates_of(blueprint: Blueprint, item_id: str) -> dict[str, Json]:
    """Return when an item is wanted begun and done: as an order without lines' dates says it."""
    if blueprint.dates is not None:
        return blueprint.dates.said(item_id)
    said = blueprint.order.raw
    return {name: said[name] for name in DATES if said.get(name) is not None}


def _came_from(order: RootOrder) -> str:
    """Return the attribute by which an order says that it was broken down from one of a kind."""
    return "productOrder" if isinstance(order, ProductOrder) else order.resource.path


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


def _parties(order: RootOrder, own: Json) -> list[dict[str, Json]]:
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
