"""Money: an exact amount that always carries its currency."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated

from babel.numbers import get_currency_precision

from trunkline.documents.shape import Limits, Shape


class MixedCurrencies(ValueError):
    """Two amounts of different currencies, or one without a currency, met in one calculation."""


class Money(Shape):
    """An amount (`value`) of a currency (`unit`, ISO 4217); its sums refuse mixed currencies."""

    unit: Annotated[str | None, Limits(length_max=20)] = None
    value: Decimal | None = None

    @classmethod
    def of(cls, value: Decimal | int | str, unit: str) -> Money:
        """Return an amount; a float has no place in money and raises TypeError."""
        if isinstance(value, float):
            raise TypeError("money is counted in decimals, never in floats")
        return cls(unit=unit, value=Decimal(value))

    @property
    def amount(self) -> Decimal:
        """The value as a number, zero where it is absent."""
        return Decimal(0) if self.value is None else self.value

    def equal(self, other: Money) -> bool:
        """Return whether both are worth the same; `19.90` and `19.9` are."""
        common_currency((self, other))
        return self.amount == other.amount

    def plus(self, other: Money) -> Money:
        """Return the sum of both."""
        return Money(unit=common_currency((self, other)), value=self.amount + other.amount)

    def minus(self, other: Money) -> Money:
        """Return this less the other; it may fall below zero."""
        return Money(unit=common_currency((self, other)), value=self.amount - other.amount)


def common_currency(amounts: Iterable[Money]) -> str:
    """Return the one currency of the amounts.

    Raises MixedCurrencies when there are several, none, or an amount has no currency.
    """
    units = {amount.unit for amount in amounts}
    if len(units) != 1 or None in units:
        named = ", ".join(sorted(unit or "no currency" for unit in units)) or "nothing"
        raise MixedCurrencies(f"cannot calculate with {named} together")
    return str(units.pop())


def digits_of(unit: str | None) -> int:
    """Return how many decimals amounts of a currency have: 2 for EUR, 0 for JPY, 3 for KWD."""
    return get_currency_precision(unit) if unit else 2


def rounded(amount: Decimal, unit: str | None) -> Decimal:
    """Return an amount rounded to the smallest coin of its currency, halves away from zero."""
    return amount.quantize(Decimal(1).scaleb(-digits_of(unit)), ROUND_HALF_UP)


def total(amounts: Iterable[Money], *, unit: str) -> Money:
    """Return the sum of the amounts, all of which must be in `unit`; zero for none."""
    found = Money.of(0, unit)
    for amount in amounts:
        found = found.plus(amount)
    return found
