"""Prices as products and orders carry them: the amount, how it recurs, and what alters it."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from trunkline.documents.shape import Limits, many
from trunkline.shared.catalog_reference import ProductOfferingPriceRef
from trunkline.shared.extensible import Extensible
from trunkline.shared.money import Money
from trunkline.shared.party_reference import BillingAccountRef
from trunkline.shared.period import TimePeriod

HUNDRED = Decimal(100)


class Price(Extensible):
    """An amount without and with tax, or a percentage; the tax rate is in percent."""

    percentage: Decimal | None = None
    tax_rate: Decimal | None = None
    duty_free_amount: Money | None = None
    tax_included_amount: Money | None = None


def net_of(price: Price) -> tuple[Decimal | None, str | None]:
    """Return the amount of a price without tax and its currency, as far as it says them. Pure."""
    if price.duty_free_amount is not None and price.duty_free_amount.value is not None:
        return price.duty_free_amount.amount, price.duty_free_amount.unit
    gross = price.tax_included_amount
    if gross is None or gross.value is None or price.tax_rate is None:
        return (
            (gross.amount, gross.unit) if gross is not None and gross.value == 0 else (None, None)
        )
    return gross.amount * HUNDRED / (HUNDRED + price.tax_rate), gross.unit


def rate_of(price: Price) -> Decimal | None:
    """Return the tax rate of a price: what it says, else what lies between net and gross. Pure.

    None where neither tells it, so also of what costs nothing.
    """
    if price.tax_rate is not None:
        return price.tax_rate
    net, gross = price.duty_free_amount, price.tax_included_amount
    if net is None or gross is None or gross.value is None or not net.amount:
        return None
    return ((gross.amount / net.amount - 1) * HUNDRED).quantize(Decimal("0.1"))


class PriceAlteration(Extensible):
    """A discount or surcharge on a price, for a number of recurring periods."""

    name: str | None = None
    description: str | None = None
    price_type: str
    priority: int | None = None
    application_duration: Annotated[int | None, Limits(minimum=0)] = None
    recurring_charge_period: str | None = None
    unit_of_measure: str | None = None
    price: Price
    product_offering_price: ProductOfferingPriceRef | None = None


class ProductPrice(Extensible):
    """A price that a product has: once, recurring or by usage.

    `valid_for` is ours: since when a price holds that followed another one, and until when one
    held that others followed.
    """

    name: str | None = None
    description: str | None = None
    price_type: str
    recurring_charge_period: str | None = None
    unit_of_measure: str | None = None
    billing_account: BillingAccountRef | None = None
    price: Price
    product_offering_price: ProductOfferingPriceRef | None = None
    product_price_alteration: list[PriceAlteration] = many()
    valid_for: TimePeriod | None = None


class OrderPrice(Extensible):
    """A price of an order or of one of its items."""

    name: str | None = None
    description: str | None = None
    price_type: str | None = None
    recurring_charge_period: str | None = None
    unit_of_measure: str | None = None
    billing_account: BillingAccountRef | None = None
    price: Price | None = None
    product_offering_price: ProductOfferingPriceRef | None = None
    price_alteration: list[PriceAlteration] = many()


class TaxItem(Extensible):
    """A tax on a price: its category, its rate in percent and its amount."""

    id: str | None = None
    href: str | None = None
    tax_category: str | None = None
    tax_rate: Decimal | None = None
    tax_amount: Money | None = None
