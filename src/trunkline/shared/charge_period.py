"""Charge periods: how often a price recurs, in whichever words a catalog says so. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

PER_MONTH: Mapping[str, Decimal] = {
    "day": Decimal(365) / 12,
    "week": Decimal(365) / 84,
    "month": Decimal(1),
    "quarter": Decimal(1) / 3,
    "halfyear": Decimal(1) / 6,
    "year": Decimal(1) / 12,
}
WORDS: Mapping[str, str] = {
    "dai": "day", "annum": "year", "annual": "year", "semiannual": "halfyear",
    "d": "day", "w": "week", "m": "month", "y": "year",
}  # fmt: skip
"""Other words for the periods, without `ly` and `s`, and the letters of ISO 8601 (`P3M`)."""
ISO_PERIOD = re.compile(r"p(?P<length>\d{1,4})(?P<word>[dwmy])")
IN_WORDS = re.compile(
    r"(?:(?:per|every|each) )?(?:(?P<length>\d{1,4}) )?(?P<word>[a-z][a-z -]{2,})"
)
IN_MONTHS: Mapping[str, int] = {"quarter": 3, "halfyear": 6, "year": 12}


def period_of(said: str) -> tuple[int, str] | None:
    """Return the length and the word (of `PER_MONTH`) of a period, None where it says none.

    It may be said as `month`, `monthly`, `3 months`, `annual`, `half-yearly` or `P1Y`.
    """
    text = said.strip().lower()
    found = ISO_PERIOD.fullmatch(text) or IN_WORDS.fullmatch(text)
    if found is None:
        return None
    word = re.sub("[^a-z]", "", found["word"]).removesuffix("ly").removesuffix("s")
    known = word if word in PER_MONTH else WORDS.get(word)
    length = int(found["length"] or 1)
    return (length, known) if known is not None and length else None


def per_month(said: str) -> Decimal:
    """Return how often a period fits into a month; once where `period_of` does not know it."""
    length, word = period_of(said) or (1, "month")
    return PER_MONTH[word] / length


def same_period(said: str, times: int = 1) -> tuple[int, str]:
    """Return a period so that two that are as long are equal: a year is 12 months."""
    length, word = period_of(said) or (1, said.strip().lower())
    if word in IN_MONTHS:
        length, word = length * IN_MONTHS[word], "month"
    return length * times, word
