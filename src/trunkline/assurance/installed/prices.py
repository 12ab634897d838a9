"""What a product costs: the prices of it that hold, by kind and period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from trunkline.inventory.product import Product
from trunkline.shared.money import Money
from trunkline.shared.price import Price as HeldPrice
from trunkline.shared.price import ProductPrice


@dataclass(frozen=True)
class Price:
    """One price: its kind (recurring, oneTime, usage), its amount, and for how long or how much."""

    price_type: str
    amount: Money
    period: str = ""
    unit: str = ""
    name: str = ""
    is_with_tax: bool = True


def prices_of(product: Product, now: datetime | None = None) -> Sequence[Price]:
    """Return the prices of a product that hold at a moment, recurring ones first."""
    found = [
        one
        for each in product.product_price
        if now is None or each.valid_for is None or each.valid_for.contains(now)
        if (one := _price(each)) is not None
    ]
    return sorted(found, key=lambda one: one.price_type != "recurring")


def _price(held: ProductPrice) -> Price | None:
    amount, is_with_tax = _amount(held.price)
    if amount is None:
        return None
    return Price(
        held.price_type,
        amount,
        held.recurring_charge_period or "",
        held.unit_of_measure or "",
        held.name or "",
        is_with_tax,
    )


def _amount(price: HeldPrice) -> tuple[Money | None, bool]:
    if price.tax_included_amount is not None:
        return price.tax_included_amount, True
    return price.duty_free_amount, False
