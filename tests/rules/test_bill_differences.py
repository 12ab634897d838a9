"""Why a bill is more than the one before: by examples, and so that nothing is left out."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from trunkline.billing.bill.explaining import Charge, Difference, differences

AMOUNTS = st.integers(-50_000, 50_000).map(lambda cents: Decimal(cents).scaleb(-2))
CHARGES = st.lists(
    st.builds(Charge, st.sampled_from(["fibre", "voice", ""]), st.sampled_from("ab"), AMOUNTS),
    max_size=5,
)


def charge(name: str, amount: str) -> Charge:
    return Charge(name.lower(), name, Decimal(amount))


def test_what_is_new_gone_or_dearer_is_told_and_what_stays_is_not() -> None:
    before = [charge("Fibre", "49.90"), charge("Voice", "9.90"), charge("TV", "7.90")]
    now = [charge("Fibre", "59.90"), charge("Voice", "9.90"), charge("Router", "4.90")]
    assert differences(before, now) == [
        Difference("fibre", "Fibre", Decimal("49.90"), Decimal("59.90")),
        Difference("tv", "TV", Decimal("7.90"), None),
        Difference("router", "Router", None, Decimal("4.90")),
    ]


def test_two_charges_of_one_product_under_one_name_count_together() -> None:
    parts = [charge("Fibre", "20.00"), charge("Fibre", "29.90")]
    assert differences(parts, [charge("Fibre", "49.90")]) == []


@given(CHARGES, CHARGES)
def test_the_differences_are_all_that_differs(before: list[Charge], now: list[Charge]) -> None:
    found = sum((one.amount for one in differences(before, now)), Decimal(0))
    whole = sum((one.amount for one in now), Decimal(0))
    assert found == whole - sum((one.amount for one in before), Decimal(0))
