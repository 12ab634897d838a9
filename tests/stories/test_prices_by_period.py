"""What things cost once, each month and each year: alone, in a bundle, and before it is ordered."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.stories.test_broken_down import CATALOG, LIVE
from tests.support.operator import OFFERING, OWN, Operator, Record

Charges = dict[str, str]
"""Amounts in EUR by `once`, `month` and `year`."""


def price(operator: Operator, name: str, period: str, amount: str) -> Record:
    kind = "oneTime" if period == "once" else "recurring"
    body: Record = {"name": f"{name}, {period}", "priceType": kind, **LIVE,
                    "price": {"unit": "EUR", "value": Decimal(amount)}}  # fmt: skip
    if period != "once":
        body |= {"recurringChargePeriodType": period, "recurringChargePeriodLength": 1}
    return {"id": operator.make(f"{CATALOG}/productOfferingPrice", body)["id"]}


def sell(operator: Operator, name: str, charges: Charges, **more: Any) -> str:
    prices = [price(operator, name, period, amount) for period, amount in charges.items()]
    body = {"name": name, "isSellable": True, "productOfferingPrice": prices, **LIVE, **more}
    return str(operator.make(OFFERING, body)["id"])


def asked(prices: list[Record]) -> Charges:
    """Return what the prices of an item or product come to."""
    return {
        one.get("recurringChargePeriod", "once"): f"{one['price']['dutyFreeAmount']['value']:.2f}"
        for one in prices
    }


def add(ident: str, offering: str, **more: Any) -> Record:
    return {"id": ident, "action": "add", "productOffering": {"id": offering}, **more}


LINE: Charges = {"once": "50.00", "month": "20.00"}
DOMAIN: Charges = {"once": "3.00", "year": "24.00"}
ANNUALLY = ("annual", "yearly", "P1Y", "12 months")
ALL: Charges = {"once": "9.00", "month": "4.00", "year": "12.00"}


@pytest.mark.accepts("PRC-02")
def test_once_monthly_and_yearly_alone_and_as_a_part(operator: Operator) -> None:
    """An offering may have prices of all three kinds. Sold in a bundle that has prices of its own,
    each part brings its own ones: on its line, on its product and in what the order costs, where
    one-time, monthly and yearly amounts are added up apart."""
    ada = operator.ada()
    support = sell(operator, "Support", ALL)
    alone = ada.has(add("1", support))
    (item,) = alone.read()["productOrderItem"]
    assert asked(item["itemPrice"]) == asked(alone.product()["productPrice"]) == ALL

    line, domain = sell(operator, "Office line", LINE), sell(operator, "Domain", DOMAIN)
    parts = [{"id": one} for one in (line, domain, support)]
    office = sell(operator, "Office", {"month": "5.00", "year": "1.00"}, isBundle=True,
                  bundledProductOffering=parts)  # fmt: skip
    whole = add("1", office, productOrderItem=[
        add("2", line), add("3", domain), add("4", support)])  # fmt: skip
    told = operator.staff.post(f"{OWN}/simulate", ada.body(whole)).json
    assert told["fault"] == []
    sums = {
        one["recurringChargePeriod"] or "once": (one["unit"], f"{one['new']:.2f}")
        for one in told["price"]
    }
    assert sums == {"once": ("EUR", "62.00"), "month": ("EUR", "29.00"), "year": ("EUR", "37.00")}
    order = ada.has(whole)
    (ordered,) = order.read()["productOrderItem"]
    assert asked(ordered["itemPrice"]) == {"month": "5.00", "year": "1.00"}
    assert [asked(one["itemPrice"]) for one in ordered["productOrderItem"]] == [LINE, DOMAIN, ALL]
    products = {
        one["name"]: asked(one["productPrice"])
        for one in operator.find("/tmf-api/productInventory/v4/product", relatedParty__id=ada.id)
        if one["id"] != alone.product()["id"]
    }
    assert products == {
        "Office": {"month": "5.00", "year": "1.00"},
        "Office line": LINE, "Domain": DOMAIN, "Support": ALL,
    }  # fmt: skip


@pytest.mark.accepts("PRC-02")
def test_a_year_is_a_year_however_it_is_said(operator: Operator) -> None:
    """What is charged each year is a twelfth of it in a month, in whichever words a catalog from
    elsewhere says so; by the day or the week it is as many times as fit."""
    ada = operator.ada()
    words = (*ANNUALLY, "daily", "half-yearly")
    lines = [add(str(n), sell(operator, f"Archive {word}", {word: "365.00"}))
             for n, word in enumerate(words, 1)]  # fmt: skip
    sums = []
    for line in lines:
        asks = {"relatedParty": [{"id": ada.id, "role": "customer"}], "quoteItem": [line]}
        quote = operator.make("/tmf-api/quoteManagement/v4/quote", asks)
        sums.append(f"{quote['monthlyTotal']['value']:.2f} {quote['annualTotal']['value']:.2f}")
    assert sums == [*["30.42 365.00"] * 4, "11102.08 133225.00", "60.83 730.00"]
