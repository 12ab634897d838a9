"""Slots of outside field systems: when they could come is asked there, by TMF646.

A search for work of a type that names an outside system stays in progress until that has answered;
it is asked without a transaction open, and not during its maintenance. Whoever searches waits for
the answer, so it is soon given up, and the pace of plans does not hold it back.
"""

from __future__ import annotations

from typing import Any

from trunkline.documents.errors import Invalid
from trunkline.documents.shape import Json, parse_instant
from trunkline.fieldwork.appointment import Appointment, SearchTimeSlot
from trunkline.fieldwork.work_order import WorkOrder
from trunkline.fieldwork.work_type import WorkType, is_type, type_of
from trunkline.kernel.behaviour import handler, on
from trunkline.kernel.resource import event
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row
from trunkline.ordering.command import OutcomeUnknown, Unavailable
from trunkline.ordering.design.calling import outside_of
from trunkline.ordering.design.outside_system import System, systems_of
from trunkline.ordering.progress import CALL_LANE
from trunkline.workspace.timer import leased

ASK = "fieldwork.askForSlots"
PATH = "/tmf-api/appointment/v4/searchTimeSlot"
CLOSED = "it takes no calls now"
TRIES_MAX, PAUSE_S, TIMEOUT_S, SLOTS_MAX = 3, 3.0, 10.0, 60


def type_searched(work: Work, search: SearchTimeSlot) -> WorkType | None:
    """Return the type of work that a search is for, None where it names none."""
    for one in search.related_entity:
        if is_type(one):
            return type_of(work, one)
        held = _about(work, one.referred_type, one.id)
        if held is not None:
            return type_of(work, held.work_type)
    return None


def _about(work: Work, kind: str | None, ident: str) -> WorkOrder | Appointment | None:
    if kind == "WorkOrder":
        return work.get(WorkOrder, ident)
    return work.get(Appointment, ident) if kind == "Appointment" else None


@on(event(SearchTimeSlot, "created"))
def have_slots_asked(work: Work, search: SearchTimeSlot) -> None:
    """Have the outside system asked that keeps the calendar of what is searched for."""
    if search.status == "inProgress":
        work.schedule(NewWork(ASK, search.id, lane=CALL_LANE, once=f"{ASK} {search.id}"))


@handler(ASK)
def ask(services: Services, row: Row) -> None:
    """Ask for slots, and answer the search with what is said."""
    with as_system(services, ASK) as work:
        search = work.get(SearchTimeSlot, row.subject)
        if search is None or search.status != "inProgress":
            queue.finish(work.connection, row)
            return
        kind = type_searched(work, search)
        system = systems_of(work).get(kind.outside_system or "") if kind is not None else None
        is_closed = system is not None and system.closed_until(work.now) is not None
        body = _body(search, kind)
    found, problem = _asked(services, system, body) if not is_closed else (None, CLOSED)
    with leased(services, row) as work:
        if problem and not is_closed and row.attempt < TRIES_MAX:
            queue.put_back(work.connection, row, pause_s=PAUSE_S)
            return
        queue.finish(work.connection, row)
        with work.edit(SearchTimeSlot, search.id) as own:
            _answer(own, found, system.code if system is not None else "", problem)


def _asked(
    services: Services, system: System | None, body: dict[str, Json]
) -> tuple[list[Json] | None, str]:
    """Return the slots that a system says, or why it says none."""
    if system is None:
        return None, "there is no such outside system any more"
    request: dict[str, Json] = {"method": "POST", "path": PATH, "body": body}
    try:
        said = outside_of(services).send(
            system, request, key=str(body["externalId"]), timeout_s=TIMEOUT_S
        )
        if 200 <= said.status < 300:
            return slots_in(said.body), ""
        return None, f"it answered {said.status}"
    except (Unavailable, OutcomeUnknown, Invalid) as error:
        return None, error.message


def slots_in(body: Any) -> list[Json]:
    """Return the slots of an answer; refuses (400) one that holds no list of periods."""
    listed = body.get("availableTimeSlot", []) if isinstance(body, dict) else None
    if not isinstance(listed, list):
        raise Invalid("answerUnreadable", "its answer cannot be read")
    found: list[Json] = []
    for number, one in enumerate(listed[:SLOTS_MAX], 1):
        held = one.get("validFor") if isinstance(one, dict) else None
        period: dict[str, Any] = held if isinstance(held, dict) else {}
        try:
            start, end = (
                parse_instant(str(period[name])) for name in ("startDateTime", "endDateTime")
            )
        except (KeyError, TypeError, ValueError):
            raise Invalid("answerUnreadable", "its answer cannot be read") from None
        if start < end:
            found.append({"id": str(one.get("id") or number), "validFor": period})
    return found


def _body(search: SearchTimeSlot, kind: WorkType | None) -> dict[str, Json]:
    raw = search.raw
    kept = ("requestedTimeSlot", "relatedPlace")
    body: dict[str, Json] = {name: raw[name] for name in kept if raw.get(name)}
    if kind is not None:
        named = {"id": kind.code, "name": kind.name, "@referredType": "WorkType"}
        body["relatedEntity"] = [named]
    return {**body, "externalId": search.id, "@type": "SearchTimeSlot"}


def _answer(own: SearchTimeSlot, found: list[Json] | None, code: str, problem: str) -> None:
    if found is None:
        own.raw["status"] = "terminatedWithError"
        own.search_result = f"{code} does not say: {problem}"[:200]
        return
    if found:
        own.raw["availableTimeSlot"] = found
    own.raw["status"] = "done"
    own.search_result = f"{len(found)} free" if found else "all are taken"
