"""Price lists: what the offerings of an agreement cost while it is active, and on which terms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Literal, TypeAlias

from trunkline.catalog.price import ProductOfferingPriceRefOrValue, not_agreed
from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.catalog.snapshot import load as load_catalog
from trunkline.contract.agreement.agreement import (
    Agreement,
    AgreementItem,
    PriceAdjustment,
    customer_ref,
)
from trunkline.contract.agreement.service_level import AgreedServiceLevel
from trunkline.contract.api import CONTRACT
from trunkline.documents.errors import Fault
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.patch import copied
from trunkline.documents.shape import Json, Limits, Shape, many
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.ordering.intake import order_prices
from trunkline.ordering.product_order_item import OrderTerm
from trunkline.party.customer import customer_named
from trunkline.shared.catalog_reference import ProductOfferingRef
from trunkline.shared.charge_period import PER_MONTH
from trunkline.shared.money import Money, digits_of
from trunkline.shared.party_reference import RelatedParty
from trunkline.shared.period import TimePeriod
from trunkline.shared.price import OrderPrice
from trunkline.shared.reference import AgreementRef

PriceListState: TypeAlias = Literal["published", "retired"]
PRICE_LIST_LIFECYCLE = Lifecycle(
    attribute="state",
    initial="published",
    moves={"published": ("retired",), "retired": ()},
)
AMOUNT_MAX = 10**12
EXACT_DIGITS = 4
PERCENT_MIN, PERCENT_MAX = -100, 1000
AMOUNTS = ("dutyFreeAmount", "taxIncludedAmount")


class PriceListLine(Shape):
    """What an offering costs and on which terms; what names no offering holds for all."""

    product_offering: ProductOfferingRef | None = None
    product_offering_price: list[ProductOfferingPriceRefOrValue] = many()
    item_term: list[OrderTerm] = many()


@resource(
    api=CONTRACT,
    path="priceList",
    prefix="PL",
    published=False,
    lifecycle=PRICE_LIST_LIFECYCLE,
    promote=(
        Promoted("state"),
        Promoted("party.id"),
        Promoted("agreement.id"),
        Promoted("validFor.startDateTime", "instant"),
        Promoted("validFor.endDateTime", "instant"),
        Promoted("agreedSince", "instant"),
    ),
    columns=("key", "name", "agreement", "state", "validFor"),
)
class PriceList(Document):
    """The prices, terms and service levels of an agreement, published while that is active.

    Who may read the agreement is told it there. It is the party's and of those below it in its
    group. `agreed_since` is when the first version of the agreement began: of several lists the
    oldest counts first.
    """

    name: Annotated[str, Limits(length_max=200)]
    agreement: AgreementRef
    party: RelatedParty
    state: PriceListState | None = None
    valid_for: TimePeriod
    agreed_since: datetime
    only_agreed: bool | None = None
    service_level: list[AgreedServiceLevel] = many()
    line: list[PriceListLine] = many()


def lines_of_list(work: Work, agreement: Agreement) -> list[PriceListLine]:
    """Return the lines of an agreement's price list, counted from the catalog as it is now.

    That is what the catalog asks of customers of its customer's type.
    """
    return list(_lines(agreement, _catalog_of(work, agreement), work.now))


def agreed_and_listed(
    work: Work, agreement: Agreement
) -> Iterator[tuple[list[OrderPrice], list[OrderPrice]]]:
    """Yield, for each offering of an agreement, what it costs by that, and what is listed now."""
    catalog = _catalog_of(work, agreement)
    agreed: dict[str, list[ProductOfferingPriceRefOrValue]] = {}
    for line in _lines(agreement, catalog, work.now):
        if line.product_offering is not None:
            held = agreed.setdefault(line.product_offering.id, [])
            held += not_agreed(line.product_offering_price, held)
    for ident, prices in agreed.items():
        offering = catalog.offerings.get(ident)
        listed = catalog.prices_of(offering, work.now) if offering is not None else []
        kept = order_prices(not_agreed(listed, prices))
        yield [*order_prices(prices), *kept], list(order_prices(listed))


def _catalog_of(work: Work, agreement: Agreement) -> CatalogSnapshot:
    idents = [
        one.id for item in agreement.agreement_item for one in item.product_offering
    ]  # fmt: skip
    catalog = load_catalog(work, idents) if idents else CatalogSnapshot()
    if not catalog.asks_for_customer_type:
        return catalog
    named = customer_ref(agreement)
    ident = named[1].id if named is not None else ""
    found = customer_named(work, ident)
    return replace(catalog, customer_type=found.customer_type if found is not None else None)


def _lines(agreement: Agreement, catalog: CatalogSnapshot, at: datetime) -> Iterator[PriceListLine]:
    agreed: dict[str, list[ProductOfferingPriceRefOrValue]] = {}
    for item in agreement.agreement_item:
        for named in item.product_offering:
            agreed.setdefault(named.id, []).extend(item.product_offering_price)
    for item in agreement.agreement_item:
        terms = [OrderTerm.wrap(copied(one.raw)) for one in item.item_term]
        if not item.product_offering and terms:
            yield PriceListLine(item_term=terms)
        for named in item.product_offering:
            offering = catalog.offerings.get(named.id)
            listed = catalog.prices_of(offering, at) if offering is not None else []
            left = order_prices(not_agreed(listed, agreed[named.id]))
            yield PriceListLine(
                product_offering=ProductOfferingRef(id=named.id, name=named.name),
                product_offering_price=list(_prices(item, left)),
                item_term=terms,
            )


def _prices(
    item: AgreementItem, listed: Iterable[OrderPrice]
) -> Iterator[ProductOfferingPriceRefOrValue]:
    """Yield the charges that are agreed on, then those of the catalog that are adjusted."""
    for one in item.product_offering_price:
        yield ProductOfferingPriceRefOrValue.wrap(copied(one.raw))
    for price in listed:
        fitting = [one for one in item.price_adjustment if _is_meant(one, price.price_type)]
        if fitting and price.price is not None:
            yield _adjusted(price, fitting)


def _is_meant(adjustment: PriceAdjustment, price_type: str | None) -> bool:
    wanted = adjustment.price_type
    return wanted is None or wanted.lower() == (price_type or "").lower()


def _adjusted(
    price: OrderPrice, adjustments: list[PriceAdjustment]
) -> ProductOfferingPriceRefOrValue:
    raw: dict[str, Json] = {
        name: price.raw[name]
        for name in ("name", "priceType", "recurringChargePeriod", "price")
        if price.raw.get(name) is not None
    }
    if price.product_offering_price is not None:
        raw["id"] = price.product_offering_price.id
    raw = copied(raw)
    held = raw["price"]
    is_exact = "usage" in (price.price_type or "").lower()
    old = {name: Money.wrap(dict(held[name])) for name in AMOUNTS if held.get(name)}
    for name, amount in old.items():
        held[name]["value"] = adjusted_amount(amount, adjustments, is_exact=is_exact)
    net, gross = (old.get(name) for name in AMOUNTS)
    if net is not None and gross is not None and net.amount:  # an amount off is off the net one
        share = held[AMOUNTS[0]]["value"] / net.amount
        held[AMOUNTS[1]]["value"] = _rounded(gross.amount * share, gross, is_exact=is_exact)
    return ProductOfferingPriceRefOrValue.wrap(raw)


def adjusted_amount(
    price: Money, adjustments: Iterable[PriceAdjustment], *, is_exact: bool = False
) -> Decimal:
    """Return an amount after adjustments one after the other, and not below zero.

    100.00 less 10 percent, then 5.00 less: 85.00. It is rounded to its coin, what is asked for each
    unit of use four digits behind its last one; an amount in another currency changes nothing.
    """
    amount = price.amount
    for one in adjustments:
        if one.percentage is not None:
            amount += amount * one.percentage / 100
        if one.amount is not None and one.amount.unit == price.unit:
            amount += one.amount.amount
    return _rounded(max(Decimal(0), amount), price, is_exact=is_exact)


def _rounded(amount: Decimal, price: Money, *, is_exact: bool) -> Decimal:
    scale = -int(price.amount.as_tuple().exponent)
    least = digits_of(price.unit)
    digits = max(least, scale + EXACT_DIGITS if is_exact else scale)
    found = amount.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP).normalize()
    if -int(found.as_tuple().exponent) > least:
        return found
    return found.quantize(Decimal(1).scaleb(-least))


def currency_faults(work: Work, agreement: Agreement) -> Iterator[Fault]:
    """Yield amounts that are taken off charges which the catalog asks in another currency."""
    items = agreement.agreement_item
    if not any(one.amount is not None for item in items for one in item.price_adjustment):
        return
    catalog = _catalog_of(work, agreement)
    for index, item in enumerate(items):
        units: set[tuple[str, str]] = set()
        for named in item.product_offering:
            offering = catalog.offerings.get(named.id)
            listed = catalog.prices_of(offering, work.now) if offering is not None else []
            for price in order_prices(not_agreed(listed, item.product_offering_price)):
                for name in AMOUNTS:
                    unit = ((price.raw.get("price") or {}).get(name) or {}).get("unit")
                    if unit:
                        units.add((str(unit), price.price_type or ""))
        for place, one in enumerate(item.price_adjustment):
            wanted = one.amount.unit if one.amount is not None else None
            other = sorted(held for held, kind in units if held != wanted and _is_meant(one, kind))
            if wanted and other:
                message = f"is in {wanted}, but the charges are in {other[0]}; use that currency"
                path = f"agreementItem[{index}].priceAdjustment[{place}].amount.unit"
                yield Fault(path, "currencyMixed", message)


def price_faults(agreement: Agreement) -> Iterator[Fault]:
    """Yield prices and adjustments that nothing could be counted with."""
    units: list[str] = []
    for index, item in enumerate(agreement.agreement_item):
        path = f"agreementItem[{index}]"
        says = {"productOfferingPrice": item.product_offering_price,
                "priceAdjustment": item.price_adjustment}  # fmt: skip
        for name, held in says.items():
            if held and not item.product_offering:
                message = "name the offerings that it is agreed for, in productOffering"
                yield Fault(f"{path}.{name}", "offeringMissing", message)
        for place, price in enumerate(item.product_offering_price):
            yield from _amount_faults(price, f"{path}.productOfferingPrice[{place}]", units)
        for place, one in enumerate(item.price_adjustment):
            spot = f"{path}.priceAdjustment[{place}]"
            if (one.percentage is None) == (one.amount is None):
                yield Fault(spot, "badValue", "name either a percentage or an amount")
            elif one.percentage is not None and not PERCENT_MIN <= one.percentage <= PERCENT_MAX:
                message = f"must lie between {PERCENT_MIN} and {PERCENT_MAX}"
                yield Fault(f"{spot}.percentage", "badValue", message)
            elif one.amount is not None:
                yield from _unit_faults(one.amount.raw, f"{spot}.amount", units)


def _amount_faults(
    price: ProductOfferingPriceRefOrValue, path: str, units: list[str]
) -> Iterator[Fault]:
    if not price.price_type:
        yield Fault(f"{path}.priceType", "required", "say which kind of charge it is: recurring, …")
    yield from _period_faults(price, f"{path}.recurringChargePeriod")
    held: Mapping[str, Json] = price.price.raw if price.price is not None else {}
    amounts = [name for name in AMOUNTS if held.get(name)]
    if not amounts:
        message = "say what is agreed: an amount with its currency"
        yield Fault(f"{path}.price.dutyFreeAmount", "required", message)
    for name in amounts:
        yield from _unit_faults(held[name], f"{path}.price.{name}", units)
        if Decimal(str(held[name].get("value") or 0)) < 0:
            message = "must not be below zero; use a priceAdjustment for a discount"
            yield Fault(f"{path}.price.{name}.value", "badValue", message)


def _period_faults(price: ProductOfferingPriceRefOrValue, path: str) -> Iterator[Fault]:
    """Yield that nobody could say how often a charge recurs."""
    said = (price.recurring_charge_period or "").strip().lower()
    if not said and "recurring" not in (price.price_type or "").lower():
        return
    if not said:
        yield Fault(path, "required", f"say how often: {', '.join(PER_MONTH)}")
    number, _, word = said.rpartition(" ")
    is_number = not number or (number.isdecimal() and int(number) > 0)
    if said and not (is_number and word.removesuffix("s") in PER_MONTH):
        yield Fault(path, "badValue", f"must be one of: {', '.join(PER_MONTH)}, or 3 months")


def _unit_faults(amount: Mapping[str, Json], path: str, units: list[str]) -> Iterator[Fault]:
    unit = amount.get("unit")
    if amount.get("value") is None:
        yield Fault(f"{path}.value", "required", "name the amount")
    elif abs(Decimal(str(amount["value"]))) > AMOUNT_MAX:
        yield Fault(f"{path}.value", "badValue", f"must be at most {AMOUNT_MAX}")
    if not unit:
        yield Fault(f"{path}.unit", "required", "name the currency")
        return
    units.append(str(unit))
    if unit != units[0]:
        message = f"is in {unit}, but the agreement is in {units[0]}; use one currency"
        yield Fault(f"{path}.unit", "currencyMixed", message)
