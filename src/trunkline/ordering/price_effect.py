"""Price effects: what an order changes about what its customer pays, before it is placed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from trunkline.documents.shape import Json
from trunkline.inventory.product import Product
from trunkline.ordering.order_line import Line, copies
from trunkline.ordering.price_history import is_current
from trunkline.shared.price import OrderPrice, ProductPrice

CHARGED = ("active", "suspended")
"""The states of products that are being paid for."""


class PriceKind(NamedTuple):
    """Which amounts can be added up: of one type, period and currency.

    `period` is None for what is charged once.
    """

    price_type: str
    period: str | None
    currency: str


@dataclass(frozen=True)
class PriceEffect:
    """What the products of an order cost before and after it, without tax where that is said."""

    kind: PriceKind
    old: Decimal
    new: Decimal

    @property
    def delta(self) -> Decimal:
        """By how much the cost rises; below zero where it falls."""
        return self.new - self.old


def line_effects(
    lines: Mapping[str, Line], products: Mapping[str, Product], *, at: datetime
) -> dict[str, tuple[PriceEffect, ...]]:
    """Return what each item of an order costs once, and how its recurring costs change.

    An item that changes a product without giving prices leaves them as they are, one that ends a
    product ends those of its parts, too. Usage prices and percentages are left out: their amount
    is not known before.
    """
    return {ident: _of_line(line, lines, products, at) for ident, line in lines.items()}


def _of_line(
    line: Line, lines: Mapping[str, Line], products: Mapping[str, Product], at: datetime
) -> tuple[PriceEffect, ...]:
    old: dict[PriceKind, Decimal] = {}
    new: dict[PriceKind, Decimal] = {}
    held = (one for one in _held_prices(line, lines, products) if is_current(one, at))
    for kind, amount in amounts_of(held):
        if kind.period is not None:
            old[kind] = old.get(kind, Decimal(0)) + amount
            if line.action != "delete" and not line.item.item_price:
                new[kind] = new.get(kind, Decimal(0)) + amount
    if line.action in ("add", "modify", "delete"):
        for kind, amount in amounts_of(line.item.item_price):
            if line.action == "delete" and kind.period is not None:
                continue
            new[kind] = new.get(kind, Decimal(0)) + amount * copies(line, lines)
    return _effects(old, new)


def _held_prices(
    line: Line, lines: Mapping[str, Line], products: Mapping[str, Product]
) -> Iterator[ProductPrice]:
    """Yield the prices of the product that a line is about; what ends takes its parts along."""
    if line.action == "add":
        return
    waiting = [line.product_id]
    others = {one.product_id for one in lines.values() if one is not line}
    seen: set[str] = set()
    while waiting:
        product = products.get(waiting.pop() or "")
        if product is None or product.id in seen:
            continue
        seen.add(product.id)
        if product.id == line.product_id or product.status in CHARGED:
            yield from product.product_price
        if line.action == "delete":
            waiting += [one.id for one in product.product if one.id not in others]


def replaced(
    held: Iterable[ProductPrice], given: Sequence[OrderPrice | ProductPrice], *, at: datetime
) -> tuple[PriceEffect, ...]:
    """Return how recurring costs change where prices held at an instant give way to others.

    Costs that stay the same are left out, and so are all where none are given.
    """
    old: dict[PriceKind, Decimal] = {}
    new: dict[PriceKind, Decimal] = {}
    for sums, prices in ((old, [one for one in held if is_current(one, at)]), (new, given)):
        for kind, amount in amounts_of(prices):
            if kind.period is not None:
                sums[kind] = sums.get(kind, Decimal(0)) + amount
    return tuple(one for one in _effects(old, new) if given and one.delta)


def added_up(parts: Iterable[Iterable[PriceEffect]]) -> tuple[PriceEffect, ...]:
    """Return the sums of several price effects, by kind in their order."""
    old: dict[PriceKind, Decimal] = {}
    new: dict[PriceKind, Decimal] = {}
    for one in (effect for part in parts for effect in part):
        old[one.kind] = old.get(one.kind, Decimal(0)) + one.old
        new[one.kind] = new.get(one.kind, Decimal(0)) + one.new
    return _effects(old, new)


def _effects(
    old: Mapping[PriceKind, Decimal], new: Mapping[PriceKind, Decimal]
) -> tuple[PriceEffect, ...]:
    kinds = sorted(old.keys() | new.keys(), key=lambda one: (one.currency, one.period or "", one))
    zero = Decimal(0)
    return tuple(PriceEffect(one, old.get(one, zero), new.get(one, zero)) for one in kinds)


def amounts_of(
    prices: Iterable[OrderPrice | ProductPrice],
) -> Iterator[tuple[PriceKind, Decimal]]:
    """Yield each amount that is known before, without tax where that is said."""
    for one in prices:
        price = one.price
        amount = (price.duty_free_amount or price.tax_included_amount) if price else None
        if amount is None or amount.unit is None:
            continue
        kind = (one.price_type or "").lower()
        if "usage" in kind:
            continue
        period = one.recurring_charge_period or ("month" if "recurring" in kind else None)
        yield PriceKind("recurring" if period else "oneTime", period, amount.unit), amount.amount


def total_price(effect: PriceEffect) -> dict[str, Json]:
    """Return what all lines cost of one kind, as totals of quotes and orders say it."""
    kind = effect.kind
    amount = {"unit": kind.currency, "value": effect.new}
    told: dict[str, Json] = {
        "name": "Charged once" if kind.period is None else f"Charged per {kind.period}",
        "priceType": kind.price_type,
        "price": {"dutyFreeAmount": amount},
    }
    if kind.period is not None:
        told["recurringChargePeriod"] = kind.period
    return told
