"""Lasting: the states of contracts, lines and entitlements, and what dates say of them. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Literal, TypeAlias

from trunkline.documents.errors import Fault
from trunkline.documents.lifecycle import Lifecycle
from trunkline.inventory.product import ENDED_PRODUCT
from trunkline.shared.period import TimePeriod

State: TypeAlias = Literal["draft", "active", "suspended", "expired", "cancelled"]
FINAL: tuple[State, ...] = ("expired", "cancelled")
LIVE: tuple[State, ...] = ("draft", "active", "suspended")
MOVES: dict[str, tuple[str, ...]] = {
    "draft": ("active", "suspended", "expired", "cancelled"),
    "active": ("suspended", "expired", "cancelled"),
    "suspended": ("active", "draft", "expired", "cancelled"),
    "expired": (),
    "cancelled": (),
}
LASTING = Lifecycle(
    attribute="state",
    initial="draft",
    moves=MOVES,
    # What runs already when it is written down begins in force.
    starts=("active",),
    # It expires by itself, and goes back to a draft only where its first day lies ahead.
    on_request=frozenset({"active", "suspended", "cancelled"}),
)
MONTHS_MAX, NOTICE_DAYS_MAX = 600, 3650
FIRST_DAY, LAST_DAY = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
"""Dates are within these, so that a term can be added to each and the days of a notice taken."""
PENDING_PRODUCT = frozenset({"created", "pendingActive"})


def month_faults(path: str, months: int | None) -> Iterator[Fault]:
    """Yield a fault where a term is longer than any that is counted with."""
    if months is not None and months > MONTHS_MAX:
        yield Fault(path, "badNumber", f"takes a whole number up to {MONTHS_MAX}")


def day_faults(path: str, day: datetime | None) -> Iterator[Fault]:
    """Yield a fault where a date is so far off that no term could be counted from it."""
    if day is not None and not FIRST_DAY <= day < LAST_DAY:
        message = f"lies too far off; name a day from {FIRST_DAY.year} to {LAST_DAY.year - 1}"
        yield Fault(path, "badValue", message)


def by_date(period: TimePeriod | None, now: datetime) -> State:
    """Return the state that the dates alone give: before, within or after the period."""
    start = period.start_date_time if period is not None else None
    end = period.end_date_time if period is not None else None
    if end is not None and end <= now:
        return "expired"
    return "draft" if start is not None and start > now else "active"


def line_state(
    former: State | None, above: State | None, period: TimePeriod | None, status: str | None,
    now: datetime, *, is_held: bool = False,
) -> State:  # fmt: skip
    """Return the state of a line: from its contract, its product and its dates, in this order.

    `former` is the one it had, `above` the contract's, `status` that of the product, None where
    there is none yet; `is_held` says that it rests by itself. What has ended stays as it ended.
    """
    for ended in (former, above):
        if ended in FINAL:
            return ended
    dated = by_date(period, now)
    if dated == "expired":
        return "expired"
    if status in ENDED_PRODUCT:
        return "cancelled"
    if is_held or status == "suspended" or above == "suspended":
        return "suspended"
    if status == "pendingTerminate" and former in ("active", "suspended"):
        return "suspended" if former == "suspended" else "active"
    if above == "draft" or (status in PENDING_PRODUCT and former != "active"):
        return "draft"
    return dated


def lies_within(inner: TimePeriod | None, outer: TimePeriod | None) -> bool:
    """Tell whether what a period says of its sides lies inside another one."""
    if inner is None or outer is None:
        return True
    start, end = inner.start_date_time, inner.end_date_time
    first, last = outer.start_date_time, outer.end_date_time
    for one in (start, end):
        if one is not None and (
            (first is not None and one < first) or (last is not None and one > last)
        ):
            return False
    return True
