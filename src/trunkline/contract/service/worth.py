"""Worth: what the lines of a contract come to, by the month and over its term. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from trunkline.contract.service.contract import ContractLine
from trunkline.ordering.macd.commitment import months_between
from trunkline.ordering.price_effect import amounts_of
from trunkline.shared.charge_period import per_month
from trunkline.shared.money import Money, rounded
from trunkline.shared.period import end_of

Amounts: TypeAlias = Mapping[tuple[str, str | None], Decimal]
"""Amounts by currency and charge period; the period is None for what is charged once."""


def line_amounts(
    lines: Sequence[ContractLine], counted: Collection[str | None] | None = None
) -> Amounts:
    """Return what lines cost by currency and period, each as often as it is there.

    Where only some are `counted`, the others still say how often these are there.
    """
    by_id = {one.id: one for one in lines}
    found: dict[tuple[str, str | None], Decimal] = {}
    for line in lines:
        if counted is not None and line.id not in counted:
            continue
        count, above, seen = 1, line, {line.id}
        while True:
            count *= above.quantity if above.quantity is not None else 1
            parent = by_id.get(above.parent_line) if above.parent_line else None
            if parent is None or parent.id in seen:
                break
            above = parent
            seen.add(parent.id)
        for kind, amount in amounts_of(line.price):
            key = kind.currency, kind.period
            found[key] = found.get(key, Decimal(0)) + amount * count
    return found


def monthly(amounts: Amounts, unit: str) -> Decimal:
    """Return what amounts of one currency come to in a month, without what is charged once."""
    found = [
        amount * per_month(period)
        for (own, period), amount in amounts.items() if own == unit and period is not None
    ]  # fmt: skip
    return sum(found, Decimal(0))


def once(amounts: Amounts, unit: str) -> Decimal:
    """Return what amounts of one currency come to that are charged once."""
    return amounts.get((unit, None), Decimal(0))


def value_until(
    lines: Sequence[ContractLine],
    counted: Collection[str | None],
    unit: str,
    start: datetime,
    months: int,
) -> Decimal:
    """Return what counted lines come to by the month from a day on.

    Each counts for so many months, one that ends before only until its own end.
    """
    by_months: dict[int, set[str | None]] = {}
    for line in lines:
        if line.id in counted:
            end = end_of(line.valid_for)
            lasts = months
            if end is not None:
                lasts = min(months, months_between(start, end)) if end > start else 0
            by_months.setdefault(lasts, set()).add(line.id)
    return sum(
        (monthly(line_amounts(lines, ids), unit) * lasts for lasts, ids in by_months.items()),
        Decimal(0),
    )


def renewed_value(lines: Sequence[ContractLine], unit: str, start: datetime, months: int) -> Money:
    """Return what lines that go on come to over a term, one that ends before it until its end.

    What was charged once is not charged again.
    """
    value = value_until(lines, {one.id for one in lines}, unit, start, months)
    return Money(unit=unit, value=rounded(value, unit))
