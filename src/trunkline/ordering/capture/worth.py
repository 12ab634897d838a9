"""Worth: what an order comes to, and how far it is below the list. Pure."""

from __future__ import annotations

from collections.abc import Iterable
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
from trunkline.shared.charge_period import per_month
from trunkline.shared.price import OrderPrice, Price

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


def monthly_of(amounts: Iterable[tuple[PriceKind, Decimal]]) -> Decimal:
    """Return what amounts come to in a month, whichever periods they recur in."""
    found = (amount * per_month(kind.period) for kind, amount in amounts if kind.period)
    return sum(found, ZERO)


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
