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
from trunkline.fieldwork.appointment import OPEN, Appointment
from trunkline.fieldwork.booking import AHEAD, Wanted, fit, free_slots, wanted_for, wanted_of
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
DONE = "The visit is booked; the customer is told."
PROBLEMS = {"1": "This time has just been taken, or it is too late to move the visit.",
            "2": "Choose a time, and say why the visit is moved."}  # fmt: skip
"""What a page says that was come back to: `problem` of its address, by 409 and 400."""


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

    def _view(self, visit: Visit, *, ident: str) -> Answer:
        zone = self._desk.zone
        with self._desk.work(visit) as work:
            order = order_of(work, ident)
            but = order.appointment.id if order.appointment is not None else None
            values = free_times(work, wanted_for(work, order), but, zone)
            values["may"] = may_move(work, order)
        values |= {
            "key": order.key,
            "address": f"/visits/{order.key}/slots",
            "is_asked": False,
            "csrf": visit.csrf,
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
                    reason = reason_of(form)
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
        return Moved(_with(back, "done=booked"))


class AppointmentSlots:
    """`/appointments/{ident}/slots`: free times for a visit that is booked, and it moved to one.

    Who moves it reads appointments; what is done there, the work order, may be nobody's to see.
    """

    needs = "Appointment:update"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show what is free."""
        self._desk.answer(req, resp, partial(self._view, ident=ident), is_use=False)

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Move the visit, and go back to where that was asked for."""
        self._desk.act(req, resp, partial(self._move, ident=ident))

    def _view(self, visit: Visit, *, ident: str) -> Answer:
        with self._desk.work(visit) as work:
            held = appointment_of(work, ident)
            values = free_times(work, wanted_of(work, held), held.id, self._desk.zone)
            granted = work.actor.grant(Appointment.resource, "update")
            values["may"] = granted is not None and held.status in OPEN
        own = self._desk.addresses.of_record(Appointment.resource, held.key)
        values |= {
            "key": held.key,
            "address": f"/appointments/{held.key}/slots",
            "is_asked": True,
            "csrf": visit.csrf,
            "back": visit.req.get_param("back") or own,
        }
        return Fragment(self._desk.renderer.html("fieldwork_slots.html", values))

    def _move(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        own = self._desk.addresses.of_record(Appointment.resource, ident)
        back = local_address(form.text("back") or own)
        try:
            start, end, team = picked(form)
            reason = reason_of(form)
            with self._desk.work(visit) as work:
                work.actor.must(Appointment.resource, "update")
                held = appointment_of(work, ident)
                reschedule(work, held.id, start=start, end=end, reason=reason, team=team)
        except Refusal as refusal:
            if refusal.status not in (400, 409):
                raise
            return Moved(_with(back, f"problem={1 if refusal.status == 409 else 2}"))
        return Moved(_with(back, "done=booked"))


def move_told(visit: Visit) -> dict[str, str]:
    """Return what came of moving a visit, for the page that was come back to: done, or trouble."""
    done = visit.req.get_param("done") == "booked"
    trouble = PROBLEMS.get(visit.req.get_param("problem") or "", "")
    return {"done": DONE if done else "", "trouble": trouble}


def free_times(work: Work, wanted: Wanted, but: str | None, zone: ZoneInfo) -> dict[str, Any]:
    """Return when somebody could come in the next days, as the fragment shows it.

    `but` is the appointment that moves, None where none is booked.
    """
    slots = free_slots(
        work, wanted, start=work.now, end=work.now + AHEAD, but=but, limit=SLOTS_SHOWN
    )
    return {
        "days": by_day(slots, zone),
        "is_moved": but is not None,
        "has_team": bool(slots) or bool(fit(work, wanted)),
    }


def reason_of(form: Form) -> str:
    """Return why a visit is moved, or refuse with 400."""
    reason = form.text("reason")
    if not reason:
        raise Invalid.of([Fault("reason", "missing", "say why it is moved")])
    return reason


def appointment_of(work: Work, ident: str) -> Appointment:
    """Return an appointment that the visitor may see, or refuse with 404."""
    held = document_at(work, Appointment, ident)
    if held is None:
        raise NotFound("notFound", f"there is no appointment {ident}")
    return held


def _with(address: str, parameter: str) -> str:
    return f"{address}{'&' if '?' in address else '?'}{parameter}"


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
