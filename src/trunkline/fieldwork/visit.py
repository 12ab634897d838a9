"""Visits: the work order of a step of a plan, made when its turn comes, and what it brings back.

A step that waits has the id of its work order as `correlation`; where the visit was in vain, it
loses that, and gets another work order when it is tried again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from trunkline.documents.shape import Json, format_instant
from trunkline.fieldwork.appointment import OPEN, Appointment
from trunkline.fieldwork.choosing import chosen_type
from trunkline.fieldwork.field_team import FieldTeamRef
from trunkline.fieldwork.outside import hand_over, tell_called_off
from trunkline.fieldwork.whereabouts import where
from trunkline.fieldwork.work_order import DONE, ENDED, WorkOrder, WorkOrderRef, set_work_state
from trunkline.kernel.behaviour import handler, on
from trunkline.kernel.reactions import LeaseLost
from trunkline.kernel.resource import event
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.leases import queue
from trunkline.leases.queue import Row
from trunkline.ordering import plan_store
from trunkline.ordering.closing import VISIT
from trunkline.ordering.edits import Edits
from trunkline.ordering.jeopardy.follow import KINDS, Order
from trunkline.ordering.plan_item import ENDED as STEP_ENDED
from trunkline.ordering.plan_item import Plan, PlanItem
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import ProductOrderItem
from trunkline.ordering.progress import FIELD_WORK, go_on
from trunkline.ordering.service_order import ServiceOrder
from trunkline.shared.reference import AppointmentRef, PlaceRefOrValue

REFERENCES = {"ProductOrder": "productOrder", "ServiceOrder": "serviceOrder",
              "ResourceOrder": "resourceOrder"}  # fmt: skip
IN_VAIN = {"cancelled": "workOrderCancelled", "rejected": "workOrderRejected"}


@handler(FIELD_WORK)
def settle_visit(services: Services, row: Row) -> None:
    """Bring the work order of a step to where the step stands."""
    with as_system(services, FIELD_WORK) as work:
        found = plan_store.at_step(work, row.subject)
        if not queue.finish(work.connection, row):
            raise LeaseLost(row.kind)
        if found is not None:
            settle(work, *found)


@on(event(WorkOrder, "state_changed").to("completed", "partial", "failed", "rejected", "cancelled"))
def take_report(work: Work, order: WorkOrder) -> None:
    """Let the step that waits for a visit go on with what came of it, or fall out."""
    if order.plan_item_id is None:
        return
    found = plan_store.at_step(work, order.plan_item_id)
    if found is not None and found[1].correlation == order.id:
        settle(work, *found)


def settle(work: Work, plan: Plan, item: PlanItem) -> None:
    """Make, follow or call off the work order of a step; the order's lock is held."""
    if item.state == "pending":
        _plan_by_appointment(work, plan, item)
    elif item.state == "waiting" and item.correlation is None:
        _begin(work, plan, item)
    elif item.state == "waiting":
        order = work.get(WorkOrder, item.correlation or "")
        if order is None or order.state in ENDED:
            take(work, plan, item, order)
    elif item.state in STEP_ENDED and item.correlation is not None:
        call_off(work, item.correlation, reason=item.reason or f"the step was {item.state}")


def take(work: Work, plan: Plan, item: PlanItem, order: WorkOrder | None) -> None:
    """Complete a step with what a visit brought, or let it fall out with the reason."""
    if item.node_key.startswith(VISIT) and not plan.is_whole:
        plan_store.complete(work, plan)  # the order that it holds open may end with it
    if order is not None and order.state in DONE:
        plan.put(replace(item, state="completed", answer=_answer(work, order), ended_at=work.now))
    elif order is not None and order.state == "cancelled" and item.node_key.startswith(VISIT):
        answer = {**_answer(work, order), "evidence": order.cancellation_reason or "called off"}
        plan.put(replace(item, state="completed", answer=answer, ended_at=work.now))
    else:
        code, message = _why(order)
        plan.put(
            replace(item, state="fallout", correlation=None, error_kind="business",
                    error_code=code, error_message=message)
        )  # fmt: skip
    go_on(work, plan, Edits(work))


def _answer(work: Work, order: WorkOrder) -> dict[str, Json]:
    result = order.result
    values = {one.name: one.value for one in result.characteristic} if result is not None else {}
    answer: dict[str, Json] = {
        "kind": "done",
        "workOrder": order.key,
        "by": (result.reported_by if result is not None else None) or "",
        "at": format_instant(order.completion_date or work.now),
        "characteristic": values,
    }
    if result is not None and result.remarks:
        answer["evidence"] = result.remarks
    return answer


def _why(order: WorkOrder | None) -> tuple[str, str]:
    if order is None:
        return "workOrderGone", "its work order is gone; try again for another one"
    result = order.result
    code = (result.reason if result is not None else None) or IN_VAIN.get(str(order.state))
    said = result.remarks if result is not None else order.cancellation_reason
    told = f": {said}" if said else ""
    return code or "notPossible", f"{order.key} is {order.state}{told}; try again for another visit"


def _begin(work: Work, plan: Plan, item: PlanItem) -> None:
    kind, reason = chosen_type(work, item)
    owner = work.get(KINDS[plan.kind], plan.root)
    appointment = _appointment(work, owner, item)
    title = item.title or (kind.name if kind is not None else item.name)
    minutes = kind.duration_minutes if kind is not None else item.duration_minutes
    body: dict[str, Json] = {
        "description": title,
        "orderDate": format_instant(work.now),
        "planItemId": item.id,
        REFERENCES[plan.kind]: {"id": plan.root, "@referredType": plan.kind},
        "order": [{"id": plan.root, "@referredType": plan.kind}],
        "workOrderItem": [_piece(item, title, minutes)],
        **_orders(item, plan),
    }
    if reason:
        body["chosenBy"] = reason
    if minutes is not None:
        body["durationMinutes"] = minutes
    if kind is not None:
        body |= {"workType": {"id": kind.id, "name": kind.name, "@referredType": "WorkType"}}
        body |= {"skill": list(kind.skill)} if kind.skill else {}
        body |= {"part": [dict(one.raw) for one in kind.part]} if kind.part else {}
        body |= {"outsideSystem": kind.outside_system} if kind.outside_system else {}
    if isinstance(item.place, dict):
        known = ("id", "name", "@referredType")
        place = {name: item.place[name] for name in known if item.place.get(name)}
        body["place"] = {**place, **where(work, PlaceRefOrValue.wrap(place))}
    if owner is not None and owner.related_party:
        body["relatedParty"] = [dict(one.raw) for one in owner.related_party]
    made = work.add(WorkOrder.wrap(body))
    item = plan.put(replace(item, correlation=made.id))
    plan_store.write(work, plan)
    if appointment is not None:
        with work.edit(Appointment, appointment.id) as held:
            held.work_order = WorkOrderRef(id=made.id, referred_type="WorkOrder")
            if held.status == "initialized":
                held.status = "confirmed"
        set_date(work, plan, made, appointment)
    hand_over(work, made)


def _piece(item: PlanItem, title: str, minutes: int | None) -> dict[str, Json]:
    action = "delete" if item.direction == "undo" else item.action
    done: dict[str, Json] = {"name": title}
    if minutes is not None:
        done["plannedDuration"] = {"amount": minutes, "units": "min"}
    values = (item.characteristic or (item.design or {}).get("given")) or {}
    if values:
        done["workCharacteristic"] = [{"name": n, "value": v} for n, v in values.items()]
    is_known = action in {"add", "modify", "delete"}
    return {"id": "1", "action": action if is_known else "add", "work": done}


def _orders(item: PlanItem, plan: Plan) -> dict[str, Json]:
    """Return the domain order that the work is a part of, beside the order that it is for."""
    if plan.kind == "ProductOrder" and item.service_order is not None:
        return {"serviceOrder": {"id": item.service_order, "@referredType": "ServiceOrder"}}
    if plan.kind == "ProductOrder" and item.resource_order is not None:
        return {"resourceOrder": {"id": item.resource_order, "@referredType": "ResourceOrder"}}
    return {}


def set_date(work: Work, plan: Plan | None, order: WorkOrder, held: Appointment | None) -> None:
    """Write to a work order when and by whom it is done, and to its step that it is planned so."""
    start = held.valid_for.start_date_time if held is not None else None
    end = held.valid_for.end_date_time if held is not None else None
    with work.edit(WorkOrder, order.id) as own:
        own.start_date, own.expected_completion_date = start, end
        own.appointment = (
            AppointmentRef(id=held.id, referred_type="Appointment") if held is not None else None
        )
        team = held.team if held is not None else None
        own.team = FieldTeamRef(id=team.id, referred_type="FieldTeam") if team is not None else None
        for one in own.work_order_item:
            one.appointment = own.appointment
    item = plan.items.get(order.plan_item_id or "") if plan is not None else None
    if plan is not None and item is not None and item.state in {"pending", "waiting"}:
        if start is not None:
            item = replace(item, planned_at=start, planned_end_at=end)
        plan.put(replace(item, due_at=end))
        plan_store.write(work, plan)


def _plan_by_appointment(work: Work, plan: Plan, item: PlanItem) -> None:
    """Plan a step that has not come to its turn for the time that its customer chose."""
    if plan.kind != "ProductOrder" or item.item_id is None or item.direction == "undo":
        return
    held = _appointment(work, work.get(ProductOrder, plan.root), item)
    if held is None:
        return
    start, end = held.valid_for.start_date_time, held.valid_for.end_date_time
    plan.put(replace(item, planned_at=start, planned_end_at=end, due_at=end))
    plan_store.write(work, plan)


def _appointment(work: Work, order: Order | None, item: PlanItem) -> Appointment | None:
    """Return the appointment that the customer chose with the line, or the order, of a step."""
    if not isinstance(order, ProductOrder):
        lines = order.service_order_item if isinstance(order, ServiceOrder) else ()
        named = next((one.appointment for one in lines if one.appointment is not None), None)
    else:
        named = _chosen(order.product_order_item, item.item_id, None)
    found = work.get(Appointment, named.id) if named is not None else None
    is_free = found is not None and found.status in OPEN and found.work_order is None
    return found if is_free and item.direction == "do" else None


def _chosen(
    items: Iterable[ProductOrderItem], ident: str | None, above: AppointmentRef | None
) -> AppointmentRef | None:
    """Return the appointment of an order item: its own, else that of the bundle it lies in."""
    for one in items:
        own = one.appointment or above
        if one.id == ident:
            return own
        found = _chosen(one.product_order_item, ident, own)
        if found is not None:
            return found
    return None


def call_off(work: Work, ident: str, *, reason: str) -> None:
    """Cancel a work order that nobody needs any more, and its appointment; an ended one stays."""
    order = work.get(WorkOrder, ident)
    if order is None or order.state in ENDED:
        return
    appointment = order.appointment
    with work.edit(WorkOrder, order.id) as own:
        own.cancellation_reason = reason[:300]
        set_work_state(own, "cancelled", work.now)
    end_appointment(work, appointment.id if appointment is not None else None, "cancelled", reason)
    tell_called_off(work, order)


def end_appointment(work: Work, ident: str | None, status: str, reason: str = "") -> None:
    """Bring an appointment to its end; one that has ended, or is not there, stays as it is."""
    held = work.get(Appointment, ident) if ident is not None else None
    if held is None or held.status not in OPEN:
        return
    with work.edit(Appointment, held.id) as own:
        own.raw["status"] = status
        if reason:
            own.status_reason = reason[:300]
