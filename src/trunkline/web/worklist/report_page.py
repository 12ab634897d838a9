"""Fallout in figures as a page: how often, by what, day by day, and how long it took."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import falcon

from trunkline.documents.errors import Invalid
from trunkline.kernel.work import Work
from trunkline.ordering.repair.report import DAYS_MAX, GROUPINGS, Figures, fallout_report
from trunkline.web.desk import Answer, Desk, Shown, Visit
from trunkline.web.values import number, short_day, span
from trunkline.web.wording import choice

DAYS_DEFAULT = 30
FIRST, LAST = date(1970, 1, 1), date(2999, 12, 31)
"""Days beside which there is nothing to report, nor always a day before or after."""
TITLES = {"cause": "Cause", "type": "Type", "system": "System", "task": "Step"}
WORDS_FIRST = ("cause", "type")
"""Groupings whose first value is a name of the program's own, which is told in words."""


class FalloutReportPage:
    """`/fallout/report`."""

    needs = "Fallout:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the figures of a period."""
        self._desk.answer(req, resp, self._view)

    def _view(self, visit: Visit) -> Answer:
        by = visit.req.get_param("by") or "cause"
        by = by if by in GROUPINGS else "cause"
        with self._desk.work(visit) as work:
            first, last = self._period(work, visit.req)
            report = fallout_report(
                work, start=self._midnight(first), end=self._midnight(last + timedelta(days=1)),
                by=by, zone=self._desk.zone,
            )  # fmt: skip
        return Shown("worklist_report.html", {
            "first": first.isoformat(), "last": last.isoformat(), "by": by,
            "groupings": [{"name": one, "title": title} for one, title in TITLES.items()],
            "what": TITLES[by],
            "whole": _told(report.whole, 0),
            "orders": number(report.orders),
            "in_fallout": number(report.orders_in_fallout),
            "rate": f"{report.rate:.1f}" if report.rate is not None else "",
            "groups": _groups(report.groups, by),
            "days": _days(report.days, first, last),
        })  # fmt: skip

    def _period(self, work: Work, req: falcon.Request) -> tuple[date, date]:
        today = work.now.astimezone(self._desk.zone).date()
        last = _day(req, "to") or today
        first = _day(req, "from") or last - timedelta(days=DAYS_DEFAULT - 1)
        if not timedelta() <= last - first < timedelta(days=DAYS_MAX):
            message = f"the last day is not before the first, and at most {DAYS_MAX} days after it"
            raise Invalid("badPeriod", message)
        return first, last

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._desk.zone).astimezone(UTC)


def _groups(found: Mapping[tuple[str, ...], Figures], by: str) -> list[dict[str, Any]]:
    most = max((one.opened for one in found.values()), default=0)
    shown = []
    for key, one in found.items():
        title = choice(key[0]) if key[0] and by in WORDS_FIRST else key[0]
        more = [each for each in key[1:] if each]
        shown.append({"title": title, "more": more, **_told(one, most)})
    return shown


def _days(found: Mapping[date, Figures], first: date, last: date) -> list[dict[str, Any]]:
    days = [first + timedelta(days=count) for count in range((last - first).days + 1)]
    most = max((one.opened for one in found.values()), default=0) or 1
    width = 100 / len(days)
    shown = []
    for place, day in enumerate(days):
        one = found.get(day, Figures())
        shown.append({
            "title": short_day(datetime.combine(day, time(), UTC)), **_told(one, most),
            "x": round(place * width, 3), "width": round(width * 0.8, 3),
            "height": round(100 * one.opened / most, 2),
            "done": round(100 * one.closed / most, 2),
        })  # fmt: skip
    return shown


def _told(one: Figures, most: int) -> dict[str, Any]:
    return {
        "opened": number(one.opened), "closed": number(one.closed), "open": number(one.still_open),
        "count": one.opened, "most": most, "mean": span(one.mean) if one.mean is not None else "",
    }  # fmt: skip


def _day(req: falcon.Request, name: str) -> date | None:
    text = req.get_param(name)
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Invalid("badDay", "a day is written as 2026-12-31") from error
    if not FIRST <= day <= LAST:
        raise Invalid("badDay", "a day is written as 2026-12-31")
    return day
