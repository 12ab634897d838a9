"""TMF673 v4 address validation, as an outside register of addresses offers it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from .document import Document
from .exchange import SIMULATOR, json_answer, read_body
from .refusal import Fault, Refusal, invalid

ADDRESS_PATH = "/tmf-api/geographicAddressManagement/v4"
COMPARED = ("country", "city", "postcode", "streetName", "streetNr")
NEEDED = ("city", "streetName", "streetNr")


def address_routes() -> list[web.RouteDef]:
    """List the routes of the API."""
    return [web.post(f"{ADDRESS_PATH}/geographicAddressValidation", validate)]


async def validate(request: web.Request) -> web.Response:
    """Answer whether an address is right. 503 while the register is told to be away."""
    settings = request.app[SIMULATOR].trouble.settings
    body = await read_body(request)
    submitted = body.get("submittedGeographicAddress") if isinstance(body, dict) else None
    if not isinstance(submitted, dict):
        raise invalid([Fault("submittedGeographicAddress", "required", "send an address")])
    await asyncio.sleep(settings.delay_ms[0] / 1000)
    if settings.addresses_away:
        raise Refusal(503, "registerAway", "The register cannot be reached", "it was told so")
    ident = str(uuid.uuid4())
    found: Document = {
        "id": ident,
        "href": f"{request.app[SIMULATOR].base_url}{request.path}/{ident}",
        "state": "done",
        "validationDate": request.app[SIMULATOR].clock().isoformat(),
        "provideAlternative": bool(body.get("provideAlternative")),
        "submittedGeographicAddress": submitted,
    }
    return json_answer(found | judged(submitted, settings.addresses), status=201)


def judged(submitted: Document, known: Sequence[Document]) -> Document:
    """Return what a register of these addresses says; one of none knows each that is whole."""
    if not known and all(submitted.get(name) for name in NEEDED):
        tidy = {name: " ".join(str(submitted[name]).split()) for name in submitted}
        return {"validationResult": "success", "validGeographicAddress": tidy}
    wanted = _comparable(submitted)
    for one in known:
        if len(wanted) >= len(NEEDED) and wanted.items() <= _comparable(one).items():
            return {"validationResult": "success", "validGeographicAddress": one}
    alike = [one for one in known if _is_alike(wanted, _comparable(one))]
    if not alike:
        return {"validationResult": "fails"}
    return {"validationResult": "partial", "alternateGeographicAddress": alike}


def _is_alike(wanted: dict[str, str], known: dict[str, str]) -> bool:
    return any(wanted.get(name) == known.get(name, "") for name in ("postcode", "streetName"))


def _comparable(address: Document) -> dict[str, str]:
    lines: dict[str, Any] = {name: address.get(name) for name in COMPARED}
    return {name: str(one).casefold().replace(" ", "") for name, one in lines.items() if one}
