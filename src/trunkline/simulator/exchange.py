"""Reading requests and writing answers: bodies, command keys, lists, errors, the bearer gate."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
from aiohttp import web

from .document import Document, decode, encode
from .notification import checked_callback
from .refusal import Fault, Refusal, invalid
from .simulator import Simulator

_log = logging.getLogger(__name__)
SIMULATOR = web.AppKey("simulator", Simulator)
OPEN_PATHS = ("/oauth/token", "/health")

_HTTP_CODES = {404: "notFound", 405: "methodNotAllowed", 413: "bodyTooLarge"}
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def json_answer(
    body: object, *, status: int = 200, headers: dict[str, str] | None = None
) -> web.Response:
    """Answer with a JSON body."""
    return web.Response(
        body=encode(body), status=status, headers=headers, content_type="application/json"
    )


async def read_body(request: web.Request) -> Any:
    """Decode the body; an empty one is an empty object. Refuses 400 `bodyNotJson`."""
    content = await request.read()
    if not content:
        return {}
    try:
        return decode(content)
    except msgspec.DecodeError as error:
        raise invalid([Fault("$", "bodyNotJson", str(error))]) from error


def command_key(request: web.Request, body: object) -> str:
    """Take the command key from `Idempotency-Key`, else from `externalId`, else make one."""
    header = request.headers.get("Idempotency-Key", "").strip()
    if len(header) > 255 or not header.isprintable():
        raise invalid([Fault("Idempotency-Key", "keyInvalid", "send at most 255 plain characters")])
    external_id = body.get("externalId") if isinstance(body, dict) else None
    if header:
        return header
    return external_id if isinstance(external_id, str) and external_id else str(uuid.uuid4())


def callback_address(request: web.Request) -> str | None:
    """Read the address to call back from `X-Callback-Url`."""
    given = request.headers.get("X-Callback-Url")
    return checked_callback(given, "X-Callback-Url") if given else None


def list_answer(request: web.Request, documents: Sequence[Document]) -> web.Response:
    """Answer a list with `offset`, `limit`, `fields` and its counts (TMF630)."""
    offset, limit = _whole(request, "offset", 0), _whole(request, "limit", 100)
    shown = [selected(request, document) for document in documents[offset : offset + limit]]
    headers = {"X-Total-Count": str(len(documents)), "X-Result-Count": str(len(shown))}
    return json_answer(shown, headers=headers)


def selected(request: web.Request, document: Document) -> Document:
    """Keep only the first-level attributes that `fields` names, with id and href."""
    given = request.query.get("fields")
    if not given:
        return document
    wanted = {"id", "href", *given.split(",")}
    return {name: value for name, value in document.items() if name in wanted}


def check_filters(request: web.Request, *known: str) -> None:
    """Refuse filters that are not understood with 400 `filterUnknown`."""
    allowed = {"offset", "limit", "fields", *known}
    faults = [
        Fault(name, "filterUnknown", f"filter by {', '.join(known)}")
        for name in request.query
        if name not in allowed
    ]
    if faults:
        raise invalid(faults)


@web.middleware
async def errors_as_tmf(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Answer refusals, and the server's own errors, with a TMF error body."""
    try:
        return await handler(request)
    except Refusal as refusal:
        headers = {"Retry-After": "1"} if refusal.status == 503 else None
        return json_answer(refusal.body(), status=refusal.status, headers=headers)
    except web.HTTPException as error:
        message = f"{request.method} {request.path} cannot be answered"
        code = _HTTP_CODES.get(error.status, f"http{error.status}")
        body = Refusal(error.status, code, error.reason, message).body()
        headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else None
        return json_answer(body, status=error.status, headers=headers)
    except Exception:
        _log.exception("%s %s failed", request.method, request.path)
        bug = Refusal(500, "internalError", "The simulator failed", "its log says more")
        return json_answer(bug.body(), status=500)


@web.middleware
async def bearer_demanded(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Let only bearers of a token in, where a client is configured."""
    simulator = request.app[SIMULATOR]
    if simulator.gate is not None and request.path not in OPEN_PATHS:
        authorization = request.headers.get("Authorization")
        if not simulator.gate.admits(authorization, now_s=simulator.clock().timestamp()):
            message = "get a token from /oauth/token and send it as Authorization: Bearer"
            refusal = Refusal(401, "unauthorized", "A valid bearer token is needed", message)
            challenge = {"WWW-Authenticate": "Bearer"}
            return json_answer(refusal.body(), status=401, headers=challenge)
    return await handler(request)


def _whole(request: web.Request, name: str, default: int) -> int:
    given = request.query.get(name)
    if given is None:
        return default
    if not given.isdecimal():
        raise invalid([Fault(name, "notNumber", "send a whole number from 0 on")])
    return int(given)
