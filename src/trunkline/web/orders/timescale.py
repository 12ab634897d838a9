"""A scale of time for a picture in which long stretches without an event take little room. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WIDTH = 100.0
LONG = 40
"""A stretch this many times as long as all shorter ones together is shortened and marked."""
LONG_MAX = 4
LONG_SHARE = 0.5
"""How much of the width all shortened stretches together may take."""
IDLE_SHARE = 3.0
FLOOR_SHARE = 0.8
TICK_APART = 14.0


@dataclass(frozen=True)
class Gap:
    """A stretch that is drawn shorter than it was, in percent, and how long it was."""

    x: float
    width: float
    length: timedelta


@dataclass(frozen=True)
class Tick:
    """A moment that is named on the axis."""

    x: float
    moment: datetime


@dataclass(frozen=True)
class Scale:
    """Where moments stand, in percent of the width, and what was shortened."""

    moments: tuple[datetime, ...]
    places: tuple[float, ...]
    gaps: tuple[Gap, ...]

    def x(self, moment: datetime) -> float:
        """Return where a moment stands; one outside stands at the nearest end."""
        if not self.moments or moment <= self.moments[0]:
            return self.places[0] if self.places else 0.0
        if moment >= self.moments[-1]:
            return self.places[-1]
        after = bisect_right(self.moments, moment)
        first, last = self.moments[after - 1], self.moments[after]
        share = (moment - first) / (last - first)
        return self.places[after - 1] + share * (self.places[after] - self.places[after - 1])

    def ticks(self, named: Iterable[datetime]) -> list[Tick]:
        """Return the ends and as many of the named moments as stand apart from each other."""
        if not self.moments:
            return []
        found = [Tick(self.places[0], self.moments[0]), Tick(self.places[-1], self.moments[-1])]
        if self.places[-1] - self.places[0] < TICK_APART:
            return found[:1]
        for moment in named:
            x = self.x(moment)
            if all(abs(x - one.x) >= TICK_APART for one in found):
                found.append(Tick(x, moment))
        return sorted(found, key=lambda one: one.x)


def scale_of(bars: Sequence[tuple[datetime, datetime]], now: datetime | None) -> Scale:
    """Return the scale for bars from their beginnings to their ends, and for now if it is shown.

    Stretches in which no step was under way take a little room each, whatever their length.
    """
    moments = sorted({one for bar in bars for one in bar} | ({now} if now is not None else set()))
    if len(moments) < 2:
        return Scale(tuple(moments), (WIDTH / 2,) * len(moments), ())
    lengths = [(b - a).total_seconds() for a, b in zip(moments, moments[1:], strict=False)]
    is_idle = _idle(moments, bars)
    limit = _limit([one for one, idle in zip(lengths, is_idle, strict=True) if not idle])
    shares = _shares(lengths, is_idle, limit)
    places = [0.0]
    for share in shares:
        places.append(places[-1] + share)
    gaps = [
        Gap(places[at], shares[at], timedelta(seconds=length))
        for at, length in enumerate(lengths)
        if is_idle[at] or length > limit
    ]
    return Scale(tuple(moments), tuple(places), tuple(gaps))


def _idle(moments: Sequence[datetime], bars: Sequence[tuple[datetime, datetime]]) -> list[bool]:
    """Tell of each stretch between two moments whether no bar lies over it."""
    places = {moment: at for at, moment in enumerate(moments)}
    turns = [0] * len(moments)
    for start, end in bars:
        turns[places[start]] += 1
        turns[places[end]] -= 1
    found, open_now = [], 0
    for turn in turns[:-1]:
        open_now += turn
        found.append(open_now == 0)
    return found if not all(found) else [False] * len(found)


def _limit(lengths: Sequence[float]) -> float:
    """Return the length from which on a stretch is shortened, so that the others can be seen."""
    ordered = sorted(lengths, reverse=True)
    for count in range(min(LONG_MAX, len(ordered) - 1), 0, -1):
        rest = sum(ordered[count:])
        if ordered[count - 1] > LONG * rest:
            return rest * LONG_SHARE / (1 - LONG_SHARE) / count
    return ordered[0]


def _shares(lengths: Sequence[float], is_idle: Sequence[bool], limit: float) -> list[float]:
    idle = sum(is_idle)
    idle_share = min(IDLE_SHARE, 30.0 / idle) if idle else 0.0
    floor = min(FLOOR_SHARE, 25.0 / len(lengths))
    busy = [0.0 if idle else min(one, limit) for one, idle in zip(lengths, is_idle, strict=True)]
    whole = sum(busy) or 1.0
    room = WIDTH - idle * idle_share
    wanted = [
        idle_share if is_idle[at] else max(floor, room * one / whole) for at, one in enumerate(busy)
    ]
    over = sum(wanted)
    return [one * WIDTH / over for one in wanted]
