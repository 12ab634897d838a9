"""Ada orders fibre and voice for her home: two products, one line that serves both."""

from __future__ import annotations

import pytest

from tests.support.operator import (
    ORDER,
    PRODUCT,
    RESOURCE,
    SERVICE,
    SERVICE_ORDER,
    Operator,
    Order,
    linked,
    values,
)


@pytest.fixture
def order(operator: Operator) -> Order:
    """Ada's order, completed."""
    ada = operator.ada()
    return ada.has(ada.fibre("1"), ada.voice("2"))


@pytest.mark.accepts("DEC-08")
def test_both_products_become_active_on_one_line(operator: Operator, order: Order) -> None:
    """Two offerings that need the access line at one place share one service order for it, one
    service, and one command to the network."""
    assert order.items == {"1": "completed", "2": "completed"}
    internet, voice = order.product("1"), order.product("2")
    assert internet["status"] == voice["status"] == "active"
    assert internet["startDate"] == order.read()["completionDate"]
    named = [
        {one["id"] for one in item["serviceOrder"]} for item in order.read()["productOrderItem"]
    ]
    shared = order.service_orders["Fibre Access"]["id"]
    assert named[0] & named[1] == {shared}
    lines = operator.find(SERVICE, name="Fibre+Access", relatedParty__id=_customer(order))
    assert [one["state"] for one in lines] == ["active"]
    assert operator.in_network() == {"Fibre Access": ["active"], "Voice Line": ["active"]}
    assert {one["effects"] for one in operator.commands()} == {1}


def test_everything_the_order_made_has_ended_well(order: Order) -> None:
    """Four services in service, three resources in use, and a completed order for each."""
    services, resources = order.services, order.resources
    assert {name: one["state"] for name, one in services.items()} == {
        "Internet Access": "active",
        "Telephony": "active",
        "Fibre Access": "active",
        "Voice Line": "active",
    }
    assert {name: one["usageState"] for name, one in resources.items()} == {
        "Fibre Port": "active",
        "Optical Terminal": "active",
        "Phone Number": "active",
    }
    for made in (*order.service_orders.values(), *order.resource_orders.values()):
        assert made["state"] == "completed"
        assert made["completionDate"]
    assert values(services["Fibre Access"])["downloadSpeed"] == 1000
    assert values(services["Fibre Access"])["ontSerialNumber"].startswith("TRNK")
    assert values(services["Voice Line"])["voiceNumber"].startswith("+999")


@pytest.mark.accepts("DEC-13")
def test_from_any_record_the_way_leads_up_and_down(operator: Operator, order: Order) -> None:
    """From the order down to the port, and from the port back up to the order."""
    services, resources = order.services, order.resources
    internet = order.product("1")
    assert linked(internet, "realizingService") == {services["Internet Access"]["id"]}
    line = services["Fibre Access"]
    assert line["id"] in linked(services["Internet Access"], "supportingService")
    port = resources["Fibre Port"]
    assert linked(line, "supportingResource") == {port["id"], resources["Optical Terminal"]["id"]}

    found = operator.find(SERVICE, supportingResource__id=port["id"])
    assert [one["id"] for one in found] == [line["id"]]
    above = operator.find(SERVICE, supportingService__id=line["id"])
    assert {one["name"] for one in above} == {"Internet Access", "Telephony"}
    (product,) = operator.find(PRODUCT, realizingService__id=services["Internet Access"]["id"])
    assert product["id"] == internet["id"]
    (item,) = product["productOrderItem"]
    assert (item["productOrderId"], item["orderItemId"]) == (order.id, "1")
    for record in services.values():
        (made_by,) = record["serviceOrderItem"]
        parent = operator.read(SERVICE_ORDER, made_by["serviceOrderId"])["productOrder"]
        assert parent["id"] == order.id
    for record in resources.values():
        (made_by,) = record["resourceOrderItem"]
        (holder,) = operator.find(ORDER, productOrderItem__resourceOrder__id=made_by[
            "resourceOrderId"
        ])  # fmt: skip
        assert holder["id"] == order.id
    assert operator.read(RESOURCE, port["id"])["place"]["id"] == internet["place"][0]["id"]


def test_each_step_is_told_and_remembered(operator: Operator, order: Order) -> None:
    """Subscribers hear of every change of state, and the audit trail says who did what."""
    told = [
        one["event"]["productOrder"]["state"]
        for one in operator.events(order.id, "ProductOrderStateChangeEvent")
    ]
    assert told == ["inProgress", "completed"]
    product = order.product("1")["id"]
    told = [
        one["event"]["product"]["status"]
        for one in operator.events(product, "ProductStateChangeEvent")
    ]
    assert told == ["active"]
    assert operator.events(product, "ProductCreateEvent")
    first, *later = operator.audit(order.id)
    assert first == ("Admin", "api", "create")
    assert {(channel, action) for _, channel, action in later} == {("worker", "update")}
    assert operator.audit(product)[0][2] == "create"


def _customer(order: Order) -> str:
    return str(order.read()["relatedParty"][0]["id"])
