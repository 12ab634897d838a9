"""Line dates: when each line of a product order is wanted begun and done, told by the id. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from trunkline.documents.instant import format_instant, instant_in
from trunkline.documents.shape import Json
from trunkline.ordering.order_line import lines_of
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import ProductOrderItem, placed_product_items
from trunkline.shared.hierarchy import ancestors

DATES = ("requestedStartDate", "requestedCompletionDate")
"""What the service and resource orders of a line say of its dates, too."""


class LineDates:
    """When the lines of an order are wanted begun and done; its items are read once."""

    def __init__(self, order: ProductOrder) -> None:
        self._order = order
        self._lines = lines_of(order)

    def start(self, line: str) -> datetime | None:
        """Return when a line is wanted begun: by itself, by what it lies in, or with its order."""
        said = (one.requested_start_date for one in self._upwards(line))
        return next((one for one in said if one is not None), self._order.requested_start_date)

    def said(self, line: str) -> dict[str, Json]:
        """Return the dates by which what a line is broken down into is wanted, in JSON."""
        found: dict[str, Json] = {}
        for one in self._upwards(line):
            found = {**_said(one.raw), **found}
        return {**_said(self._order.raw), **found}

    def _upwards(self, line: str) -> Iterator[ProductOrderItem]:
        """Yield a line's item, then those that it lies in."""
        seen: set[str] = set()
        whole: str | None = line
        while whole is not None and whole in self._lines and whole not in seen:
            yield self._lines[whole].item
            seen.add(whole)
            whole = self._lines[whole].whole


def said_starts(order: ProductOrder) -> dict[str, tuple[str, datetime]]:
    """Return by line when it is wanted begun, and which line says so: itself, or what it lies in.

    What says nothing, and lies in nothing that does, is left out.
    """
    lines = lines_of(order)
    found: dict[str, tuple[str, datetime]] = {}
    for ident in lines:
        seen: set[str] = set()
        whole: str | None = ident
        while whole is not None and whole in lines and whole not in seen:
            start = lines[whole].item.requested_start_date
            if start is not None:
                found[ident] = (whole, start)
                break
            seen.add(whole)
            whole = lines[whole].whole
    return found


def lines_inside(order: ProductOrder) -> dict[str, set[str]]:
    """Return by line what begins with it where it says nothing: itself, and all that lies in it."""
    lines = lines_of(order)
    found: dict[str, set[str]] = {ident: set() for ident in lines}
    for ident in lines:
        for whole in ancestors([ident], lambda one: filter(None, [lines[one].whole])):
            found[whole].add(ident)
    return found


def line_starts(order: ProductOrder) -> dict[str, datetime]:
    """Return when lines are wanted begun, as far as they, or what they lie in, say so."""
    return {line: start for line, (_, start) in said_starts(order).items()}


def start_of(order: ProductOrder, line: str) -> datetime | None:
    """Return when a line is wanted begun: by itself, by what it lies in, or with its order."""
    return LineDates(order).start(line)


def starts_at(order: ProductOrder) -> datetime | None:
    """Return when an order is wanted begun: as it says, or with the first of its lines.

    None where it may begin at once, since one of its lines may.
    """
    starts = line_starts(order)
    items = [item for _, item in placed_product_items(order.product_order_item)]
    if any(item.id not in starts for item in items):
        return order.requested_start_date
    said = [order.requested_start_date, min(starts.values(), default=None)]
    return max((one for one in said if one is not None), default=None)


def _said(raw: Mapping[str, Json]) -> dict[str, Json]:
    said = {name: instant_in(raw.get(name)) for name in DATES}
    return {name: format_instant(moment) for name, moment in said.items() if moment is not None}


def waits_for_its_day(order: ProductOrder) -> bool:
    """Tell whether an order has been taken in and nothing of it has begun yet."""
    states = {one.internal_state for one in order.product_order_item}
    return order.internal_state == "inProgress" and states <= {"scheduled"}


def any_date(order: ProductOrder) -> bool:
    """Tell whether an order or one of its lines is promised, or wanted, for a moment."""
    items = [item for _, item in placed_product_items(order.product_order_item)]
    return any((*_dates(order), *(one for item in items for one in _dates(item))))


def _dates(document: ProductOrder | ProductOrderItem) -> tuple[datetime | None, ...]:
    return (document.requested_completion_date, document.committed_completion_date,
            document.requested_start_date)  # fmt: skip
