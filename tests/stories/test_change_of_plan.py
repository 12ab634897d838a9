"""Ada changes her tariff from next month on: number and services stay, the prices follow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.stories.test_broken_down import LIVE
from tests.support.operator import (
    OFFERING,
    OWN,
    PRODUCT,
    RESOURCE,
    SERVICE,
    Customer,
    Operator,
    Order,
    Record,
    codes,
    values,
)

DAY_S = 86_400


def recurring(operator: Operator, product: str) -> list[tuple[float, str | None, str | None]]:
    """Return the monthly prices of a product, each with its start and its end."""
    return [
        (
            float(one["price"]["dutyFreeAmount"]["value"]),
            one.get("validFor", {}).get("startDateTime"),
            one.get("validFor", {}).get("endDateTime"),
        )
        for one in operator.read(PRODUCT, product)["productPrice"]
        if one["priceType"] == "recurring"
    ]


def monthly(amount: float) -> Record:
    price = {"dutyFreeAmount": {"unit": "EUR", "value": amount}}
    return {"priceType": "recurring", "recurringChargePeriod": "month", "price": price}


def tariff(ada: Customer, product: str, amount: float, **more: str) -> Order:
    """Order another price for a product."""
    return ada.orders(
        {**ada.change("1", "modify", product), "itemPrice": [monthly(amount)]}, **more
    )


@pytest.mark.accepts("MAC-06")
def test_the_old_price_ends_where_the_new_one_begins(operator: Operator) -> None:
    """Until the day nothing changes. Then the old price has its end and the new one the same
    instant as its start, the price that was paid once stays, billing is told of both, and product,
    services and number are the same. The next change goes on from there."""
    ada = operator.ada()
    had = ada.has(ada.fibre("1", 100), ada.voice("2"))
    fibre, voice = (had.product(item)["id"] for item in "12")
    once = [one for one in had.product("1")["productPrice"] if one["priceType"] == "oneTime"]
    services = {one["id"]: one["name"] for one in had.services.values()}
    number = had.resources["Phone Number"]
    day = datetime.now(UTC) + timedelta(days=20)
    change = ada.orders(ada.faster(fibre, 500), requestedStartDate=day.isoformat())
    later = tariff(ada, voice, 12.9, requestedStartDate=day.isoformat())
    operator.settle()
    assert recurring(operator, fibre) == [(29.9, None, None)]
    operator.site.move_clock(20 * DAY_S + 60)
    operator.wait_until(lambda: {change.state, later.state} == {"completed"})
    for product, old, new in ((fibre, 29.9, 39.9), (voice, 9.9, 12.9)):
        (before, since, end), (after, start, until) = recurring(operator, product)
        assert (before, after, since, until) == (old, new, None, None)
        assert start == end
        assert start is not None
        assert start[:10] in {(day + timedelta(minutes=one)).isoformat()[:10] for one in (0, 2)}
    product = operator.read(PRODUCT, fibre)
    assert [one for one in product["productPrice"] if one["priceType"] == "oneTime"] == once
    told = operator.events(fibre, "ProductAttributeValueChangeEvent")[-1]["event"]["product"]
    assert told["productPrice"] == product["productPrice"]
    assert {one: operator.read(SERVICE, one)["name"] for one in services} == services
    assert {operator.read(SERVICE, one)["state"] for one in services} == {"active"}
    assert operator.read(RESOURCE, number["id"])["value"] == number["value"]
    tariff(ada, voice, 14.9)
    operator.settle()
    prices = recurring(operator, voice)
    assert [one for one, _, _ in prices] == [9.9, 12.9, 14.9]
    assert prices[1][2] == prices[2][1]


def test_what_stays_the_same_goes_on(operator: Operator) -> None:
    """A change at the same price neither ends nor begins one; a fee for it is added only; and a
    canceled change leaves the prices as they were."""
    ada = operator.ada()
    had = ada.has(ada.fibre("1"), ada.voice("2"))
    voice = had.product("2")
    held = voice["productPrice"]
    same = {name: value for name, value in held[0].items() if name != "validFor"}
    item = ada.change("1", "modify", voice["id"])
    ada.has({**item, "itemPrice": [same]})
    assert operator.read(PRODUCT, voice["id"])["productPrice"] == held
    fee = {"priceType": "oneTime", "price": {"dutyFreeAmount": {"unit": "EUR", "value": 5}}}
    ada.has({**item, "itemPrice": [fee]})
    prices = operator.read(PRODUCT, voice["id"])["productPrice"]
    assert prices[:-1] == held
    assert (prices[-1]["priceType"], "startDateTime" in prices[-1]["validFor"]) == ("oneTime", True)

    refused = {"kind": "business", "specification": "Mobile Subscription", "code": "noCard"}
    operator.network.behave(fail=[refused])
    mobile = ada.add("2", "Mobile M", at=None, dataVolume=20)
    order = ada.orders({**item, "itemPrice": [monthly(7)]}, mobile)
    operator.settle()
    assert recurring(operator, voice["id"])[-1][0] == 7
    operator.network.behave(fail=[])
    task = order.cancel()
    assert task["cancellationResult"] == "canceled", task
    assert operator.read(PRODUCT, voice["id"])["productPrice"] == prices


@pytest.mark.accepts("MAC-06", "MAC-09")
def test_another_plan_brings_its_values(operator: Operator) -> None:
    """Whoever names the new plan alone gets what it has: the order, the network, the product and
    its services say so; what the new plan has, too, stays. Where it leaves a choice and has not
    what is held, the order is refused and says what may be chosen."""
    ada = operator.ada()
    had = ada.has(ada.add("1", "Mobile S", roaming="world"), ada.fibre("2", 100))
    mobile, fibre = (had.product(item)["id"] for item in "12")
    before = had.services["Mobile Subscription"]
    choice = [
        {"name": "dataVolume", "productSpecCharacteristicValue": [{"value": 20}, {"value": 100}]}
    ]
    specification = operator.read(PRODUCT, mobile)["productSpecification"]["id"]
    either = operator.make(
        OFFERING,
        {"name": "Little or much", "isSellable": True, **LIVE,
         "productSpecification": {"id": specification}, "prodSpecCharValueUse": choice},
    )["id"]  # fmt: skip
    item = {"id": "1", "action": "modify", "productOffering": {"id": either},
            "product": {"id": mobile}, "itemPrice": [monthly(9)]}  # fmt: skip
    refused = ada.refused(item)
    path = "productOrderItem[0].product.productCharacteristic"
    assert codes(refused) == {("characteristicValue", path)}
    assert "dataVolume must be 20 or 100; product" in refused.json["fault"][0]["message"]

    larger = ada.change("1", "modify", mobile, "Mobile M")
    (step, *_) = operator.staff.post(f"{OWN}/simulate", ada.body(larger)).json["item"]
    assert {one["name"]: one["value"] for one in step["characteristic"]}["dataVolume"] == 20
    commands = len(operator.commands())
    changed = ada.has(larger, ada.change("2", "modify", fibre, "Fibre 1G"))
    (said,) = changed.read()["productOrderItem"][0]["product"]["productCharacteristic"]
    assert (said["name"], said["value"]) == ("dataVolume", 20)
    after = operator.read(SERVICE, before["id"])
    assert values(after) == {**values(before), "dataVolume": 20}
    assert values(changed.product()) == {"dataVolume": 20, "roaming": "world"}
    assert {"downloadSpeed": 1000, "uploadSpeed": 500}.items() <= values(
        changed.product("2")
    ).items()
    assert len(operator.commands()) > commands + 1
    item["product"] = {
        "id": mobile,
        "productCharacteristic": [{"name": "dataVolume", "value": 100}],
    }
    assert values(ada.has(item).product())["dataVolume"] == 100
