"""Around every request: its id, its path made plain, its log line, and answers to errors."""

from __future__ import annotations

import itertools
import os
import re
import time
from typing import Any

import falcon
import psycopg
import structlog
from prometheus_client import Histogram
from structlog.contextvars import bind_contextvars

from trunkline.api.metrics import REQUESTS
from trunkline.database.problems import DatabaseBusy, DatabaseUnavailable
from trunkline.documents.decode import encode
from trunkline.documents.errors import Conflict, Invalid, Refusal, Unready
from trunkline.rest.http import JSON_TYPE, answer_refusal, request_id
from trunkline.rest.reads import Asker, asker
from trunkline.settings import Settings

log = structlog.get_logger("trunkline.request")
SAFE_ID = re.compile(r"^[A-Za-z0-9._:-]{8,64}$")
SLASHES = re.compile(r"/{2,}")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}


def request_type(settings: Settings) -> type[falcon.Request]:
    """Return the kind of requests whose links begin with the public address, where one is set.

    Where none is, answers link to the host that was asked; no record, event or delivery does.
    """
    if not settings.has_public_url:
        return falcon.Request

    class PublicRequest(falcon.Request):
        @property
        def prefix(self) -> str:
            return settings.public_url

    return PublicRequest


class RequestMiddleware:
    """Names each request, takes double slashes out of its path, and logs how it ended."""

    def __init__(self, settings: Settings) -> None:
        self._process = os.urandom(8).hex()
        self._requests = itertools.count(1)
        self._headers = dict(HEADERS)
        if settings.is_production:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"
        self._watches: dict[tuple[str, str, str], Histogram] = {}
        self._log = structlog.get_logger("trunkline.request").bind()

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Give the request its id and the answer its safety headers, and start the watch.

        An id of ours is the process's random number and a count. An answer that needs another
        value of a safety header sets it itself.
        """
        given = req.get_header("X-Request-Id") or ""
        found = given if SAFE_ID.match(given) else f"{self._process}-{next(self._requests)}"
        req.context["request_id"] = found
        bind_contextvars(request=found)
        asker.set(Asker(req.remote_addr or "", found))
        req.context["started"] = time.perf_counter()
        resp.set_headers(self._headers)
        resp.set_header("X-Request-Id", found)
        if "\0" in req.path or "%00" in req.query_string:
            raise Invalid("badText", "an address may hold no NUL character")
        if "//" in req.path or req.path.endswith("/"):
            req.path = SLASHES.sub("/", req.path).rstrip("/") or "/"

    def process_response(
        self, req: falcon.Request, resp: falcon.Response, resource: Any, req_succeeded: bool
    ) -> None:
        """Count the request and write its log line."""
        started: float = req.context["started"] or 0.0
        took_s = time.perf_counter() - started
        status = resp.status[:3] if isinstance(resp.status, str) else str(resp.status)
        self._watch(req.method, req.uri_template or "other", status).observe(took_s)
        self._log.info(
            "request",
            method=req.method,
            path=req.path,
            status=status,
            ms=round(took_s * 1000, 1),
            request=req.context["request_id"],
        )

    def _watch(self, method: str, route: str, status: str) -> Histogram:
        key = (method, route, status)
        found = self._watches.get(key)
        if found is None:
            found = self._watches[key] = REQUESTS.labels(*key)
        return found


def add_error_answers(app: falcon.App[Any, Any]) -> None:
    """Answer refusals, Falcon's own errors, a missing database and bugs, all in one form."""
    app.add_error_handler(Exception, _answer_bug)
    app.add_error_handler(falcon.HTTPError, _answer_falcon)
    app.add_error_handler(Refusal, answer_refusal)
    for away in (DatabaseBusy, DatabaseUnavailable, psycopg.OperationalError):
        app.add_error_handler(away, _answer_unready)
    app.add_error_handler(psycopg.errors.ProgramLimitExceeded, _answer_too_long)
    app.add_error_handler(psycopg.errors.LockNotAvailable, _answer_locked)
    app.add_error_handler(psycopg.errors.DeadlockDetected, _answer_locked)


def _answer_falcon(
    req: falcon.Request, resp: falcon.Response, error: falcon.HTTPError, _params: Any
) -> None:
    status = error.status_code
    code = {404: "notFound", 405: "methodNotAllowed", 413: "bodyTooLarge"}.get(status, "badRequest")
    said = f"{req.method} {req.path} is not an address of this API"
    if isinstance(error, falcon.HTTPMethodNotAllowed):
        has = (error.headers or {}).get("Allow", "")  # type: ignore[union-attr]
        said = f"{req.path} has no {req.method}; it has {has}"
    body = {
        "code": code,
        "reason": falcon.code_to_http_status(status)[4:].capitalize(),
        "message": error.description or said,
        "status": str(status),
        "@type": "Error",
        "requestId": request_id(req),
    }
    resp.status = falcon.code_to_http_status(status)
    resp.data = encode(body)
    resp.content_type = JSON_TYPE
    for name, value in (error.headers or {}).items():  # type: ignore[union-attr]
        resp.set_header(name, value)


def _answer_unready(
    req: falcon.Request, resp: falcon.Response, error: Exception, _params: Any
) -> None:
    log.warning("database", error=type(error).__name__, request=request_id(req))
    refusal = Unready(
        "databaseBusy", "the database does not answer now; try again", headers={"Retry-After": "1"}
    )
    answer_refusal(req, resp, refusal, _params)


def _answer_locked(
    req: falcon.Request, resp: falcon.Response, _error: Exception, _params: Any
) -> None:
    refusal = Conflict(
        "conflictLocked",
        "the record is being changed by someone else at this moment; try again",
        headers={"Retry-After": "1"},
    )
    answer_refusal(req, resp, refusal, _params)


def _answer_too_long(
    req: falcon.Request, resp: falcon.Response, _error: Exception, _params: Any
) -> None:
    refusal = Invalid("textTooLong", "an attribute that is looked up by is too long; shorten it")
    answer_refusal(req, resp, refusal, _params)


def _answer_bug(req: falcon.Request, resp: falcon.Response, error: Exception, _params: Any) -> None:
    log.error("bug", request=request_id(req), path=req.path, exc_info=error)
    resp.status = falcon.HTTP_500
    resp.data = encode(
        {
            "code": "internalError",
            "reason": "Internal error",
            "message": f"this is a fault of ours; report it with request id {request_id(req)}",
            "status": "500",
            "@type": "Error",
            "requestId": request_id(req),
        }
    )
    resp.content_type = JSON_TYPE
