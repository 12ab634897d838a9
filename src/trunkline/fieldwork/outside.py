"""Outside field systems: work orders sent there by TMF697, and what they tell of them.

Work of a type that names an outside system is sent over the port of plans' outside systems, at
that system's pace and outside its maintenance. What it tells comes in by `take_news`.
"""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from trunkline.documents.errors import Conflict, Invalid, NotFound
from trunkline.documents.shape import Json
from trunkline.fieldwork.work_order import ENDED, WorkOrder
from trunkline.kernel.behaviour import handler
from trunkline.kernel.reactions import LeaseLost
from trunkline.kernel.references import UUID
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row
from trunkline.ordering.command import OutcomeUnknown, Unavailable
from trunkline.ordering.design.calling import outside_of, pause_of
from trunkline.ordering.design.outside_system import systems_of
from trunkline.ordering.design.places import Waits, leave_places
from trunkline.ordering.progress import CALL_LANE
from trunkline.rest.outside_names import learn_outside_names

SEND, CALL_OFF = "fieldwork.send", "fieldwork.callOff"
BASE = "/tmf-api/workOrderManagement/v4"
TRIES_MAX, PAUSE_S = 8, 30.0
SENT = ("description", "priority", "orderDate", "requestedStartDate", "requestedCompletionDate",
        "place", "relatedParty", "workOrderItem", "part", "skill", "durationMinutes")  # fmt: skip
log = structlog.get_logger("trunkline.fieldwork")


def hand_over(work: Work, order: WorkOrder) -> None:
    """Send a work order to its outside system, where its type names one."""
    if order.outside_system is not None:
        work.schedule(NewWork(SEND, order.id, lane=CALL_LANE))


def tell_called_off(work: Work, order: WorkOrder) -> None:
    """Tell the outside system that has a work order that it is called off."""
    if order.outside_system is not None and order.external_id is not None:
        work.schedule(NewWork(CALL_OFF, order.id, lane=CALL_LANE))


@handler(SEND)
def send(services: Services, row: Row) -> None:
    """Send a work order; what is not taken is tried again, and fails after a while."""
    with as_system(services, SEND) as work:
        order = work.get(WorkOrder, row.subject)
    if order is None or order.external_id is not None or order.state in ENDED:
        _finish(services, row)
        return
    body = {name: order.raw[name] for name in SENT if name in order.raw}
    body |= {"externalId": order.id, "@type": "WorkOrder"}
    request = {"method": "POST", "path": f"{BASE}/workOrder", "body": body}
    _call(services, row, order, request)


@handler(CALL_OFF)
def send_called_off(services: Services, row: Row) -> None:
    """Call a work order off in the outside system that has it."""
    with as_system(services, CALL_OFF) as work:
        order = work.get(WorkOrder, row.subject)
    if order is None or order.external_id is None:
        _finish(services, row)
        return
    body = {"workOrder": {"id": order.external_id}, "@type": "CancelWorkOrder",
            "cancellationReason": order.cancellation_reason or "called off"}  # fmt: skip
    _call(services, row, order, {"method": "POST", "path": f"{BASE}/cancelWorkOrder", "body": body})


def _call(services: Services, row: Row, order: WorkOrder, request: Mapping[str, Json]) -> None:
    """Call without a transaction open, and write down what came back."""
    with as_system(services, row.kind) as work:
        system = systems_of(work).get(order.outside_system or "")
        whole = order.product_order or order.service_order or order.resource_order
        waits = Waits(order.id, row.kind, whole.id if whole is not None else None)
        pause_s = pause_of(work, system, waits) if system is not None else 0
        if pause_s > 0:
            queue.put_back(work.connection, row, pause_s=pause_s, free=True)
            return
    problem, code, found = "", "", None
    try:
        if system is None:
            raise Unavailable("systemUnknown", f"there is no system {order.outside_system}")
        found = outside_of(services).send(
            system, request, key=f"{row.kind} {order.id}", timeout_s=None
        )
        if found.status >= 400:
            code, problem = f"http{found.status}", f"it answered {found.status}"
    except (Unavailable, OutcomeUnknown) as error:
        code, problem = error.code, error.message
    is_refused = found is not None and 400 <= found.status < 500 and found.status != 429
    with as_system(services, row.kind) as work:
        if problem and not is_refused and row.attempt < TRIES_MAX:
            queue.put_back(work.connection, row, pause_s=PAUSE_S * 2 ** min(row.attempt, 6))
            return
        if not queue.finish(work.connection, row):
            raise LeaseLost(row.kind)
        if row.kind == SEND:
            _note(work, order, found.body if found is not None else None, code, problem)
        elif problem:
            log.warning("not called off outside", work_order=order.key, problem=problem)


def _note(work: Work, order: WorkOrder, body: Json, code: str, problem: str) -> None:
    """Write down how it is named there, or why not; its end may have been told, or made, before."""
    with work.edit(WorkOrder, order.id) as own:
        if not problem:
            ident = body.get("id") if isinstance(body, dict) else None
            own.external_id = str(ident) if ident is not None else own.id
            if own.state == "acknowledged":
                own.raw["state"] = "pending"
        elif own.state not in ENDED:
            own.raw["state"] = "rejected"
            own.raw["result"] = {"outcome": "notPossible", "reason": code, "remarks": problem}
    learn_outside_names(work, own)
    if own.state == "cancelled":
        tell_called_off(work, own)


def _finish(services: Services, row: Row) -> None:
    with as_system(services, row.kind) as work:
        leave_places(work, [row.subject])
        if not queue.finish(work.connection, row):
            raise LeaseLost(row.kind)


def told_order(work: Work, sent: Mapping[str, Json]) -> tuple[str, Mapping[str, Json]]:
    """Return our id of the work order that an event of TMF697 tells of, and how it is there.

    It is named by the outside's id or, as `externalId`, by ours. Refuses (400) what tells of
    none, (404) one that nobody knows and (409) an id that several systems have given.
    """
    inner = sent.get("event")
    told = inner.get("workOrder") if isinstance(inner, dict) else None
    if not isinstance(told, dict) or not (told.get("id") or told.get("externalId")):
        raise Invalid("eventUnreadable", "send a work order event: event.workOrder with its id")
    own, theirs = str(told.get("externalId") or ""), str(told.get("id") or "")
    found = work.get(WorkOrder, own) if UUID.match(own) else None
    if found is None or found.outside_system is None:
        listed = work.find(WorkOrder, {"externalId": theirs}) if theirs else []
        outside = [one for one in listed if one.outside_system is not None]
        if len(outside) > 1:
            named = ", ".join(f"{one.key} at {one.outside_system}" for one in outside[:3])
            message = f"{theirs} is {named}; say which by its externalId"
            raise Conflict("conflictExternalId", message)
        found = next(iter(outside), None)
    if found is None:
        raise NotFound("notFound", f"there is no work order {theirs or own} outside")
    return found.id, told
