"""Ada wants a faster line: what must change changes, what need not stays as it is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.operator import PRODUCT, SERVICE, Operator, Order, values


def monthly(product: dict[str, Any]) -> float:
    """Return the monthly price of a product that holds now."""
    (price,) = [
        one
        for one in product["productPrice"]
        if one["priceType"] == "recurring" and "endDateTime" not in one.get("validFor", {})
    ]
    return float(price["price"]["dutyFreeAmount"]["value"])


def touched(order: Order) -> set[tuple[str, str]]:
    """Return what an order's steps do, without its milestones."""
    return {(one["name"], one["action"]) for one in order.plan["item"] if one["layer"] != "order"}


@pytest.mark.accepts("API-10")
@pytest.mark.parametrize("spelling", ["modify", "change"])
def test_speed_and_price_change_and_every_id_stays(operator: Operator, spelling: str) -> None:
    """Both words for a change do the same: new offering, speed and price on the same records."""
    ada = operator.ada()
    first = ada.has(ada.fibre("1", 100), ada.voice("2"))
    before, line = first.product("1"), first.services["Fibre Access"]
    assert monthly(before) == 29.9
    change = ada.has(ada.faster(before["id"], 500, action=spelling))
    assert change.read()["productOrderItem"][0]["action"] == "modify"
    after = operator.read(PRODUCT, before["id"])
    assert (after["key"], after["status"]) == (before["key"], "active")
    assert after["productOffering"]["name"] == "Fibre 500M"
    assert values(after) == {"downloadSpeed": 500, "uploadSpeed": 250, "installation": "self"}
    assert monthly(after) == 39.9
    assert [one["orderItemAction"] for one in after["productOrderItem"]] == ["add", "modify"]
    changed = operator.read(SERVICE, line["id"])
    assert values(changed) == {**values(line), "downloadSpeed": 500, "uploadSpeed": 250}
    assert changed["startDate"] == line["startDate"]


def test_only_what_the_speed_passes_through_is_touched(operator: Operator) -> None:
    """Product, internet service and line get a step; port, terminal and voice get none."""
    ada = operator.ada()
    first = ada.has(ada.fibre("1", 100), ada.voice("2"))
    voice = first.services["Telephony"]
    change = ada.has(ada.faster(first.product("1")["id"]))
    assert touched(change) == {
        ("Fibre Internet", "modify"),
        ("Internet Access", "modify"),
        ("Fibre Access", "modify"),
    }
    assert change.resource_orders == {}
    assert set(change.service_orders) == {"Internet Access", "Fibre Access"}
    assert operator.events(voice["id"], "ServiceAttributeValueChangeEvent") == []
    assert len(operator.commands()) == 3
    (line,) = [
        one
        for one in operator.network.effects()["services"].values()
        if one["name"] == "Fibre Access"
    ]
    assert values(line)["downloadSpeed"] == 500


@pytest.mark.accepts("DEC-07")
def test_a_change_deep_inside_a_bundle_leaves_its_neighbours_alone(operator: Operator) -> None:
    """Bundle, product, customer-facing service, line, port: five levels. A technician for the
    fibre product adds a visit and changes the two records on the way to it, no other."""
    ada = operator.ada()
    parts = [{"id": str(n), "relationshipType": "bundles"} for n in (2, 3)]
    home = ada.add("1", "Fibre Home") | {"productOrderItemRelationship": parts}
    bought = ada.has(home, ada.fibre("2"), ada.voice("3"))
    levels = (bought.product("1"), bought.product("2"), *_below(bought))
    assert [one["name"] for one in levels] == [
        "Fibre Home", "Fibre 1G", "Internet Access", "Fibre Access", "Fibre Port",
    ]  # fmt: skip
    item = ada.change("1", "modify", levels[1]["id"], installation="technician")
    change = ada.orders(item)
    operator.settle()
    assert touched(change) == {
        ("Fibre Internet", "modify"),
        ("Internet Access", "modify"),
        ("On-site Installation", "add"),
    }


def _below(order: Order) -> list[dict[str, Any]]:
    services = order.services
    return [services["Internet Access"], services["Fibre Access"], order.resources["Fibre Port"]]


@pytest.mark.accepts("DEC-09")
def test_a_line_that_is_there_already_is_changed_not_built(operator: Operator) -> None:
    """Ada has voice; with fibre ordered later her line is changed to carry it."""
    ada = operator.ada()
    line = ada.has(ada.voice("1")).services["Fibre Access"]
    order = ada.has(ada.fibre("1", 500))
    step = order.step("Fibre Access")
    assert (step["action"], step["service"]) == ("modify", line["id"])
    assert order.resource_orders == {}
    assert values(operator.read(SERVICE, line["id"]))["downloadSpeed"] == 500
    assert operator.in_network()["Fibre Access"] == ["active"]
