"""Prices of offerings (TMF620): what is charged, how often, and under which conditions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias, TypeVar

from trunkline.catalog.api import TMF620
from trunkline.catalog.characteristic import ProductSpecificationCharacteristicValueUse
from trunkline.catalog.entry import (
    CATALOG_LIFECYCLE,
    COLUMNS,
    DEFAULTS,
    LIVE,
    PROMOTED,
    TranslatedEntry,
)
from trunkline.documents.shape import many
from trunkline.kernel.resource import resource
from trunkline.shared.charge_period import same_period
from trunkline.shared.extensible import Extensible
from trunkline.shared.money import Money
from trunkline.shared.period import TimePeriod
from trunkline.shared.price import TaxItem
from trunkline.shared.quantity import Duration, Quantity
from trunkline.shared.reference import ConstraintRef, PlaceRef
from trunkline.shared.termination_rule import TerminationRule


class ProductPriceValue(Extensible):
    """An amount without and with tax, or a percentage; the tax rate is in percent."""

    percentage: Decimal | None = None
    tax_category: str | None = None
    tax_rate: Decimal | None = None
    duty_free_amount: Money | None = None
    tax_included_amount: Money | None = None


class POPAlteration(Extensible):
    """A discount or surcharge on a price of an offering."""

    id: str | None = None
    href: str | None = None
    name: str | None = None
    description: str | None = None
    price_type: str
    priority: int | None = None
    recurring_charge_period: str | None = None
    application_duration: Duration | None = None
    price: ProductPriceValue
    unit_of_measure: Quantity | None = None
    valid_for: TimePeriod | None = None


class ProductOfferingPriceRefOrValue(Extensible, targets=("ProductOfferingPrice",)):
    """A price of an offering, by reference or by value."""

    id: str | None = None
    href: str | None = None
    name: str | None = None
    description: str | None = None
    version: str | None = None
    lifecycle_status: str | None = None
    last_update: datetime | None = None
    price_type: str | None = None
    recurring_charge_period: str | None = None
    recurring_charge_period_length: int | None = None
    constraint: list[ConstraintRef] = many()
    price: ProductPriceValue | None = None
    price_alteration: list[POPAlteration] = many()
    unit_of_measure: Quantity | None = None
    valid_for: TimePeriod | None = None
    referred_type: str | None = None


class BundledProductOfferingPriceRelationship(Extensible, targets=("ProductOfferingPrice",)):
    """A price that is part of a bundle of prices."""

    id: str | None = None
    href: str | None = None
    name: str | None = None


class ProductOfferingPriceRelationship(Extensible, targets=("ProductOfferingPrice",)):
    """How a price relates to another one (discount, migration, …)."""

    id: str | None = None
    href: str | None = None
    name: str | None = None
    relationship_type: str | None = None
    role: str | None = None
    referred_type: str | None = None


class PricingLogicAlgorithm(Extensible):
    """The rule by which a price is computed."""

    id: str | None = None
    href: str | None = None
    name: str | None = None
    description: str | None = None
    pla_spec_id: str | None = None
    valid_for: TimePeriod | None = None


class ProductOfferingTerm(Extensible):
    """A commitment under which something is offered, such as 24 months.

    `termination_rule` is ours: what it costs to end it before.
    """

    name: str | None = None
    description: str | None = None
    duration: Duration | None = None
    valid_for: TimePeriod | None = None
    termination_rule: TerminationRule | None = None


@resource(
    api=TMF620,
    path="productOfferingPrice",
    prefix="PRC",
    lifecycle=CATALOG_LIFECYCLE,
    defaults=DEFAULTS,
    promote=PROMOTED,
    columns=(*COLUMNS, "priceType"),
    data_class="public",
)
class ProductOfferingPrice(TranslatedEntry):
    """A charge of an offering: its amount, its type and how it recurs.

    Ours: `customer_type`, the types of customers (such as `wholesale`) that pay it; it takes the
    place of the charge for everybody of the same type and period.
    """

    customer_type: list[str] = many()
    is_bundle: bool | None = None
    percentage: Decimal | None = None
    price_type: str | None = None
    recurring_charge_period_length: int | None = None
    recurring_charge_period_type: str | None = None
    bundled_pop_relationship: list[BundledProductOfferingPriceRelationship] = many()
    constraint: list[ConstraintRef] = many()
    place: list[PlaceRef] = many()
    pop_relationship: list[ProductOfferingPriceRelationship] = many()
    price: Money | None = None
    pricing_logic_algorithm: list[PricingLogicAlgorithm] = many()
    prod_spec_char_value_use: list[ProductSpecificationCharacteristicValueUse] = many()
    product_offering_term: list[ProductOfferingTerm] = many()
    tax: list[TaxItem] = many()
    unit_of_measure: Quantity | None = None


P = TypeVar("P", ProductOfferingPrice, ProductOfferingPriceRefOrValue)
AnyPrice: TypeAlias = ProductOfferingPrice | ProductOfferingPriceRefOrValue
A = TypeVar("A", bound=AnyPrice)


def paid_by(prices: Sequence[AnyPrice], customer_type: str | None) -> list[AnyPrice]:
    """Return the prices that a customer of a type pays: its own before those for everybody."""
    fitting = [one for one in prices if not _types(one) or customer_type in _types(one)]
    replaced = {_charge(one) for one in fitting if _types(one)}
    return [one for one in fitting if _types(one) or _charge(one) not in replaced]


def with_agreed(
    prices: Sequence[AnyPrice], agreed: Sequence[ProductOfferingPriceRefOrValue]
) -> list[AnyPrice]:
    """Return prices with what was agreed with a customer in the place of the same charges.

    An agreed price takes the place of the one that it names by id, else of those of its type and
    period; what is not agreed stays.
    """
    return [*agreed, *not_agreed(prices, agreed)]


def not_agreed(prices: Sequence[A], agreed: Sequence[ProductOfferingPriceRefOrValue]) -> list[A]:
    """Return those of some prices in whose place no agreed one stands."""
    known = {one.id for one in prices if one.id is not None}
    idents = {one.id for one in agreed if one.id is not None}
    charges = {_charge(one) for one in agreed if one.id not in known}
    return [one for one in prices if one.id not in idents and _charge(one) not in charges]


def unit_of(price: AnyPrice) -> str | None:
    """Return the currency of a price; None where it is no amount of money."""
    if isinstance(price, ProductOfferingPrice):
        return price.price.unit if price.price is not None else None
    held = price.price
    amount = (held.duty_free_amount or held.tax_included_amount) if held is not None else None
    return amount.unit if amount is not None else None


def in_currency(prices: Iterable[A], currency: str) -> list[A]:
    """Return those of some prices that are asked in a currency, and those that are no amounts."""
    return [one for one in prices if unit_of(one) in (None, currency)]


def _types(price: AnyPrice) -> Sequence[str]:
    return price.customer_type if isinstance(price, ProductOfferingPrice) else ()


def _charge(price: AnyPrice) -> tuple[str, str, int]:
    """Return what sort of charge a price is, by which one takes the place of another."""
    if isinstance(price, ProductOfferingPrice):
        period = price.recurring_charge_period_type
    else:
        period = price.recurring_charge_period
    length, word = same_period(period or "", price.recurring_charge_period_length or 1)
    return (price.price_type or "").lower(), word, length


def price_of(prices: Iterable[P], at: datetime) -> list[P]:
    """Return the prices in force at the instant, in their order.

    A price given by value may leave its status out; it then is as live as its offering.
    """
    return [
        price
        for price in prices
        if (price.lifecycle_status is None or price.lifecycle_status in LIVE)
        and (price.valid_for is None or price.valid_for.contains(at))
    ]
