"""Decomposition: which steps orders take, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trunkline.catalog.offering import ProductOffering
from trunkline.catalog.product_specification import ProductSpecification
from trunkline.catalog.resource_specification import ResourceSpecification
from trunkline.catalog.service_specification import ServiceSpecification
from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.inventory.product import Product
from trunkline.inventory.resource import Resource
from trunkline.inventory.service import Service
from trunkline.kernel.resource import Meta
from trunkline.ordering.decomposition import plan
from trunkline.ordering.installed import Installed
from trunkline.ordering.node import Decomposition, Node
from trunkline.ordering.product_order import ProductOrder

Raw = dict[str, Any]


def record(kind: Any, ident: str, raw: Raw) -> Any:
    document = kind.wrap(raw)
    object.__setattr__(document, "meta", Meta(ident))
    return document


def catalog_of(**named: Mapping[str, Raw]) -> CatalogSnapshot:
    """Make a catalog from `products`, `services`, `resources` and `offerings`, by name.

    The name is the id as well. `characteristic` maps names to defaults (None for none); all
    else is as published.
    """
    places = {
        "products": (ProductSpecification, "productSpecCharacteristic"),
        "services": (ServiceSpecification, "specCharacteristic"),
        "resources": (ResourceSpecification, "resourceSpecCharacteristic"),
    }
    made: dict[str, dict[str, Any]] = {}
    for layer, (kind, characteristics) in places.items():
        made[layer] = {
            name: record(
                kind,
                name,
                {
                    "name": name,
                    "lifecycleStatus": "Active",
                    characteristics: characteristic_list(layer, raw.get("characteristic", {})),
                    **{key: value for key, value in raw.items() if key != "characteristic"},
                },
            )
            for name, raw in named.get(layer, {}).items()
        }
    offerings = {
        name: record(ProductOffering, name, {"name": name, "lifecycleStatus": "Active", **raw})
        for name, raw in named.get("offerings", {}).items()
    }
    return CatalogSnapshot(
        offerings=offerings,
        product_specifications=made["products"],
        service_specifications=made["services"],
        resource_specifications=made["resources"],
    )


def characteristic_list(layer: str, named: Mapping[str, Any]) -> list[Raw]:
    options = {
        "products": "productSpecCharacteristicValue",
        "services": "characteristicValueSpecification",
        "resources": "resourceSpecCharacteristicValue",
    }[layer]
    return [
        {"name": name}
        | ({} if default is None else {options: [{"value": default, "isDefault": True}]})
        for name, default in named.items()
    ]


def installed_of(users: Mapping[str, list[str]] | None = None, **named: Any) -> Installed:
    """Make an installed base from `products`, `services` and `resources`, by id."""
    kinds: dict[str, Any] = {"products": Product, "services": Service, "resources": Resource}
    held = {
        layer: {ident: record(kind, ident, raw) for ident, raw in named.get(layer, {}).items()}
        for layer, kind in kinds.items()
    }
    known = {used: frozenset(by) for used, by in (users or {}).items()}
    return Installed(held["products"], held["services"], held["resources"], known)


def order_of(*items: Raw) -> ProductOrder:
    return ProductOrder.wrap({"productOrderItem": list(items)})


def item(ident: str, action: str, specification: str | None = None, **raw: Any) -> Raw:
    """Make an item; `place`, `product_id` and `values` go into its product."""
    product: Raw = {}
    if specification is not None:
        product["productSpecification"] = {"id": specification}
    if "product_id" in raw:
        product["id"] = raw.pop("product_id")
    if "place" in raw:
        product["place"] = [{"id": raw.pop("place"), "role": "installation"}]
    if "values" in raw:
        given = raw.pop("values")
        product["productCharacteristic"] = [{"name": n, "value": v} for n, v in given.items()]
    return {"id": ident, "action": action, "product": product, **raw}


def steps(found: Decomposition) -> dict[str, str]:
    return {node.key: node.action for node in found.nodes}


def by_key(found: Decomposition) -> dict[str, Node]:
    return {node.key: node for node in found.nodes}


def values(node: Node) -> dict[str, Any]:
    return {one.name: one.value for one in node.characteristics}


CATALOG = catalog_of(
    products={
        "Internet": {
            "characteristic": {"speed": 100, "color": None},
            "serviceSpecification": [
                {
                    "id": "Internet CFS",
                    "mapping": [
                        {"target": "bandwidth", "source": "speed"},
                        {"target": "class", "value": "best effort"},
                        {"target": "burst", "expression": "source.speed * 2"},
                    ],
                }
            ],
            "resourceSpecification": [{"id": "Router", "condition": "source.speed > 500"}],
        },
        "Voice": {
            "characteristic": {"lines": 1},
            "serviceSpecification": [{"id": "Voice CFS"}],
        },
    },
    services={
        "Internet CFS": {
            "characteristic": {"bandwidth": None, "class": None, "mtu": 1500},
            "serviceSpecRelationship": [
                {
                    "id": "Access Line",
                    "relationshipType": "realisedAs",
                    "shared": True,
                    "mapping": [{"target": "rate", "source": "bandwidth"}],
                },
                {"id": "Session", "relationshipType": "composedOf"},
            ],
        },
        "Voice CFS": {
            "serviceSpecRelationship": [
                {"id": "Access Line", "relationshipType": "realisedAs", "shared": True}
            ],
            "resourceSpecification": [{"id": "Number"}],
        },
        "Access Line": {
            "characteristic": {"rate": None},
            "locationSpecific": True,
            "resourceSpecification": [{"id": "Port"}],
            "fulfilment": {"kind": "callout", "pointOfNoReturn": True, "durationMinutes": 30},
        },
        "Session": {},
    },
    resources={"Router": {}, "Number": {}, "Port": {}},
)
BARE = installed_of()

INTERNET = installed_of(
    products={
        "P1": {
            "status": "active",
            "productSpecification": {"id": "Internet", "name": "Internet"},
            "productCharacteristic": [{"name": "speed", "value": 100}],
            "place": [{"id": "A", "role": "installation"}],
            "realizingService": [{"id": "S1"}],
        },
        "P2": {
            "status": "active",
            "productSpecification": {"id": "Voice", "name": "Voice"},
            "place": [{"id": "A", "role": "installation"}],
            "realizingService": [{"id": "S3"}],
        },
    },
    services={
        "S1": {
            "state": "active",
            "serviceSpecification": {"id": "Internet CFS", "name": "Internet CFS"},
            "serviceCharacteristic": [
                {"name": "bandwidth", "value": 100},
                {"name": "class", "value": "best effort"},
                {"name": "burst", "value": 200},
            ],
            "place": [{"id": "A", "role": "installation"}],
            "supportingService": [{"id": "S2"}],
        },
        "S2": {
            "state": "active",
            "serviceSpecification": {"id": "Access Line", "name": "Access Line"},
            "serviceCharacteristic": [{"name": "rate", "value": 100}],
            "place": [{"id": "A", "role": "installation"}],
            "supportingResource": [{"id": "R1"}],
        },
        "S3": {
            "state": "active",
            "serviceSpecification": {"id": "Voice CFS", "name": "Voice CFS"},
            "place": [{"id": "A", "role": "installation"}],
            "supportingService": [{"id": "S2"}],
            "supportingResource": [{"id": "R2"}],
        },
    },
    resources={
        "R1": {"name": "Port 7", "resourceSpecification": {"id": "Port", "name": "Port"}},
        "R2": {"name": "+1", "resourceSpecification": {"id": "Number", "name": "Number"}},
    },
)


def test_an_add_makes_every_layer_with_its_values_and_their_source() -> None:
    found = plan(
        order_of(item("1", "add", "Internet", place="A", values={"speed": 1000})), CATALOG, BARE
    )
    nodes = by_key(found)
    assert found.faults == ()
    assert list(nodes) == [
        "1/Router",
        "shared/Access Line/A/Port",
        "shared/Access Line/A",
        "1/Internet CFS",
        "1/product",
    ]
    service = nodes["1/Internet CFS"]
    assert [tuple(one) for one in service.characteristics] == [
        ("bandwidth", 1000, "copied from speed of Internet"),
        ("class", "best effort", "set by a mapping of Internet"),
        ("mtu", 1500, "default of Internet CFS"),
        ("burst", 2000, "computed from Internet by source.speed * 2"),
    ]
    assert service.parents == ("1/product",)
    assert nodes["1/product"].needs == ("1/Internet CFS", "1/Router")
    line = nodes["shared/Access Line/A"]
    assert (line.fulfilment.kind, line.fulfilment.point_of_no_return) == ("callout", True)
    assert line.place == {"id": "A", "role": "installation"}
    assert values(line) == {"rate": 1000}
    assert nodes["1/Internet CFS"].fulfilment.kind == "automatic"


def test_a_condition_leaves_a_part_out_of_an_add() -> None:
    found = plan(order_of(item("1", "add", "Internet")), CATALOG, BARE)
    assert "1/Router" not in steps(found)


def test_a_condition_without_its_value_defers_the_part() -> None:
    catalog = catalog_of(
        products={
            "Plan": {"resourceSpecification": [{"id": "Box", "condition": "source.model == 'X'"}]}
        },
        resources={"Box": {}},
    )
    found = plan(order_of(item("1", "add", "Plan")), catalog, BARE)
    assert steps(found) == {"1/product": "add"}
    assert [tuple(one)[:3] for one in found.deferred] == [("1", "Box", "model has no value")]


def test_a_broken_condition_is_a_fault_with_the_item_s_path() -> None:
    catalog = catalog_of(
        products={
            "Plan": {"resourceSpecification": [{"id": "Box", "condition": "source.model > 1"}]}
        },
        resources={"Box": {}},
    )
    found = plan(order_of(item("1", "add", "Plan", values={"model": "X"})), catalog, BARE)
    assert [(one.path, one.code) for one in found.faults] == [
        ("productOrderItem[0].product", "conditionFailed")
    ]


def test_a_missing_or_retired_specification_is_a_fault() -> None:
    catalog = catalog_of(
        products={"Plan": {"resourceSpecification": [{"id": "Gone"}, {"id": "Old"}]}},
        resources={"Old": {"lifecycleStatus": "Retired"}},
    )
    found = plan(order_of(item("1", "add", "Plan"), item("2", "add", "None")), catalog, BARE)
    assert [(one.path, one.code) for one in found.faults] == [
        ("productOrderItem[0].product", "specificationMissing"),
        ("productOrderItem[0].product", "specificationRetired"),
        ("productOrderItem[1].product", "specificationMissing"),
    ]


def test_two_products_share_one_access_line() -> None:
    found = plan(
        order_of(
            item("1", "add", "Internet", place="A"),
            item("2", "add", "Voice", place="A"),
            item("3", "add", "Voice", place="B"),
        ),
        CATALOG,
        BARE,
    )
    nodes = by_key(found)
    line = nodes["shared/Access Line/A"]
    assert line.parents == ("1/Internet CFS", "2/Voice CFS")
    assert line.item_ids == ("1", "2")
    assert nodes["shared/Access Line/B"].item_ids == ("3",)
    assert values(line) == {"rate": 100}


def test_an_installed_access_line_is_reused() -> None:
    found = plan(order_of(item("1", "add", "Voice", place="A")), CATALOG, INTERNET)
    nodes = by_key(found)
    assert list(nodes) == ["1/Voice CFS/Number", "1/Voice CFS", "1/product"]
    assert nodes["1/Voice CFS"].reuses == ("S2",)


def test_an_installed_access_line_is_changed_when_its_values_differ() -> None:
    found = plan(
        order_of(item("1", "add", "Internet", place="A", values={"speed": 400})), CATALOG, INTERNET
    )
    line = by_key(found)["shared/Access Line/A"]
    assert (line.action, line.instance_id) == ("modify", "S2")
    assert line.before == (("rate", 100),)
    assert values(line) == {"rate": 400}
    assert by_key(found)["1/Internet CFS"].reuses == ()


def test_sources_that_disagree_about_a_shared_part_are_a_fault() -> None:
    found = plan(
        order_of(
            item("1", "add", "Internet", place="A", values={"speed": 50}),
            item("2", "add", "Internet", place="A", values={"speed": 60}),
        ),
        CATALOG,
        BARE,
    )
    assert [one.code for one in found.faults] == ["sharedValuesDiffer"]


def test_quantity_makes_trees_of_their_own() -> None:
    whole = item("1", "add", "Voice", quantity=2, productOrderItem=[item("2", "add", "Internet")])
    found = plan(order_of(whole), CATALOG, BARE)
    nodes = by_key(found)
    assert nodes["2#2.1/product"].parents == ("1#2/product",)
    assert nodes["1#2/product"].needs == ("1#2/Voice CFS", "2#2.1/product")
    assert nodes["2#2.1/product"].copy == 2


def test_items_wait_for_those_they_rely_on() -> None:
    relies: Raw = {"productOrderItemRelationship": [{"id": "2", "relationshipType": "reliesOn"}]}
    found = plan(
        order_of(item("1", "add", "Voice", **relies), item("2", "add", "Internet")), CATALOG, BARE
    )
    assert "2/product" in by_key(found)["1/Voice CFS"].needs
    ends = plan(
        order_of(
            item("1", "delete", product_id="P2", **relies), item("2", "delete", product_id="P1")
        ),
        CATALOG,
        INTERNET,
    )
    assert "1/product" in by_key(ends)["2/product"].needs


def test_items_that_wait_for_each_other_are_a_fault() -> None:
    first: Raw = {"productOrderItemRelationship": [{"id": "2", "relationshipType": "reliesOn"}]}
    second: Raw = {"productOrderItemRelationship": [{"id": "1", "relationshipType": "reliesOn"}]}
    found = plan(
        order_of(item("1", "add", "Voice", **first), item("2", "add", "Voice", **second)),
        CATALOG,
        BARE,
    )
    assert [(one.path, one.code) for one in found.faults] == [
        ("productOrderItem[1].productOrderItemRelationship[0]", "itemCircle")
    ]


def test_a_thousand_items_break_down_quickly() -> None:
    items = [item(str(number), "add", "Internet", place=f"P{number}") for number in range(1000)]
    assert len(plan(order_of(*items), CATALOG, BARE).nodes) == 4000
