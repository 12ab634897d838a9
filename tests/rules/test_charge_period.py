"""How often a price recurs, in whichever words a catalog says so."""

from __future__ import annotations

from decimal import Decimal

import pytest

from trunkline.catalog.price import ProductOfferingPriceRefOrValue, with_agreed
from trunkline.shared.charge_period import per_month, period_of


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("month", (1, "month")), ("Monthly", (1, "month")), ("3 months", (3, "month")),
        ("per month", (1, "month")), ("annual", (1, "year")), ("annually", (1, "year")),
        ("Yearly", (1, "year")), ("P1Y", (1, "year")), ("P12M", (12, "month")),
        ("half-yearly", (1, "halfyear")), ("semi-annual", (1, "halfyear")),
        ("quarterly", (1, "quarter")), ("daily", (1, "day")), ("every 2 weeks", (2, "week")),
        ("hour", None), ("0 months", None), ("", None),
    ],
)  # fmt: skip
def test_a_period_is_known_in_many_words(said: str, meant: tuple[int, str] | None) -> None:
    assert period_of(said) == meant


def test_a_year_is_a_twelfth_of_it_a_month() -> None:
    for said in ("annual", "P1Y", "12 months"):
        assert round(1200 * per_month(said), 6) == 100


def test_what_was_agreed_stands_in_the_place_of_the_same_charge_in_other_words() -> None:
    """Nobody pays the list's monthly fee beside the one that was agreed for each month."""

    def price(period: str, amount: int) -> ProductOfferingPriceRefOrValue:
        value = {"dutyFreeAmount": {"unit": "EUR", "value": Decimal(amount)}}
        raw = {"priceType": "recurring", "recurringChargePeriod": period, "price": value}
        return ProductOfferingPriceRefOrValue.wrap(raw)

    listed = [price("monthly", 30), price("annual", 12), price("quarter", 9)]
    agreed = [price("month", 25), price("12 months", 10)]
    assert with_agreed(listed, agreed) == [*agreed, listed[2]]
