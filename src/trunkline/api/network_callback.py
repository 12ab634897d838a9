"""Call-backs of the network: what became of a command, told by a signed event."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import falcon

from trunkline.adapters import outside
from trunkline.adapters.network import CALLBACK, answer_of
from trunkline.adapters.outside import secret_named
from trunkline.documents.decode import decode
from trunkline.documents.errors import Invalid, NotFound, Unknown
from trunkline.documents.shape import Json
from trunkline.hub.signature import SignatureInvalid, verify
from trunkline.kernel.references import UUID
from trunkline.kernel.services import Services
from trunkline.kernel.work import as_system
from trunkline.ordering.activation import take_answer
from trunkline.ordering.command import Answer, Unavailable
from trunkline.ordering.design.outside_system import systems_of
from trunkline.ordering.handoff.dialect import DIALECTS
from trunkline.rest.http import read_body
from trunkline.settings import Settings, SettingsError

STANDARD_SECRET = "whsec_"
SECRET_BYTES_MIN, SECRET_BYTES_MAX = 24, 64


class NetworkCallback:
    """`/callback/network/{key}/listener/serviceOrderStateChangeEvent`.

    `key` is the command's. Repeated, late and overtaken events are taken and change no state.
    """

    needs = "ownSecret"

    def __init__(self, services: Services, secret: str | None) -> None:
        self._services = services
        self._secret = secret

    def on_post(self, req: falcon.Request, resp: falcon.Response, key: str) -> None:
        """Take in what became of a command, if the network itself says so."""
        body = read_body(req, self._services.body_bytes_max)
        self._check_sender(req, body)
        answer = answer_in(decode(body), key)
        with as_system(self._services, "network") as work:
            if not (UUID.match(key) and take_answer(work, key.lower(), answer)):
                raise NotFound("unknownCommand", f"no command was sent under the key {key}")
        resp.status = falcon.HTTP_204

    def _check_sender(self, req: falcon.Request, body: bytes) -> None:
        if self._secret is None:
            raise Unknown(
                "callbackNotConfigured",
                "set TRUNKLINE_NETWORK_CALLBACK_SECRET, so that forged call-backs are told apart",
            )
        try:
            verify([self._secret], req.headers, body, self._services.machine_now().timestamp())
        except SignatureInvalid as error:
            raise Unknown(error.code, "the event is not signed by the network") from error


class OutsideCallback:
    """`/callback/outside/{code}/listener/{event}`: what became of an order handed to a system.

    It is called back there, or registered at the system's hub. Events are signed with the secret
    that the system names; repeated, late and overtaken ones are taken and change no state.
    """

    needs = "ownSecret"

    def __init__(self, services: Services, secrets: Path | None) -> None:
        self._services = services
        self._secrets = secrets

    def on_post(self, req: falcon.Request, resp: falcon.Response, code: str, event: str) -> None:
        """Take in what became of an order, if the system itself says so."""
        body = read_body(req, self._services.body_bytes_max)
        with as_system(self._services, "network") as work:
            system = systems_of(work).get(code)
        if system is None or system.speaks is None or system.callback_secret is None:
            raise Unknown("callbackNotConfigured", f"{code} is no system that calls back")
        self._check_sender(req, body, system.callback_secret)
        order = _told(decode(body), DIALECTS[system.speaks].event)
        key = str(order.get("externalId", "")).lower()
        try:
            answer = DIALECTS[system.speaks].read(order, system.words)
        except (ValueError, AttributeError, TypeError) as error:
            raise Invalid("unknownState", f"event: {error}") from error
        with as_system(self._services, "network") as work:
            if not (UUID.match(key) and take_answer(work, key, answer, system=code)):
                raise NotFound("unknownCommand", f"nothing was handed to {code} under {key}")
        resp.status = falcon.HTTP_204

    def _check_sender(self, req: falcon.Request, body: bytes, name: str) -> None:
        try:
            secret = standard_secret(secret_named(self._secrets, name))
            verify([secret], req.headers, body, self._services.machine_now().timestamp())
        except (Unavailable, SettingsError) as error:
            raise Unknown("callbackNotConfigured", str(error)) from error
        except SignatureInvalid as error:
            raise Unknown(error.code, "the event is not signed by the system") from error


def _told(event: Json, name: str) -> dict[str, Json]:
    inner = event.get("event") if isinstance(event, dict) else None
    order = inner.get(name) if isinstance(inner, dict) else None
    if not isinstance(order, dict):
        raise Invalid("badEvent", f"event.{name}: send what has changed")
    return order


def answer_in(event: Json, key: str) -> Answer:
    """Return the answer that an event carries, or refuse (400) an event that is none of ours."""
    inner = event.get("event") if isinstance(event, dict) else None
    order = inner.get("serviceOrder") if isinstance(inner, dict) else None
    if not isinstance(order, dict):
        raise Invalid("badEvent", "event.serviceOrder: send the service order that has changed")
    if str(order.get("externalId", "")).lower() != key.lower():
        raise Invalid("wrongCommand", "event.serviceOrder.externalId: is not the command's key")
    try:
        return answer_of(order)
    except ValueError as error:
        raise Invalid("unknownState", f"event.serviceOrder.state: {error}") from error


def standard_secret(text: str) -> str:
    """Return a secret in the form of Standard Webhooks; plain text stands for its own bytes."""
    if text.startswith(STANDARD_SECRET):
        return text
    if not SECRET_BYTES_MIN <= len(text.encode()) <= SECRET_BYTES_MAX:
        raise SettingsError(
            [
                "TRUNKLINE_NETWORK_CALLBACK_SECRET: write whsec_ and base64, or a text of "
                f"{SECRET_BYTES_MIN} to {SECRET_BYTES_MAX} characters."
            ]
        )
    return STANDARD_SECRET + base64.b64encode(text.encode()).decode("ascii")


def add_routes(app: falcon.App[Any, Any], services: Services, settings: Settings) -> None:
    """Add the address that the network calls back."""
    given = settings.network_callback_secret
    callback = NetworkCallback(services, standard_secret(given) if given is not None else None)
    app.add_route(f"{CALLBACK}/{{key}}/listener/serviceOrderStateChangeEvent", callback)
    own = OutsideCallback(services, settings.outside_secrets)
    app.add_route(f"{outside.CALLBACK}/{{code}}/listener/{{event}}", own)
