"""Of several products alike some are to go: the customer's clerk is asked which ones."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.changing import act, items_of, opened, previewed, revised, with_values
from tests.stories.test_broken_down import CATALOG, LIVE, sell
from tests.support.operator import (
    OFFERING,
    ORDER,
    OWN,
    PRODUCT,
    SERVICE,
    SERVICE_ORDER,
    SERVICE_SPECIFICATION,
    Customer,
    Operator,
    Order,
    codes,
    linked,
)


def line(operator: Operator, name: str) -> dict[str, Any]:
    """Return a relation to a service that the network is told about."""
    made = operator.make(SERVICE_SPECIFICATION, {
        "name": name, **LIVE, "@type": "ResourceFacingServiceSpecification",
        "fulfilment": {"kind": "callout", "title": f"Connect {name}"},
    })  # fmt: skip
    return {"id": made["id"], "name": name, "relationshipType": "realisedAs"}


def package(operator: Operator) -> str:
    """Put a package on sale: an edge device that the network connects, and a controller."""
    edge, controller = (
        operator.make(f"{CATALOG}/productSpecification", {"name": name, **LIVE, **said})["id"]
        for name, said in (
            ("Edge", {"serviceSpecification": [line(operator, "Edge Line")]}), ("Controller", {}),
        )
    )  # fmt: skip
    return sell(operator, "Branch Package", bundledProductSpecification=[
        {"id": edge, "name": "Edge"}, {"id": controller, "name": "Controller"}])  # fmt: skip


def three_packages(operator: Operator) -> Order:
    """Return an order of three packages whose edges the network is still connecting."""
    offering = package(operator)
    operator.network.behave(mode="callback", delay_ms=600_000)
    item = {"id": "1", "action": "add", "quantity": 3, "productOffering": {"id": offering}}
    order = operator.ada().orders(item)
    operator.settle()
    return order


def trees(operator: Operator, order: Order) -> dict[str, dict[str, Any]]:
    """Return the packages of an order by the keys of their steps."""
    return {
        one["nodeKey"]: operator.read(PRODUCT, one["product"])
        for one in order.plan["item"]
        if one["name"] == "Branch Package" and one["direction"] == "do"
    }


def all_answered(operator: Operator) -> None:
    """Let the network answer what it has, and what comes of that."""
    operator.network.behave(mode="now")
    operator.network.release("orders")
    operator.hurry()
    operator.hurry()


def fewer(order: Order, count: int, *left_out: str) -> list[dict[str, Any]]:
    (item,) = items_of(order)
    found = {**item, "quantity": count}
    if left_out:
        found["leftOut"] = [*item.get("leftOut", ()), *left_out]
    return [found]


@pytest.mark.accepts("DEC-05")
@pytest.mark.scenario(2)
def test_of_three_packages_the_clerk_says_which_one_goes(operator: Operator) -> None:
    """Three of a package are three products with parts of their own. Two are wanted: sent by a
    channel that does not say which, the change needs attention, is not handed in and nothing is
    taken back; the clerk names the second, and that tree alone goes. Later there is one more."""
    order = three_packages(operator)
    made = trees(operator, order)
    assert sorted(made) == ["1#2/product", "1#3/product", "1/product"]
    assert len({one["id"] for one in made.values()}) == 3
    parts = [linked(one, "product") for one in made.values()]
    assert [len(one) for one in parts] == [2, 2, 2]
    assert len(set().union(*parts)) == 6
    before = {one["id"]: one["state"] for one in order.plan["item"]}

    sent = operator.staff.patch(f"{ORDER}/{order.id}", {"productOrderItem": fewer(order, 2)})
    assert (sent.status_code, sent.json["state"]) == (200, "pending"), sent.json
    operator.settle()
    (held,) = operator.find(f"{OWN}/orderRevision", productOrder__id=order.id)
    assert (held["state"], "3 of Branch Package" in held["needsAttention"]) == ("open", True)
    refused = act(operator, held, "submit")
    assert codes(refused) == {("copyChoiceMissing", "productOrderItem[0].leftOut")}
    assert {one["id"]: one["state"] for one in order.plan["item"]} == before

    path = f"{OWN}/productOrder/{order.id}/copyChoice"
    (choice,) = operator.staff.get(path).json
    assert (choice["itemId"], choice["wanted"]) == ("1", 2)
    assert {one["key"]: one["record"] for one in choice["copy"]} == {
        key: one["id"] for key, one in made.items()
    }
    second = made["1#2/product"]["id"]
    for wrong, code in (([], "copyChoiceMissing"), (["nobody"], "copyUnknown")):
        said = {"choice": [{"itemId": "1", "leftOut": wrong}]}
        assert code in {one for one, _ in codes(operator.staff.post(path, said))}
    said = {"choice": [{"itemId": "1", "leftOut": [second]}]}
    assert operator.staff.post(path, said).status_code == 200
    operator.settle()
    assert operator.staff.get(path).json == []
    all_answered(operator)
    assert (order.state, order.items) == ("completed", {"1": "completed"})
    states = {key: operator.read(PRODUCT, one["id"])["status"] for key, one in made.items()}
    assert states == {"1/product": "active", "1#2/product": "cancelled", "1#3/product": "active"}
    for key, one in made.items():
        inside = {operator.read(PRODUCT, part)["status"] for part in linked(one, "product")}
        assert inside <= ({"active"} if states[key] == "active" else {"cancelled", "terminated"})
    assert sorted(operator.in_network()["Edge Line"]) == ["active", "active", "terminated"]


def test_the_first_one_goes_and_others_come(operator: Operator) -> None:
    """Without the first of three the order names another product; what comes is made anew."""
    order = three_packages(operator)
    made = trees(operator, order)
    gone = made["1/product"]["id"]
    found = previewed(operator, order, fewer(order, 1))
    assert [one["code"] for one in found["fault"]] == ["copyChoiceMissing"]
    assert [len(one["copy"]) for one in found["copyChoice"]] == [3]
    revised(operator, order, fewer(order, 2, gone))
    assert order.product("1")["id"] == made["1#2/product"]["id"]
    revised(operator, order, fewer(order, 3))
    assert set(trees(operator, order)) == {*made, "1#4/product"}
    assert operator.read(PRODUCT, gone)["status"] == "cancelled"
    refused = act(operator, opened(operator, order, fewer(order, 1, gone)), "submit")
    assert {one for one, _ in codes(refused)} == {"copyChoiceMissing", "copyUnknown"}


def alarm(operator: Operator, sensors: int) -> tuple[Customer, Order]:
    """Return a customer with an alarm; it is one product, its characteristic counts sensors."""
    link = {**line(operator, "Sensor"), "quantityCharacteristic": "sensors"}
    number = {"name": "sensors", "valueType": "integer", "configurable": True}
    offering = sell(operator, "Counted Alarm", serviceSpecification=[link],
                    productSpecCharacteristic=[number])  # fmt: skip
    ada = operator.ada()
    given = {"productCharacteristic": [{"name": "sensors", "value": sensors}]}
    item = {"id": "1", "action": "add", "productOffering": {"id": offering}, "product": given}
    return ada, ada.orders(item)


@pytest.mark.accepts("DEC-05")
def test_a_number_of_parts_falls_on_what_is_installed(operator: Operator) -> None:
    """An alarm is one product with three sensors, each its own service. Fewer of them are wanted
    by an order of later: it waits for people instead of guessing, they name the second sensor,
    and that one ends; then one is added, and nothing else is touched."""
    ada, order = alarm(operator, 3)
    operator.settle()
    product = order.product("1")
    sensors = sorted(linked(product, "realizingService"))
    assert (order.state, len(sensors)) == ("completed", 3)
    later = ada.orders(ada.change("1", "modify", product["id"], sensors=2))
    operator.settle()
    (fallout,) = later.fallouts()
    assert (fallout["state"], fallout["cause"]["code"]) == ("open", "copyChoiceMissing")
    path = f"{OWN}/productOrder/{later.id}/copyChoice"
    (choice,) = operator.staff.get(path).json
    assert (choice["wanted"], sorted(one["record"] for one in choice["copy"])) == (2, sensors)
    said = {"choice": [{"itemId": "1", "leftOut": [sensors[1]]}]}
    assert operator.staff.post(path, said).status_code == 200
    operator.settle()
    assert later.state == "completed"
    stay = linked(operator.read(PRODUCT, product["id"]), "realizingService")
    assert stay == {sensors[0], sensors[2]}
    assert sorted(operator.in_network()["Sensor"]) == ["active", "active", "terminated"]
    more = ada.has(ada.change("1", "modify", product["id"], sensors=3))
    assert [one["action"] for one in more.plan["item"] if one["name"] == "Sensor"] == ["add"]


def test_a_number_of_parts_falls_while_the_order_runs(operator: Operator) -> None:
    """Of three sensors that the network connects the first is taken back, as somebody said."""
    operator.network.behave(mode="callback", delay_ms=600_000)
    _, order = alarm(operator, 3)
    operator.settle()
    (item,) = items_of(order)
    asked = previewed(operator, order, [with_values(item, sensors=2)])
    assert [one["code"] for one in asked["fault"]] == ["copyChoiceMissing"]
    first = asked["copyChoice"][0]["copy"][0]
    chosen = {**with_values(item, sensors=2), "leftOut": [first["record"]]}
    revised(operator, order, [chosen])
    all_answered(operator)
    assert order.state == "completed"
    left = linked(order.product("1"), "realizingService")
    assert (len(left), first["record"] in left) == (2, False)


def test_what_was_ordered_beside_the_number_stays_in_later_changes(operator: Operator) -> None:
    """A box is sold with one card and a second was ordered inside it. Later changes of the box go
    through and both stay, of the product as of a service by itself."""
    zone = [{"name": "zone", "valueType": "string", "configurable": True}]
    card = operator.make(f"{CATALOG}/productSpecification", {"name": "Card", **LIVE})["id"]
    box = sell(operator, "Box", productSpecCharacteristic=zone,
               bundledProductSpecification=[{"id": card, "name": "Card"}])  # fmt: skip
    terms = {one: operator.read(OFFERING, box)[one] for one in ("lifecycleStatus", "isSellable")}
    more = operator.make(OFFERING, {**terms, "name": "Card", "productSpecification": {"id": card}})
    ada = operator.ada()
    cards = [{"id": f"1.{at}", "action": "add", "productOffering": {"id": more["id"]},
              "product": {}} for at in (1, 2)]  # fmt: skip
    held = ada.has({"id": "1", "action": "add", "productOffering": {"id": box}, "product": {},
                    "productOrderItem": cards}).product("1")["id"]  # fmt: skip
    ada.has(ada.change("1", "modify", held, zone="north"))
    parts = linked(operator.read(PRODUCT, held), "product")
    assert [operator.read(PRODUCT, one)["status"] for one in parts] == ["active"] * 2

    slot = operator.make(SERVICE_SPECIFICATION, {"name": "Slot", **LIVE})["id"]
    rack = operator.make(SERVICE_SPECIFICATION, {
        "name": "Rack", **LIVE, "specCharacteristic": zone, "serviceSpecRelationship": [
            {"id": slot, "name": "Slot", "relationshipType": "bundles"}]})["id"]  # fmt: skip

    def done(service: dict[str, Any], *inside: dict[str, Any], action: str = "add") -> str:
        item = {"id": "1", "action": action, "service": service, "serviceOrderItem": inside}
        made = operator.make(SERVICE_ORDER, {
            "relatedParty": [{"id": ada.id, "role": "customer"}], "serviceOrderItem": [item],
        })  # fmt: skip
        operator.settle()
        order = operator.read(SERVICE_ORDER, made["id"])
        assert order["state"] == "completed", order
        return str(order["serviceOrderItem"][0]["service"]["id"])

    slots = [{"id": f"1.{at}", "action": "add", "service": {"serviceSpecification": {"id": slot}}}
             for at in (1, 2)]  # fmt: skip
    ident = done({"serviceSpecification": {"id": rack}}, *slots)
    values = [{"name": "zone", "value": "north"}]
    assert done({"id": ident, "serviceCharacteristic": values}, action="modify") == ident
    inside = linked(operator.read(SERVICE, ident), "supportingService")
    assert [operator.read(SERVICE, one)["state"] for one in inside] == ["active"] * 2
