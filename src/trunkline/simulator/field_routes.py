"""A field service with a system of its own: when somebody could come (TMF646), and visits.

Work orders (TMF697) are routes like those of other orders. A visit always comes later than its
order, after the delay that is set; what came of it is told at the hub.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

from aiohttp import web

from .command import Action, Api, Command, Item, fingerprint
from .document import Document, instant, part, parts, text
from .exchange import SIMULATOR, command_key, json_answer, read_body
from .record import made_id
from .refusal import Fault, Refusal, invalid

APPOINTMENT_PATH = "/tmf-api/appointment/v4"
WINDOWS = ((8, 12), (13, 17))
AHEAD, SLOTS_MAX, SUNDAY = timedelta(days=14), 20, 6


def field_routes() -> list[web.RouteDef]:
    """List the routes beside those of work orders."""
    return [web.post(f"{APPOINTMENT_PATH}/searchTimeSlot", search)]


async def search(request: web.Request) -> web.Response:
    """Answer when somebody could come: mornings and afternoons but on Sundays, from tomorrow on."""
    body = await read_body(request)
    if not isinstance(body, dict):
        raise invalid([Fault("$", "bodyNotObject", "send a JSON object")])
    simulator, key = request.app[SIMULATOR], command_key(request, body)
    item = Item("1", Action.ADD, {"name": "searchTimeSlot"})
    outage = simulator.trouble.outage(Command(key, Api.FIELD, (item,), body, ""))
    if outage is not None:
        raise Refusal(503, *outage.error)
    now = simulator.clock()
    wished = next(parts(body, "requestedTimeSlot"), {})
    start = _moment(part(wished, "validFor"), "startDateTime") or now
    end = _moment(part(wished, "validFor"), "endDateTime") or start + AHEAD
    slots = list(_slots(max(start, now + timedelta(days=1)), end))[:SLOTS_MAX]
    answer = {"id": made_id(key, "search"), "status": "done", "searchDate": instant(now),
              "availableTimeSlot": slots, "@type": "SearchTimeSlot"}  # fmt: skip
    return json_answer(answer, status=201)


def work_command(body: Any, *, key: str) -> Command:
    """Check a work order and make it a command."""
    items = list(parts(body, "workOrderItem")) if isinstance(body, dict) else []
    if not items:
        raise invalid([Fault("workOrderItem", "itemsMissing", "send at least one item")])
    found = tuple(
        Item(text(one, "id") or str(number), Action.ADD, _as_service(part(one, "work")))
        for number, one in enumerate(items, 1)
    )
    return Command(key, Api.FIELD, found, body, fingerprint(found))


def _as_service(work: Document) -> Document:
    name = text(work, "name") or ""
    return {"name": name, "serviceSpecification": {"name": name},
            "serviceCharacteristic": list(parts(work, "workCharacteristic"))}  # fmt: skip


def _slots(start: datetime, end: datetime) -> Iterator[Document]:
    day = start.date()
    while day <= end.date():
        for first, last in WINDOWS if day.weekday() != SUNDAY else ():
            begin = datetime.combine(day, time(first, tzinfo=UTC))
            if start <= begin < end:
                until = begin + timedelta(hours=last - first)
                period = {"startDateTime": instant(begin), "endDateTime": instant(until)}
                yield {"id": instant(begin), "validFor": period}
        day += timedelta(days=1)


def _moment(period: Document, name: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(period.get(name)))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
