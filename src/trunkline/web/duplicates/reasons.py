"""Reasons in words: why two records may be one."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from trunkline.documents.shape import Json
from trunkline.matching.score import REASON_TITLES
from trunkline.pages.language import say


def in_words(reasons: Json) -> str:
    """Return reasons as one text in the visitor's language."""
    listed: Iterable[Json] = reasons if isinstance(reasons, (list, tuple)) else ()
    return " · ".join(say(REASON_TITLES.get(str(one), str(one))) for one in listed)


def percent(value: Json) -> str:
    """Return a likelihood as people read it; what is not quite certain is at most 99 percent."""
    if not isinstance(value, (int, float, Decimal)):
        return ""
    found = round(float(value) * 100)
    return f"{found if value == 1 else min(found, 99)} %"
