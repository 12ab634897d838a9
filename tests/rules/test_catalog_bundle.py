"""Bundles and sale: counts of parts, choices in groups, what can be sold when and for how much."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.catalog.cardinality import count_faults, default_counts, limit_faults, limits_of
from trunkline.catalog.offering import (
    BundledProductOffering,
    ProductOffering,
    is_available,
    is_on_sale,
)
from trunkline.catalog.price import ProductOfferingPrice, price_of
from trunkline.catalog.snapshot import CatalogSnapshot

AT = datetime(2026, 11, 21, tzinfo=UTC)


def part(ident: str, limits: tuple[Any, Any, Any] | None = None, **raw: Any) -> dict[str, Any]:
    names = ("numberRelOfferLowerLimit", "numberRelOfferDefault", "numberRelOfferUpperLimit")
    if limits is not None:
        option = {name: one for name, one in zip(names, limits, strict=True) if one is not None}
        raw["bundledProductOfferingOption"] = option
    return {"id": ident, "name": ident.title(), **raw}


def bundle(*parts: dict[str, Any], **raw: Any) -> ProductOffering:
    return ProductOffering.wrap(
        {"name": "Home", "isBundle": True, "bundledProductOffering": list(parts), **raw}
    )


def codes(held: ProductOffering, **counts: int) -> list[str]:
    return [one.code for one in count_faults(held, counts, path="item[0]")]


HOME = bundle(part("fibre"), part("phone", (0, None, 2)), part("box", (1, 1, 4)))


def test_a_part_without_limits_is_there_once() -> None:
    assert codes(HOME, fibre=1, box=1) == []
    assert codes(HOME, fibre=2, box=1) == ["bundlePartCount"]
    assert codes(HOME, box=1) == ["bundlePartCount"]


def test_limits_hold_for_each_part() -> None:
    assert codes(HOME, fibre=1, box=1, phone=2) == []
    assert codes(HOME, fibre=1, box=5, phone=3) == ["bundlePartCount", "bundlePartCount"]
    assert codes(HOME, fibre=1, box=1, tv=1) == ["bundlePartUnknown"]


def test_an_optional_part_has_its_lower_limit_once_it_is_taken() -> None:
    held = bundle(part("seat", (5, None, 10), mandatory=False))
    assert codes(held) == []
    assert codes(held, seat=4) == ["bundlePartCount"]
    assert codes(held, seat=5) == []
    assert "none or 5 to 10" in next(count_faults(held, {"seat": 4}, path="")).message


def test_a_mandatory_part_is_there_although_its_lower_limit_is_zero() -> None:
    assert codes(bundle(part("box", (0, None, 2), mandatory=True))) == ["bundlePartCount"]


def test_defaults_are_what_a_bundle_starts_with() -> None:
    held = bundle(
        part("fibre"),
        part("phone", (0, None, 2)),
        part("tv", (0, None, 2), defaultSelected=True),
        part("box", (1, 2, 4)),
    )
    assert default_counts(held) == {"fibre": 1, "phone": 0, "tv": 1, "box": 2}
    assert list(count_faults(held, default_counts(held), path="")) == []


def test_a_group_bounds_the_choices() -> None:
    held = bundle(
        *(part(one, (0, None, 1), group="tv") for one in ("basic", "sport", "film")),
        bundledGroup=[{"name": "tv", "minimumOptions": 1, "maximumOptions": 2}],
    )
    assert codes(held) == ["bundleGroupCount"]
    assert codes(held, basic=1) == []
    assert codes(held, basic=1, sport=1, film=1) == ["bundleGroupCount"]


def test_contradicting_limits_are_refused() -> None:
    held = bundle(
        part("a", (3, None, 2)),
        part("b", (1, 5, 4)),
        part("c", group="none"),
        bundledGroup=[{"name": "tv", "minimumOptions": 2, "maximumOptions": 1}],
    )
    assert [(one.path, one.code) for one in limit_faults(held)] == [
        (
            "bundledProductOffering[0].bundledProductOfferingOption.numberRelOfferLowerLimit",
            "minimumAboveMaximum",
        ),
        (
            "bundledProductOffering[1].bundledProductOfferingOption.numberRelOfferDefault",
            "defaultOutsideLimits",
        ),
        ("bundledProductOffering[2].group", "bundleGroupUnknown"),
        ("bundledGroup[0].minimumOptions", "minimumAboveMaximum"),
        ("bundledGroup[0].minimumOptions", "bundleGroupTooSmall"),
    ]


@given(
    st.integers(0, 4),
    st.none() | st.integers(0, 6),
    st.none() | st.booleans(),
    st.none() | st.booleans(),
)
def test_a_sound_part_s_default_is_admitted(
    lower: int, upper: int | None, mandatory: bool | None, selected: bool | None
) -> None:
    raw = part("x", (lower, None, upper), mandatory=mandatory, defaultSelected=selected)
    limits = limits_of(BundledProductOffering.wrap(raw))
    if upper is None or max(lower, 1) <= upper:
        assert limits.admits(limits.default)


@pytest.mark.parametrize(
    ("status", "sellable", "available", "on_sale"),
    [
        ("Active", None, True, True),
        ("Launched", True, True, True),
        ("Active", False, True, False),
        ("In test", True, False, False),
        ("Retired", True, False, False),
    ],
)
def test_only_live_offerings_are_sold(
    status: str, sellable: bool | None, available: bool, on_sale: bool
) -> None:
    offering = ProductOffering(name="Fibre 1G", lifecycle_status=status, is_sellable=sellable)
    assert is_available(offering, AT) is available
    assert is_on_sale(offering, AT) is on_sale


def test_the_end_of_a_validity_is_not_part_of_it() -> None:
    offering = ProductOffering.wrap(
        {
            "name": "Fibre 1G",
            "lifecycleStatus": "Active",
            "validFor": {
                "startDateTime": "2026-11-21T00:00:00.000Z",
                "endDateTime": "2026-11-22T00:00:00.000Z",
            },
        }
    )
    days = [AT + timedelta(days=number) for number in (-1, 0, 1)]
    assert [is_on_sale(offering, day) for day in days] == [False, True, False]


def price(ident: str, amount: str, **raw: Any) -> ProductOfferingPrice:
    return ProductOfferingPrice.wrap(
        {
            "name": ident,
            "lifecycleStatus": "Active",
            "price": {"value": Decimal(amount), "unit": "EUR"},
            **raw,
        }
    )


def test_prices_follow_their_validity() -> None:
    old = price("old", "39.90", validFor={"endDateTime": "2026-11-21T00:00:00.000Z"})
    new = price("new", "49.90", validFor={"startDateTime": "2026-11-21T00:00:00.000Z"})
    draft = price("draft", "9.90", lifecycleStatus="In design")
    assert price_of([old, new, draft], AT) == [new]
    assert price_of([old, new, draft], AT - timedelta(seconds=1)) == [old]


def test_a_snapshot_follows_references_to_prices_and_keeps_values() -> None:
    held = price("fee", "49.90")
    offering = ProductOffering.wrap(
        {
            "name": "Fibre 1G",
            "productOfferingPrice": [
                {"id": "p1"},
                {"name": "setup", "price": {"dutyFreeAmount": {"value": 10, "unit": "EUR"}}},
            ],
        }
    )
    snapshot = CatalogSnapshot(prices={"p1": held})
    assert [one.name for one in snapshot.prices_of(offering, AT)] == ["fee", "setup"]
