"""What offerings cost by their list, and what ends when a bundle does: worked examples."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from trunkline.catalog.asked_values import asked_values
from trunkline.catalog.offering import ProductOffering
from trunkline.catalog.price import ProductOfferingPrice
from trunkline.catalog.product_specification import ProductSpecification
from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.inventory.product import Product
from trunkline.kernel.resource import Meta
from trunkline.ordering.list_price import list_price
from trunkline.ordering.order_line import lines_of
from trunkline.ordering.price_effect import PriceKind, line_effects
from trunkline.ordering.product_order import ProductOrder

NOW = datetime(2026, 11, 22, tzinfo=UTC)
MONTH, ONCE = PriceKind("recurring", "month", "EUR"), PriceKind("oneTime", None, "EUR")


def known(document: Any, ident: str) -> Any:
    object.__setattr__(document, "meta", Meta(ident))
    return document


def price(ident: str, amount: str, period: str | None = "month", **more: Any) -> Any:
    body: dict[str, Any] = {"name": ident, "lifecycleStatus": "Active", **more,
                            "priceType": "recurring" if period else "oneTime",
                            "price": {"value": Decimal(amount), "unit": "EUR"}}  # fmt: skip
    if period:
        body |= {"recurringChargePeriodType": period, "recurringChargePeriodLength": 1}
    return known(ProductOfferingPrice.wrap(body), ident)


def offering(ident: str, prices: list[str], *parts: dict[str, Any]) -> Any:
    body = {"name": ident, "productOfferingPrice": [{"id": one} for one in prices],
            "bundledProductOffering": list(parts)}  # fmt: skip
    return known(ProductOffering.wrap(body), ident)


def part(ident: str, lower: int, upper: int) -> dict[str, Any]:
    limits = {"numberRelOfferLowerLimit": lower, "numberRelOfferUpperLimit": upper}
    return {"id": ident, "bundledProductOfferingOption": limits}


def catalog(*entries: Any) -> CatalogSnapshot:
    return CatalogSnapshot(
        offerings={one.id: one for one in entries if isinstance(one, ProductOffering)},
        prices={one.id: one for one in entries if isinstance(one, ProductOfferingPrice)},
    )


def test_a_bundle_costs_what_it_brings_when_nothing_is_chosen() -> None:
    """Office 5.00 with two lines of 19.90 and 49.00 once each; the optional support is not in."""
    office = offering("Office", ["o"], part("Line", 2, 5), part("Support", 0, 1))
    line, support = offering("Line", ["l", "s"]), offering("Support", ["t"])
    held = catalog(office, line, support, price("o", "5.00"), price("l", "19.90"),
                   price("s", "49.00", None), price("t", "9.00"))  # fmt: skip
    assert list_price(office, held, NOW) == {MONTH: Decimal("44.80"), ONCE: Decimal("98.00")}
    assert list_price(support, held, NOW) == {MONTH: Decimal("9.00")}


def test_only_prices_in_force_count_and_a_charge_of_nothing_is_silent() -> None:
    ended = {"validFor": {"endDateTime": "2026-01-01T00:00:00Z"}}
    sold = offering("Line", ["old", "now", "free"])
    held = catalog(sold, price("old", "25.00", **ended), price("now", "19.90"),
                   price("free", "0", None))  # fmt: skip
    assert list_price(sold, held, NOW) == {MONTH: Decimal("19.90")}
    gift = offering("Gift", ["free"])
    assert list_price(gift, catalog(gift, price("free", "0")), NOW) == {MONTH: Decimal(0)}


def product(ident: str, amount: str, *inside: str, status: str = "active") -> Any:
    charge = {"priceType": "recurring", "recurringChargePeriod": "month",
              "price": {"dutyFreeAmount": {"value": Decimal(amount), "unit": "EUR"}}}  # fmt: skip
    body = {"status": status, "productPrice": [charge], "product": [{"id": one} for one in inside]}
    return known(Product.wrap(body), ident)


def test_what_lies_in_a_product_that_ends_is_not_paid_for_any_more() -> None:
    """5.00 for the whole and 19.90 for its line end; the part that ended before does not count,
    and the line is not counted twice where an item of its own ends it."""
    held = {
        one.id: one
        for one in (product("W", "5.00", "L", "G"), product("L", "19.90"),
                    product("G", "9.00", status="terminated"))
    }  # fmt: skip
    whole = {"id": "1", "action": "delete", "product": {"id": "W"}}
    line = {"id": "2", "action": "delete", "product": {"id": "L"}}

    def deltas(*items: dict[str, Any]) -> dict[str, Decimal]:
        lines = lines_of(ProductOrder.wrap({"productOrderItem": list(items)}))
        effects = line_effects(lines, held, at=NOW)
        return {ident: sum((one.delta for one in found), Decimal(0))
                for ident, found in effects.items()}  # fmt: skip

    assert deltas(whole) == {"1": Decimal("-24.90")}
    assert deltas(whole, line) == {"1": Decimal("-5.00"), "2": Decimal("-19.90")}


def characteristic(name: str, kind: str, *options: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "valueType": kind,
        "productSpecCharacteristicValue": list(options),
        **more,
    }


def test_a_specification_says_what_is_asked_for() -> None:
    """Choices with unit and default, a range with its ends, what an offering leaves of them, what
    is fixed; what is hidden or only shown is not asked for."""
    specification = ProductSpecification.wrap(
        {
            "name": "Line",
            "productSpecCharacteristic": [
                characteristic("seats", "integer", {"valueFrom": 1, "valueTo": 50}, order=2),
                characteristic(
                    "speed", "integer",
                    {"value": 100, "isDefault": True, "unitOfMeasure": "Mbit/s"},
                    {"value": 500, "unitOfMeasure": "Mbit/s", "label": "Half a gigabit"},
                    minCardinality=1, order=1,
                ),
                characteristic("tags", "string", maxCardinality=3, regex="[a-z]+"),
                characteristic("vendor", "string", {"value": "Ours", "isDefault": True},
                               configurable=False),
                characteristic("secret", "string", hidden=True),
                characteristic("note", "label"),
            ],
        }
    )  # fmt: skip
    seats, speed, tags, vendor = sorted(
        asked_values(specification.characteristics, (), NOW), key=lambda one: one.name
    )
    assert (seats.kind, seats.low, seats.high) == ("integer", "1", "50")
    assert [(one.value, one.label) for one in speed.choices] == [
        (100, "100 Mbit/s"),
        (500, "Half a gigabit"),
    ]
    assert (speed.least, speed.defaults, speed.fixed) == (1, (100,), False)
    assert (tags.most, tags.pattern, tags.is_many) == (3, "[a-z]+", True)
    assert (vendor.fixed, vendor.defaults) == (True, ("Ours",))
    listed = asked_values(specification.characteristics, (), NOW)
    assert [one.name for one in listed][:2] == ["speed", "seats"]

    sold = ProductOffering.wrap(
        {
            "name": "Half",
            "prodSpecCharValueUse": [
                {"name": "speed", "productSpecCharacteristicValue": [{"value": 500}]}
            ],
        }
    )
    narrowed = asked_values(specification.characteristics, sold.prod_spec_char_value_use, NOW)
    assert [one.label for one in narrowed[0].choices] == ["Half a gigabit"]
