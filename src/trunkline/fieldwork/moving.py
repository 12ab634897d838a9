"""Moving: visits booked, moved and called off, by customers' wish or since the order changed."""

from __future__ import annotations

from datetime import datetime, timedelta

from trunkline.documents.errors import Conflict, Invalid, NotFound
from trunkline.documents.shape import Json, format_instant
from trunkline.fieldwork.appointment import OPEN, Appointment
from trunkline.fieldwork.booking import AHEAD, SOON, after, free_slots, wanted_of
from trunkline.fieldwork.field_team import FieldTeamRef
from trunkline.fieldwork.slots import Slot
from trunkline.fieldwork.visit import call_off
from trunkline.fieldwork.work_order import ENDED, WorkOrder
from trunkline.kernel.behaviour import handler, on
from trunkline.kernel.reactions import LeaseLost
from trunkline.kernel.resource import event
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.leases import queue
from trunkline.leases.queue import Row
from trunkline.ordering.cancel_product_order import CancelProductOrder
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import placed_product_items
from trunkline.ordering.progress import NEW_DATES
from trunkline.ordering.revision.order_revision import OrderRevision
from trunkline.rest.writing import create
from trunkline.shared.period import TimePeriod

SEARCHED = timedelta(days=56)


def book(
    work: Work, order: WorkOrder, *, start: datetime, end: datetime, team: str | None = None
) -> Appointment:
    """Promise a visit for a work order that has none; refuses (409) one that ended or has one."""
    if order.state in ENDED:
        raise Conflict("conflictEnded", f"{order.key} is {order.state}; nobody comes any more")
    held = work.get(Appointment, order.appointment.id) if order.appointment is not None else None
    if held is not None and held.status in OPEN:
        raise Conflict("conflictBooked", f"{order.key} has {held.key}; move that instead")
    sent: dict[str, Json] = {
        "validFor": {"startDateTime": format_instant(start), "endDateTime": format_instant(end)},
        "workOrder": {"id": order.id, "@referredType": "WorkOrder"},
        "description": order.description or order.key,
    }
    if order.related_party:
        sent["relatedParty"] = [dict(one.raw) for one in order.related_party]
    if order.place is not None:
        sent["relatedPlace"] = {"role": "visit", **order.place.raw}
    if team is not None:
        sent["team"] = {"id": team, "@referredType": "FieldTeam"}
    made = create(work, Appointment.resource, sent)
    assert isinstance(made, Appointment)
    return made


def reschedule(
    work: Work, ident: str, *, start: datetime, end: datetime, reason: str, team: str | None = None
) -> Appointment:
    """Move a visit to another time, with a reason; the team may be another one by that.

    Refuses (409) what is over, too near, or taken.
    """
    held = _open(work, ident)
    with work.edit(Appointment, held.id) as own:
        own.valid_for = TimePeriod(start_date_time=start, end_date_time=end)
        own.status_reason = reason
        found = team or _team_for(work, own, start, end)
        own.team = FieldTeamRef(id=found, referred_type="FieldTeam") if found else own.team
        own.last_update = work.now
    return own


def cancel(work: Work, ident: str, *, reason: str) -> Appointment:
    """Call a visit off, with a reason; its work order stays, without a time.

    Refuses (409) what is over or too near.
    """
    held = _open(work, ident)
    with work.edit(Appointment, held.id) as own:
        own.status = "cancelled"
        own.status_reason = reason
        own.last_update = work.now
    return own


def _open(work: Work, ident: str) -> Appointment:
    held = work.get(Appointment, ident)
    if held is None:
        raise NotFound("notFound", f"there is no appointment {ident}")
    if held.status not in OPEN:
        raise Conflict("conflictEnded", f"{held.key} is {held.status}; book another one")
    return held


def _team_for(work: Work, held: Appointment, start: datetime, end: datetime) -> str | None:
    """Return who comes then: the same team where it can, else another one."""
    if start >= end:
        raise Invalid("badPeriod", "the end comes after the start")
    soon = after(start, SOON)
    slots = free_slots(work, wanted_of(work, held), start=start, end=soon, but=held.id)
    fitting = [one.team for one in slots if (one.start, one.end) == (start, end)]
    own = held.team.id if held.team is not None else None
    return own if own in fitting else next(iter(fitting), None)


@handler(NEW_DATES)
def follow_dates(services: Services, row: Row) -> None:
    """Move the visits of an order whose wished dates changed so that they lie within these."""
    with as_system(services, NEW_DATES) as work:
        order = work.get(ProductOrder, row.subject)
        if order is not None:
            _move_visits(work, order)
        if not queue.finish(work.connection, row):
            raise LeaseLost(row.kind)


def _move_visits(work: Work, order: ProductOrder) -> None:
    start, end = order.requested_start_date, order.requested_completion_date
    for one in _visits(work, order):
        begin = one.valid_for.start_date_time
        is_early = begin is not None and start is not None and begin < start
        is_late = begin is not None and end is not None and begin > end
        slot = _slot_within(work, one, start, end) if is_early or is_late else None
        if slot is not None:
            reason = f"{order.key} is wished for another date"
            reschedule(work, one.id, start=slot.start, end=slot.end, reason=reason, team=slot.team)


def _visits(work: Work, order: ProductOrder) -> list[Appointment]:
    """Return the visits of an order that are ahead."""
    orders = work.find(WorkOrder, {"productOrder.id": order.id})
    held = [one.appointment.id for one in orders if one.appointment is not None]
    held += [one.appointment.id for _, one in placed_product_items(order.product_order_item)
             if one.appointment is not None]  # fmt: skip
    found = work.many(Appointment, held).values()
    return [one for one in found if one.status in OPEN]


def _slot_within(
    work: Work, held: Appointment, start: datetime | None, end: datetime | None
) -> Slot | None:
    """Return the first slot within what is wished, else the first after its beginning."""
    since = max(work.now, start) if start is not None else work.now
    until = max(end, since + AHEAD) if end is not None else since + SEARCHED
    found = free_slots(work, wanted_of(work, held), start=since, end=until, but=held.id)
    within = [one for one in found if end is None or one.start <= end]
    return next(iter(within or found), None)


@on(event(OrderRevision, "state_changed").to("applied"))
def release_unasked(work: Work, revision: OrderRevision) -> None:
    """Call off the visits that were chosen with lines which are not asked for any more."""
    order = work.get(ProductOrder, revision.product_order.id)
    if order is None:
        return
    former = revision.former if isinstance(revision.former, dict) else {}
    kept = {one.appointment.id for _, one in placed_product_items(order.product_order_item)
            if one.appointment is not None}  # fmt: skip
    for item in former.get("productOrderItem") or ():
        named = (item.get("appointment") or {}).get("id")
        if named is not None and named not in kept:
            _let_go(work, named, f"{order.key} does not ask for it any more")


@on(event(CancelProductOrder, "state_changed").to("done"))
def let_visits_go(work: Work, task: CancelProductOrder) -> None:
    """Call off the visits that were chosen with an order that is canceled."""
    order = work.get(ProductOrder, task.product_order.id)
    if order is None or task.cancellation_result == "refused":
        return
    for _, item in placed_product_items(order.product_order_item):
        if item.appointment is not None:
            _let_go(work, item.appointment.id, f"{order.key} is canceled")


def _let_go(work: Work, ident: str, reason: str) -> None:
    held = work.get(Appointment, ident)
    if held is not None and held.status in OPEN and held.work_order is None:
        cancel(work, held.id, reason=reason)


def cancel_work(work: Work, ident: str, *, reason: str) -> WorkOrder:
    """Cancel a work order by hand, with its visit; a step that waits for it falls out.

    Refuses (409) one that has ended.
    """
    order = work.get(WorkOrder, ident)
    if order is None:
        raise NotFound("notFound", f"there is no work order {ident}")
    if order.state in ENDED:
        raise Conflict("conflictEnded", f"{order.key} is {order.state} already")
    work.actor.must(WorkOrder.resource, "update")
    call_off(work, order.id, reason=reason)
    return work.lock(WorkOrder, order.id)
