"""Given away: by how much prices were lowered by hand, and how far somebody decides that alone.

An amount is what a customer pays less in the first year: once, and in twelve months. That does not
depend on the term, which whoever lowers the price could choose.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from trunkline.access.authority import AuthorityKind, is_bounded, limit_of
from trunkline.catalog.snapshot import load as load_catalog
from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.inventory.product import Product, ProductRefOrValue
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.ordering import order_catalog, order_context
from trunkline.ordering.capture.worth import lowered_percent
from trunkline.ordering.intake import order_prices
from trunkline.ordering.order_context import OrderContext
from trunkline.ordering.order_line import Line, copies, lines_of
from trunkline.ordering.own_prices import price_marks
from trunkline.ordering.price_effect import PriceKind, amounts_of
from trunkline.ordering.price_history import is_current
from trunkline.ordering.product_order import UNSENT, ProductOrder, must_be_right
from trunkline.ordering.product_order_item import ProductOrderItem
from trunkline.shared.charge_period import per_month
from trunkline.shared.money import rounded
from trunkline.shared.period import TimePeriod, end_of
from trunkline.shared.price import OrderPrice, ProductPrice

KIND: AuthorityKind = "priceOverride"
ABOVE = "aboveAuthority"
MONTHS = 12
AMOUNTS = ("dutyFreeAmount", "taxIncludedAmount")
TAXED = "taxRate"
"""What an amount without tax comes to at the rate that is said with it."""
Rates: TypeAlias = Mapping[PriceKind, Decimal]
Sums: TypeAlias = dict[PriceKind, dict[str, Decimal]]
ZERO = Decimal(0)


def given_away(
    listed: Iterable[OrderPrice | ProductPrice], asked: Iterable[OrderPrice]
) -> dict[str, Decimal]:
    """Return how much less is asked than listed in the first year, by currency.

    What is raised makes up for nothing that is lowered. Listed 30 a month and 50 once, asked 25 a
    month and 60 once: 60. What is not listed is given away as far as it lies below zero, and a
    rate of tax that is not said is the listed one.
    """
    before = tuple(listed)
    return _given_away(_sums(before), _sums(asked, _rates(before)))


def given_at_any_time(
    listed: Iterable[OrderPrice], asked: Iterable[OrderPrice], now: datetime
) -> dict[str, Decimal]:
    """Return the most that is given away from now or any later moment on, by currency.

    A price that ends, or begins later, is none before and after: at each moment only what holds
    then counts, of what is listed as well.
    """
    before, after = tuple(listed), tuple(asked)
    found: dict[str, Decimal] = {}
    for moment in _moments(now, (*before, *after)):
        then = given_away(_holding(before, moment), _holding(after, moment))
        for unit, amount in then.items():
            found[unit] = max(found.get(unit, ZERO), amount)
    return found


def _holding(prices: Iterable[OrderPrice], moment: datetime) -> list[OrderPrice]:
    return [one for one in prices if _holds(one, moment)]


def _given_away(before: Sums, after: Sums) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for kind in dict.fromkeys((*before, *after)):
        less = _less(before.get(kind) or {}, after.get(kind) or {})
        times = per_month(kind.period) * MONTHS if kind.period else Decimal(1)
        if less:
            found[kind.currency] = found.get(kind.currency, ZERO) + less * times
    return found


def _less(before: Mapping[str, Decimal], after: Mapping[str, Decimal]) -> Decimal:
    """Return by how much amounts of one kind are lower, without tax where the list says that.

    An amount that the list says and that is left out is none. One that only who asks says, such as
    with tax, must not be lower than what is listed either.
    """
    base = _base(before)
    found = [base - amount for name, amount in after.items() if name not in before]
    for name, amount in before.items():
        share = base / amount if amount else Decimal(1)
        found.append((amount - after.get(name, ZERO)) * share)
    return max([ZERO, *found])


def _base(amounts: Mapping[str, Decimal]) -> Decimal:
    return next((amounts[name] for name in AMOUNTS if name in amounts), ZERO)


def _sums(prices: Iterable[OrderPrice | ProductPrice], rates: Rates | None = None) -> Sums:
    """Return what prices come to after what lowers them, by kind and by the name of the amount.

    `rates` are the rates of tax, by kind, of prices that say none themselves.
    """
    found: Sums = {}
    for one in prices:
        altered = lowered_percent(one) if isinstance(one, OrderPrice) else ZERO
        for kind, _ in amounts_of([one]):
            sums = found.setdefault(kind, {})
            for name, amount in _said_amounts(one, (rates or {}).get(kind)):
                left = amount * (100 - min(altered, Decimal(100))) / 100
                sums[name] = sums.get(name, ZERO) + min(amount, left)
    return found


def _said_amounts(
    price: OrderPrice | ProductPrice, rate: Decimal | None = None
) -> Iterator[tuple[str, Decimal]]:
    held = price.price
    if held is None:
        return
    for name, said in zip(AMOUNTS, (held.duty_free_amount, held.tax_included_amount), strict=True):
        if said is not None:
            yield name, said.amount
    rate = held.tax_rate if held.tax_rate is not None else rate
    if held.duty_free_amount is not None and rate is not None:
        yield TAXED, held.duty_free_amount.amount * (100 + rate) / 100


def _rates(prices: Iterable[OrderPrice | ProductPrice]) -> Rates:
    """Return the lowest rate of tax that prices say, by kind."""
    found: dict[PriceKind, Decimal] = {}
    for one in prices:
        rate = one.price.tax_rate if one.price is not None else None
        if rate is not None:
            for kind, _ in amounts_of([one]):
                found[kind] = min(rate, found.get(kind, rate))
    return found


@rule(ProductOrder)
def override_is_within_authority(
    work: Work, old: ProductOrder | None, new: ProductOrder
) -> Iterator[Fault]:
    """Refuse prices lowered by more than who sends the order decides alone, where limits are said.

    What comes from a quote was decided there, and what is handed over costs what it cost before:
    the program makes that order, so nobody lowers anything. Customers and partners set no price by
    hand at all (`own_prices`).
    """
    if old is None and new.ownership_transfer is not None:
        return
    grant = work.actor.grant(ProductOrder.resource, "create" if old is None else "update")
    if grant is not None and not grant.is_staffs:
        return
    if new.internal_state not in UNSENT and must_be_right(new):
        yield from override_faults(work, old, new)


def override_faults(work: Work, old: ProductOrder | None, new: ProductOrder) -> Iterator[Fault]:
    """Yield the items of an order, or of what it shall be, whose prices are lowered too far."""
    if work.actor.kind == "system" or not is_bounded(work, KIND):
        return
    known: Mapping[str, Line] = {}
    if old is not None and old.internal_state not in UNSENT:
        known = lines_of(old)
    lines = {
        ident: line for ident, line in lines_of(new).items() if line.action in ("add", "modify")
    }
    for ident, line in lines.items():
        former = known.get(ident)
        if former is None or _own_price(former.item) != _own_price(line.item):
            yield from product_price_faults(line.path, line.item.product, line.item.item_price)
    former_lines = {ident: _said(line, known) for ident, line in known.items()}
    every = lines_of(new)
    asked = {
        ident: line
        for ident, line in lines.items()
        if line.item.item_price
        and (line.item.quote_item is None or ident in known)
        and former_lines.get(ident) != _said(line, every)
    }
    if asked and _is_own(work, new, asked):
        # What was lowered before in the same order counts as well.
        kept = {
            ident: line
            for ident, line in lines.items()
            if ident not in asked and line.item.item_price and line.item.quote_item is None
        }
        yield from _faults(work, kept, asked, order_context.load(work, new, holds=False))


def product_price_faults(
    path: str, product: ProductRefOrValue | None, prices: Iterable[OrderPrice]
) -> Iterator[Fault]:
    """Yield that a line says another price for its product than it has itself."""
    said = product.product_price if product is not None else []
    if not said:
        return
    is_dated = any(one.valid_for is not None for one in said)
    if is_dated or price_marks(map(_as_asked, said)) != price_marks(prices):
        message = "is not what the line asks; leave it out, the product gets the line's prices"
        yield Fault(f"{path}.product.productPrice", "conflictItemPrice", message)


def _own_price(item: ProductOrderItem) -> list[Json]:
    product: Mapping[str, Json] = item.raw.get("product") or {}
    return [product.get("productPrice"), item.raw.get("itemPrice")]


def _is_own(work: Work, order: ProductOrder, asked: Mapping[str, Line]) -> bool:
    """Tell whether some line says other prices than the catalog's; mostly none does."""
    catalog = order_catalog.load(work, order)
    for line in asked.values():
        offering = catalog.offerings.get(order_catalog.offering_id(line.item) or "")
        listed = list(order_prices(catalog.prices_of(offering, work.now))) if offering else []
        if line.action == "modify":
            listed = [one for one in listed if one.recurring_charge_period]
        if price_marks(listed) != price_marks(line.item.item_price):
            return True
    return False


def _faults(
    work: Work, kept: Mapping[str, Line], asked: Mapping[str, Line], context: OrderContext
) -> Iterator[Fault]:
    lines = context.lines or {}
    whole: dict[str, Decimal] = {}
    told: set[str] = set()
    for ident, line in {**kept, **asked}.items():
        listed, own = _listed(line, context), line.item.item_price
        if ident in asked and lowers_usage(listed, own):
            message = "changes what is asked for use; offer it in a quote or an agreement instead"
            yield Fault(f"{line.path}.itemPrice", ABOVE, message)
        for unit, amount in given_at_any_time(listed, own, context.now).items():
            whole[unit] = whole.get(unit, ZERO) + amount * copies(line, lines)
            most = limit_of(work, KIND, unit)
            if ident in asked and unit not in told and whole[unit] > most:
                told.add(unit)
                message = (
                    f"gives away {rounded(whole[unit], unit)} {unit} in the first year, you decide "
                    f"up to {most} alone; offer it in a quote, which somebody else approves, and "
                    f"say the amounts that the list says"
                )
                yield Fault(f"{line.path}.itemPrice", ABOVE, message)


def _listed(line: Line, context: OrderContext) -> list[OrderPrice]:
    """Return what would be asked of an item: what a product costs already, else as listed."""
    offering, held = context.offering(line), context.changed(line)
    catalog = context.catalog
    found = list(order_prices(catalog.prices_of(offering, context.now))) if offering else []
    if line.action == "add" or held is None:
        return found
    found = [one for one in found if one.recurring_charge_period]
    former = held.product_offering.id if held.product_offering is not None else None
    if offering is not None and former == offering.id:
        paid = [one for one in held.product_price if is_current(one, context.now)]
        kinds = {kind for kind, _ in amounts_of(paid)}
        found = [one for one in found if not {kind for kind, _ in amounts_of([one])} & kinds]
        found += [OrderPrice.wrap(dict(one.raw)) for one in paid if one.recurring_charge_period]
    return found


def lowers_usage(listed: Iterable[OrderPrice], own: Iterable[OrderPrice]) -> bool:
    """Tell whether what is charged by use is asked otherwise than listed, or below zero."""
    before, after = ([one for one in each if _is_usage(one)] for each in (listed, own))
    if any(amount < 0 for one in after for _, amount in _said_amounts(one)):
        return True
    return bool(before) and price_marks(before) != price_marks(after)


def _is_usage(price: OrderPrice) -> bool:
    return "usage" in (price.price_type or "").lower()


def _said(line: Line, lines: Mapping[str, Line]) -> tuple[list[str], int, str | None]:
    item = line.item
    return price_marks(item.item_price), copies(line, lines), order_catalog.offering_id(item)


@rule(Product)
def paid_prices_are_lowered_within_authority(
    work: Work, old: Product | None, new: Product
) -> Iterator[Fault]:
    """Refuse to lower by hand what a product costs by more than one decides alone.

    It counts against what is listed where that is more, so that small steps do not add up to a
    large one, and at each moment from which other prices hold. A new product costs what is listed.
    """
    if work.actor.kind == "system" or not is_bounded(work, KIND):
        return
    if old is not None and old.raw.get("productPrice") == new.raw.get("productPrice"):
        return
    usual = _listed_of(work, new if old is None else old)
    listed, rates = _sums(usual), _rates(usual)
    given: dict[str, Decimal] = {}
    former = old.product_price if old is not None else []
    for moment in _moments(work.now, (*former, *new.product_price)):
        before = _paid_at(old, moment) if old is not None else usual
        after = _paid_at(new, moment)
        if lowers_usage(before, after):
            message = "changes what is asked for use; change it by a quote instead"
            yield Fault("productPrice", ABOVE, message)
            return
        if given_away(before, after):
            paid = _higher(_sums(before), listed)
            asked = _sums(after, {**_rates(before), **rates})
            for unit, amount in _given_away(paid, asked).items():
                given[unit] = max(given.get(unit, ZERO), amount)
    for unit, amount in given.items():
        most = limit_of(work, KIND, unit)
        if amount > most:
            message = (
                f"gives away {rounded(amount, unit)} {unit} in the first year, you decide up to "
                f"{most} alone; change it by a quote, which somebody else approves"
            )
            yield Fault("productPrice", ABOVE, message)


def _listed_of(work: Work, product: Product) -> list[OrderPrice]:
    """Return the recurring prices of a product's offering as the catalog lists them now."""
    if product.product_offering is None:
        return []
    catalog = load_catalog(work, [product.product_offering.id])
    offering = catalog.offerings.get(product.product_offering.id)
    listed = order_prices(catalog.prices_of(offering, work.now)) if offering is not None else ()
    return [one for one in listed if one.recurring_charge_period]


def _moments(now: datetime, prices: Iterable[OrderPrice | ProductPrice]) -> list[datetime]:
    """Return now and every later moment at which a price begins or ends."""
    periods = [found for one in prices if (found := _period(one)) is not None]
    ends = [end for one in periods for end in (one.start_date_time, one.end_date_time)]
    return sorted({now, *(one for one in ends if one is not None and one > now)})


def _paid_at(product: Product, moment: datetime) -> list[OrderPrice]:
    return [_as_asked(one) for one in product.product_price if _holds(one, moment)]


def _holds(price: OrderPrice | ProductPrice, moment: datetime) -> bool:
    period = _period(price)
    end = end_of(period)
    begun = period is None or period.start_date_time is None or period.start_date_time <= moment
    return begun and (end is None or end > moment)


def _period(price: OrderPrice | ProductPrice) -> TimePeriod | None:
    """Return when a price holds; of one in an order it is not in the published schema."""
    if isinstance(price, ProductPrice):
        return price.valid_for
    said = price.raw.get("validFor")
    return TimePeriod.wrap(dict(said)) if isinstance(said, dict) else None


def _higher(paid: Sums, listed: Sums) -> Sums:
    kinds = dict.fromkeys((*paid, *listed))
    return {kind: max(paid.get(kind) or {}, listed.get(kind) or {}, key=_base) for kind in kinds}


def _as_asked(price: ProductPrice) -> OrderPrice:
    """Return a price of a product as an order would ask for it, with what alters it."""
    raw = {name: value for name, value in price.raw.items() if name != "productPriceAlteration"}
    if price.product_price_alteration:
        raw["priceAlteration"] = price.raw["productPriceAlteration"]
    return OrderPrice.wrap(raw)
