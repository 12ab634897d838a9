"""Following: what an appointment means for its work order, its step, and who is to be told."""

from __future__ import annotations

from datetime import datetime

import structlog

from trunkline.documents.errors import Refusal
from trunkline.documents.shape import Json
from trunkline.fieldwork.appointment import OPEN, Appointment
from trunkline.fieldwork.visit import set_date
from trunkline.fieldwork.work_order import ENDED, WorkOrder
from trunkline.kernel.behaviour import handler, on
from trunkline.kernel.resource import event
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row
from trunkline.ordering import plan_store
from trunkline.ordering.jeopardy.policies import days_zone
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.progress import FIELD_WORK
from trunkline.party.receiving import TECHNICAL
from trunkline.party.telling import tell_customer
from trunkline.shared.party_reference import customer_among
from trunkline.workspace.message_texts import MessageText, text_named
from trunkline.workspace.timer import leased, waits

LAPSE = "fieldwork.lapse"
log = structlog.get_logger("trunkline.fieldwork")
BOOKED = MessageText(
    "visit-booked", "", "Your appointment on {date}",
    "Dear {name},\n\nwe come on {date} between {from} and {until}.",
)  # fmt: skip
MOVED = MessageText(
    "visit-moved", "", "Your appointment is now on {date}",
    "Dear {name},\n\nyour appointment has moved: we come on {date} between {from} and {until}.",
)  # fmt: skip
CALLED_OFF = MessageText(
    "visit-called-off", "", "Your appointment on {date} is called off",
    "Dear {name},\n\nwe do not come on {date}.",
)  # fmt: skip
"""Names of texts that the operator may keep, and what is said where there is none."""


@on(
    event(Appointment, "created"),
    event(Appointment, "changed"),
    event(Appointment, "state_changed"),
)
def follow_appointment(work: Work, held: Appointment) -> None:
    """Plan the work order, and its step, for the time of its visit, and tell the customer."""
    if held.status == "initialized":
        _keep_for_now(work, held)
        _plan_steps(work, held)
        return
    order = work.get(WorkOrder, held.work_order.id) if held.work_order is not None else None
    if order is not None and order.state not in ENDED:
        _date(work, order, held)
    _tell(work, held, order)


def _keep_for_now(work: Work, held: Appointment) -> None:
    if held.reserved_until is not None:
        work.schedule(NewWork(LAPSE, held.id, once=f"lapse {held.id}"))


def _plan_steps(work: Work, held: Appointment) -> None:
    """Let the steps of an order know that the visit that was chosen with it has moved."""
    for order in _orders_with(work, held):
        plan = plan_store.read(work, order.id)
        work.schedule(*(
            NewWork(FIELD_WORK, one.id) for one in plan or ()
            if one.kind == "fieldWork" and one.state == "pending"
        ))  # fmt: skip


def _orders_with(work: Work, held: Appointment) -> list[ProductOrder]:
    idents = [one for kind, one, _ in work.used_by(held.id) if kind == "ProductOrder"]
    return list(work.many(ProductOrder, idents).values())


def _date(work: Work, order: WorkOrder, held: Appointment) -> None:
    is_on = held.status in OPEN
    is_other = order.appointment is not None and order.appointment.id != held.id
    if is_other or (not is_on and order.appointment is None):
        return
    found = plan_store.at_step(work, order.plan_item_id) if order.plan_item_id else None
    set_date(work, found[0] if found is not None else None, order, held if is_on else None)


@handler(LAPSE)
def let_lapse(services: Services, row: Row) -> None:
    """Confirm a visit that an order was placed with, and let one go that nobody took, or left."""
    with leased(services, row) as work:
        held = work.get(Appointment, row.subject)
        until = held.reserved_until if held is not None else None
        # What somebody has confirmed by hand is kept, but where an order was sent back with it.
        is_kept = held is not None and held.status == "confirmed" and row.payload is None
        if held is None or until is None or held.status not in OPEN or is_kept:
            queue.finish(work.connection, row)
            return
        if waits(work, row, until):
            return
        queue.finish(work.connection, row)
        is_ordered = any(one.internal_state not in {"canceled", "rejected", "draft"}
                         for one in _orders_with(work, held))  # fmt: skip
        with work.edit(Appointment, held.id) as own:
            own.status = "confirmed" if is_ordered or own.work_order is not None else "cancelled"
            if own.status == "cancelled":
                own.status_reason = "nothing was ordered with it in time"


def _tell(work: Work, held: Appointment, order: WorkOrder | None) -> None:
    """Write to the customer what is new about a visit, once; who hears nothing is not told."""
    start = held.valid_for.start_date_time
    if held.status not in {"confirmed", "cancelled"} or start is None:
        return
    if held.status == "cancelled":
        if held.told_of is None:
            return
        text, told = CALLED_OFF, None
    elif held.told_of == start:
        return
    else:
        text, told = (BOOKED if held.told_of is None else MOVED), start
    party = customer_among(held.related_party)
    if party is not None:
        _write(work, held, party.raw, text, order)
    with work.edit(Appointment, held.id) as own:
        own.told_of = told


def _write(
    work: Work, held: Appointment, party: dict[str, Json], text: MessageText,
    order: WorkOrder | None,
) -> None:  # fmt: skip
    bought = order.product_order.id if order is not None and order.product_order else None
    kept = text_named(work.connection, text.name) or text
    try:
        tell_customer(
            work, party, kept, _values(work, held, order),
            about=held, role_type=TECHNICAL, product_order=bought,
        )  # fmt: skip
    except Refusal as refusal:  # as a rule since the customer does not want to hear of it
        log.warning("customer not told", appointment=held.key, reason=refusal.message)


def _values(work: Work, held: Appointment, order: WorkOrder | None) -> dict[str, str]:
    zone = days_zone(work)

    def hour(at: datetime | None) -> str:
        return f"{at.astimezone(zone):%H:%M}" if at is not None else ""

    start, end = held.valid_for.start_date_time, held.valid_for.end_date_time
    date = f"{(start or work.now).astimezone(zone):%Y-%m-%d}"
    return {
        "date": date,
        "from": hour(start),
        "until": hour(end),
        "order": order.key if order is not None else "",
        "step": held.description or "",
    }
