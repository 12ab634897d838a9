"""A payment provider on TMF676, asked over HTTP."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from trunkline.adapters.http_connection import NoAnswer, NotConnected
from trunkline.adapters.json_server import NOT_TAKEN, JsonServer, Said
from trunkline.adapters.watching import Watch, watch
from trunkline.documents.shape import Json
from trunkline.kernel.services import Services
from trunkline.ordering.command import OutcomeUnknown, Unavailable
from trunkline.ordering.payment.paying import PAYMENTS
from trunkline.ordering.payment.payments import PaymentAnswer, PaymentRequest, use_payments
from trunkline.settings import Settings

ASIDE = NOT_TAKEN | {401, 403}
"""Statuses that say nothing of the payment itself."""


class HttpPayments:
    """Sends requests to a provider, each under its key."""

    def __init__(self, url: str, token: str | None = None, *, watch: Watch | None = None) -> None:
        """Remember its address; nothing is asked yet."""
        self._server = JsonServer(url, token, watch=watch)

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        """Send a request and return what is said. Raises Unavailable and OutcomeUnknown."""
        said = self._ask("POST", path_of(request), body_of(request), key=request.key)
        if said.status in ASIDE:
            raise Unavailable(*said.error)
        if said.status >= 500:
            raise OutcomeUnknown(*said.error)
        if not said.is_good:
            code, words = said.error
            return PaymentAnswer("refused", code=code, message=words)
        return _read(said.body)

    def find(self, request: PaymentRequest) -> PaymentAnswer | None:
        """Return what became of a request. Raises Unavailable and OutcomeUnknown."""
        where = "/refund" if request.action == "refund" else "/payment"
        said = self._ask("GET", f"{where}?correlatorId={quote(request.key)}", None)
        if said.status != 200 or not isinstance(said.body, list):
            raise Unavailable(*said.error)
        return _read(said.body[-1]) if said.body else None

    def _ask(self, method: str, path: str, body: Json, *, key: str | None = None) -> Said:
        try:
            return self._server.ask(method, path, body, key=key)
        except NotConnected as error:
            raise Unavailable("notConnected", str(error)) from error
        except NoAnswer as error:
            raise OutcomeUnknown("noAnswer", str(error)) from error


def path_of(request: PaymentRequest) -> str:
    """Return where a request goes."""
    if request.action == "capture":
        return f"/payment/{quote(request.payment or '')}/capture"
    return "/refund" if request.action == "refund" else "/payment"


def body_of(request: PaymentRequest) -> dict[str, Json]:
    """Return a request as it is sent."""
    body: dict[str, Json] = {
        "correlatorId": request.key,
        "amount": {"unit": request.unit, "value": request.amount},
        "description": request.about,
    }
    if request.action == "authorize":
        return {**body, "paymentMethod": {"id": request.token}, "@type": "Payment"}
    if request.action == "refund":
        return {**body, "payment": {"id": request.payment}, "@type": "Refund"}
    return body


def use_payment_provider(services: Services, settings: Settings) -> None:
    """Let deposits be paid by the provider that the settings name, if they name one."""
    if settings.payment_url is not None:
        watched, token = watch(services, PAYMENTS), settings.payment_token
        use_payments(services, HttpPayments(settings.payment_url, token, watch=watched))


def _read(body: Json) -> PaymentAnswer:
    found: dict[str, Any] = body if isinstance(body, dict) else {}
    status = str(found.get("status", ""))
    if status in ("failed", "declined"):
        error = found.get("errorMessage")
        told = error if isinstance(error, dict) else {}
        words = told.get("message") or told.get("reason") or "it was declined"
        return PaymentAnswer("refused", code=str(told.get("code") or status), message=str(words))
    if status in ("pending", "inProgress"):
        return PaymentAnswer("pending")
    if not isinstance(found.get("id"), str):
        raise OutcomeUnknown("badAnswer", "the provider's answer cannot be read")
    return PaymentAnswer("done", found["id"])
