"""Retroactive orders: a start in the past, who may ask for one, and since when it counts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from trunkline.documents.errors import Fault
from trunkline.kernel.behaviour import enrich, rule
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import UNSENT, ProductOrder, must_be_right
from trunkline.ordering.product_order_item import placed_product_items

RETROACTIVE = "ordering:retroactive"
"""The permission to order with a start in the past."""
GRACE = timedelta(days=1)
"""What is wanted for today lies hours back, in whichever time zone the day began."""
HANDED_IN = ("submitted", "new", "acknowledged")


@enrich(ProductOrder)
def mark_retroactive(work: Work, order: ProductOrder) -> None:
    """Note on an order that is handed in that it starts in the past."""
    if order.internal_state in HANDED_IN:
        order.is_retroactive = is_past(order.requested_start_date, work.now) or None


@rule(ProductOrder)
def start_lies_ahead(work: Work, old: ProductOrder | None, new: ProductOrder) -> Iterator[Fault]:
    """Refuse an order that starts in the past, except of those who may order retroactively."""
    if new.internal_state in UNSENT or not must_be_right(new):
        return
    if old is None or old.internal_state in UNSENT:
        if work.actor.may(RETROACTIVE) is None:
            yield from past_faults(new, work.now)
    elif new.requested_start_date != old.requested_start_date and _is_moved_back(work, new):
        message = "is in the past and the order is sent in; cancel it and order anew from then"
        yield Fault("requestedStartDate", "conflictStartPast", message)


def _is_moved_back(work: Work, order: ProductOrder) -> bool:
    return work.actor.kind != "system" and is_past(order.requested_start_date, work.now)


def past_faults(order: ProductOrder, now: datetime) -> Iterator[Fault]:
    """Yield a fault for each start in the past that an order or one of its new products asks for.

    `retroactiveNotAllowed`: it takes the permission `ordering:retroactive`.
    """
    starts = [("requestedStartDate", order.requested_start_date)]
    for path, item in placed_product_items(order.product_order_item):
        if item.action == "add" and item.product is not None:
            starts.append((f"{path}.product.startDate", item.product.start_date))
    for path, start in starts:
        if is_past(start, now):
            yield past_fault(path)


def past_fault(path: str) -> Fault:
    """Return that a start in the past takes a permission, which somebody lacks."""
    message = f"is in the past; leave it out, or ask somebody who holds {RETROACTIVE}"
    return Fault(path, "retroactiveNotAllowed", message)


def is_past(start: datetime | None, now: datetime) -> bool:
    """Tell whether a start lies more than a day back."""
    return start is not None and start < now - GRACE


def counts_since(order: ProductOrder, done_at: datetime) -> datetime:
    """Return since when what an order did counts: from its start, where that lies in the past."""
    start = order.requested_start_date
    return start if order.is_retroactive and start is not None else done_at
