"""The times that are free for a visit: shown where the need arises, picked in three clicks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import falcon

from trunkline.documents.errors import Fault, Invalid, NotFound, Refusal
from trunkline.documents.shape import format_instant, parse_instant
from trunkline.fieldwork.appointment import Appointment
from trunkline.fieldwork.booking import AHEAD, fit, free_slots, wanted_for
from trunkline.fieldwork.moving import book, reschedule
from trunkline.fieldwork.slots import Slot
from trunkline.fieldwork.work_order import ENDED, WorkOrder
from trunkline.kernel.work import Work
from trunkline.web.desk import Answer, Desk, Fragment, Moved, Visit, local_address
from trunkline.web.fieldwork.board import span
from trunkline.web.forms import Form
from trunkline.web.records import document_at
from trunkline.web.values import date as as_date

SLOTS_SHOWN = 40


class SlotsPanel:
    """`/visits/{ident}/slots`: free times, and one of them taken."""

    needs = "Appointment:create Appointment:update"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show what is free."""
        self._desk.answer(req, resp, partial(self._view, ident=ident), is_use=False)

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Book the time, or move the visit to it."""
        self._desk.act(req, resp, partial(self._take, ident=ident))

    def _view(self, visit: Visit, *, ident: str, problem: Refusal | None = None) -> Answer:
        zone = self._desk.zone
        with self._desk.work(visit) as work:
            order = order_of(work, ident)
            wanted = wanted_for(work, order)
            but = order.appointment.id if order.appointment is not None else None
            slots = free_slots(
                work, wanted, start=work.now, end=work.now + AHEAD, but=but, limit=SLOTS_SHOWN
            )
            has_team = bool(slots) or bool(fit(work, wanted))
            may = may_move(work, order)
        values: dict[str, Any] = {
            "key": order.key,
            "days": by_day(slots, zone),
            "is_moved": but is not None,
            "has_team": has_team,
            "may": may,
            "csrf": visit.csrf,
            "problem": problem.message if problem is not None else "",
            "back": visit.req.get_param("back") or f"/visits/{order.key}",
        }
        return Fragment(self._desk.renderer.html("fieldwork_slots.html", values))

    def _take(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        try:
            start, end, team = picked(form)
            with self._desk.work(visit) as work:
                order = order_of(work, ident)
                if order.appointment is None:
                    work.actor.must(Appointment.resource, "create")
                    book(work, order, start=start, end=end, team=team)
                else:
                    work.actor.must(Appointment.resource, "update")
                    reason = form.text("reason")
                    if not reason:
                        raise Invalid.of([Fault("reason", "missing", "say why it is moved")])
                    reschedule(
                        work, order.appointment.id, start=start, end=end, reason=reason, team=team
                    )
        except Refusal as refusal:
            if refusal.status not in (400, 409):
                raise
            return (
                Moved(f"/visits/{ident}?problem=1#times")
                if refusal.status == 409
                else Moved(f"/visits/{ident}?problem=2#times")
            )
        back = local_address(form.text("back") or f"/visits/{ident}")
        return Moved(f"{back}{'&' if '?' in back else '?'}done=booked")


def order_of(work: Work, ident: str) -> WorkOrder:
    """Return a work order that the visitor may see, or refuse with 404."""
    order = document_at(work, WorkOrder, ident)
    if order is None:
        raise NotFound("notFound", f"there is no work order {ident}")
    return order


def may_move(work: Work, order: WorkOrder) -> bool:
    """Tell whether the visitor may book or move a visit."""
    granted = work.actor.grant(
        Appointment.resource, "create" if order.appointment is None else "update"
    )
    return granted is not None and order.state not in ENDED


def by_day(slots: Sequence[Slot], zone: ZoneInfo) -> list[dict[str, Any]]:
    """Return slots by the day that they begin on."""
    found: dict[Any, list[dict[str, Any]]] = {}
    for one in slots:
        day = one.start.astimezone(zone).date()
        found.setdefault(day, []).append(
            {"value": f"{format_instant(one.start)}|{format_instant(one.end)}|{one.team}",
             "time": span(one.start, one.end, zone), "team": one.team_name, "free": one.free}
        )  # fmt: skip
    return [
        {"day": as_date(datetime.combine(day, time(12), zone)), "weekday": day.weekday(),
         "slots": listed}
        for day, listed in found.items()
    ]  # fmt: skip


def picked(form: Form) -> tuple[datetime, datetime, str]:
    """Return the slot that was picked, or refuse with 400."""
    parts = form.text("slot").split("|")
    try:
        start, end, team = parts
        return parse_instant(start), parse_instant(end), team
    except ValueError:
        raise Invalid.of([Fault("slot", "missing", "choose a time first")]) from None
