"""News: what an outside field system tells of a work order that was sent there, by TMF697."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from trunkline.documents.errors import Conflict, Fault, Invalid
from trunkline.documents.shape import Json, format_instant, parse_instant
from trunkline.fieldwork.appointment import OPEN, Appointment
from trunkline.fieldwork.outside import told_order
from trunkline.fieldwork.reporting import Device, Report, report
from trunkline.fieldwork.visit import end_appointment
from trunkline.fieldwork.work_order import ENDED, LIFECYCLE, Outcome, WorkOrder, set_work_state
from trunkline.kernel.work import Work
from trunkline.shared.period import TimePeriod

REPORTED: Mapping[str, Outcome] = {
    "completed": "done",
    "partial": "doneWithRemarks",
    "failed": "notPossible",
}


def take_news(work: Work, sent: Mapping[str, Json]) -> WorkOrder:
    """Take in an event about a work order: its state, its time, and what came of it.

    A repeat changes nothing. Refuses (404) one that was never sent there, (409) a move that
    cannot be from how it stands.
    """
    ident, told = told_order(work, sent)
    state = told.get("state")
    if state is not None and (not isinstance(state, str) or state not in LIFECYCLE.moves):
        raise Invalid.of([Fault("event.workOrder.state", "badValue", f"there is no state {state}")])
    _take_time(work, ident, told)
    order = work.lock(WorkOrder, ident)
    if state is None or state == order.state:
        return order
    if state in REPORTED:
        return report(work, ident, _reported(told, state))
    if not LIFECYCLE.allows(str(order.state), state):
        message = f"{order.key} is {order.state}; it cannot become {state} any more"
        raise Conflict("conflictState", message)
    with work.edit(WorkOrder, ident) as own:
        set_work_state(own, state, work.now)
        if state == "cancelled":
            own.cancellation_reason = str(told.get("cancellationReason") or "")[:300] or None
    if state in ENDED and own.appointment is not None:
        end_appointment(work, own.appointment.id, "cancelled")
    return own


def _reported(told: Mapping[str, Json], state: str) -> Report:
    """Return the report in an event: TMF697 has the remarks as note, ours may stand as result."""
    held = told.get("result")
    result: Mapping[str, Json] = held if isinstance(held, dict) else {}
    note = told.get("note")
    said = note.get("text") if isinstance(note, dict) else None
    outcomes: dict[str, Outcome] = {one: one for one in REPORTED.values()}
    return Report(
        outcome=outcomes.get(str(result.get("outcome") or REPORTED[state]), "notPossible"),
        reason=str(result.get("reason") or ("other" if state == "failed" else "")),
        remarks=str(result.get("remarks") or said or ("partial" if state == "partial" else "")),
        devices=[
            Device(str(one.get("name")), str(one.get("serialNumber") or ""))
            for one in _listed(result, "device")
        ],
        characteristics={
            str(one.get("name")): one.get("value") for one in _listed(result, "characteristic")
        },
    )


def _listed(result: Mapping[str, Json], name: str) -> list[dict[str, Json]]:
    found = result.get(name) or []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        path = f"event.workOrder.result.{name}"
        raise Invalid.of([Fault(path, "badType", "must be a list of objects")])
    return found


def _take_time(work: Work, ident: str, told: Mapping[str, Json]) -> None:
    """Keep the time that the outside system has agreed with the customer as an appointment."""
    start, end = _moment(told, "startDate"), _moment(told, "expectedCompletionDate")
    order = work.get(WorkOrder, ident)
    if start is None or end is None or end <= start or order is None or order.state in ENDED:
        return
    held = work.get(Appointment, order.appointment.id) if order.appointment is not None else None
    if held is not None and held.status in OPEN:
        with work.edit(Appointment, held.id) as own:
            own.valid_for = TimePeriod(start_date_time=start, end_date_time=end)
        return
    sent: dict[str, Json] = {
        "validFor": {"startDateTime": format_instant(start), "endDateTime": format_instant(end)},
        "workOrder": {"id": ident, "@referredType": "WorkOrder"},
        "description": order.description or order.key,
    }
    if order.related_party:
        sent["relatedParty"] = [dict(one.raw) for one in order.related_party]
    work.add(Appointment.wrap(sent))


def _moment(told: Mapping[str, Json], name: str) -> datetime | None:
    text = told.get(name)
    try:
        return parse_instant(text) if isinstance(text, str) else None
    except ValueError:
        message = "must be an instant such as 2026-11-30T12:00:00Z"
        raise Invalid.of([Fault(f"event.workOrder.{name}", "badType", message)]) from None
