"""Fallout in figures: how often, by what cause, and how long until it was put right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from trunkline.documents.errors import Forbidden
from trunkline.kernel.work import Work
from trunkline.ordering.fallout import CLOSED, Fallout
from trunkline.ordering.product_order import UNSENT, ProductOrder

GROUPINGS: Mapping[str, tuple[str, ...]] = {
    "cause": ("f.p_cause_kind", "f.p_cause_code", "f.p_cause_system"),
    "type": ("f.p_fallout_type",),
    "system": ("f.p_cause_system",),
    "task": ("f.p_task_name",),
}
GROUPS_MAX = 200
DAYS_MAX = 400
FIGURES = """
count(*), count(*) filter (where f.p_state = any(%(closed)s)),
  avg(extract(epoch from (f.doc ->> 'closedAt')::timestamptz - f.created_at))
    filter (where f.doc ->> 'closedAt' is not null)
"""
WITHIN = "from fallout f where f.created_at >= %(start)s and f.created_at < %(end)s"
BY = (
    "select {columns}, "
    + FIGURES
    + WITHIN
    + """
group by {groups} order by count(*) desc, {groups} limit %(limit)s
"""
)
BY_DAY = (
    "select (f.created_at at time zone %(zone)s)::date, "
    + FIGURES
    + WITHIN
    + """
group by 1 order by 1
"""
)
ORDERS = """
select count(*), count(*) filter (where exists (
  select from fallout f where f.p_product_order_id = o.id::text))
from product_order o
where o.created_at >= %(start)s and o.created_at < %(end)s
  and not o.p_internal_state = any(%(unsent)s)
"""


@dataclass(frozen=True)
class Figures:
    """How many came up, how many of these are closed, and how long that took on average."""

    opened: int = 0
    closed: int = 0
    mean: timedelta | None = None

    @property
    def still_open(self) -> int:
        """How many are open yet."""
        return self.opened - self.closed


@dataclass(frozen=True)
class FalloutReport:
    """Fallout that came up in a period [start, end), as a whole, by what it is grouped by, by day.

    `orders` were placed in it, of which `orders_in_fallout` have had any.
    """

    start: datetime
    end: datetime
    whole: Figures
    groups: Mapping[tuple[str, ...], Figures]
    days: Mapping[date, Figures]
    orders: int
    orders_in_fallout: int

    @property
    def rate(self) -> float | None:
        """How many of a hundred orders have had fallout, None where there were no orders."""
        return 100.0 * self.orders_in_fallout / self.orders if self.orders else None


def fallout_report(
    work: Work, *, start: datetime, end: datetime, by: str, zone: ZoneInfo
) -> FalloutReport:
    """Return the report of a period; refuses (403) who does not read all fallout and orders."""
    for kind in (Fallout, ProductOrder):
        if work.actor.must(kind.resource, "read").reach != "all":
            raise Forbidden("notAllowed", "reading all fallout and all orders is needed here")
    asked = {
        "start": start, "end": end, "closed": list(CLOSED), "limit": GROUPS_MAX,
        "unsent": list(UNSENT), "zone": zone.key,
    }  # fmt: skip
    columns = GROUPINGS[by]
    named = ", ".join(f"coalesce({one}, '')" for one in columns)
    grouped = ", ".join(str(number + 1) for number in range(len(columns)))
    execute = work.connection.execute
    groups = {
        tuple(row[: len(columns)]): _figures(*row[len(columns) :])
        for row in execute(BY.format(columns=named, groups=grouped), asked).fetchall()
    }
    days = {day: _figures(*rest) for day, *rest in execute(BY_DAY, asked).fetchall()}
    orders, in_fallout = execute(ORDERS, asked).fetchone()
    return FalloutReport(start, end, _sum(days), groups, days, orders, in_fallout)


def _figures(opened: int, closed: int, mean_s: float | None) -> Figures:
    mean = timedelta(seconds=float(mean_s)) if mean_s is not None else None
    return Figures(opened, closed, mean)


def _sum(days: Mapping[date, Figures]) -> Figures:
    opened = sum(one.opened for one in days.values())
    closed = sum(one.closed for one in days.values())
    spent = [(one.mean, one.closed) for one in days.values() if one.mean is not None and one.closed]
    total = sum((mean * count for mean, count in spent), timedelta())
    count = sum(count for _, count in spent)
    return Figures(opened, closed, total / count if count else None)
