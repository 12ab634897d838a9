"""Amounts of money as the page shows them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from trunkline.documents.shape import Json
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
    """What something costs before and after.

    `delta` has its sign; it and `old` are empty where nothing was paid before or nothing differs.
    """

    new: Amount
    old: str = ""
    delta: str = ""
    rises: bool = False


def amounts(prices: Mapping[PriceKind, Decimal]) -> list[Amount]:
    """Return amounts by kind: recurring ones first, since they weigh most."""
    kinds = sorted(prices, key=_rank)
    return [
        Amount(money(prices[one], one.currency), one.currency, one.period or "") for one in kinds
    ]


def changes(effects: Iterable[PriceEffect]) -> list[Change]:
    """Return what changes about costs, by kind."""
    ordered = sorted(effects, key=lambda each: _rank(each.kind))
    return [_change(one) for one in ordered if one.old or one.new]


def bar(effects: Iterable[PriceEffect]) -> list[dict[str, Json]]:
    """Return what a whole order costs under two heads: each period, and once."""
    found = changes(effects)
    heads = (("Recurring", True), ("One-time", False))
    return [
        {"head": head, "changes": [one for one in found if bool(one.new.period) is recurs]}
        for head, recurs in heads
        if found
    ]


def _change(effect: PriceEffect) -> Change:
    new = Amount(
        money(effect.new, effect.kind.currency), effect.kind.currency, effect.kind.period or ""
    )
    if not effect.old or not effect.delta:
        return Change(new)
    rises = effect.delta > 0
    delta = f"{'+' if rises else '−'}{money(abs(effect.delta), effect.kind.currency)}"
    return Change(new, money(effect.old, effect.kind.currency), delta, rises)


def _rank(kind: PriceKind) -> tuple[bool, str, str]:
    return (kind.period is None, kind.currency, kind.period or "")
