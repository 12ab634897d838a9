"""Cycles: from which day to which day an account is billed, reckoned from its anchor. Pure."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from trunkline.shared.charge_period import IN_MONTHS

MONTH, MONTHS_OF_YEAR = "month", 12
STEPS = {"day": 1, "week": 7}


@dataclass(frozen=True)
class Span:
    """Days from a start up to, not including, an end; without one it goes on."""

    start: date
    end: date | None = None

    def met(self, other: Span) -> Span | None:
        """Return the days that both have, None where there are none."""
        start = max(self.start, other.start)
        ends = [one for one in (self.end, other.end) if one is not None]
        end = min(ends) if ends else None
        return Span(start, end) if end is None or start < end else None

    def outside(self, other: Span) -> list[Span]:
        """Return the days that the other has not."""
        if self.met(other) is None:
            return [self]
        before = Span(self.start, other.start) if self.start < other.start else None
        after = self.met(Span(other.end)) if other.end is not None else None
        return [one for one in (before, after) if one is not None]


@dataclass(frozen=True)
class Whole:
    """A whole period that a price is for."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days

    @property
    def span(self) -> Span:
        """Its days."""
        return Span(self.start, self.end)


@dataclass(frozen=True)
class Cycle:
    """How an account is billed: from which day of the month on, and for how many months at once.

    `origin` counts the months up to one in which a period begins. What is not charged in advance
    is charged when its period is over.
    """

    ident: str = "month"
    day: int = 1
    months: int = 1
    origin: int = 0
    in_advance: bool = True
    charges_suspended: bool = True
    due_days: int | None = None

    def period_at(self, on: date) -> Whole:
        """Return the period that a day lies in."""
        index = month_of(on)
        index -= (index - self.origin) % self.months
        if anchored(index, self.day) > on:
            index -= self.months
        elif anchored(index + self.months, self.day) <= on:
            index += self.months
        return Whole(anchored(index, self.day), anchored(index + self.months, self.day))

    def before(self, period: Whole) -> Whole:
        """Return the period before one."""
        return self.period_at(period.start - timedelta(days=1))


def anchored(index: int, day: int) -> date:
    """Return a day of a month that is counted from the year 0; the last one of a shorter month.

    An anchor of 31 is 28 in February and 31 in March again: it never drifts.
    """
    year, month = divmod(index, MONTHS_OF_YEAR)
    return date(year, month + 1, min(day, monthrange(year, month + 1)[1]))


def month_of(on: date) -> int:
    """Return the month of a day, counted from the year 0."""
    return on.year * MONTHS_OF_YEAR + on.month - 1


def wholes(
    length: int, word: str, *, start: date, cycle: Cycle, since: date, before: date
) -> Iterator[Whole]:
    """Yield the whole periods of a price that end after a day and begin before another.

    Those of a month are the months of the cycle. Longer and shorter ones are counted from the
    start of the product.
    """
    if word in STEPS:
        yield from _in_days(length * STEPS[word], start, since, before)
        return
    months = length * IN_MONTHS.get(word, 1)
    day, index, first = cycle.day, month_of(max(since, start)) - 1, month_of(start)
    if months > 1:
        day = start.day
        index = max(first, index - (index - first) % months)
    while (begin := anchored(index, day)) < before:
        whole = Whole(begin, anchored(index + months, day))
        if whole.end > since and whole.end > start:
            yield whole
        index += months


def _in_days(step: int, start: date, since: date, before: date) -> Iterator[Whole]:
    begin = start + timedelta(days=max(0, (since - start).days // step) * step)
    while begin < before:
        end = begin + timedelta(days=step)
        if end > since:
            yield Whole(begin, end)
        begin = end
