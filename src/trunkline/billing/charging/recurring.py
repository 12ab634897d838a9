"""Recurring charges: what the time that a product was used costs, to the last coin. Pure.

A part of a period costs the difference of two rounded amounts, those of the period up to the end
and up to the start of the part. So adjacent parts always make the whole price, and what was
charged too much is given back by the same reckoning.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from trunkline.billing.charging.cycle import Cycle, Span, Whole, wholes
from trunkline.shared.money import rounded

ZERO = Decimal(0)
Place: TypeAlias = tuple[str, Whole]
"""A price, by its ident, and a whole period that it is charged for."""
NOT_BEGUN: Mapping[Place, date] = {}


@dataclass(frozen=True)
class Stretch:
    """How much a price is for its whole period, for some days."""

    span: Span
    amount: Decimal


@dataclass(frozen=True)
class Recurring:
    """A price that comes again each period, with what it is at which time.

    `ident` tells it from the other prices of its product and stays as long as that has it.
    """

    ident: str
    unit: str
    length: int
    word: str
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True)
class Wanted:
    """What a price comes to for one whole period: `part` of it is used, in `covered`."""

    ident: str
    whole: Whole
    amount: Decimal
    price: Decimal
    part: Decimal
    covered: Span | None


def part_of(amount: Decimal, unit: str, whole: Whole, span: Span) -> Decimal:
    """Return what some days of a whole period cost; the days lie inside of it."""
    end = span.end or whole.end
    upto = rounded(amount * (end - whole.start).days / whole.days, unit)
    return upto - rounded(amount * (span.start - whole.start).days / whole.days, unit)


def wanted(
    prices: Iterable[Recurring],
    lived: Sequence[Span],
    *,
    start: date,
    cycle: Cycle,
    since: date,
    period: Whole,
    charged: Sequence[Place] = (),
    begin: date = date.min,
    begun: Mapping[Place, date] = NOT_BEGUN,
) -> Iterator[Wanted]:
    """Yield what the prices of a product come to for each whole period that is to be charged.

    `lived` are the days on which it is charged for, `start` its first one. In advance these are
    the periods that begin before the end of the billing period, in arrears those that are over
    when it begins; none that ended by `since`.

    `charged` are the periods of which something is charged already, in that order; they stay as
    they are also where the cycle or the start is another one by now. So days that lie in two
    periods belong to the one that was charged first, and none is charged twice or forgotten.

    Nothing is charged before `begin`; a period that is charged already keeps the day from which
    on it was, in `begun`, where that is an earlier one.
    """
    known = {one.ident: one for one in prices}
    taken: dict[str, list[Whole]] = {}
    for ident, whole in [*charged, *_due(known.values(), start, cycle, since, period)]:
        earlier = taken.setdefault(ident, [])
        if whole in earlier:
            continue
        if whole.end > since:
            price = known.get(ident)
            ours = Span(min(begin, begun.get((ident, whole), begin)))
            own = [met for one in lived if (met := one.met(ours)) is not None]
            yield _wanted(ident, price.stretches if price else (), whole, _left(own, earlier),
                          price.unit if price else "")  # fmt: skip
        earlier.append(whole)


def _due(
    prices: Iterable[Recurring], start: date, cycle: Cycle, since: date, period: Whole
) -> Iterator[Place]:
    for one in prices:
        found = wholes(
            one.length, one.word, start=start, cycle=cycle, since=since, before=period.end
        )
        for whole in found:
            if cycle.in_advance or whole.end <= period.start:
                yield one.ident, whole


def _left(lived: Sequence[Span], taken: Iterable[Whole]) -> Sequence[Span]:
    for one in taken:
        lived = [rest for span in lived for rest in span.outside(one.span)]
    return lived


def _wanted(
    ident: str, stretches: Sequence[Stretch], whole: Whole, lived: Sequence[Span], unit: str
) -> Wanted:
    amount, price, days = ZERO, ZERO, 0
    parts: list[Span] = []
    for stretch in stretches:
        inside = stretch.span.met(whole.span)
        found = [inside.met(one) for one in lived] if inside is not None else []
        for span in (one for one in found if one is not None):
            amount += part_of(stretch.amount, unit, whole, span)
            days += ((span.end or whole.end) - span.start).days
            price = stretch.amount
            parts.append(span)
    ends = [one.end or whole.end for one in parts]
    covered = Span(min(one.start for one in parts), max(ends)) if parts else None
    return Wanted(ident, whole, amount, price, Decimal(days) / whole.days, covered)


@dataclass(frozen=True)
class Difference:
    """What is to be charged, or given back below zero, of a price for a whole period.

    `number` counts the charges that there are for it already.
    """

    wanted: Wanted
    number: int
    amount: Decimal

    @property
    def span(self) -> Span:
        """The days that it is about: those used, or those that are given back."""
        whole, covered = self.wanted.whole, self.wanted.covered
        if covered is None:
            return whole.span
        if self.amount > ZERO:
            return covered
        if covered.end is not None and covered.end < whole.end:
            return Span(covered.end, whole.end)
        return Span(whole.start, covered.start) if covered.start > whole.start else covered


def differences(
    found: Iterable[Wanted], charged: Mapping[Place, Sequence[Decimal]]
) -> Iterator[Difference]:
    """Yield what is to be charged beside what is charged already."""
    for one in found:
        had = charged.get((one.ident, one.whole), ())
        amount = one.amount - sum(had, ZERO)
        if amount:
            yield Difference(one, len(had), amount)
