"""The day board: who is visited when by which team, and who still waits for a time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import falcon

from trunkline.fieldwork.appointment import OPEN, Appointment
from trunkline.fieldwork.field_team import FieldTeam, teams_of
from trunkline.fieldwork.work_order import ENDED, WorkOrder
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.pages.language import spoken
from trunkline.party.customer import Customer
from trunkline.web.desk import Answer, Desk, Shown, Visit
from trunkline.web.fieldwork.board import board, customer_of, visit_card, waiting_card
from trunkline.web.records import Branch, documents_of, select_among
from trunkline.web.values import date as as_date

VISITS_MAX, WAITING_MAX = 400, 50
OF_DAY = """t.p_valid_for_start_date_time >= %s and t.p_valid_for_start_date_time < %s
and t.p_status <> 'cancelled'"""
WITH_TIME = """t.p_appointment_id in (select a.id::text from appointment a
where a.p_valid_for_start_date_time >= %s and a.p_valid_for_start_date_time < %s)"""
WITHOUT_TIME = "t.p_appointment_id is null and not t.p_state = any(%s)"


class BoardPage:
    """`/visits`."""

    needs = "Appointment:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the board of a day."""
        self._desk.answer(req, resp, self._view)

    def _view(self, visit: Visit) -> Answer:
        visit.actor.must(Appointment.resource, "read")
        visit.actor.must(WorkOrder.resource, "read")
        zone = self._desk.zone
        with self._desk.work(visit) as work:
            today = work.now.astimezone(zone).date()
            day = _day(visit.req.get_param("day"), today)
            since = datetime.combine(day, time(), zone).astimezone(UTC)
            found = _read(work, since, since + timedelta(days=1))
            customers = _customers(work, found)
            teams, now = teams_of(work), work.now
        orders = {one.id: one for one in found if isinstance(one, WorkOrder)}
        by_appointment = {
            one.appointment.id: one for one in orders.values() if one.appointment is not None
        }
        visits = [
            (one, visit_card(one, by_appointment.get(one.id), customers, zone))
            for one in found
            if isinstance(one, Appointment)
        ]
        waiting = [one for one in orders.values() if one.appointment is None]
        known = {one.id for one in teams}
        values: dict[str, Any] = {
            "day": day.isoformat(),
            "day_words": as_date(datetime.combine(day, time(12), zone)),
            "weekday": _weekday(day),
            "before": (day - timedelta(days=1)).isoformat(),
            "after": (day + timedelta(days=1)).isoformat(),
            "is_today": day == today,
            "teams": board(teams, day, visits, zone, now),
            "others": [card for one, card in visits
                       if one.team is None or one.team.id not in known],
            "waiting": [waiting_card(one, customers) for one in waiting],
            "may_teams": visit.actor.grant(FieldTeam.resource, "create") is not None,
            "count": sum(1 for one, _ in visits if one.status in OPEN),
        }  # fmt: skip
        return Shown("fieldwork_board.html", values)


def _read(work: Work, since: datetime, until: datetime) -> list[Document]:
    """Read the visits of a day, what they are for, and what has no time yet, at once."""
    ended = list(ENDED)
    return select_among(work, [
        Branch(Appointment.resource, OF_DAY, [since, until],
               f"order by t.p_valid_for_start_date_time, t.id limit {VISITS_MAX}"),
        Branch(WorkOrder.resource, WITH_TIME, [since, until], f"limit {VISITS_MAX}"),
        Branch(WorkOrder.resource, WITHOUT_TIME, [ended], f"order by t.id limit {WAITING_MAX}"),
    ])  # fmt: skip


def _customers(work: Work, found: list[Document]) -> dict[str, str]:
    """Return what the customers are called, by id."""
    idents = {customer_of(one.related_party) for one in found
              if isinstance(one, (Appointment, WorkOrder))}  # fmt: skip
    read = documents_of(work, {"Customer": [one for one in idents if one]})
    return {one.id: one.name or one.key for one in read if isinstance(one, Customer)}


def _day(text: str | None, today: date) -> date:
    try:
        return date.fromisoformat(text) if text else today
    except ValueError:
        return today


def _weekday(day: date) -> str:
    names = spoken().locale.days["format"]["wide"]
    return str(names[day.weekday()])
