"""Pricing: what lines come to and what is wrong with them, as an order of them would be told.

The one way to price a quote, a cart and an order: all of them are completed, checked and counted
by the functions with which an order is taken in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from trunkline.documents.decode import encode, load
from trunkline.documents.errors import Fault, Invalid
from trunkline.documents.shape import Json
from trunkline.kernel.resource import Meta
from trunkline.kernel.work import Work
from trunkline.ordering import order_catalog, order_context
from trunkline.ordering.capture.worth import monthly_of
from trunkline.ordering.intake import take_in
from trunkline.ordering.macd.early_end import charge_early_ends
from trunkline.ordering.order_context import OrderContext
from trunkline.ordering.order_line import lines_of
from trunkline.ordering.price_effect import PriceEffect, added_up, line_effects
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import ProductOrderItem, placed_product_items
from trunkline.ordering.simulation import refusals
from trunkline.shared.money import rounded

ZERO = Decimal(0)


@dataclass(frozen=True)
class Priced:
    """An order that nobody has sent: completed, with what its lines cost and what is wrong.

    `line_prices` holds what each line costs, by its id; `items` are the completed items by id.
    """

    order: ProductOrder
    context: OrderContext
    faults: tuple[Fault, ...]
    line_prices: Mapping[str, tuple[PriceEffect, ...]]

    @property
    def prices(self) -> tuple[PriceEffect, ...]:
        """What all lines cost together, by kind."""
        return added_up(self.line_prices.values())

    @property
    def items(self) -> dict[str, ProductOrderItem]:
        """The completed items, by id."""
        placed = placed_product_items(self.order.product_order_item)
        return {item.id: item for _, item in placed}


@dataclass(frozen=True)
class Totals:
    """What prices come to in one currency: once, in a month, in a year, and over a term.

    `each_month` is not rounded: twelve of them are the year that they are a twelfth of.
    """

    unit: str
    once: Decimal
    each_month: Decimal
    term_months: int

    @property
    def monthly(self) -> Decimal:
        """What is paid in a month, without what is charged once."""
        return rounded(self.each_month, self.unit)

    @property
    def annual(self) -> Decimal:
        """What is paid in twelve months, without what is charged once."""
        return rounded(self.each_month * 12, self.unit)

    @property
    def contract(self) -> Decimal:
        """What is paid over the term, what is charged once included."""
        return rounded(self.once + self.each_month * self.term_months, self.unit)


def priced(
    work: Work,
    document: Mapping[str, Json],
    adjust: Callable[[ProductOrder], None] = lambda _order: None,
) -> Priced:
    """Return the order that a document asks for, completed and priced; nothing is written.

    Nobody waits for it: no locks are held on what it looks at. `adjust` changes prices by hand.
    """
    order = ProductOrder.wrap(load(encode(dict(document))))
    object.__setattr__(order, "meta", Meta(work.services.chance.uuid()))
    order.internal_state = "acknowledged"
    dangling = work.settle_references(order)
    catalog = order_catalog.load(work, order)
    take_in(order, catalog, work.now, order_catalog.held_products(work, order))
    try:
        charge_early_ends(work, order)
    except Invalid as refusal:  # told beside all else that is wrong
        dangling = [*dangling, *refusal.faults]
    adjust(order)
    context = order_context.load(work, order, holds=False)
    faults = (*dangling, *refusals(work, order, context))
    return Priced(
        order, context, faults, line_effects(lines_of(order), context.products, at=work.now)
    )


def totals_of(effects: Iterable[PriceEffect], *, term_months: int) -> Totals | None:
    """Return what the new prices come to; None where there is no price, or several currencies."""
    found = list(effects)
    units = {one.kind.currency for one in found}
    if len(units) != 1:
        return None
    once = sum((one.new for one in found if one.kind.period is None), ZERO)
    monthly = monthly_of((one.kind, one.new) for one in found)
    (unit,) = units
    return Totals(unit, once, monthly, term_months)


def effects_told(effects: Iterable[PriceEffect]) -> list[dict[str, Json]]:
    """Return what changes about costs, as records keep it: old, new and difference by kind."""
    return list(_told(effects))


def _told(effects: Iterable[PriceEffect]) -> Iterator[dict[str, Json]]:
    for one in effects:
        told: dict[str, Json] = {
            "priceType": one.kind.price_type,
            "unit": one.kind.currency,
            "old": one.old,
            "new": one.new,
            "delta": one.delta,
        }
        if one.kind.period is not None:
            told["recurringChargePeriod"] = one.kind.period
        yield told
