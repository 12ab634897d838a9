"""What an opportunity is worth, by the formulas of selling. Pure.

Amounts are counted exactly and rounded at the end, half up, to the smallest coin of the currency:
a price of 100 a year is 8.33 a month, and 100.00 a year all the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from babel.numbers import get_currency_precision

from trunkline.shared.charge_period import per_month, period_of

MONTHS = {"month": 1, "quarter": 3, "halfyear": 6, "year": 12}
"""How many months a recurring price pays for, by the name of its period."""
BY_MONTHS = {length: name for name, length in MONTHS.items()}
YEAR = 12
TERM = 12
"""How many months a line is counted for where nothing else is said."""


def by_period(amount: Decimal, said: str, unit: str) -> tuple[str, Decimal] | None:
    """Return an amount by one of the periods of `MONTHS`, however its own period is said.

    What recurs in another one (`2 months`, `week`) comes to as much a month; None where nobody
    knows how often it recurs.
    """
    known = period_of(said)
    if known is None:
        return None
    length, word = known
    period = BY_MONTHS.get(length * MONTHS.get(word, 0))
    if period is not None:
        return period, amount
    return "month", rounded(Fraction(amount * per_month(said)), unit)


@dataclass(frozen=True)
class UnitPrice:
    """What one of something costs: `months` that it pays for, 0 for once; discount in percent."""

    amount: Decimal
    months: int = 0
    discount: Decimal = Decimal(0)

    @property
    def net(self) -> Fraction:
        """The price less its discount."""
        return Fraction(self.amount) * (100 - Fraction(self.discount)) / 100


@dataclass(frozen=True)
class LineWorth:
    """What a line brings, exactly: once, and by the month, for `term` months; and what it costs."""

    once: Fraction
    monthly: Fraction
    term: int
    cost: Fraction | None = None

    @property
    def total(self) -> Fraction:
        """The contract's value: once, and the months of the term."""
        return self.once + self.term * self.monthly


@dataclass(frozen=True)
class Worth:
    """What lines bring together, rounded: MRR, ARR, ACV (with what is paid once), TCV, cost."""

    once: Decimal
    mrr: Decimal
    arr: Decimal
    acv: Decimal
    tcv: Decimal
    cost: Decimal | None


def line_worth(
    prices: Iterable[UnitPrice], *, quantity: int, term: int, cost: Decimal | None = None
) -> LineWorth:
    """Return what a quantity of something brings; `cost` is that of one of it for the term."""
    once = monthly = Fraction(0)
    for one in prices:
        if one.months:
            monthly += one.net * quantity / one.months
        else:
            once += one.net * quantity
    return LineWorth(once, monthly, term, Fraction(cost) * quantity if cost is not None else None)


def worth_of(lines: Iterable[LineWorth], currency: str) -> Worth:
    """Return what lines bring together; the cost is known where that of any line is."""
    listed = list(lines)
    once = sum((one.once for one in listed), Fraction(0))
    monthly = sum((one.monthly for one in listed), Fraction(0))
    total = sum((one.total for one in listed), Fraction(0))
    costs = [one.cost for one in listed if one.cost is not None]
    return Worth(
        once=rounded(once, currency),
        mrr=rounded(monthly, currency),
        arr=rounded(monthly * YEAR, currency),
        acv=rounded(once + monthly * YEAR, currency),
        tcv=rounded(total, currency),
        cost=rounded(sum(costs, Fraction(0)), currency) if costs else None,
    )


def weighted(amount: Decimal, probability: int, currency: str) -> Decimal:
    """Return an amount by how likely it is, in percent."""
    return rounded(Fraction(amount) * probability / 100, currency)


def margin_percent(amount: Decimal, cost: Decimal | None) -> Decimal | None:
    """Return what is left of an amount after its cost, in percent of it, to two places."""
    if cost is None or not amount:
        return None
    return _places((Fraction(amount) - Fraction(cost)) * 100 / Fraction(amount), 2)


def rounded(amount: Fraction, currency: str) -> Decimal:
    """Return an amount in whole coins of a currency, half up."""
    return _places(amount, get_currency_precision(currency))


def _places(amount: Fraction, places: int) -> Decimal:
    """Round half up, away from zero, with whole numbers: no amount has too many digits."""
    twice = 2 * abs(amount) * 10**places
    whole = (twice.numerator + twice.denominator) // (2 * twice.denominator)
    return Decimal(f"{'-' if amount < 0 and whole else ''}{whole}E-{places}")
