"""Outside systems over HTTP: requests of plans sent, with the secret that their system names.

A secret is a file of its name in the folder that the settings say. It goes into the header of the
request and nowhere else: what comes back is kept without it.
"""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from trunkline.adapters.dialing import dial
from trunkline.adapters.http_connection import HttpConnections, NoAnswer, NotConnected
from trunkline.adapters.watching import watch
from trunkline.documents.decode import decode, encode
from trunkline.documents.errors import Refusal
from trunkline.documents.shape import Json
from trunkline.hub.guard import AllowList, TargetRefused, check_url
from trunkline.hub.place import allow_list
from trunkline.kernel.services import Services
from trunkline.ordering.command import OutcomeUnknown, Unavailable
from trunkline.ordering.design.answer import Response
from trunkline.ordering.design.calling import use_outside
from trunkline.ordering.design.outside_system import System
from trunkline.settings import Settings

CALLBACK = "/callback/outside"
TIMEOUT_S = 20.0
HIDDEN = "***"
SENDABLE = "%/:?[]@!$&'()*+,;=~"
"""What stands in a path as it is, beside letters, digits and what is encoded already."""


class OutsideSystems:
    """Sends requests to outside systems, each over connections of its own."""

    def __init__(
        self,
        allow: AllowList,
        secrets: Path | None,
        *,
        callback_base: str | None = None,
        services: Services | None = None,
    ) -> None:
        """Remember where to look; with services it is noted how calls fare."""
        self._allow = allow
        self._secrets = secrets
        self._callback_base = callback_base
        self._services = services
        self._lock = threading.Lock()
        self._connections: dict[tuple[str, str, float], HttpConnections] = {}

    def send(
        self, system: System, request: Mapping[str, Json], *, key: str, timeout_s: float | None
    ) -> Response:
        """Send one request and return what came back. Raises Unavailable and OutcomeUnknown."""
        secret = self._secret(system)
        headers = {"Accept": "application/json", "Idempotency-Key": key} | _credentials(
            system, secret
        )
        if system.callback_secret is not None and self._callback_base is not None:
            headers["X-Callback-Url"] = f"{self._callback_base}{CALLBACK}/{system.code}"
        body = None
        if request.get("body") is not None:
            headers["Content-Type"] = "application/json"
            body = encode(request["body"])
        connections = self._to(system, timeout_s or TIMEOUT_S)
        path = "/" + quote(str(request["path"]).lstrip("/"), safe=SENDABLE)
        try:
            found = connections.ask(str(request["method"]), path, headers, body)
        except NotConnected as error:
            raise Unavailable("notConnected", str(error)) from error
        except TargetRefused as refused:
            raise Unavailable("notAllowed", str(refused)) from refused
        except NoAnswer as error:
            raise OutcomeUnknown("noAnswer", str(error)) from error
        return Response(found.status, _without(_read(found.body), secret))

    def _to(self, system: System, timeout_s: float) -> HttpConnections:
        """Return the connections to a system, which must be one that may be called."""
        try:
            target = check_url(system.url, allow=self._allow)
        except TargetRefused as refused:
            raise Unavailable("notAllowed", str(refused)) from refused

        def dialled(connect_timeout_s: float) -> socket.socket:
            return dial(target, allow=self._allow, timeout_s=connect_timeout_s)

        own = watch(self._services, system.code) if self._services is not None else None
        made = HttpConnections(system.url, answer_timeout_s=timeout_s, dial=dialled, watch=own)
        with self._lock:
            return self._connections.setdefault((system.code, system.url, timeout_s), made)

    def _secret(self, system: System) -> str | None:
        return secret_named(self._secrets, system.secret) if system.secret is not None else None


def secret_named(folder: Path | None, name: str) -> str:
    """Return the secret of a name. Raises Unavailable where there is none."""
    path = folder / name if folder is not None else None
    if path is None or not path.is_file():
        message = f"there is no secret {name}; put it into the folder of secrets"
        raise Unavailable("secretMissing", message)
    return path.read_text(encoding="utf-8").strip()


def use_outside_systems(services: Services, settings: Settings) -> None:
    """Let plans call outside systems over HTTP."""
    outside = OutsideSystems(
        allow_list(settings),
        settings.outside_secrets,
        callback_base=settings.public_url,
        services=services,
    )
    use_outside(services, outside)


def _credentials(system: System, secret: str | None) -> dict[str, str]:
    if secret is None:
        return {}
    if system.kind == "basic":
        pair = base64.b64encode(f"{system.user}:{secret}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}
    if system.kind == "header":
        return {str(system.header): secret}
    return {"Authorization": f"Bearer {secret}"}


def _read(body: bytes) -> Json:
    """Return an answer's body; one that is no JSON as a text."""
    if not body:
        return None
    try:
        return decode(body)
    except Refusal:
        return body[:2000].decode(errors="replace")


def _without(found: Any, secret: str | None) -> Json:
    """Return an answer in which a secret that came back does not stand."""
    if not secret:
        return found
    if isinstance(found, dict):
        return {name: _without(one, secret) for name, one in found.items()}
    if isinstance(found, list):
        return [_without(one, secret) for one in found]
    return found.replace(secret, HIDDEN) if isinstance(found, str) else found
