"""Several alike: which keys they have, which ones go, and what nobody guesses."""

from __future__ import annotations

from typing import Any

from tests.rules.test_decomposition import (
    Raw,
    by_key,
    catalog_of,
    installed_of,
    item,
    order_of,
    steps,
)
from trunkline.ordering.decomposition import plan
from trunkline.ordering.node import Decomposition
from trunkline.ordering.order_line import lines_of
from trunkline.ordering.quantity.choice import unchosen
from trunkline.ordering.service_order import ServiceOrder

CATALOG = catalog_of(
    products={
        "Package": {},
        "Extra": {},
        "Alarm": {
            "characteristic": {"sensors": None, "siren": None},
            "serviceSpecification": [
                {"id": "Sensor", "quantityCharacteristic": "sensors"},
                {"id": "Siren", "condition": "source.siren == 'loud'"},
            ],
        },
    },
    services={"Sensor": {}, "Siren": {}},
)
SENSORS: dict[str, Raw] = {
    name: {"state": "active", "serviceSpecification": {"id": "Sensor", "name": "Sensor"}}
    for name in ("S1", "S2", "S3")
}
ALARM = installed_of(
    products={
        "P": {
            "status": "active",
            "productSpecification": {"id": "Alarm"},
            "productCharacteristic": [{"name": "sensors", "value": 3}],
            "realizingService": [{"id": one} for one in SENSORS],
        }
    },
    services=SENSORS,
)
BARE = installed_of()


def keys(found: Decomposition) -> set[str]:
    return {one.key for one in found.nodes}


def fewer(count: int, *left_out: str) -> Any:
    return order_of(item("1", "modify", product_id="P", values={"sensors": count},
                         leftOut=list(left_out)))  # fmt: skip


def test_copies_keep_their_keys_while_others_come_and_go() -> None:
    """One more inside each of three packages is new in each; none moves to another package."""

    def packages(inside: int, *left_out: str) -> Decomposition:
        part = item("2", "add", "Extra", quantity=inside)
        whole = item("1", "add", "Package", quantity=3, productOrderItem=[part],
                     leftOut=list(left_out))  # fmt: skip
        return plan(order_of(whole), CATALOG, BARE)

    once, twice = packages(1), packages(2)
    assert keys(once) < keys(twice)
    for key, one in by_key(once).items():
        assert by_key(twice)[key].parents == one.parents
    assert by_key(twice)["2#3.2/product"].parents == ("1#3/product",)
    gone = packages(2, "1#2/product")
    assert "1#2/product" not in keys(gone)
    assert {"1/product", "1#3/product", "1#4/product"} <= keys(gone)


def test_what_lies_in_one_copy_waits_for_what_lies_beside_it() -> None:
    """Of two packages the part of each waits for the other part of the same, not of the next one;
    so do services that are ordered by themselves, of which a copy may be left out as well."""
    after = [{"id": "3", "relationshipType": "reliesOn"}]
    first = item("2", "add", "Extra", productOrderItemRelationship=after)
    parts = [first, item("3", "add", "Extra")]
    whole = item("1", "add", "Package", quantity=2, productOrderItem=parts)
    found = by_key(plan(order_of(whole), CATALOG, BARE))
    assert (found["2/product"].needs, found["2#2.1/product"].needs) == (
        ("3/product",), ("3#2.1/product",),
    )  # fmt: skip
    relies = [{"relationshipType": "reliesOn", "orderItem": {"itemId": "3"}}]
    asked = {"action": "add", "service": {"serviceSpecification": {"id": "Sensor"}}}
    inside = [{"id": "2", **asked, "serviceOrderItemRelationship": relies}, {"id": "3", **asked}]
    order = {"id": "1", **asked, "quantity": 2, "leftOut": ["1#2"], "serviceOrderItem": inside}
    alone = plan(ServiceOrder.wrap({"serviceOrderItem": [order]}), CATALOG, BARE)
    assert alone.faults == ()
    assert {one.key: one.needs for one in alone.nodes} == {
        "1": ("2", "3"), "2": ("3",), "3": (),
        "1#3": ("2#3.1", "3#3.1"), "2#3.1": ("3#3.1",), "3#3.1": (),
    }  # fmt: skip


def test_which_parts_go_is_not_guessed() -> None:
    found = plan(fewer(2), CATALOG, ALARM)
    assert [(one.code, one.path) for one in found.faults] == [
        ("copyChoiceMissing", "productOrderItem[0].leftOut")
    ]
    (choice,) = found.choices
    assert (choice.wanted, [one.record for one in choice.copies]) == (2, ["S1", "S2", "S3"])
    assert plan(fewer(2, "S2"), CATALOG, ALARM).faults == ()
    ended = {one.instance_id: one.action for one in plan(fewer(2, "S2"), CATALOG, ALARM).nodes}
    assert ended == {"P": "modify", "S2": "delete"}
    unknown = plan(fewer(2, "S9"), CATALOG, ALARM)
    assert {one.code for one in unknown.faults} == {"copyChoiceMissing", "copyUnknown"}


def test_parts_beyond_a_number_that_stays_are_left_alone() -> None:
    """Of three one came by a line of its own. A change of anything else neither ends nor asks
    about it; a number that falls, or a choice, counts all three."""
    product = {"status": "active", "productSpecification": {"id": "Alarm"},
               "productCharacteristic": [{"name": "sensors", "value": 2}],
               "realizingService": [{"id": one} for one in SENSORS]}  # fmt: skip
    held = installed_of(products={"P": product}, services=SENSORS)
    for change in (
        item("1", "modify", product_id="P"),
        item("1", "modify", product_id="P", values={"siren": "soft"}),
    ):
        found = plan(order_of(change), CATALOG, held)
        assert (found.faults, found.choices) == ((), ())
        assert {one.instance_id: one.action for one in found.nodes} == {"P": "modify"}
    asked = plan(fewer(1), CATALOG, held)
    assert [(one.wanted, len(one.copies)) for one in asked.choices] == [(1, 3)]
    ended = plan(fewer(2, "S3"), CATALOG, held)
    assert ended.faults == ()
    assert {one.instance_id: one.action for one in ended.nodes} == {"P": "modify", "S3": "delete"}


def test_where_all_of_them_go_nobody_is_asked() -> None:
    found = plan(fewer(0), CATALOG, ALARM)
    assert found.faults == ()
    assert [one.action for one in found.nodes].count("delete") == 3


def test_more_of_them_are_made_beside_those_that_are_there() -> None:
    found = plan(fewer(4), CATALOG, ALARM)
    assert (found.faults, steps(found)["1/Sensor#4"]) == ((), "add")


def test_one_may_be_exchanged_for_a_new_one() -> None:
    found = plan(fewer(3, "S1"), CATALOG, ALARM)
    assert found.faults == ()
    assert {one.action: one.instance_id for one in found.nodes if one.layer == "service"} == {
        "delete": "S1", "add": None,
    }  # fmt: skip


def test_a_number_that_falls_while_an_order_runs_asks_as_well() -> None:
    """Before and after are compared: what goes has to be named, what goes with its whole not."""

    def alarms(quantity: int, sensors: int, *left_out: str) -> Any:
        return order_of(item("1", "add", "Alarm", quantity=quantity, leftOut=list(left_out),
                             values={"sensors": sensors}))  # fmt: skip

    def asked(order: Any) -> list[str]:
        before = plan(alarms(2, 2), CATALOG, BARE)
        after = plan(order, CATALOG, BARE)
        found = unchosen(before.copies, after.copies, lines_of(order), {})
        return [one.code for one in found]

    assert asked(alarms(1, 2)) == ["copyChoiceMissing"]
    assert asked(alarms(1, 2, "1/product")) == []
    assert asked(alarms(2, 1)) == ["copyChoiceMissing"] * 2
    assert asked(alarms(2, 1, "1/Sensor", "1#2/Sensor#2")) == []


def test_a_value_that_is_awaited_is_told_as_the_item_calls_it() -> None:
    found = plan(order_of(item("1", "add", "Alarm", values={"sensors": 1})), CATALOG, BARE)
    (one,) = found.deferred
    assert (one.item_id, one.specification_name, one.value, one.source) == (
        "1", "Siren", "siren", "1/product",
    )  # fmt: skip
