"""Levels: how much an order, a line or a task is in danger of being late. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal, TypeAlias, get_args

Level: TypeAlias = Literal["none", "low", "medium", "high", "critical"]
LEVELS: tuple[Level, ...] = get_args(Level)

Threshold: TypeAlias = tuple[float, Level]
"""From more than how many percent on which level is reached; a list of them is in order."""

TASK_THRESHOLDS: tuple[Threshold, ...] = ((50, "low"), (75, "medium"), (100, "high"))
"""Of the time that a task may take; more than all of it is late."""
LINE_THRESHOLDS: tuple[Threshold, ...] = ((-10, "low"), (0, "medium"), (25, "high"),
                                          (50, "critical"))  # fmt: skip
"""Of the time from the order to the promise, by how much the promise is missed."""


def rank(level: str | None) -> int:
    """Return how grave a level is, from 0."""
    return LEVELS.index(level) if level in LEVELS else 0


def highest(levels: Iterable[Level]) -> Level:
    """Return the gravest of some levels; none where there are none."""
    return max(levels, key=rank, default="none")


def reached(percent: float | None, thresholds: Sequence[Threshold]) -> Level:
    """Return the gravest level whose threshold is passed."""
    if percent is None:
        return "none"
    return highest(level for limit, level in thresholds if percent > limit)


def delay_percent(start: datetime, target: datetime, expected: datetime) -> float:
    """Return by how much of the time up to a target it is missed; less than 0 before it.

    A target that lies before the start is missed wholly as soon as anything is expected after it.
    """
    window = (target - start).total_seconds()
    late = (expected - target).total_seconds()
    if window <= 0:
        return 100.0 if late > 0 else -100.0
    return 100.0 * late / window


def crossing(
    start: datetime, target: datetime, expected: datetime, thresholds: Sequence[Threshold]
) -> timedelta | None:
    """Return how much later the end must be expected for the next threshold to be passed."""
    window = max(timedelta(), target - start)
    ahead = [target - expected + window * (limit / 100) for limit, _ in thresholds]
    return min((one for one in ahead if one >= timedelta()), default=None)
