"""Shared shapes: money, periods and hierarchies keep their laws."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.documents.shape import Shape, many
from trunkline.shared.characteristic import Characteristic, find_characteristic
from trunkline.shared.hierarchy import ancestors, leads_back
from trunkline.shared.money import MixedCurrencies, Money, common_currency, total
from trunkline.shared.period import TimePeriod, period_faults

amounts = st.decimals(
    min_value=-(10**9), max_value=10**9, places=4, allow_nan=False, allow_infinity=False
)
instants = st.integers(min_value=0, max_value=1000).map(
    lambda days: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=days)
)
periods = st.builds(
    lambda start, end: TimePeriod(start_date_time=start, end_date_time=end),
    st.none() | instants,
    st.none() | instants,
).filter(lambda period: period.is_ordered)


class Stay(Shape):
    """A stay with periods at two depths."""

    valid_for: TimePeriod | None = None
    part: list[Stay] = many()


@given(amounts, amounts)
def test_adding_and_taking_away_leads_back(price: Decimal, discount: Decimal) -> None:
    fibre, promotion = Money.of(price, "EUR"), Money.of(discount, "EUR")

    assert fibre.plus(promotion).minus(promotion).equal(fibre)
    assert fibre.plus(promotion).equal(promotion.plus(fibre))


def test_money_is_equal_by_worth_and_keeps_its_digits() -> None:
    assert Money.of("19.90", "EUR").equal(Money.of("19.9", "EUR"))
    assert str(Money.of("19.90", "EUR").plus(Money.of("0.10", "EUR")).value) == "20.00"


@pytest.mark.parametrize("verb", ["plus", "minus", "equal"])
def test_mixed_currencies_are_refused(verb: str) -> None:
    with pytest.raises(MixedCurrencies, match="CHF, EUR"):
        getattr(Money.of(1, "EUR"), verb)(Money.of(1, "CHF"))


def test_an_amount_without_a_currency_is_refused() -> None:
    with pytest.raises(MixedCurrencies, match="no currency"):
        Money.of(1, "EUR").plus(Money(value=Decimal(1)))
    with pytest.raises(MixedCurrencies, match="nothing"):
        common_currency([])


def test_money_takes_no_float() -> None:
    with pytest.raises(TypeError, match="never in floats"):
        Money.of(19.9, "EUR")  # type: ignore[arg-type]


def test_a_total_has_its_currency_even_of_nothing() -> None:
    assert total([], unit="EUR") == Money.of(0, "EUR")
    assert total([Money.of("1.10", "EUR"), Money.of("2.20", "EUR")], unit="EUR").equal(
        Money.of("3.30", "EUR")
    )
    with pytest.raises(MixedCurrencies):
        total([Money.of(1, "CHF")], unit="EUR")


@given(periods, periods)
def test_overlap_is_mutual(one: TimePeriod, other: TimePeriod) -> None:
    assert one.overlaps(other) == other.overlaps(one)


@given(periods, periods, instants)
def test_periods_that_share_an_instant_overlap(
    one: TimePeriod, other: TimePeriod, instant: datetime
) -> None:
    if one.contains(instant) and other.contains(instant):
        assert one.overlaps(other)


def test_a_period_includes_its_start_and_not_its_end() -> None:
    start, end = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
    march = TimePeriod(start_date_time=start, end_date_time=end)
    april = TimePeriod(start_date_time=end)

    assert march.contains(start)
    assert not march.contains(end)
    assert not march.overlaps(april)


def test_every_period_that_ends_before_it_starts_is_named() -> None:
    backwards = {"startDateTime": "2026-04-01T00:00:00Z", "endDateTime": "2026-03-01T00:00:00Z"}
    forwards = {"startDateTime": "2026-03-01T00:00:00Z", "endDateTime": "2026-04-01T00:00:00Z"}
    stay = Stay.wrap(
        {"validFor": backwards, "part": [{"validFor": forwards}, {"validFor": backwards}]}
    )

    faults = list(period_faults(stay))

    assert [fault.path for fault in faults] == [
        "validFor.endDateTime",
        "part[1].validFor.endDateTime",
    ]
    assert {fault.code for fault in faults} == {"periodEndsBeforeStart"}


def test_a_circle_is_found_and_a_diamond_is_none() -> None:
    above = {"branch": ["region"], "region": ["group", "holding"], "group": ["holding"]}

    def parents_of(name: str) -> list[str]:
        return above.get(name, [])

    assert ancestors(["branch"], parents_of) == {"branch", "region", "group", "holding"}
    assert not leads_back("branch", above["branch"], parents_of)
    above["holding"] = ["branch"]
    assert leads_back("branch", above["branch"], parents_of)
    assert leads_back("holding", above["holding"], parents_of)


def test_a_characteristic_is_found_by_its_name() -> None:
    speed = Characteristic(name="speed", value=1000)

    assert find_characteristic([speed], "speed") is speed
    assert find_characteristic([speed], "color") is None
