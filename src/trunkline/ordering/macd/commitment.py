"""Commitments: until when a product was sold, and what it costs to end it before. Pure."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import get_currency_precision

from trunkline.documents.patch import copied
from trunkline.documents.shape import Json, format_instant
from trunkline.documents.whole_number import LONGEST
from trunkline.inventory.product import Product, ProductTerm
from trunkline.ordering.price_effect import amounts_of
from trunkline.ordering.price_history import is_current
from trunkline.ordering.product_order_item import OrderTerm
from trunkline.shared.charge_period import per_month
from trunkline.shared.money import Money
from trunkline.shared.price import net_of
from trunkline.shared.quantity import Quantity

MONTHS = {"month": 1, "quarter": 3, "year": 12}
DAYS = {"day": 1, "week": 7}


@dataclass(frozen=True)
class EarlyEnd:
    """What ending one product before the end of one of its commitments costs, and why."""

    fee: Money
    explanation: str


def agreed_terms(terms: Iterable[OrderTerm]) -> list[Json]:
    """Return the terms of an order's line as its product keeps them; they begin with it."""
    found = (copied(one.raw) for one in terms)
    return [{name: value for name, value in one.items() if name != "validFor"} for one in found]


def begin_terms(terms: Sequence[ProductTerm], start: datetime) -> None:
    """Say of terms that have no period yet that they begin, and when they end."""
    for one in terms:
        if one.valid_for is None:
            end = after(start, one.duration)
            one.raw["validFor"] = {"startDateTime": format_instant(start)} | (
                {"endDateTime": format_instant(end)} if end is not None else {}
            )


def after(start: datetime, duration: Quantity | None) -> datetime | None:
    """Return when a duration that begins at an instant is over.

    None where it says no length, or one of more than fifty years: nobody sees its end.
    """
    if duration is None or duration.amount is None:
        return None
    unit, amount = (duration.units or "month").lower().removesuffix("s"), int(duration.amount)
    if not 0 <= amount <= LONGEST.get(f"{unit}s", amount):
        return None
    if unit in DAYS:
        return start + timedelta(days=amount * DAYS[unit])
    return months_later(start, amount * MONTHS[unit]) if unit in MONTHS else None


def early_ends(products: Iterable[Product], at: datetime) -> Iterator[EarlyEnd]:
    """Yield what each commitment costs that is not over when its product ends."""
    for product in products:
        for term in product.product_term:
            found = _early_end(product, term, at)
            if found is not None:
                yield found


def _early_end(product: Product, term: ProductTerm, at: datetime) -> EarlyEnd | None:
    rule, period = term.termination_rule, term.valid_for
    end = period.end_date_time if period is not None else None
    start = (period.start_date_time if period is not None else None) or product.start_date
    if rule is None or end is None or start is None or end <= at:
        return None
    left, whole = months_between(at, end), months_between(start, end)
    said = f"{product.name or product.key}, {term.name or 'commitment'} until {end:%Y-%m-%d}: "
    if rule.kind == "fixed" and rule.amount is not None:
        return EarlyEnd(rule.amount, f"{said}{_told(rule.amount)}")
    if rule.kind == "declining" and rule.amount is not None:
        fee = _rounded(rule.amount.amount * min(left, whole) / whole, rule.amount.unit or "")
        how = f"{left} of {whole} months left of {_told(rule.amount)}"
        return EarlyEnd(fee, f"{said}{how} = {_told(fee)}")
    monthly = _monthly(product, at)
    if monthly is None:
        return None
    share = rule.percent if rule.kind == "percent" and rule.percent is not None else Decimal(100)
    fee = _rounded(monthly.amount * left * share / 100, monthly.unit or "")
    how = f"{left} months left × {_told(monthly)}"
    if rule.kind == "percent":
        how += f" × {share.normalize():f} %"
    return EarlyEnd(fee, f"{said}{how} = {_told(fee)}")


def months_between(start: datetime, end: datetime) -> int:
    """Return how many months there are between two instants; one that has begun counts."""
    months = (end.year - start.year) * 12 + end.month - start.month
    while months > 0 and months_later(start, months - 1) >= end:
        months -= 1
    return months if months_later(start, months) >= end else months + 1


def months_later(start: datetime, months: int) -> datetime:
    """Return the same day of a later month, or that one's last day."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return start.replace(
        year=year, month=month + 1, day=min(start.day, monthrange(year, month + 1)[1])
    )


def _monthly(product: Product, at: datetime) -> Money | None:
    """Return what a product costs every month at an instant, a twelfth of what it does a year.

    It is without tax as far as the prices tell that: the tax comes with the fee.
    """
    found = []
    for one in product.product_price:
        net = net_of(one.price)[0]
        for kind, said in amounts_of([one]) if is_current(one, at) else ():
            if kind.period:
                amount = said if net is None else net
                found.append((kind.currency, amount * per_month(kind.period)))
    if not found:
        return None
    unit = found[0][0]
    return _rounded(sum((amount for own, amount in found if own == unit), Decimal(0)), unit)


def _rounded(amount: Decimal, unit: str) -> Money:
    places = get_currency_precision(unit)
    return Money.of(amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP), unit)


def _told(money: Money) -> str:
    return f"{money.amount:f} {money.unit}"
