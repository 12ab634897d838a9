"""Terms: what a product is charged for and when, as its record says it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal

from trunkline.billing.charging.cycle import STEPS, Span, anchored, month_of
from trunkline.billing.charging.recurring import Recurring, Stretch
from trunkline.documents.errors import Conflict
from trunkline.inventory.product import Product
from trunkline.shared.charge_period import IN_MONTHS, period_of
from trunkline.shared.period import end_of, start_of
from trunkline.shared.price import PriceAlteration, ProductPrice, net_of, rate_of

ZERO, HUNDRED = Decimal(0), Decimal(100)
CHARGED = frozenset({"active", "suspended", "pendingTerminate", "terminated"})
VAT, UNCLEAR = "VAT", "conflictTerms"


@dataclass(frozen=True)
class Said:
    """What a line says of the price that it is for."""

    name: str
    price: ProductPrice
    tax_rate: Decimal
    tax_category: str


@dataclass(frozen=True)
class Once:
    """A price that is charged once, on a day."""

    ident: str
    unit: str
    amount: Decimal
    day: date


@dataclass(frozen=True)
class Terms:
    """What a product is charged for: since when, on which days, at which prices.

    `said` holds what lines say of each price, by its ident.
    """

    start: date
    lived: tuple[Span, ...]
    recurring: tuple[Recurring, ...]
    once: tuple[Once, ...]
    said: dict[str, Said]


def terms_of(product: Product, zone: tzinfo, *, suspended: Sequence[Span] = ()) -> Terms | None:
    """Return the terms of a product, None of one that has never begun.

    On `suspended` days it is not charged. Refuses (409) what cannot be reckoned with, in words.
    """
    if product.status not in CHARGED:
        return None
    if product.start_date is None:
        message = f"{product.key} has no start date; say since when it is there"
        raise Conflict(UNCLEAR, message)
    if product.status == "terminated" and product.termination_date is None:
        message = f"{product.key} is terminated without a date; say when it ended"
        raise Conflict(UNCLEAR, message)
    start = _day(product.start_date, zone)
    end = _day(product.termination_date, zone) if product.termination_date else None
    lived = [Span(start, end)] if end is None or start < end else []
    for one in suspended:
        lived = [rest for span in lived for rest in span.outside(one)]
    recurring: list[Recurring] = []
    once: list[Once] = []
    said: dict[str, Said] = {}
    for ident, price, unit, net in _priced(product):
        rate = _rate(product, price)
        name = price.name or product.name or product.key
        said[ident] = Said(name, price, rate, str(price.raw.get("taxCategory") or VAT))
        begin, until = start_of(price.valid_for), end_of(price.valid_for)
        since = max(start, _day(begin, zone)) if begin else start
        period = _period(product, price)
        if period is None:
            once.append(Once(ident, unit, _altered(price, net, since, since)[0].amount, since))
            continue
        held = Span(since, _day(until, zone) if until else None)
        stretches = tuple(_altered(price, net, since, None, held=held))
        recurring.append(Recurring(ident, unit, *period, stretches))
    return Terms(start, tuple(lived), tuple(recurring), tuple(once), said)


def _priced(product: Product) -> Iterator[tuple[str, ProductPrice, str, Decimal]]:
    """Yield the prices that are known before, with what tells each, its currency and net amount."""
    seen: Counter[str] = Counter()
    for one in product.product_price:
        if "usage" in one.price_type.lower():
            continue
        begin = start_of(one.valid_for)
        offered = one.product_offering_price
        named = offered.id if offered is not None else one.name or one.price_type
        ident = f"{named}@{begin:%Y-%m-%d}" if begin is not None else str(named)
        seen[ident] += 1
        ident = ident if seen[ident] == 1 else f"{ident}#{seen[ident]}"
        net, unit = net_of(one.price)
        if net is None or not unit:
            name = one.name or one.price_type
            message = f"{product.key}: the price {name} has no amount or no currency; give it one"
            raise Conflict(UNCLEAR, message)
        yield ident, one, unit, net


def _rate(product: Product, price: ProductPrice) -> Decimal:
    rate, net = rate_of(price.price), price.price.duty_free_amount
    if rate is not None:
        return rate
    if net is not None and not net.amount:
        return ZERO
    name = price.name or price.price_type
    message = f"{product.key}: the price {name} has no tax rate; say one, 0 where there is no tax"
    raise Conflict(UNCLEAR, message)


def _period(product: Product, price: ProductPrice) -> tuple[int, str] | None:
    """Return the length and the word of the period of a price, None where it is charged once."""
    said = price.recurring_charge_period
    if not said:
        return (1, "month") if "recurring" in price.price_type.lower() else None
    found = period_of(said)
    if found is None:
        message = f"{product.key}: {said} is no period of a price; say one such as month or P1Y"
        raise Conflict(UNCLEAR, message)
    return found


def _altered(
    price: ProductPrice, net: Decimal, since: date, at: date | None, *, held: Span | None = None
) -> list[Stretch]:
    """Return what alterations make of a price: for days, or at a day."""
    ends = {one: end_of_alteration(one, price, since) for one in _in_order(price)}
    if held is None:
        assert at is not None
        return [Stretch(Span(at), altered([one.alteration for one in ends], net))]
    marks = sorted({one for one in ends.values() if one is not None and one > since})
    found = []
    for begin, end in zip([since, *marks], [*marks, None], strict=True):
        span = Span(begin, end).met(held)
        in_force = [one.alteration for one, over in ends.items() if over is None or over > begin]
        if span is not None:
            found.append(Stretch(span, altered(in_force, net)))
    return found


@dataclass(frozen=True, eq=False)
class _Placed:
    alteration: PriceAlteration


def _in_order(price: ProductPrice) -> list[_Placed]:
    listed = sorted(price.product_price_alteration, key=lambda one: one.priority or 0)
    return [_Placed(one) for one in listed]


def end_of_alteration(one: _Placed, price: ProductPrice, since: date) -> date | None:
    """Return from which day on an alteration holds no more, None where it stays."""
    times = one.alteration.application_duration
    if not times:
        return None
    said = one.alteration.recurring_charge_period or price.recurring_charge_period or "month"
    length, word = period_of(said) or (1, "month")
    if word in STEPS:
        return since + timedelta(days=times * length * STEPS[word])
    return anchored(month_of(since) + times * length * IN_MONTHS.get(word, 1), since.day)


def altered(alterations: Sequence[PriceAlteration], net: Decimal) -> Decimal:
    """Return a price after its alterations, each of what the one before left; never below zero."""
    for one in alterations:
        sign = 1 if "surcharge" in one.price_type.lower() else -1
        if one.price.percentage is not None:
            change = net * abs(one.price.percentage) / HUNDRED
        else:
            change = abs(net_of(one.price)[0] or ZERO)
        net = max(ZERO, net + sign * change)
    return net


def _day(at: datetime, zone: tzinfo) -> date:
    return at.astimezone(zone).date()
