"""What the catalog says decides what an order makes; where it says nothing, people are asked."""

from __future__ import annotations

import pytest

from tests.support.operator import (
    FALLOUT,
    OFFERING,
    ORDER,
    PRODUCT,
    SERVICE_SPECIFICATION,
    Operator,
    Order,
    Record,
)

CATALOG = "/tmf-api/productCatalogManagement/v4"
LIVE = {"lifecycleStatus": "Active"}


def sell(operator: Operator, name: str, **specification: object) -> str:
    """Put something new on sale and return its offering; it costs nothing."""
    made = operator.make(f"{CATALOG}/productSpecification", {"name": name, **LIVE, **specification})
    price = {"name": f"{name}, monthly", "priceType": "recurring", **LIVE,
             "recurringChargePeriodType": "month", "recurringChargePeriodLength": 1,
             "price": {"unit": "EUR", "value": 1}}  # fmt: skip
    cost = operator.make(f"{CATALOG}/productOfferingPrice", price)
    body = {"name": name, "isSellable": True, **LIVE, "productOfferingPrice": [{"id": cost["id"]}],
            "productSpecification": {"id": made["id"]}}  # fmt: skip
    return str(operator.make(OFFERING, body)["id"])


def buy(operator: Operator, offering: str) -> Order:
    ada = operator.ada()
    item: Record = {"id": "1", "action": "add", "productOffering": {"id": offering}}
    return ada.orders(item)


@pytest.mark.accepts("DEC-02")
def test_what_it_is_composed_of_makes_nothing(operator: Operator) -> None:
    """Of two related specifications the bundled one becomes a product, the other nothing."""
    inside, license_ = (
        operator.make(f"{CATALOG}/productSpecification", {"name": name, **LIVE})["id"]
        for name in ("Appliance", "License")
    )
    offering = sell(
        operator, "Firewall",
        bundledProductSpecification=[{"id": inside, "name": "Appliance"}],
        productSpecificationRelationship=[
            {"id": license_, "name": "License", "relationshipType": "composedOf"}
        ],
    )  # fmt: skip
    order = buy(operator, offering)
    operator.settle()
    assert order.state == "completed"
    made = {one["name"] for one in order.plan["item"] if one["layer"] != "order"}
    assert made == {"Firewall", "Appliance"}
    assert operator.find(PRODUCT, name="License") == []


@pytest.mark.accepts("DEC-11")
def test_an_order_whose_specification_is_archived_waits_for_people(operator: Operator) -> None:
    """Archived between the order and its start, the specification leaves fallout that says so;
    the order is there, can be tried again, and can be canceled."""
    line = operator.make(SERVICE_SPECIFICATION, {"name": "Old line", **LIVE})["id"]
    offering = sell(
        operator, "Old product",
        serviceSpecification=[{"id": line, "name": "Old line", "relationshipType": "realisedAs"}],
    )  # fmt: skip
    order = buy(operator, offering)
    retired = operator.staff.patch(
        f"{SERVICE_SPECIFICATION}/{line}", {"lifecycleStatus": "Retired"}
    )
    assert retired.status_code == 200, retired.json
    operator.settle()
    assert (order.state, order.items) == ("inProgress", {"1": "inProgress"})
    (fallout,) = order.fallouts()
    assert (fallout["state"], fallout["cause"]["kind"]) == ("open", "order")
    assert fallout["cause"]["code"] == "specificationRetired"
    assert "Old line" in fallout["cause"]["message"]
    assert fallout["cause"]["path"].startswith("productOrderItem[0]")
    assert operator.staff.post(f"{FALLOUT}/{fallout['id']}/retry").status_code == 200
    operator.settle()
    (still,) = order.fallouts(state="open")
    assert still["cause"]["code"] == "specificationRetired"
    assert order.cancel()["cancellationResult"] == "canceled"
    assert order.state == "cancelled"
    assert operator.commands() == []
    assert operator.read(ORDER, order.id)["key"] == order.key


@pytest.mark.accepts("ORC-03")
def test_steps_go_in_sequence_and_side_by_side(operator: Operator) -> None:
    """Line and voice are with the network at the same time; what stands on them waits, each for
    its own; the milestones of the items and of the order wait for everything."""
    operator.network.behave(mode="callback", delay_ms=600_000)
    ada = operator.ada()
    order = ada.orders(ada.fibre("1"), ada.voice("2"), ada.add("3", "TV Basic"))
    operator.settle()
    calls = {"Fibre Access", "Voice Line", "TV Stream"}
    waiting = {name for name, state in order.steps.items() if state == "waiting"}
    assert waiting == calls
    assert len(operator.commands()) == 3
    milestones = [one for one in order.plan["item"] if one["kind"] == "milestone"]
    assert len(milestones) == 4
    assert {one["state"] for one in milestones} == {"pending"}
    operator.network.release("orders")
    operator.hurry()
    assert order.state == "completed"
    steps = {one["id"]: one for one in order.plan["item"]}
    for pair in order.plan["dependency"]:
        assert steps[pair["needs"]]["endedAt"] <= steps[pair["item"]]["startedAt"]
    last = max(one["endedAt"] for one in steps.values())
    assert next(one for one in steps.values() if one["nodeKey"] == "end")["endedAt"] == last
    starts = [one["startedAt"] for one in steps.values() if one["name"] in calls]
    ends = [one["endedAt"] for one in steps.values() if one["name"] in calls]
    assert max(starts) < min(ends)
