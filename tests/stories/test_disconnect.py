"""Ada leaves step by step: the line stays while something needs it and goes with the last."""

from __future__ import annotations

import pytest

from tests.support.operator import (
    PRODUCT,
    RESOURCE,
    SERVICE,
    Operator,
    Order,
    Record,
    values,
)


def test_the_shared_line_goes_with_the_last_product(operator: Operator) -> None:
    """Without internet the line still serves voice; without voice nobody needs it."""
    ada = operator.ada()
    bought = ada.has(ada.fibre("1"), ada.voice("2"))
    internet, voice = bought.product("1")["id"], bought.product("2")["id"]
    services, resources = bought.services, bought.resources

    first = ada.has(ada.change("1", "delete", internet))
    ended = operator.read(PRODUCT, internet)
    assert (ended["status"], ended["terminationDate"]) == (
        "terminated", first.read()["completionDate"],
    )  # fmt: skip
    assert operator.read(PRODUCT, voice)["status"] == "active"
    assert operator.read(SERVICE, services["Internet Access"]["id"])["state"] == "terminated"
    assert operator.read(SERVICE, services["Fibre Access"]["id"])["state"] == "active"
    assert operator.in_network()["Fibre Access"] == ["active"]
    assert operator.read(RESOURCE, resources["Fibre Port"]["id"])["usageState"] == "active"

    last = ada.has(ada.change("1", "delete", voice))
    assert operator.read(PRODUCT, voice)["status"] == "terminated"
    for service in services.values():
        after = operator.read(SERVICE, service["id"])
        assert after["state"] == "terminated"
        assert after["endDate"]
    for resource in resources.values():
        after = operator.read(RESOURCE, resource["id"])
        assert (after["resourceStatus"], after["usageState"]) == ("available", "idle")
    assert operator.in_network() == {"Fibre Access": ["terminated"], "Voice Line": ["terminated"]}
    assert last.service_orders["Fibre Access"]["serviceOrderItem"][0]["action"] == "delete"


def test_parents_end_before_what_they_stand_on(operator: Operator) -> None:
    ada = operator.ada()
    product = ada.has(ada.voice("1")).product("1")["id"]
    order = ada.has(ada.change("1", "delete", product))
    needs = {(one["item"], one["needs"]) for one in order.plan["dependency"]}
    telephony, line = order.step("Telephony")["id"], order.step("Voice Line")["id"]
    port = order.step("Phone Number")["id"]
    assert {(line, telephony), (port, line)} <= needs


@pytest.mark.accepts("DEC-03")
def test_conditions_count_for_what_comes_and_not_for_what_goes(operator: Operator) -> None:
    """Optimization is built where it is asked for, added and removed by a change, and ended with
    its site whatever the ending order says of it."""
    company = operator.company("Nordhaven")

    def site(optimization: str) -> Record:
        return company.add("1", "SD-WAN Site", bandwidth=50, optimization=optimization)

    def actions(order: Order) -> dict[str, str]:
        return {one["name"]: one["action"] for one in order.plan["item"] if "action" in one}

    without = company.has(site("off"))
    assert "WAN Optimization" not in actions(without)
    product = without.product("1")["id"]
    added = company.has(company.change("1", "modify", product, optimization="on"))
    assert actions(added)["WAN Optimization"] == "add"
    removed = company.has(company.change("1", "modify", product, optimization="off"))
    assert actions(removed)["WAN Optimization"] == "delete"
    assert values(operator.read(PRODUCT, product))["optimization"] == "off"

    product = company.has(site("on")).product("1")["id"]
    ended = company.has(company.change("1", "delete", product, optimization="off"))
    assert actions(ended)["WAN Optimization"] == "delete"
    assert "active" not in operator.in_network()["WAN Optimization"]
