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


class Price(Extensible):
    """An amount without and with tax, or a percentage; the tax rate is in percent."""

    percentage: Decimal | None = None
    tax_rate: Decimal | None = None
    duty_free_amount: Money | None = None
    tax_included_amount: Money | None = None


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
