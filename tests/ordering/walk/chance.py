"""Chance: what a walk does not decide by itself, drawn by Hypothesis, so that it can be shrunk.

Whatever is drawn has a simplest outcome, towards which a walk that fails is shrunk: the first of
several, none of what may happen besides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


class Chance:
    """Draws from the data of one example."""

    def __init__(self, data: st.DataObject) -> None:
        self._data = data

    def below(self, count: int, what: str) -> int:
        """Return a number from 0 on, less than `count`."""
        return int(self._data.draw(st.integers(0, count - 1), label=what))

    def choice(self, options: Sequence[T], what: str) -> T:
        """Return one of several."""
        return options[self.below(len(options), what)]

    def sample(self, options: Sequence[T], count: int, what: str) -> list[T]:
        """Return so many different ones of several."""
        left = list(options)
        return [left.pop(self.below(len(left), what)) for _ in range(count)]

    def happens(self, percent: int, what: str) -> bool:
        """Tell whether something happens that does so in so many cases of a hundred."""
        return self.below(100, what) >= 100 - percent

    def outcome(self, percents: Sequence[tuple[T, int]], otherwise: T, what: str) -> T:
        """Return what comes of something: one of the outcomes, in so many cases of a hundred."""
        left = self.below(100, what)
        for one, percent in reversed(percents):
            if left >= 100 - percent:
                return one
            left += percent
        return otherwise
