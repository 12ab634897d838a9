"""Recurring charges: parts make the whole; charged less given back is exactly what was used."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkline.billing.charging.cycle import Cycle, Span, Whole, anchored
from trunkline.billing.charging.recurring import (
    Place,
    Recurring,
    Stretch,
    differences,
    part_of,
    wanted,
)
from trunkline.billing.charging.totals import spread
from trunkline.shared.money import rounded

YEAR = date(2026, 1, 1)
DAYS = st.integers(0, 700).map(lambda days: YEAR + timedelta(days=days))
AMOUNTS = st.integers(1, 99_999).map(lambda cents: Decimal(cents) / 100)
PERIODS = st.sampled_from([(1, "month"), (1, "quarter"), (1, "year"), (1, "week")])
Charged = dict[Place, list[Decimal]]


def monthly(amount: Decimal, since: date, until: date | None = None) -> Recurring:
    return Recurring("rent", "EUR", 1, "month", (Stretch(Span(since, until), amount),))


def billed(
    charged: Charged, prices: Sequence[Recurring], lived: Sequence[Span], start: date,
    cycle: Cycle, on: date,
) -> Decimal:  # fmt: skip
    """Charge what a run on a day would, and return what that was."""
    found = wanted(prices, lived, start=start, cycle=cycle, since=date.min,
                   period=cycle.period_at(on), charged=list(charged))  # fmt: skip
    total = Decimal(0)
    for one in differences(found, charged):
        charged.setdefault((one.wanted.ident, one.wanted.whole), []).append(one.amount)
        total += one.amount
    return total


@given(amount=AMOUNTS, length=st.integers(2, 366), cuts=st.sets(st.integers(0, 366)))
@settings(max_examples=60, deadline=None)
def test_adjacent_parts_make_the_price(amount: Decimal, length: int, cuts: set[int]) -> None:
    whole = Whole(YEAR, YEAR + timedelta(days=length))
    marks = sorted({0, length, *(one for one in cuts if one < length)})
    parts = [
        part_of(amount, "EUR", whole, Span(YEAR + timedelta(days=a), YEAR + timedelta(days=b)))
        for a, b in zip(marks, marks[1:], strict=False)
    ]
    assert sum(parts) == amount
    assert min(parts) >= 0


@given(
    amount=AMOUNTS, start=DAYS, used=st.integers(0, 400), day=st.integers(1, 31),
    period=PERIODS, is_early=st.booleans(),
)  # fmt: skip
@settings(max_examples=80, deadline=None)
def test_charged_less_credited_is_what_was_used(
    amount: Decimal, start: date, used: int, day: int, period: tuple[int, str], is_early: bool
) -> None:
    """Charged in advance month by month and ended at any day, in the end exactly what was used is
    charged, whenever the end was known; a run that is repeated charges nothing."""
    cycle, end = Cycle(day=day), start + timedelta(days=used)
    price = Recurring("rent", "EUR", *period, (Stretch(Span(start), amount),))
    charged: Charged = {}
    on = start
    while on < end + timedelta(days=62):
        is_known = on >= end or is_early
        lived = [Span(start, end if is_known else None)] if not is_known or used else []
        billed(charged, [price], lived, start, cycle, on)
        assert billed(charged, [price], lived, start, cycle, on) == 0
        on += timedelta(days=17)
    lived = [Span(start, end)] if used else []
    fresh: Charged = {}
    assert billed(fresh, [price], lived, start, cycle, on) == sum(
        sum(one, Decimal(0)) for one in charged.values()
    )
    assert all(0 <= one <= amount for amounts in fresh.values() for one in amounts)


@given(amount=AMOUNTS, start=DAYS, days=st.tuples(st.integers(1, 31), st.integers(1, 31)))
@settings(max_examples=60, deadline=None)
def test_another_cycle_neither_forgets_a_day_nor_charges_one_twice(
    amount: Decimal, start: date, days: tuple[int, int]
) -> None:
    """After the cycle has moved to another day of the month each day is in one charge."""
    charged: Charged = {}
    for months, day in enumerate((days[0], days[0], days[1], days[1], days[0], days[0])):
        on = start + timedelta(days=31 * months)
        billed(charged, [monthly(amount, start)], [Span(start)], start, Cycle(day=day), on)
    end = max(whole.end for _, whole in charged)
    covered: dict[date, int] = {}
    found = wanted([monthly(amount, start)], [Span(start)], start=start, cycle=Cycle(day=days[0]),
                   since=date.min, period=Whole(end, end), charged=list(charged))  # fmt: skip
    taken: list[Whole] = []
    for one in found:
        at = one.whole.start
        while at < one.whole.end:
            is_free = at >= start and not any(w.start <= at < w.end for w in taken)
            covered[at] = covered.get(at, 0) + is_free
            at += timedelta(days=1)
        taken.append(one.whole)
        assert one.amount == sum(charged.get((one.ident, one.whole), ()), Decimal(0))
    assert all(covered[at] == 1 for at in covered if at >= start)


@given(st.lists(st.decimals(-500, 500, places=4), max_size=12))
@settings(max_examples=60, deadline=None)
def test_what_is_spread_adds_up(exact: list[Decimal]) -> None:
    amount = rounded(sum(exact, Decimal(0)), "EUR")
    parts = spread(amount, exact, 2)
    assert sum(parts, Decimal(0)) == amount
    assert all(abs(part - one) < Decimal("0.01") for part, one in zip(parts, exact, strict=True))


@pytest.mark.parametrize(("day", "starts"), [
    (31, ["01-31", "02-28", "03-31", "04-30", "05-31"]),
    (15, ["01-15", "02-15", "03-15", "04-15", "05-15"]),
])  # fmt: skip
def test_an_anchor_never_drifts(day: int, starts: list[str]) -> None:
    on, cycle, found = date(2026, 1, 31), Cycle(day=day), []
    for _ in range(5):
        period = cycle.period_at(on)
        assert cycle.period_at(period.end - timedelta(days=1)) == period
        found.append(f"{period.start:%m-%d}")
        on = period.end
    assert found == starts
    assert anchored(2026 * 12 + 1, 31) == date(2026, 2, 28)
