"""What characteristics may hold is worked out once for a snapshot, unless it depends on the day."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from trunkline.catalog.configuration import completed
from trunkline.catalog.offering import ProductOffering
from trunkline.catalog.product_specification import ProductSpecification
from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.kernel.resource import Meta
from trunkline.shared.characteristic import Characteristic

MARCH = datetime(2026, 3, 15, tzinfo=UTC)
MAY = datetime(2026, 5, 15, tzinfo=UTC)


def fibre(*speeds: dict[str, Any], ident: str = "fibre") -> ProductSpecification:
    """Return a specification with one characteristic, whose options are given."""
    options = {"name": "speed", "valueType": "integer", "productSpecCharacteristicValue": [*speeds]}
    found = ProductSpecification.wrap({"name": "Fibre", "productSpecCharacteristic": [options]})
    object.__setattr__(found, "meta", Meta(ident))
    return found


def offering(ident: str, *speeds: int) -> ProductOffering:
    """Return an offering that narrows the speed to some values."""
    use = {"name": "speed", "productSpecCharacteristicValue": [{"value": one} for one in speeds]}
    found = ProductOffering.wrap({"name": ident, "prodSpecCharValueUse": [use] if speeds else []})
    object.__setattr__(found, "meta", Meta(ident))
    return found


def codes(
    snapshot: CatalogSnapshot,
    specification: ProductSpecification,
    sold: ProductOffering | None,
    *,
    at: datetime,
    speed: int,
) -> list[str]:
    """Return what is wrong with a speed."""
    given = [Characteristic(name="speed", value=speed)]
    return [
        one.code for one in completed(snapshot.allowed(specification, sold, at), given, path="c")[1]
    ]


def test_an_option_counts_on_its_days_only() -> None:
    spring = {
        "startDateTime": "2026-03-01T00:00:00.000Z",
        "endDateTime": "2026-04-01T00:00:00.000Z",
    }
    specification = fibre({"value": 100}, {"value": 1000, "validFor": spring})
    snapshot = CatalogSnapshot()
    assert codes(snapshot, specification, None, at=MARCH, speed=1000) == []
    assert codes(snapshot, specification, None, at=MAY, speed=1000) == ["characteristicValue"]
    assert codes(snapshot, specification, None, at=MARCH, speed=1000) == []


def test_a_use_that_counts_on_its_days_only() -> None:
    specification, sold = fibre(), offering("spring", 100)
    spring = {
        "startDateTime": "2026-03-01T00:00:00.000Z",
        "endDateTime": "2026-04-01T00:00:00.000Z",
    }
    sold.raw["prodSpecCharValueUse"][0]["productSpecCharacteristicValue"][0]["validFor"] = spring
    snapshot = CatalogSnapshot()
    assert codes(snapshot, specification, sold, at=MARCH, speed=7) == ["characteristicValue"]
    assert codes(snapshot, specification, sold, at=MAY, speed=7) == []


def test_each_offering_has_its_own_limits() -> None:
    specification, snapshot = fibre({"value": 100}, {"value": 1000}), CatalogSnapshot()
    for _ in range(2):
        assert codes(snapshot, specification, None, at=MAY, speed=1000) == []
        small = codes(snapshot, specification, offering("small", 100), at=MAY, speed=1000)
        assert small == ["characteristicValue"]
        assert codes(snapshot, specification, offering("large", 1000), at=MAY, speed=1000) == []
        other = codes(snapshot, fibre({"value": 5}, ident="other"), None, at=MAY, speed=1000)
        assert other == ["characteristicValue"]


def test_what_does_not_depend_on_the_day_is_worked_out_once() -> None:
    specification, snapshot = fibre({"value": 100}), CatalogSnapshot()
    assert snapshot.allowed(specification, None, MARCH) is snapshot.allowed(
        specification, None, MAY
    )
