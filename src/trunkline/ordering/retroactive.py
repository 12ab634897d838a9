"""Retroactive orders: a start in the past, who may ask for one, and since when it counts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from trunkline.documents.errors import Fault
from trunkline.kernel.behaviour import enrich, rule
from trunkline.kernel.work import Work
from trunkline.ordering.line_dates import line_starts, start_of
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
        starts = [order.requested_start_date, *line_starts(order).values()]
        order.is_retroactive = any(is_past(one, work.now) for one in starts) or None


@rule(ProductOrder)
def start_lies_ahead(work: Work, old: ProductOrder | None, new: ProductOrder) -> Iterator[Fault]:
    """Refuse an order that starts in the past, except of those who may order retroactively."""
    if new.internal_state in UNSENT or not must_be_right(new):
        return
    if old is None or old.internal_state in UNSENT:
        if work.actor.may(RETROACTIVE) is None:
            yield from past_faults(new, work.now)
    elif work.actor.kind != "system":
        yield from _moved_back(old, new, work.now)


def _moved_back(old: ProductOrder, new: ProductOrder, now: datetime) -> Iterator[Fault]:
    """Yield a fault for each start that is moved into the past after the order was sent in."""
    former = [one for _, one in placed_product_items(old.product_order_item)]
    held = {one.id: one.requested_start_date for one in former}
    starts = [("", old.requested_start_date, new.requested_start_date)]
    for path, item in placed_product_items(new.product_order_item):
        starts.append((f"{path}.", held.get(item.id), item.requested_start_date))
    for spot, before, start in starts:
        if start != before and is_past(start, now):
            message = "is in the past and the order is sent in; cancel it and order anew from then"
            yield Fault(f"{spot}requestedStartDate", "conflictStartPast", message)


def past_faults(order: ProductOrder, now: datetime) -> Iterator[Fault]:
    """Yield a fault for each start in the past that an order or one of its new products asks for.

    `retroactiveNotAllowed`: it takes the permission `ordering:retroactive`.
    """
    starts = [("requestedStartDate", order.requested_start_date)]
    for path, item in placed_product_items(order.product_order_item):
        starts.append((f"{path}.requestedStartDate", item.requested_start_date))
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


def counts_since(order: ProductOrder, line: str | None, done_at: datetime) -> datetime:
    """Return since when what a line did counts: from its start, where that lay in the past."""
    start = start_of(order, line or "") if order.is_retroactive else None
    return start if start is not None and is_back(order, start) else done_at


def is_back(order: ProductOrder, start: datetime) -> bool:
    """Tell whether what is wanted begun at a moment was wanted so when that had passed already."""
    lies_back = start == order.requested_start_date or start < (order.order_date or start)
    return bool(order.is_retroactive) and lies_back
