"""Value: what an order comes to in its first year, by which queues are sorted. Pure."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from trunkline.ordering.order_line import lines_of
from trunkline.ordering.price_effect import added_up, line_effects
from trunkline.ordering.product_order import ProductOrder
from trunkline.shared.charge_period import per_month


def worth_of(order: ProductOrder, at: datetime) -> tuple[Decimal | None, str | None]:
    """Return what an order comes to in its first year, with its currency."""
    total, currency = Decimal(0), None
    for effect in added_up(line_effects(lines_of(order), {}, at=at).values()):
        period = effect.kind.period
        total += effect.new * (1 if period is None else 12 * per_month(period))
        currency = currency or effect.kind.currency
    return (total, currency) if currency is not None else (None, None)
