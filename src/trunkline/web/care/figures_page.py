"""Figures of care: what a care manager looks at each morning, and who turns to us again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import falcon

from trunkline.care.codes import CHANNELS
from trunkline.care.figures.contacts import Asked, Figure, contact_figures, must_watch
from trunkline.care.figures.requests import RequestFigure, request_figures
from trunkline.care.interaction import PartyInteraction
from trunkline.care.registers import REASON, name_of
from trunkline.governance.role_names import roles
from trunkline.pages.language import spoken
from trunkline.party.customer import Customer
from trunkline.web.desk import Answer, Desk, Fragment, Shown, Visit
from trunkline.web.records import matching, record_of
from trunkline.web.values import instant, short_day
from trunkline.web.wording import words

PERIODS = (7, 30, 90)
HOURS = [f"{hour:02}" for hour in range(24)]
ALARMS_MAX = 10
ALARMS = f"""
select * from (
select distinct on (c.id, t.p_reason)
  t.p_reason, t.doc->>'repeatNumber', t.p_creation_date as at, c.key, c.doc->>'name'
from {PartyInteraction.resource.table} t
join {PartyInteraction.resource.reference_table} f on f.source = t.id
  and f.type = 'PartyInteraction' and f.path = 'relatedParty'
join {Customer.resource.table} c on c.id = f.target
where t.p_creation_date >= %s and (t.doc->>'repeatAlarm')::boolean
order by c.id, t.p_reason, t.p_creation_date desc
) latest order by at desc limit %s
"""  # noqa: S608 - our own tables


class FiguresPage:
    """`/care/figures`, `/care/figures/alarms` and `/customer/{ident}/repeats`."""

    needs = "care:watch Customer:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the figures of the last days."""
        self._desk.answer(req, resp, self._view)

    def on_get_alarms(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show who turned to us once too often. The page asks for it on its own."""
        self._desk.answer(req, resp, self._alarms, is_use=False)

    def on_get_repeats(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show on a customer's page that their last contact was one of many for its reason."""
        self._desk.answer(req, resp, partial(self._repeats, ident=ident), is_use=False)

    def _view(self, visit: Visit) -> Answer:
        must_watch(visit.actor)
        days = _days(visit.req)
        with self._desk.work(visit) as work:
            asked = Asked(work.now - timedelta(days=days), work.now, str(self._desk.zone))
            found = contact_figures(work, asked)
            requests = request_figures(work, asked)
            called = partial(name_of, work, REASON, language=spoken().code)
            titles = roles(work).titles
        whole = found.whole
        values: dict[str, Any] = {
            "days": days,
            "periods": PERIODS,
            "within": asked.within_days,
            "whole": _row(whole, ""),
            "reasons": _rows(found.groups["reason"], called),
            "channels": _rows(found.groups["channel"], lambda one: CHANNELS.get(one, words(one))),
            "by_day": _bars(found.groups["day"], _days_of(asked, self._desk.zone), _short),
            "by_hour": _bars(found.groups["hour"], HOURS, lambda one: f"{one}:00"),
            "requests": [_request(one, titles) for one in requests],
            "open": sum(one.open for one in requests),
            "overdue": sum(one.overdue for one in requests),
            "soon": sum(one.soon for one in requests),
        }
        return Shown("care_figures.html", values)

    def _alarms(self, visit: Visit) -> Answer:
        must_watch(visit.actor)
        since = timedelta(days=_days(visit.req))
        with self._desk.work(visit) as work:
            reading = work.actor.must(Customer.resource, "read")
            asked = [work.now - since, ALARMS_MAX]
            seen = reading.reach == "all"
            rows = work.connection.execute(ALARMS, asked).fetchall() if seen else []
            found = [
                {"reason": name_of(work, REASON, reason, spoken().code), "number": number,
                 "at": instant(at, self._desk.zone), "key": key,
                 "name": name if "personal" in reading.sees else ""}
                for reason, number, at, key, name in rows
            ]  # fmt: skip
        html = self._desk.renderer.html("care_alarms.html", {"alarms": found})
        return Fragment(html)

    def _repeats(self, visit: Visit, *, ident: str) -> Answer:
        with self._desk.work(visit) as work:
            customer = record_of(work, Customer.resource, ident)
            wanted = {"relatedParty.id": [customer.id]}
            found = matching(work, PartyInteraction.resource, wanted, limit=1, sort="creationDate")
            last = found.records[0].document if found is not None and found.records else {}
            number = last.get("repeatNumber") if last.get("repeatAlarm") is True else None
            reason = name_of(work, REASON, str(last.get("reason")), spoken().code)
        values = {"number": number, "reason": reason}
        return Fragment(self._desk.renderer.html("care_repeats.html", values))


def _days(req: falcon.Request) -> int:
    asked = req.get_param("days") or ""
    return int(asked) if asked.isdecimal() and int(asked) in PERIODS else PERIODS[1]


def _row(one: Figure, title: str) -> dict[str, Any]:
    return {
        "title": title, "count": one.count, "repeats": one.repeats, "settled": one.settled,
        "repeat_share": one.repeat_share, "settled_share": one.settled_share,
    }  # fmt: skip


def _short(day: str) -> str:
    return short_day(datetime.fromisoformat(day))


def _rows(found: Sequence[Figure], called: Callable[[str], str]) -> list[dict[str, Any]]:
    return [_row(one, called(one.value)) for one in found]


def _days_of(asked: Asked, zone: ZoneInfo) -> list[str]:
    first, last = (one.astimezone(zone).date() for one in (asked.start, asked.end))
    return [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]


def _bars(
    found: Sequence[Figure], places: Sequence[str], called: Callable[[str], str]
) -> dict[str, Any]:
    """Return bars of a chart: where each stands and how high it is, in the chart's own units."""
    counts = {one.value: one.count for one in found}
    most = max(counts.values(), default=0)
    bars = [
        {"title": called(one), "count": counts.get(one, 0), "x": index * 10, "height": height,
         "y": 60 - height}
        for index, one in enumerate(places if most else ())
        for height in [round(60 * counts.get(one, 0) / most)]
    ]  # fmt: skip
    return {"bars": bars, "width": max(10 * len(bars), 10), "most": most}


def _request(one: RequestFigure, titles: Any) -> dict[str, Any]:
    return {
        "title": titles.get(one.handled_by, one.handled_by), "name": one.handled_by,
        "open": one.open, "overdue": one.overdue, "soon": one.soon, "done": one.done,
        "in_time_share": one.in_time_share,
    }  # fmt: skip
