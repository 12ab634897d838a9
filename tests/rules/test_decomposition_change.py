"""Decomposition of orders that change, end, pause or move what a customer has."""

from __future__ import annotations

from tests.rules.test_decomposition import (
    CATALOG,
    INTERNET,
    by_key,
    installed_of,
    item,
    order_of,
    steps,
)
from trunkline.ordering.decomposition import plan


def test_a_modify_touches_only_what_changes() -> None:
    found = plan(order_of(item("1", "modify", product_id="P1", values={"color": "red"})), CATALOG,
                 INTERNET)  # fmt: skip
    assert steps(found) == {"1/product": "modify"}
    found = plan(
        order_of(item("1", "modify", product_id="P1", values={"speed": 300})), CATALOG, INTERNET
    )
    assert steps(found) == {
        "shared/Access Line/A": "modify",
        "1/Internet CFS": "modify",
        "1/product": "modify",
    }
    assert by_key(found)["1/Internet CFS"].instance_id == "S1"


def test_a_modify_adds_what_is_newly_reached_and_ends_what_is_not() -> None:
    change = item("1", "modify", product_id="P1", values={"speed": 1000})
    found = plan(order_of(change), CATALOG, INTERNET)
    assert steps(found)["1/Router"] == "add"
    products = {
        "P1": {
            "status": "active",
            "productSpecification": {"id": "Internet"},
            "productCharacteristic": [{"name": "speed", "value": 1000}],
            "realizingResource": [{"id": "R9"}],
        }
    }
    resources = {"R9": {"name": "Box", "resourceSpecification": {"id": "Router", "name": "Router"}}}
    fast = installed_of(products=products, resources=resources)
    found = plan(
        order_of(item("1", "modify", product_id="P1", values={"speed": 10})), CATALOG, fast
    )
    router = by_key(found)["1/Router"]
    assert (router.action, router.instance_id) == ("delete", "R9")
    assert router.needs == ("1/product",)


def test_a_delete_keeps_what_other_products_use_and_ignores_conditions() -> None:
    found = plan(order_of(item("1", "delete", product_id="P2")), CATALOG, INTERNET)
    assert steps(found) == {
        "1/product": "delete",
        "1/Voice CFS": "delete",
        "1/Voice CFS/Number": "delete",
    }
    nodes = by_key(found)
    assert nodes["1/Voice CFS"].needs == ("1/product",)
    assert nodes["1/Voice CFS/Number"].needs == ("1/Voice CFS",)


def test_deleting_all_users_ends_what_they_share() -> None:
    found = plan(
        order_of(item("1", "delete", product_id="P1"), item("2", "delete", product_id="P2")),
        CATALOG,
        INTERNET,
    )
    ended = {node.instance_id: node for node in found.nodes}
    assert ended.keys() == {"P1", "P2", "S1", "S2", "S3", "R1", "R2"}
    assert ended["S2"].item_ids == ("1", "2")


def test_a_part_that_an_add_joins_does_not_end_with_its_last_user() -> None:
    found = plan(
        order_of(
            item("1", "delete", product_id="P1"),
            item("2", "delete", product_id="P2"),
            item("3", "add", "Voice", place="A"),
        ),
        CATALOG,
        INTERNET,
    )
    assert "S2" not in {node.instance_id for node in found.nodes}
    assert by_key(found)["3/Voice CFS"].reuses == ("S2",)


def test_a_service_that_a_new_product_joins_is_not_suspended_with_the_old_ones() -> None:
    order = order_of(
        item("1", "add", "Voice", place="A"),
        item("20", "suspend", product_id="P1"),
        item("21", "suspend", product_id="P2"),
    )
    found = plan(order, CATALOG, INTERNET)
    line = [one.action for one in found.nodes if one.instance_id == "S2"]
    assert "suspend" not in line, "the access line carries the new product"


def test_suspending_leaves_resources_and_shared_services_alone() -> None:
    found = plan(order_of(item("1", "suspend", product_id="P1")), CATALOG, INTERNET)
    assert steps(found) == {"1/Internet CFS": "suspend", "1/product": "suspend"}
    again = plan(
        order_of(item("1", "modify", product_id="P1", operation="suspend")), CATALOG, INTERNET
    )
    assert again == found


def test_a_move_adds_at_the_new_place_before_it_ends_the_old() -> None:
    found = plan(
        order_of(item("1", "modify", product_id="P1", place="B", operation="move")),
        CATALOG,
        INTERNET,
    )
    nodes = by_key(found)
    assert nodes["shared/Access Line/B"].action == "add"
    assert nodes["1/Internet CFS"].action == "modify"
    assert nodes["1/Internet CFS"].place["id"] == "B"
    assert "S2" not in {node.instance_id for node in found.nodes}, "voice still uses the old line"


def test_a_named_service_is_taken_over_instead_of_made() -> None:
    taken = item("1", "add", "Voice", place="A")
    taken["product"]["realizingService"] = [{"id": "S3"}]
    found = plan(order_of(taken), CATALOG, INTERNET)
    assert steps(found) == {"1/product": "add"}
    assert by_key(found)["1/product"].reuses == ("S3",)


def test_a_part_that_ends_inside_a_change_waits_for_nothing_of_it() -> None:
    ends = item("2", "delete", product_id="P2")
    relies = [{"id": "2", "relationshipType": "reliesOn"}]
    whole = item("1", "modify", product_id="P1", values={"color": "red"},
                 productOrderItem=[ends], productOrderItemRelationship=relies)  # fmt: skip
    nodes = by_key(plan(order_of(whole), CATALOG, INTERNET))
    assert nodes["2/product"].needs == ()
    assert nodes["1/product"].needs == ("2/product",)
