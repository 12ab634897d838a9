"""Amounts of money as the page shows them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from trunkline.ordering.price_effect import PriceEffect, PriceKind
from trunkline.web.values import money


@dataclass(frozen=True)
class Amount:
    """One amount: `period` is empty for what is charged once."""

    text: str
    currency: str
    period: str


@dataclass(frozen=True)
class Change:
    """What something costs before and after; `delta` has its sign, and is empty for none."""

    new: Amount
    old: str
    delta: str
    rises: bool


def amounts(prices: Mapping[PriceKind, Decimal]) -> list[Amount]:
    """Return amounts by kind: recurring ones first, since they weigh most."""
    kinds = sorted(prices, key=_rank)
    return [Amount(money(prices[one]), one.currency, one.period or "") for one in kinds]


def changes(effects: Iterable[PriceEffect]) -> list[Change]:
    """Return what changes about costs, by kind."""
    return [
        Change(
            Amount(money(one.new), one.kind.currency, one.kind.period or ""),
            money(one.old),
            f"{'+' if one.delta > 0 else '−'}{money(abs(one.delta))}" if one.delta else "",
            one.delta > 0,
        )
        for one in sorted(effects, key=lambda each: _rank(each.kind))
        if one.old or one.new
    ]


def _rank(kind: PriceKind) -> tuple[bool, str, str]:
    return (kind.period is None, kind.currency, kind.period or "")
