"""Ada changes an order that runs: what is concerned is brought to it, the rest goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.stories.changing import (
    NO_PORT,
    alarm,
    half_done,
    items_of,
    previewed,
    revised,
    told,
    two_lines,
    with_alarm,
    with_sensors,
    with_values,
)
from tests.support.operator import (
    OWN,
    PRODUCT,
    SERVICE,
    SERVICE_ORDER,
    Customer,
    Operator,
    Order,
    linked,
    values,
)
from tests.support.plans import item, ordered, picked, published, row, states, tell


@pytest.mark.accepts("IFC-01")
def test_only_what_is_concerned_is_touched(operator: Operator) -> None:
    """Another number of lines goes to the voice line, which works already; the fibre line, its
    fallout, its orders and its resources stay as they are. The network gets a revised order."""
    order = half_done(operator)
    before, orders = order.plan["item"], order.service_orders
    found = revised(operator, order, two_lines(order), reason="a second telephone")
    assert told(found) == [
        ("update", "Register the voice line"), ("update", "Telephony"), ("update", "Home Voice"),
    ]  # fmt: skip
    kept = {one["id"]: one for one in order.plan["item"]}
    of_voice = ("Voice Line", "Telephony", "Home Voice")
    for one in before:
        if one["layer"] != "order" and one["name"] not in of_voice:
            told_of = ("state", "attempt", "startedAt", "endedAt", "characteristic", "fallout")
            assert [kept[one["id"]].get(name) for name in told_of] == [
                one.get(name) for name in told_of
            ]
    assert order.service_orders["Fibre Access"] == orders["Fibre Access"]
    assert order.steps["Voice Line"] == "completed"
    assert values(order.services["Voice Line"])["lines"] == 2
    (fallout,) = order.fallouts(state="open")
    operator.staff.post(f"{OWN}/fallout/{fallout['id']}/retry")
    operator.settle()
    assert order.state == "completed"
    assert values(order.product("2"))["lines"] == 2
    assert operator.in_network()["Voice Line"] == ["active"]
    voice = [one for one in order.plan["item"] if one["name"] == "Voice Line"]
    assert [(one["action"], one["state"]) for one in voice] == [
        ("add", "completed"), ("modify", "completed"),
    ]  # fmt: skip


def test_a_step_in_fallout_is_tried_again_with_what_is_wanted_now(operator: Operator) -> None:
    """Where no port is free for 1 gigabit, half of it is: the step goes out again by itself, its
    fallout is closed, and product, price and offering are the new ones."""
    order = half_done(operator)
    ada = Customer(operator, "", "", "", [items_of(order)[0]["product"]["place"][0]["id"]])
    slower = [{**ada.fibre("1", 500), "id": "1"}, items_of(order)[1]]
    found = revised(operator, order, slower)
    assert {one["compensation"] for one in found["compensation"]} == {"update"}
    prices = {one["priceType"]: (one["old"], one["new"]) for one in found["price"]}
    assert prices["recurring"] == (59.8, 49.8)
    assert order.state == "completed"
    assert [one["state"] for one in order.fallouts()] == ["closedComplete"]
    assert order.product("1")["name"] == "Fibre 500M"
    assert values(order.product("1"))["downloadSpeed"] == 500
    assert order.product("1")["productPrice"][0]["price"]["dutyFreeAmount"]["value"] == 39.9


@pytest.mark.accepts("IFC-01")
def test_what_a_change_of_an_installed_product_asks_is_changed(operator: Operator) -> None:
    """Its values, too, without another offering: the step takes the new ones, the revision names
    what is other, and the product has what was said last."""
    ada = operator.ada()
    mobile = ada.has(ada.add("1", "Mobile S", roaming="world")).product()["id"]
    operator.network.behave(fail=[{**NO_PORT, "specification": "Mobile Subscription"}])
    order = ada.orders(ada.change("1", "modify", mobile, roaming="none"))
    operator.settle()
    assert order.steps["Mobile Subscription"] == "fallout"
    operator.network.behave()
    found = revised(operator, order, [ada.change("1", "modify", mobile, roaming="europe")])
    (one,) = found["difference"]
    assert (one["attribute"], one["old"], one["new"]) == (
        "product.productCharacteristic[roaming]", "none", "europe",
    )  # fmt: skip
    assert order.state == "completed", order.steps
    assert values(order.product())["roaming"] == "europe"
    assert {values(each)["roaming"] for each in order.services.values()} == {"europe"}


def test_a_line_comes_and_another_one_goes(operator: Operator) -> None:
    """Television is made, voice is taken back in reverse order and its records end; the order
    does not wait for what is gone."""
    ada = operator.ada()
    order = half_done(operator, ada=ada)
    services = order.services
    items = [items_of(order)[0], ada.add("3", "TV Basic", pack="basic")]
    found = revised(operator, order, items)
    kinds = told(found)
    undone = [name for kind, name in kinds if kind == "undo"]
    assert undone == ["Register the voice line", "Phone Number"]
    assert {name for kind, name in kinds if kind == "discard"} == {"Telephony", "Home Voice"}
    assert ("add", "Entitle the TV stream") in kinds
    assert order.items == {"1": "inProgress", "2": "cancelled", "3": "inProgress"}
    assert operator.in_network()["Voice Line"] == ["terminated"]
    plan = order.plan
    at = {one["nodeKey"]: one for one in plan["item"]}
    line, number = (one for key, one in at.items() if key.startswith("undo/2/"))
    if line["name"] == "Phone Number":
        line, number = number, line
    assert {"item": number["id"], "needs": line["id"]} in plan["dependency"]
    assert operator.read(SERVICE, services["Voice Line"]["id"])["state"] == "terminated"
    for one in order.fallouts(state="open"):
        operator.staff.post(f"{OWN}/fallout/{one['id']}/retry")
    operator.settle()
    assert (order.state, order.items["3"]) == ("completed", "completed")
    assert order.product("3")["status"] == "active"
    line_of_tv = order.services["Television"]
    assert order.services["Fibre Access"]["id"] in linked(line_of_tv, "supportingService")
    live = operator.find(PRODUCT, relatedParty__id=ada.id, status="active")
    assert sorted(one["name"] for one in live) == ["Fibre 1G", "TV Basic"]


@pytest.mark.accepts("IFC-06", "IFC-14", "BIC-04")
@pytest.mark.parametrize(
    ("said", "compensation", "sent"),
    [
        ({}, "update", ["add", "modify"]),
        ({"onChange": "redo"}, "redo", ["add", "modify"]),
        ({"onChange": "undoThenRedo"}, "undoThenRedo", ["add", "delete", "add"]),
        ({"onChange": "undo", "onCancel": "nothing"}, "undo", ["add", "delete"]),
        ({"onChange": "undo"}, "undo", ["add", "delete"]),
        ({"onChange": "nothing"}, "nothing", ["add"]),
        ({"insignificant": ["sensors"]}, "keep", ["add"]),
    ],
)
def test_each_kind_of_step_says_what_becomes_of_it(
    operator: Operator, said: dict[str, Any], compensation: str, sent: list[str]
) -> None:
    """A done step is updated, done again, taken back, or both, or left alone, as its kind says;
    a change of values that do not count for it starts nothing, but is kept in the inventory."""
    order = with_alarm(operator, alarm(operator, compensation=said), "2")
    first = order.services["Alarm Line"]["id"]
    items = with_sensors(order, "2", 9)
    assert (compensation, "Connect the alarm") in told(previewed(operator, order, items))
    found = revised(operator, order, items)
    assert (compensation, "Connect the alarm") in told(found)
    done = [one for one in order.plan["item"]
            if one["name"] == "Alarm Line" and one["state"] == "completed"]  # fmt: skip
    done.sort(key=lambda one: (one["endedAt"], one["id"]))
    effects = {("add", "do"): "add", ("modify", "do"): "modify", ("add", "undo"): "delete"}
    assert [effects[one["action"], one["direction"]] for one in done] == sent
    now = operator.read(SERVICE, first)
    ended = compensation in ("undo", "undoThenRedo")
    assert now["state"] == ("terminated" if ended else "active")
    if not ended:
        assert values(now)["sensors"] == (4 if compensation == "nothing" else 9)
    if compensation == "undoThenRedo":
        (second,) = {one["service"] for one in done} - {first}
        assert linked(order.product("2"), "realizingService") == {second}
        assert values(operator.read(SERVICE, second))["sensors"] == 9
    alarms = operator.network.effects()["services"]
    assert alarms[first]["state"] == ("terminated" if ended else "active")
    for one in order.fallouts(state="open"):
        operator.staff.post(f"{OWN}/fallout/{one['id']}/retry")
    operator.settle()
    assert order.state == "completed"
    assert values(order.product("2"))["sensors"] == 9


@pytest.mark.accepts("IFC-06")
def test_what_waits_for_an_event_waits_for_what_is_told_of_it_now(
    operator: Operator, service: Callable[..., str]
) -> None:
    """The panel is awaited under its zone: led to another zone, its event is awaited under that;
    by another definition it is waited for no more, as where the order is canceled."""
    event = {"type": "panelSeen", "correlation": "order.key + line.characteristic.zone"}
    orders: dict[str, Order] = {}
    for said in ("redo", "undo"):
        offering, code = service(f"Panel {said}"), f"panel-{said}"
        waits = item("seen", "event", event=event, compensation={"onChange": said})
        published(operator, code, waits, item("ready", "milestone", "seen"))
        picked(operator, row(code, specification=f"Panel {said}"))
        order = orders[said] = ordered(operator, operator.ada(), offering, "green")
        assert states(order)["seen"] == "waiting"
        found = revised(operator, order, [with_values(one, zone="red") for one in items_of(order)])
        kind = {"redo": "update", "undo": "discard"}[said]
        assert (kind, "Seen") in told(found)
    assert (orders["undo"].state, states(orders["undo"])["seen"]) == ("completed", "canceled")
    redone = orders["redo"]
    assert tell(operator, "panel-green", f"{redone.key}green") == "kept"
    assert (redone.state, tell(operator, "panel-red", f"{redone.key}red")) == (
        "inProgress", "released",
    )  # fmt: skip
    operator.settle()
    assert (redone.state, states(redone)["seen"]) == ("completed", "completed")
    again = ordered(operator, operator.ada(), offering, "green")
    assert (again.cancel()["state"], again.state) == ("done", "cancelled")
    assert states(again)["seen"] == "canceled"


@pytest.mark.accepts("IFC-01")
def test_quantity_place_contact_and_date_are_changed(operator: Operator) -> None:
    """Two alarms instead of one, at another place, wanted later, with another contact: the second
    one is made, the first one moves, and the orders to the network that still run say so."""
    ada = operator.company("North", "South")
    offering = alarm(operator)
    operator.network.behave(fail=[{**NO_PORT, "count": 1}])
    north, south = (
        [{"id": one, "@referredType": "GeographicSite", "role": "installation"}]
        for one in ada.places
    )
    item = {"id": "2", "action": "add", "productOffering": {"id": offering}, "product": {
        "place": north, "productCharacteristic": [{"name": "sensors", "value": 4}]}}  # fmt: skip
    order = ada.orders(ada.fibre("1"), item)
    operator.settle()
    fibre = order.service_orders["Fibre Access"]
    twice = {**items_of(order)[1], "quantity": 2}
    twice["product"] = {**twice["product"], "place": south}
    contact = [*order.read()["relatedParty"], {"id": ada.party, "role": "technicalContact"}]
    found = revised(operator, order, [items_of(order)[0], twice],
                    requestedCompletionDate="2031-05-01T00:00:00.000Z",
                    relatedParty=contact)  # fmt: skip
    assert {(one["compensation"], one["name"]) for one in found["compensation"]} == {
        ("update", "Connect the alarm"), ("update", "Alarm"),
        ("add", "Connect the alarm"), ("add", "Alarm"),
    }  # fmt: skip
    read = order.read()
    assert (read["requestedCompletionDate"][:10], read["orderVersion"]) == ("2031-05-01", 2)
    told_of = order.service_orders["Fibre Access"]
    assert told_of["requestedCompletionDate"][:10] == "2031-05-01"
    assert "technicalContact" in {one["role"] for one in told_of["relatedParty"]}
    assert told_of["serviceOrderItem"] == fibre["serviceOrderItem"]
    alarms = [one for one in operator.find(SERVICE, name="Alarm%20Line")
              if one["relatedParty"][0]["id"] == ada.id]  # fmt: skip
    assert [(one["state"], one["place"][0]["id"]) for one in alarms] == [
        ("active", ada.places[1])] * 2  # fmt: skip


@pytest.mark.accepts("IFC-15")
def test_what_was_handed_over_is_revised_outside(operator: Operator) -> None:
    """The network is told what is other about the service that it made, in an order of its own;
    what it has not answered yet is awaited first. Nothing takes effect twice."""
    operator.network.behave(mode="callback", delay_ms=600_000)
    ada = operator.ada()
    offering = alarm(operator)
    item = {"id": "1", "action": "add", "productOffering": {"id": offering},
            "product": {"productCharacteristic": [{"name": "sensors", "value": 4}]}}  # fmt: skip
    order = ada.orders(item)
    operator.settle()
    assert order.steps["Alarm Line"] == "waiting"
    assert order.service_orders["Alarm Line"]["state"] == "inProgress"
    revised(operator, order, with_sensors(order, "1", 7))
    service = order.services["Alarm Line"]["id"]
    steps = [one for one in order.plan["item"] if one["name"] == "Alarm Line"]
    assert [(one["action"], one["state"]) for one in steps] == [
        ("add", "waiting"), ("modify", "pending"),
    ]  # fmt: skip
    operator.network.release("orders")
    operator.hurry()
    operator.wait_until(lambda: order.plan["item"][-1]["state"] != "pending"
                        or order.steps["Alarm Line"] != "pending")  # fmt: skip
    operator.network.release("orders")
    operator.hurry()
    operator.wait_until(lambda: order.state == "completed")
    known = operator.network.effects()
    assert known["services"][service]["state"] == "active"
    assert all(one["effects"] <= 1 for one in known["commands"])
    assert values(operator.read(SERVICE, service))["sensors"] == 7
    said = order.plan["item"]
    modify = next(one for one in said if one["name"] == "Alarm Line" and one["action"] == "modify")
    sent = operator.read(SERVICE_ORDER, modify["serviceOrder"])
    line = sent["serviceOrderItem"][0]
    assert (sent["state"], line["action"], values(line["service"])) == (
        "completed", "modify", {"sensors": 7})  # fmt: skip
