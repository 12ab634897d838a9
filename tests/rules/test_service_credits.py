"""What an outage gives back: by the hour, up to the most, of what the month cost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from trunkline.assurance.credit.policy import ServiceCreditPolicy
from trunkline.assurance.credit.promised import hours_in
from trunkline.assurance.credit.reckoning import Chosen, Monthly, Share, monthly_of, reckon
from trunkline.billing.charging.taxing import tax_beside
from trunkline.inventory.product import Product


def policy(**said: Any) -> ServiceCreditPolicy:
    return ServiceCreditPolicy.wrap({"code": "x", "name": "X", **said})


@given(
    minutes=st.integers(0, 60 * 24 * 40), more=st.integers(0, 600), free=st.integers(0, 48),
    hour=st.integers(1, 20), most=st.integers(20, 100),
    net=st.decimals(0, 5000, places=2, allow_nan=False),
)  # fmt: skip
def test_longer_outages_never_give_less_and_none_more_than_the_most(
    minutes: int, more: int, free: int, hour: int, most: int, net: Decimal
) -> None:
    found = Chosen(policy(hoursFree=free, percentPerHour=hour, percentMax=most), None)
    monthly = Monthly("EUR", [Share(net, Decimal(19))])
    short = reckon(found, timedelta(minutes=minutes), monthly)
    long = reckon(found, timedelta(minutes=minutes + more), monthly)
    assert short.net <= long.net <= (net * most / 100).quantize(Decimal("0.01")) + Decimal("0.01")
    assert short.hours == max(0, -(-(minutes - free * 60) // 60))
    assert (short.net == 0) or minutes > free * 60


def test_what_a_month_costs_is_told_without_tax_and_as_it_was() -> None:
    prices = [
        {"priceType": "recurring", "recurringChargePeriod": "year",
         "price": {"taxIncludedAmount": {"unit": "EUR", "value": 142.8}, "taxRate": 19}},
        {"priceType": "recurring", "price": {"dutyFreeAmount": {"unit": "EUR", "value": 5}},
         "validFor": {"endDateTime": "2026-01-01T00:00:00Z"},
         "productPriceAlteration": [
             {"priceType": "discount", "price": {"percentage": 40}, "applicationDuration": 2},
             {"priceType": "discount", "price": {"percentage": 50}, "applicationDuration": 1}]},
        {"priceType": "oneTime", "price": {"dutyFreeAmount": {"unit": "EUR", "value": 99}}},
        {"priceType": "usage", "price": {"dutyFreeAmount": {"unit": "EUR", "value": 1}}},
    ]  # fmt: skip
    held = Product.wrap({"startDate": "2025-11-01T00:00:00Z", "productPrice": prices})
    after = monthly_of(held, datetime(2026, 2, 1, tzinfo=UTC))
    assert after is not None
    assert (after.net.quantize(Decimal("0.01")), after.unit) == (Decimal("10.00"), "EUR")
    before = monthly_of(held, datetime(2025, 12, 1, tzinfo=UTC))
    assert before is not None
    assert before.net.quantize(Decimal("0.01")) == Decimal("13.00")  # two of five were given off
    both = {"dutyFreeAmount": {"unit": "EUR", "value": 40},
            "taxIncludedAmount": {"unit": "EUR", "value": 47.6}}  # fmt: skip
    untold = Product.wrap({"productPrice": [
        {"priceType": "recurring", "price": both},
        {"priceType": "oneTime", "price": {"dutyFreeAmount": {"unit": "EUR", "value": 0}}},
    ]})  # fmt: skip
    month = monthly_of(untold, datetime(2026, 2, 1, tzinfo=UTC))
    assert month is not None
    assert [(one.net, one.tax_rate) for one in month.shares] == [(40, 19)]
    beside = tax_beside(None, untold.product_price, datetime(2026, 2, 1, tzinfo=UTC))
    assert [one.tax_rate for one in beside] == [19]
    none = Product.wrap({"productPrice": prices[2:]})
    assert monthly_of(none, datetime(2026, 2, 1, tzinfo=UTC)) is None
    assert (hours_in(Decimal(90), "minutes"), hours_in(Decimal(2), "days")) == (Decimal("1.5"), 48)
    assert hours_in(Decimal(99), "percent") is None
    assert hours_in(Decimal(2), "business days") is None
