"""A company changes its mind about a box, a line and a contact, while all of that is being made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.stories.changing import (
    POLICY,
    act,
    items_of,
    opened,
    previewed,
    revised,
    told,
    with_values,
)
from tests.stories.test_broken_down import CATALOG, LIVE, sell
from tests.support.operator import (
    OFFERING,
    SERVICE,
    SERVICE_SPECIFICATION,
    Operator,
    Order,
    Record,
    codes,
    values,
)
from tests.support.outside import ScriptedOutside, says
from tests.support.plans import (
    by_item,
    item,
    ordered,
    picked,
    published,
    report,
    row,
    states,
)

SPECIFICATION = f"{CATALOG}/productSpecification"
BOX = {
    "system": "warehouse", "isRepeatable": True,
    "request": {"path": "/box/${line.characteristic.model}"},
    "undoRequest": {"method": "DELETE", "path": "/box/${line.characteristic.model}"},
}  # fmt: skip
SHELF = (
    item("look", "manual"),
    item("allocate", "callout", "look", callout=BOX, compensation={"onChange": "undoThenRedo"}),
    item(
        "tell",
        "callout",
        "allocate",
        callout={"system": "warehouse", "isRepeatable": True, "request": {"path": "/told"}},
    ),
    item("configure", "manual", "tell"),
)


def sold(operator: Operator, name: str, value: str, characteristic: str, **said: Any) -> str:
    """Put a product with one characteristic on sale, which a service of that name carries."""
    asked = [{"name": characteristic, "valueType": value, "configurable": True}]
    made = operator.make(SERVICE_SPECIFICATION, {
        "name": name, "serviceType": "RFS", **LIVE, "specCharacteristic": asked,
        "fulfilment": {"kind": "callout", **said}})  # fmt: skip
    mapping = [{"target": characteristic, "source": characteristic}]
    link = {"id": made["id"], "name": name, "relationshipType": "realisedAs", "mapping": mapping}
    return sell(operator, f"{name} sold", serviceSpecification=[link],
                productSpecCharacteristic=asked)  # fmt: skip


def line(ident: str, offering: str, **said: Any) -> Record:
    asked = [{"name": name, "value": value} for name, value in said.items()]
    return {"id": ident, "action": "add", "productOffering": {"id": offering},
            "product": {"productCharacteristic": asked}}  # fmt: skip


def other(order: Order, ident: str, **said: Any) -> list[Record]:
    """Return the order's lines with other values in one of them."""
    return [with_values(one, **said) if one["id"] == ident else one for one in items_of(order)]


def boxes(operator: Operator) -> str:
    """Put an edge box on sale: allocated, brought by somebody, and then configured for good."""
    asked = [{"name": "model", "valueType": "string", "configurable": True}]
    mapping = [{"target": "model", "source": "model"}]
    steps = {
        "Box stock": {
            "kind": "callout",
            "title": "Allocate",
            "compensation": {"onChange": "undoThenRedo"},
        },
        "Box delivery": {
            "kind": "manual",
            "title": "Deliver",
            "compensation": {"onChange": "nothing"},
        },
        "Edge Box": {"kind": "callout", "title": "Configure", "pointOfNoReturn": True},
    }
    below: list[Record] = []
    for name, fulfilment in steps.items():
        made = operator.make(SERVICE_SPECIFICATION, {
            "name": name, "serviceType": "RFS", **LIVE, "specCharacteristic": asked,
            "fulfilment": fulfilment, "serviceSpecRelationship": below})  # fmt: skip
        below = [{"id": made["id"], "name": name, "relationshipType": "realisedAs",
                  "mapping": mapping}]  # fmt: skip
    return sell(operator, "Edge", serviceSpecification=below, productSpecCharacteristic=asked)


def test_what_waits_for_its_day_is_made_of_what_is_asked_for_by_then(operator: Operator) -> None:
    """One uplink is laid by a person, another one by the network, of services with one name. Asked
    for instead of the first before its day, it is made by the network, and so in inventory."""
    operator.network.behave(fail=[{"kind": "business", "specification": "Fibre Access"}])
    by_hand = sold(operator, "Uplink", "string", "zone", kind="manual", role="survey")
    by_network = sold(operator, "Uplink", "string", "zone")
    ada = operator.ada()
    waits = {**line("2", by_hand, zone="red"), "requestedStartDate": "2099-01-01T00:00:00Z"}
    order = ada.orders(ada.fibre("1"), waits)
    operator.settle()
    assert (order.step("Uplink")["kind"], order.steps["Uplink"]) == ("manual", "pending")
    policy = operator.make(POLICY, {"name": "Taken back", "occasion": "revision",
                                    "condition": "change.stepsTakenBack > 0",
                                    "fee": {"value": 5, "unit": "EUR"}})  # fmt: skip
    items = [items_of(order)[0], line("2", by_network, zone="red")]
    assert "fee" not in revised(operator, order, items)
    operator.staff.patch(f"{POLICY}/{policy['id']}", {"isActive": False})
    live = [one for one in order.plan["item"] if one["name"] == "Uplink" and
            one["state"] != "canceled"]  # fmt: skip
    assert [(one["kind"], one["state"]) for one in live] == [("callout", "completed")]
    assert operator.in_network()["Uplink"] == ["active"]
    specification = operator.read(OFFERING, by_network)["productSpecification"]["id"]
    product = order.product("2")
    assert (product["status"], product["productSpecification"]["id"]) == ("active", specification)
    made = operator.read(SERVICE, live[0]["service"])
    held = operator.read(SPECIFICATION, specification)["serviceSpecification"][0]["id"]
    assert (made["state"], made["serviceSpecification"]["id"]) == ("active", held)


@pytest.mark.scenario(5)
def test_another_box_is_taken_from_the_shelf_until_one_is_configured(operator: Operator) -> None:
    """Between allocation and delivery the box is given back and another one taken, and nothing is
    done about the controller. Once one is configured, the other box is refused by name."""
    edge, controller = boxes(operator), sold(operator, "Controller", "string", "tenant")
    company = operator.company("Quay")
    tail = company.add("3", "SD-WAN Site", bandwidth=50, optimization="off")
    operator.network.behave(fail=[{"kind": "business", "specification": "SD-WAN Overlay"}])
    order = company.orders(
        line("1", edge, model="E-100"), line("2", controller, tenant="quay"), tail
    )
    operator.settle()
    assert (order.steps["Box stock"], order.steps["Box delivery"]) == ("completed", "ready")
    held, before = order.step("Controller"), effects_on(operator, "Controller")
    found = revised(operator, order, other(order, "1", model="E-300"))
    assert ("undoThenRedo", "Allocate") in told(found)
    assert "Controller" not in {name for _, name in told(found)}
    assert (order.step("Controller"), effects_on(operator, "Controller")) == (held, before)
    assert sorted(operator.in_network()["Box stock"]) == ["active", "terminated"]
    (task,) = [one for one in order.plan["item"]
               if one["kind"] == "manual" and one["state"] == "ready"]  # fmt: skip
    assert report(operator, task).status_code == 200
    operator.settle()
    assert order.steps["Edge Box"] == "completed"
    live = [one for one in operator.network.effects()["services"].values()
            if one["name"] in ("Box stock", "Edge Box") and one["state"] == "active"]  # fmt: skip
    assert {values(one)["model"] for one in live} == {"E-300"}
    third = other(order, "1", model="E-500")
    assert [one["code"] for one in previewed(operator, order, third)["fault"]] == [
        "conflictPointOfNoReturn"
    ]
    revision = opened(operator, order, third)
    refused = act(operator, revision, "submit")
    assert codes(refused) == {("conflictPointOfNoReturn", "productOrderItem[0]")}
    act(operator, revision, "withdraw")


def effects_on(operator: Operator, name: str) -> list[str]:
    """Return the states of the network's services of a name."""
    return operator.in_network()[name]


def test_what_a_plan_has_said_outside_is_said_anew(
    operator: Operator, outside: ScriptedOutside
) -> None:
    """Before it is asked for, the shelf is told of the box that is wanted now; afterwards the box
    is given back and the other one taken. What speaks of no box is left alone."""
    offering = sold(operator, "Shelf Box", "string", "model")
    published(operator, "shelf", *SHELF)
    picked(operator, row("shelf", specification="Shelf Box"))
    order = operator.ada().orders(line("1", offering, model="E-100"))
    operator.settle()
    assert states(order) == {"look": "ready", "allocate": "pending", "tell": "pending",
                             "configure": "pending"}  # fmt: skip
    revised(operator, order, other(order, "1", model="E-200"))
    assert report(operator, by_item(order)["look"]).status_code == 200
    operator.settle()
    assert [(one["method"], one["path"]) for _, one, _ in outside.received] == [
        ("POST", "/box/E-200"), ("POST", "/told"),
    ]  # fmt: skip
    found = revised(operator, order, other(order, "1", model="E-300"))
    assert ("undoThenRedo", "Allocate") in told(found)
    assert {"Tell", "Look"} & {name for _, name in told(found)} == set()
    assert [(one["method"], one["path"]) for _, one, _ in outside.received[2:]] == [
        ("DELETE", "/box/E-200"), ("POST", "/box/E-300"),
    ]  # fmt: skip
    task = next(one for one in order.plan["item"] if one["state"] == "ready")
    assert report(operator, task).status_code == 200
    operator.settle()
    assert (order.state, values(order.services["Shelf Box"])["model"]) == ("completed", "E-300")


@pytest.mark.scenario(6, 7, 8)
def test_more_bandwidth_a_contact_and_a_price_leave_television_alone(operator: Operator) -> None:
    """The line card is set anew by a step of its own, and television, in the same order, hears
    nothing. Another contact repeats no step at all, nor does another price: it changes what the
    order and its product cost."""
    dsl = sold(operator, "Line Card", "integer", "bandwidth", title="Activate the line card")
    tv = sold(operator, "Stream", "string", "pack")
    ada = operator.ada()
    operator.network.behave(fail=[{"kind": "business", "specification": "Voice Line"}])
    total = {"priceType": "recurring", "recurringChargePeriod": "month",
             "price": {"dutyFreeAmount": {"unit": "EUR", "value": 11.9}}}  # fmt: skip
    order = ada.orders(line("1", dsl, bandwidth=16), line("2", tv, pack="films"), ada.voice("3"),
                       orderTotalPrice=[total])  # fmt: skip
    operator.settle()
    assert (order.steps["Line Card"], order.steps["Stream"]) == ("completed", "completed")
    stream = order.step("Stream")
    found = revised(
        operator, order, other(order, "1", bandwidth=50), reason="more for the children"
    )
    assert ("update", "Activate the line card") in told(found)
    cards = [one for one in order.plan["item"] if one["name"] == "Line Card"]
    assert [(one["action"], one["state"]) for one in cards] == [
        ("add", "completed"), ("modify", "completed"),
    ]  # fmt: skip
    card = order.services["Line Card"]
    assert (values(card)["bandwidth"], card["serviceType"]) == (50, "ResourceFacingService")
    assert (order.step("Stream"), operator.in_network()["Stream"]) == (stream, ["active"])

    before, sent = states_of(order), len(operator.commands())
    contact = [*order.read()["relatedParty"], {"id": ada.party, "role": "technicalContact"}]
    found = revised(operator, order, items_of(order), relatedParty=contact)
    assert told(found) == []
    assert "technicalContact" in {one["role"] for one in order.read()["relatedParty"]}
    assert (states_of(order), len(operator.commands())) == (before, sent)

    agreed = {"priceType": "recurring", "recurringChargePeriod": "month", "name": "Agreed",
              "price": {"dutyFreeAmount": {"unit": "EUR", "value": 0.5}}}  # fmt: skip
    cheaper = [one | ({"itemPrice": [agreed]} if one["id"] == "2" else {})
               for one in items_of(order)]  # fmt: skip
    found = revised(operator, order, cheaper)
    (monthly,) = [one for one in found["price"] if one["priceType"] == "recurring"]
    assert (monthly["old"], monthly["new"]) == (11.9, 11.4)
    (total,) = [one for one in order.read()["orderTotalPrice"] if one["priceType"] == "recurring"]
    assert total["price"]["dutyFreeAmount"] == {"unit": "EUR", "value": 11.4}
    assert layers(order, found) <= {"product"}
    assert len(operator.commands()) == sent
    former, agreed = order.product("2")["productPrice"]
    assert former["validFor"]["endDateTime"] == agreed["validFor"]["startDateTime"]
    assert agreed["price"]["dutyFreeAmount"]["value"] == 0.5
    assert order.read()["orderVersion"] == 4


def test_changed_twice_while_the_network_is_still_at_it(operator: Operator) -> None:
    """The second change waits as the first one did: nothing is sent about a line that the network
    may not have made yet, and in the end it is told of the last wish alone."""
    operator.network.behave(mode="callback", delay_ms=600_000)
    order = operator.ada().orders(line("1", sold(operator, "Leased Line", "integer", "bandwidth"),
                                       bandwidth=10))  # fmt: skip
    operator.settle()
    for bandwidth in (20, 40):
        revised(operator, order, other(order, "1", bandwidth=bandwidth))
        made = [one for one in order.plan["item"] if one["name"] == "Leased Line"]
        assert [(one["action"], one["state"]) for one in made] == [
            ("add", "waiting"), ("modify", "pending"),
        ]  # fmt: skip
    assert (order.state, len(operator.commands())) == ("inProgress", 1)
    operator.network.behave(mode="now")
    operator.network.release("orders")
    operator.hurry()
    operator.wait_until(lambda: order.state == "completed")
    assert len(operator.commands()) == 2
    assert values(order.services["Leased Line"])["bandwidth"] == 40


def states_of(order: Order) -> list[tuple[str, str, int]]:
    """Return every step with its state and how often it was tried."""
    return [(one["nodeKey"], one["state"], one["attempt"]) for one in order.plan["item"]]


def layers(order: Order, revision: Record) -> set[str]:
    """Return the layers of the steps that a change concerns."""
    names = {name for _, name in told(revision)}
    return {one["layer"] for one in order.plan["item"] if one.get("title") in names}


@pytest.mark.scenario(9)
def test_two_of_five_steps_are_taken_back_in_reverse(
    operator: Operator, outside: ScriptedOutside, service: Callable[..., str]
) -> None:
    """The third of five reservations is refused: the order is called off, the second and then the
    first one are given back, the last two never happen, and the service's record ends."""
    offering = service("Ladder")
    names = ("one", "two", "three", "four", "five")
    rungs = [
        item(name, "callout", *names[max(0, at - 1) : at], callout={
            "system": "warehouse", "isRepeatable": True, "request": {"path": f"/rung/{name}"},
            "undoRequest": {"method": "DELETE", "path": f"/rung/{name}"},
            "businessErrorWhen": "response.status == 409"})
        for at, name in enumerate(names)
    ]  # fmt: skip
    published(operator, "ladder", *rungs)
    picked(operator, row("ladder", specification="Ladder"))
    outside.script = {"warehouse": [says(200), says(200), says(409)]}
    order = operator.ada().orders(line("1", offering, zone="green"))
    operator.settle()
    assert list(states(order).values()) == ["completed", "completed", "fallout", "pending",
                                            "pending"]  # fmt: skip
    (made,) = order.services.values()
    task = order.cancel("we moved")
    assert (task["state"], task["cancellationResult"], order.state) == (
        "done", "canceled", "cancelled")  # fmt: skip
    assert [(one["method"], one["path"]) for _, one, _ in outside.received] == [
        ("POST", "/rung/one"), ("POST", "/rung/two"), ("POST", "/rung/three"),
        ("DELETE", "/rung/two"), ("DELETE", "/rung/one"),
    ]  # fmt: skip
    (ended,) = order.services.values()
    assert (ended["id"], ended["state"], order.product()["status"]) == (
        made["id"], "terminated", "cancelled")  # fmt: skip
    assert operator.commands() == []


def test_what_is_left_when_it_is_called_off_is_taken_back_when_it_changes(
    operator: Operator, outside: ScriptedOutside, service: Callable[..., str]
) -> None:
    """A reservation that stays paid when its order is called off is given back, all the same,
    before another one is made for an order that changes: nothing is reserved twice."""
    offering = service("Winch")
    call = {
        "system": "warehouse",
        "request": {"path": "/zone/${line.characteristic.zone}"},
        "undoRequest": {"method": "DELETE", "path": "/zone/${line.characteristic.zone}"},
    }
    published(
        operator, "winch",
        item("reserve", "callout", callout=call,
             compensation={"onCancel": "nothing", "onChange": "undoThenRedo"}),
        item("build", "manual", "reserve"),
    )  # fmt: skip
    picked(operator, row("winch", specification="Winch"))
    order = ordered(operator, operator.ada(), offering, zone="am Fluß")
    (line,) = items_of(order)
    revised(operator, order, [with_values(line, zone="east")])
    assert order.cancel()["cancellationResult"] == "canceled"
    asked = [(one["method"], one["path"]) for _, one, _ in outside.received]
    river = "/zone/am%20Flu%C3%9F"
    assert asked == [("POST", river), ("DELETE", river), ("POST", "/zone/east")]
