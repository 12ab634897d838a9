"""Billing hears what to charge since when: what begins, what costs another price, what ends."""

from __future__ import annotations

import pytest

from tests.support.operator import Operator, Order, Record

CHANGED = "ProductStateChangeEvent"


def last(operator: Operator, product: str) -> Record:
    """Return what the last event of a product's state says of it."""
    found: Record = operator.events(product, CHANGED)[-1]["event"]["product"]
    return found


def charges(prices: list[Record]) -> dict[str, float]:
    return {
        one.get("recurringChargePeriod", "once"): float(one["price"]["dutyFreeAmount"]["value"])
        for one in prices
    }


def completed(operator: Operator, order: Order) -> Record:
    """Return what the event that an order is completed says of it."""
    (told,) = [
        one["event"]["productOrder"]
        for one in operator.events(order.id, "ProductOrderStateChangeEvent")
        if one["event"]["productOrder"]["state"] == "completed"
    ]
    return dict(told)


@pytest.mark.accepts("TAM-CO-02")
def test_completion_says_since_when_and_for_how_much(operator: Operator) -> None:
    """Each product that an order brought is told with its start, its one-time and recurring prices
    and the account that pays, not before it works; the completed order with its day and the prices
    of its lines, those of a changed line included; and an ended product with its end."""
    ada = operator.ada()
    operator.network.behave(
        fail=[{"kind": "business", "specification": "Fibre Access", "code": "noFreePort",
               "once": True}]
    )  # fmt: skip
    order = ada.orders(ada.fibre("1", 500), ada.voice("2"))
    operator.settle()
    fibre, voice = (order.product(item)["id"] for item in "12")
    assert "active" not in {
        one["event"]["product"]["status"] for one in operator.events(fibre, CHANGED)
    }
    assert "startDate" not in order.product("1")
    (stopped,) = order.fallouts(state="open")
    operator.staff.post(f"/api/ordering/v1/fallout/{stopped['id']}/retry")
    operator.settle()
    for product, prices in ((fibre, {"month": 39.9, "once": 49.0}), (voice, {"month": 9.9})):
        told = last(operator, product)
        assert (told["status"], charges(told["productPrice"]).items() >= prices.items()) == (
            "active", True,
        )  # fmt: skip
        assert told["startDate"] == operator.read("/tmf-api/productInventory/v4/product",
                                                  product)["startDate"]  # fmt: skip
        assert told["billingAccount"]["id"] == ada.account
    whole = completed(operator, order)
    assert whole["completionDate"] >= last(operator, fibre)["startDate"]
    assert [charges(one["itemPrice"])["month"] for one in whole["productOrderItem"]] == [39.9, 9.9]

    faster = completed(operator, ada.has(ada.faster(fibre, 1000)))
    (line,) = faster["productOrderItem"]
    assert (line["product"]["id"], charges(line["itemPrice"])) == (fibre, {"month": 49.9})
    assert faster["completionDate"] > whole["completionDate"]
    ada.has(ada.change("1", "delete", voice))
    ended = last(operator, voice)
    assert ended["status"] == "terminated"
    assert ended["terminationDate"] > ended["startDate"]
