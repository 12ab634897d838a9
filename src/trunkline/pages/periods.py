"""Periods: how often a price recurs, in the words of whoever reads it."""

from __future__ import annotations

from trunkline.pages.language import say, say_count
from trunkline.shared.charge_period import IN_MONTHS, period_of


def how_often(said: str | None) -> str:
    """Return how often something is charged: `month`, `P1M` and `monthly` are all per month.

    What says no period is charged once; one that nobody knows stands there as it was said.
    """
    if not said:
        return say("once")
    found = period_of(said)
    if found is None:
        return say("per %(period)s", period=say(said))
    length, word = found
    if word == "halfyear" or (word == "quarter" and length > 1):
        length, word = length * IN_MONTHS[word], "month"
    if length == 1:
        return say("per %(period)s", period=say(word))
    match word:
        case "day":
            return say_count("every %(count)s day", "every %(count)s days", length)
        case "week":
            return say_count("every %(count)s week", "every %(count)s weeks", length)
        case "month":
            return say_count("every %(count)s month", "every %(count)s months", length)
    return say_count("every %(count)s year", "every %(count)s years", length)
