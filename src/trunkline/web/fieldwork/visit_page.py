"""One visit: what is to be done, where, for whom and when; begun, reported, called off."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import NotFound, Refusal
from trunkline.documents.shape import Json
from trunkline.fieldwork.api import REPORT
from trunkline.fieldwork.appointment import Appointment
from trunkline.fieldwork.moving import cancel_work
from trunkline.fieldwork.registers import REASON
from trunkline.fieldwork.reporting import STATES, Device, Report, report
from trunkline.fieldwork.work_order import ENDED, WorkOrder, set_work_state
from trunkline.governance.registers import registers
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.ordering import plan_store
from trunkline.ordering.manual_task import asked_of
from trunkline.ordering.plan_item import PlanItem
from trunkline.pages.language import spoken
from trunkline.party.customer import Customer
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.fieldwork.board import customer_of, place_words, span
from trunkline.web.fieldwork.slots_panel import DONE as BOOKED
from trunkline.web.fieldwork.slots_panel import PROBLEMS, may_move, order_of
from trunkline.web.forms import Form
from trunkline.web.postal import address_line
from trunkline.web.records import documents_of, mentions_of, seen
from trunkline.web.task_form import NOTHING, Typed, field_of, values_typed
from trunkline.web.values import instant, state, told_value
from trunkline.web.wording import words

OUTCOMES = {"done": "Done", "doneWithRemarks": "Done, with remarks", "notPossible": "Not possible"}
DONE = {"booked": BOOKED, "begun": "You are on it.",
        "reported": "Reported. Thank you.", "canceled": "The work order is cancelled."}  # fmt: skip


class VisitPage:
    """`/visits/{ident}` and what is done there."""

    needs = "WorkOrder:read Appointment:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show it."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_post_report(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Report what came of it."""
        self._act(req, resp, ident, "reported", self._report)

    def on_post_begin(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Begin."""

        def begin(work: Work, order: WorkOrder, _form: Form) -> None:
            work.actor.must_have(REPORT)
            with work.edit(WorkOrder, order.id) as own:
                set_work_state(own, "inProgress", work.now)

        self._act(req, resp, ident, "begun", begin)

    def on_post_cancel(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Cancel the work order."""

        def cancel(work: Work, order: WorkOrder, form: Form) -> None:
            cancel_work(work, order.id, reason=form.text("reason") or "cancelled by hand")

        self._act(req, resp, ident, "canceled", cancel)

    def _act(
        self, req: falcon.Request, resp: falcon.Response, ident: str, done: str,
        act: Callable[[Work, WorkOrder, Form], None],
    ) -> None:  # fmt: skip
        def action(visit: Visit, form: Form) -> Answer:
            try:
                with self._desk.work(visit) as work:
                    order = order_of(work, ident)
                    act(work, order, form)
            except NotFound:
                raise
            except Refusal as refusal:
                if refusal.status not in (400, 409):
                    raise
                return self._view(visit, ident=ident, problem=refusal, form=form)
            return Moved(f"/visits/{order.key}?done={done}")

        self._desk.act(req, resp, action)

    def _report(self, work: Work, order: WorkOrder, form: Form) -> None:
        work.actor.must_have(REPORT)
        step = _step(work, order)
        outcome = form.text("outcome")
        names, numbers = form.all("device"), form.all("serialNumber")
        said = Report(
            outcome=outcome if outcome in STATES else "done",  # type: ignore[arg-type]
            reason=form.text("reason"),
            remarks=form.text("remarks"),
            devices=[
                Device(name, number.strip())
                for name, number in zip(names, numbers, strict=False)
                if number.strip()
            ],
            characteristics=values_typed(form, asked_of(work, step) if step is not None else ()),
        )
        report(work, order.id, said)

    def _view(
        self, visit: Visit, *, ident: str, problem: Refusal | None = None, form: Form | None = None
    ) -> Answer:
        zone = self._desk.zone
        with self._desk.work(visit) as work:
            order = order_of(work, ident)
            found = _around(work, order)
            step = _step(work, order) if order.state not in ENDED else None
            fields = _fields(work, step, form, problem)
            mentions = mentions_of(work, self._desk.addresses, _named(order))
            register = registers(work).get(REASON)
            reasons = [(one.code, one.called.within(spoken().code))
                       for one in (register.chosen(work.now) if register else ())]  # fmt: skip
            shown = seen(work, order)
            appointment = next((one for one in found if isinstance(one, Appointment)), None)
            customer = next((one for one in found if isinstance(one, Customer)), None)
            values: dict[str, Any] = {
                "key": order.key,
                "title": shown.document.get("description") or order.key,
                "state": state(str(order.state)),
                "when": _when(appointment, zone),
                "place": _place(found, order, customer.name or "" if customer is not None else ""),
                "customer": _customer(customer, mentions),
                "order": mentions.get(order.product_order.id) if order.product_order else None,
                "team": order.team.name if order.team is not None else "",
                "skills": list(order.skill),
                "minutes": order.duration_minutes,
                "parts": [_part(one.raw, form, at) for at, one in enumerate(_pieces(order))],
                "values": _values(order),
                "chosen_by": order.raw.get("chosenBy") or "",
                "result": _result(shown.document.get("result"), zone),
                "may_report": order.state not in ENDED and visit.actor.may(REPORT) is not None,
                "may_begin": order.state in ("acknowledged", "pending"),
                "may_move": may_move(work, order),
                "may_cancel": order.state not in ENDED
                and visit.actor.grant(WorkOrder.resource, "update") is not None,
                "facts_address": self._desk.addresses.of_facts(order.resource, order.key),
                "fields": fields,
                "reasons": reasons,
                "outcomes": list(OUTCOMES.items()),
                "typed": {
                    name: form.text(name) if form is not None else ""
                    for name in ("outcome", "reason", "remarks")
                },
                "problem": problem.message if problem is not None else "",
                "faults": [one.message for one in problem.faults] if problem is not None else [],
                "done": DONE.get(visit.req.get_param("done") or ""),
                "trouble": PROBLEMS.get(visit.req.get_param("problem") or ""),
            }
        return Shown("fieldwork_visit.html", values, problem.status if problem else 200)


def _named(order: WorkOrder) -> dict[str, list[str]]:
    """Return the records around a visit, by the names of their kinds."""
    customer = customer_of(order.related_party)
    place = order.place.id if order.place is not None and order.place.id else ""
    return {
        "Customer": [customer] if customer else [],
        "ProductOrder": [order.product_order.id] if order.product_order is not None else [],
        "Appointment": [order.appointment.id] if order.appointment is not None else [],
        "GeographicSite": [place] if place else [],
        "GeographicAddress": [place] if place else [],
    }


def _around(work: Work, order: WorkOrder) -> list[Document]:
    return documents_of(work, _named(order))


def _step(work: Work, order: WorkOrder) -> PlanItem | None:
    """Return the step that waits for a visit, where there is one."""
    root = next(
        (one.id for one in (order.product_order, order.service_order, order.resource_order)
         if one is not None),
        None,
    )  # fmt: skip
    if order.plan_item_id is None or root is None:
        return None
    plan = plan_store.read_around(work, root, order.plan_item_id)
    return plan.items.get(order.plan_item_id) if plan is not None else None


def _fields(
    work: Work, step: PlanItem | None, form: Form | None, problem: Refusal | None
) -> list[dict[str, Any]]:
    if step is None or not step.wants:
        return []
    faults = problem.faults if problem is not None else ()
    wrong = {one.path.removeprefix("characteristic."): one.message for one in faults}
    typed = Typed(form.pairs("name", "value"), "", wrong) if form is not None else NOTHING
    return [field_of(one, typed) for one in asked_of(work, step)]


def _when(one: Appointment | None, zone: Any) -> dict[str, Any] | None:
    if one is None or one.valid_for.start_date_time is None or one.valid_for.end_date_time is None:
        return None
    start, end = one.valid_for.start_date_time, one.valid_for.end_date_time
    return {
        "day": instant(start, zone),
        "span": span(start, end, zone),
        "state": state(str(one.status)),
        "reason": one.status_reason or "",
        "key": one.key,
    }


def _place(found: list[Document], order: WorkOrder, known: str) -> str:
    for one in found:
        if one.resource.name == "GeographicAddress" and (line := address_line(one.raw)):
            return line
    return place_words(order.place, known)


def _customer(customer: Customer | None, mentions: Any) -> dict[str, str] | None:
    if customer is None:
        return None
    found = mentions.get(customer.id)
    phones = [
        medium.characteristic.phone_number
        for medium in customer.contact_medium
        if medium.characteristic.phone_number
    ]
    return {"name": found.label if found else customer.key, "address": found.address if found
            else "", "phone": phones[0] if phones else ""}  # fmt: skip


def _pieces(order: WorkOrder) -> list[Any]:
    """Return the parts of a visit, each device with a number of its own."""
    return [
        one
        for one in order.part
        for _ in range((one.quantity or 1) if one.has_serial_number else 1)
    ]


def _part(raw: dict[str, Json], form: Form | None, at: int) -> dict[str, Any]:
    typed = form.all("serialNumber") if form is not None else []
    return {
        "name": raw.get("name"),
        "quantity": raw.get("quantity") or 1,
        "has_number": bool(raw.get("hasSerialNumber")),
        "number": typed[at] if at < len(typed) else "",
    }


def _values(order: WorkOrder) -> list[dict[str, str]]:
    held = [one for item in order.work_order_item if item.work is not None
            for one in item.work.work_characteristic]  # fmt: skip
    return [{"name": words(one.name), "value": told_value(one.value)} for one in held]


def _result(raw: Json, zone: Any) -> dict[str, Any] | None:
    if not isinstance(raw, dict):
        return None
    return {
        "outcome": OUTCOMES.get(str(raw.get("outcome")), ""),
        "reason": raw.get("reason") or "",
        "remarks": raw.get("remarks") or "",
        "by": raw.get("reportedBy") or "",
        "at": instant(raw.get("reportedAt"), zone),
        "devices": [
            {"name": one.get("name"), "number": one.get("serialNumber"),
             "address": f"/r/resource/{one['resource']['id']}" if one.get("resource") else ""}
            for one in raw.get("device") or ()
        ],
        "values": [{"name": one.get("name"), "value": told_value(one.get("value"))}
                   for one in raw.get("characteristic") or ()],
    }  # fmt: skip
