"""TMF645 v4 checks of services, as an operator's network inventory would answer them.

What the simulator says goes by the number of the house, so that it is known beforehand: numbers
that end in 0 are not covered, those that end in 5 are slower, 404 gives no answer. Who names a
call-back (`X-Callback-Url`) while answers come later (`mode` of the settings) gets them there,
after the delay that is set, each as one post of the result.
"""

from __future__ import annotations

import uuid
from typing import Any

from aiohttp import web

from .document import encode
from .exchange import SIMULATOR, callback_address, json_answer, read_body
from .refusal import Fault, invalid
from .settings import Mode

QUALIFICATION_PATH = "/tmf-api/serviceQualificationManagement/v4"
ITEMS = "serviceQualificationItem"
SLOWER, SPEED = 100, "downloadSpeed"
SILENT = "404"


def qualification_routes() -> list[web.RouteDef]:
    """List the routes of the API."""
    return [web.post(f"{QUALIFICATION_PATH}/checkServiceQualification", check_services)]


async def check_services(request: web.Request) -> web.Response:
    """Answer a check at once, or later at the address that it names."""
    body = await read_body(request)
    items = body.get(ITEMS) if isinstance(body, dict) else None
    if not isinstance(items, list) or not all(isinstance(one, dict) for one in items):
        raise invalid([Fault(ITEMS, "itemMissing", "send the items that are asked about")])
    if any(_number(one) == SILENT for one in items):
        return json_answer({"code": "busy", "reason": "try later"}, status=503)
    told = [_answered(one) for one in items]
    callback, simulator = callback_address(request), request.app[SIMULATOR]
    is_later = callback is not None and simulator.trouble.settings.mode is Mode.CALLBACK
    if callback is not None and is_later:
        for one in told:  # a result is about the items of one line
            simulator.tell_later(callback, encode({ITEMS: [one]}))
    answer = {
        "id": str(uuid.uuid4()),
        "externalId": body.get("externalId"),
        "state": "inProgress" if is_later else "done",
        "@type": "CheckServiceQualification",
        ITEMS: [{"id": one["id"], "state": "inProgress"} for one in told] if is_later else told,
    }
    return json_answer(answer, status=201)


def _answered(item: dict[str, Any]) -> dict[str, Any]:
    number, service = _number(item), _part(item.get("service"))
    told = {"id": item.get("id"), "state": "done", "service": service}
    if number.endswith("0"):
        reason = {"code": "notCovered", "label": "this address is not covered"}
        return told | {"qualificationResult": "unqualified",
                       "eligibilityUnavailabilityReason": [reason]}  # fmt: skip
    listed = service.get("serviceCharacteristic")
    values = {
        one["name"]: one.get("value")
        for one in (listed if isinstance(listed, list) else ())
        if isinstance(one, dict) and "name" in one
    }
    speed = values.get(SPEED)
    if not number.endswith("5") or not isinstance(speed, int) or speed <= SLOWER:
        return told | {"qualificationResult": "qualified"}
    reason = {"code": "valueTooHigh", "label": f"{SPEED} is at most {SLOWER} here"}
    values[SPEED] = SLOWER
    instead = {
        "serviceSpecification": service.get("serviceSpecification"),
        "serviceCharacteristic": [{"name": n, "value": v} for n, v in values.items()],
    }
    proposal = {"id": "1", "alternateService": instead}
    found = {"eligibilityUnavailabilityReason": [reason], "alternateServiceProposal": [proposal]}
    return told | {"qualificationResult": "alternate"} | found


def _number(item: dict[str, Any]) -> str:
    places = _part(item.get("service")).get("place")
    first = _part(places[0]) if isinstance(places, list) and places else {}
    return str(first.get("streetNr") or "")


def _part(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
