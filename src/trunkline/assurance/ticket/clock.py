"""The clock of a ticket, computed from its history: what counted, what did not, when it is due.

Nothing is kept but the history, so that another calendar or target gives what it would have given
from the beginning. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from trunkline.shared.calendar import ALWAYS, Calendar, after, worked

Standing: TypeAlias = Literal["running", "paused", "over"]
ENDED = frozenset({"resolved", "closed", "rejected", "cancelled"})


@dataclass(frozen=True)
class Step:
    """A state that a ticket came into, and when."""

    status: str
    at: datetime


@dataclass(frozen=True)
class Terms:
    """By what a clock runs: how much time there is, when people work, which states stop it."""

    target: timedelta | None
    calendar: Calendar = ALWAYS
    pauses: Collection[str] = ()


@dataclass(frozen=True)
class Interval:
    """A stretch of a ticket's life: in which state, whether it counts, how much time for work."""

    status: str
    start: datetime
    end: datetime
    counts: bool
    elapsed: timedelta


@dataclass(frozen=True)
class Reckoned:
    """What the clock says. `due` is when the time is up as far as that can be known.

    It is None while the clock stands before the time is up, and where there is no target.
    """

    standing: Standing
    elapsed: timedelta
    target: timedelta | None
    due: datetime | None
    breached_at: datetime | None
    intervals: Sequence[Interval]

    @property
    def left(self) -> timedelta | None:
        """The time for work that is left; less than none where the time is up."""
        return self.target - self.elapsed if self.target is not None else None


def counts(status: str, pauses: Collection[str]) -> bool:
    """Tell whether time in a state counts."""
    return status not in ENDED and status not in pauses


def intervals(history: Sequence[Step], terms: Terms, now: datetime) -> list[Interval]:
    """Return the stretches of a history up to a moment, each with what of it counts.

    Steps stand in order of time; what lies after the moment is left out.
    """
    found = []
    ends = [one.at for one in history[1:]] + [now]
    for step, end in zip(history, ends, strict=False):
        until = min(end, now)
        if until < step.at or (until == step.at and step is not history[-1]):
            continue
        is_counted = counts(step.status, terms.pauses)
        elapsed = worked(terms.calendar, step.at, until) if is_counted else timedelta()
        found.append(Interval(step.status, step.at, until, is_counted, elapsed))
    return found


def crossing(history: Sequence[Step], terms: Terms, amount: timedelta) -> datetime | None:
    """Return when so much time for work is over; None while that cannot be known.

    It does not depend on when it is asked: the last state is taken to go on for ever.
    """
    left = amount
    for place, step in enumerate(history):
        if not counts(step.status, terms.pauses):
            continue
        if place == len(history) - 1:
            return after(terms.calendar, step.at, left)
        end = history[place + 1].at
        own = worked(terms.calendar, step.at, end)
        if own >= left:
            return after(terms.calendar, step.at, left)
        left -= own
    return None


def reckon(history: Sequence[Step], terms: Terms, now: datetime) -> Reckoned:
    """Return what the clock of a ticket with a history says at a moment."""
    found = intervals(history, terms, now)
    last = history[-1].status if history else ""
    standing: Standing = "running" if history and counts(last, terms.pauses) else "paused"
    if last in ENDED:
        standing = "over"
    elapsed = sum((one.elapsed for one in found), timedelta())
    due = crossing(history, terms, terms.target) if terms.target is not None else None
    breached = due if due is not None and due <= now else None
    return Reckoned(standing, elapsed, terms.target, due, breached, found)
