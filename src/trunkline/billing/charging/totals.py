"""Totals of a bill that is made: tax once for each kind of it, spread to the lines. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from trunkline.billing.bill.customer_bill import TaxTold
from trunkline.billing.bill.rate import AppliedCustomerBillingRate
from trunkline.documents.errors import Conflict
from trunkline.shared.money import Money, digits_of, rounded

ZERO, HUNDRED = Decimal(0), Decimal(100)
Kind: TypeAlias = tuple[str | None, Decimal | None]
"""A category of tax and its rate."""


@dataclass(frozen=True)
class Totals:
    """What lines come to together."""

    unit: str
    net: Decimal
    taxes: tuple[TaxTold, ...]

    @property
    def gross(self) -> Decimal:
        """What is to be paid."""
        return self.net + sum((one.tax_amount.amount for one in self.taxes if one.tax_amount), ZERO)


def totalled(lines: Sequence[AppliedCustomerBillingRate], currency: str | None) -> Totals:
    """Return what lines come to, and write its share of the taxes to each of them.

    The tax of a kind is reckoned once, from all that it is on, and spread by the largest
    remainder. Refuses (409) lines of several currencies.
    """
    units = {one.tax_excluded_amount.unit for one in lines if one.tax_excluded_amount}
    unit = currency or (min(str(one) for one in units) if len(units) == 1 else None)
    if unit is None or units - {unit}:
        named = ", ".join(sorted(str(one) for one in units))
        if not named:
            raise Conflict("currencyMismatch", "its charges say no currency; give them one")
        message = f"its charges are in {named}; a bill has one currency: say it on the account"
        raise Conflict("currencyMismatch", message)
    for one in lines:
        _exact(one, unit)
    kinds: dict[Kind, list[tuple[AppliedCustomerBillingRate, TaxTold]]] = {}
    for one in lines:
        for tax in one.applied_tax:
            kinds.setdefault((tax.tax_category, tax.tax_rate), []).append((one, tax))
    taxes = []
    for (category, rate), parts in sorted(kinds.items(), key=lambda one: str(one[0])):
        amount = _spread(parts, rate, unit)
        told = Money.of(amount, unit)
        taxes.append(TaxTold(tax_category=category, tax_rate=rate, tax_amount=told))
    for one in lines:
        own = sum((each.tax_amount.amount for each in one.applied_tax if each.tax_amount), ZERO)
        one.tax_included_amount = Money.of(net_of(one) + own, unit)
    net = sum((net_of(one) for one in lines), ZERO)
    return Totals(unit, net, tuple(taxes))


def net_of(line: AppliedCustomerBillingRate) -> Decimal:
    """Return what a line says without tax."""
    return line.tax_excluded_amount.amount if line.tax_excluded_amount is not None else ZERO


def _exact(line: AppliedCustomerBillingRate, unit: str) -> None:
    """Round what was counted in parts of a coin, and tell what a line says only with tax."""
    if line.tax_excluded_amount is None:
        gross = line.tax_included_amount.amount if line.tax_included_amount is not None else ZERO
        tax = sum((one.tax_amount.amount for one in line.applied_tax if one.tax_amount), ZERO)
        line.tax_excluded_amount = Money.of(gross - tax, unit)
    exact = rounded(line.tax_excluded_amount.amount, unit)
    if exact != line.tax_excluded_amount.amount:
        line.tax_excluded_amount = Money.of(exact, unit)


def _spread(
    parts: Sequence[tuple[AppliedCustomerBillingRate, TaxTold]], rate: Decimal | None, unit: str
) -> Decimal:
    """Write the tax of a kind to its lines and return all of it."""
    if rate is None:
        return sum((tax.tax_amount.amount for _, tax in parts if tax.tax_amount), ZERO)
    exact = [net_of(line) * rate / HUNDRED for line, _ in parts]
    amount = rounded(sum(exact, ZERO), unit)
    for (_, tax), share in zip(parts, spread(amount, exact, digits_of(unit)), strict=True):
        tax.tax_amount = Money.of(share, unit)
    return amount


def spread(amount: Decimal, exact: Sequence[Decimal], digits: int) -> list[Decimal]:
    """Return parts in whole coins that make an amount, each less than a coin from its exact one.

    What is left over goes to those with the largest remainders, the first first.
    """
    coin = Decimal(1).scaleb(-digits)
    floors = [(one / coin).to_integral_value("ROUND_FLOOR") * coin for one in exact]
    left = int((amount - sum(floors, ZERO)) / coin)
    order = sorted(range(len(exact)), key=lambda at: (floors[at] - exact[at], at))
    for place in order[:left]:
        floors[place] += coin
    return floors
