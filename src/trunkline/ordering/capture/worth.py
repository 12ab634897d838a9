"""Worth: what an order comes to, and how far it is below the list. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.documents.shape import Json
from trunkline.ordering.intake import order_prices
from trunkline.ordering.order_catalog import offering_id
from trunkline.ordering.order_line import Line, lines_of
from trunkline.ordering.price_effect import PriceKind, added_up, amounts_of, line_effects
from trunkline.ordering.product_order import ProductOrder
from trunkline.shared.price import OrderPrice, Price

PER_MONTH: Mapping[str, Decimal] = {
    "day": Decimal(365) / 12,
    "week": Decimal(365) / 84,
    "month": Decimal(1),
    "quarter": Decimal(1) / 3,
    "halfyear": Decimal(1) / 6,
    "year": Decimal(1) / 12,
}
ZERO = Decimal(0)


@dataclass(frozen=True)
class Worth:
    """What an order adds: charged once, per month, and the greatest discount of a line, in percent.

    Amounts are before discounts, without tax where that is said.
    """

    once: Decimal
    monthly: Decimal
    discount: Decimal

    def as_json(self) -> dict[str, Json]:
        """Return it as conditions see it."""
        return {
            "once": self.once,
            "monthly": self.monthly,
            "firstYear": self.once + 12 * self.monthly,
            "discount": self.discount,
        }


NOTHING = Worth(ZERO, ZERO, ZERO)
"""What an order without prices is worth."""


def worth_of(order: ProductOrder, catalog: CatalogSnapshot, at: datetime) -> Worth:
    """Return what an order is worth, with the catalog that its offerings are in."""
    lines = lines_of(order)
    once = monthly = ZERO
    for effect in added_up(line_effects(lines, {}, at=at).values()):
        if effect.kind.period is None:
            once += effect.new
        else:
            monthly += effect.new * per_month(effect.kind.period)
    discounts = (discount_of(one, catalog, at) for one in lines.values())
    return Worth(once, monthly, max(discounts, default=ZERO))


def discount_of(line: Line, catalog: CatalogSnapshot, at: datetime) -> Decimal:
    """Return by how many percent a line is below the list at most; zero where it is not."""
    offering = catalog.offerings.get(offering_id(line.item) or "")
    own = line.item.item_price
    if offering is None or not own or line.action not in ("add", "modify"):
        return ZERO
    listed = _sums(order_prices(catalog.prices_of(offering, at)))
    asked = _sums(own)
    found = [
        100 * (amount - asked.get(kind, ZERO)) / amount
        for kind, amount in listed.items()
        if amount > 0 and (line.action == "add" or kind.period is not None)
    ]
    return max([*found, *(lowered_percent(one) for one in own), ZERO])


def per_month(period: str) -> Decimal:
    """Return how often a period (`month`, `3 months`) fits into a month; once where unknown."""
    number, _, word = period.strip().lower().rpartition(" ")
    length = Decimal(number) if number.isdecimal() and int(number) else Decimal(1)
    stem = word.removesuffix("ly").removesuffix("s")
    return PER_MONTH.get(stem, Decimal(1)) / length


def _sums(prices: Iterable[OrderPrice]) -> dict[PriceKind, Decimal]:
    found: dict[PriceKind, Decimal] = {}
    for kind, amount in amounts_of(prices):
        found[kind] = found.get(kind, ZERO) + amount
    return found


def lowered_percent(one: OrderPrice) -> Decimal:
    """Return by how many percent the alterations of a price lower it."""
    full = _amount(one.price)
    lowered = ZERO
    for each in one.price_alteration:
        rates = [each.price.percentage] if each.price.percentage is not None else []
        amounts = (each.price.duty_free_amount, each.price.tax_included_amount)
        rates += [100 * said.amount / full for said in amounts if said is not None and full]
        is_surcharge = "surcharge" in each.price_type.lower()
        lowered += max([ZERO, *(-rate if is_surcharge else abs(rate) for rate in rates)])
    return lowered


def _amount(price: Price | None) -> Decimal:
    amount = (price.duty_free_amount or price.tax_included_amount) if price is not None else None
    return amount.amount if amount is not None else ZERO
