"""A register of addresses that speaks TMF673, asked over HTTP within a time-out.

After a few failures in a row it is left alone for a while, so that nobody waits for it in vain.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

from trunkline.adapters.http_connection import Answered, HttpConnections, NoAnswer, NotConnected
from trunkline.adapters.watching import NOT_NOW, Gate, Watch, always_open, watch
from trunkline.documents.decode import decode, encode
from trunkline.documents.errors import Refusal
from trunkline.documents.shape import Json
from trunkline.geography.address_register import Found, RegisterAway, use_address_register
from trunkline.hub.breaker import Breaker, Limits
from trunkline.kernel.services import Services
from trunkline.ordering.design.given import ADDRESSES, pause_of_asker
from trunkline.settings import Settings

VALIDATION = "/geographicAddressValidation"
CONNECT_TIMEOUT_S = 2.0
LIMITS = Limits(failures_min=5, consecutive_failures=3, first_pause_s=30, pause_s_max=600)
LOOK_AGAIN_S = 0.2
OPEN = frozenset({"accepted", "acknowledged", "inProgress", "pending"})
RESULTS = ("success", "partial", "fails")


class HttpAddressRegister:
    """Hands an address to a register and reads its answer, at once or when it is done."""

    def __init__(
        self,
        url: str,
        *,
        timeout_s: float,
        token: str | None = None,
        limits: Limits = LIMITS,
        gate: Gate = always_open,
        watch: Watch | None = None,
    ) -> None:
        """Remember the address of the register; nothing is asked yet."""
        self._connections = HttpConnections(
            url,
            connect_timeout_s=min(CONNECT_TIMEOUT_S, timeout_s),
            answer_timeout_s=timeout_s,
            watch=watch,
        )
        self._gate = gate
        self._timeout_s = timeout_s
        self._token = token
        self._breaker = Breaker(limits)
        self._lock = threading.Lock()

    def validate(self, submitted: Mapping[str, Json], *, with_alternates: bool) -> Found:
        """Return what the register says of an address. Raises RegisterAway."""
        pause_s = self._gate()
        if pause_s > 0:
            raise RegisterAway(NOT_NOW, pause_s=pause_s)
        with self._lock:
            if not self._breaker.may_send(time.monotonic()):
                raise RegisterAway("it failed several times and is left alone for a while")
        works = False
        try:
            found = self._asked({
                "provideAlternative": with_alternates, "submittedGeographicAddress": submitted,
            })  # fmt: skip
            works = True
            return found
        finally:
            with self._lock:
                self._breaker.record(works, time.monotonic())

    def _asked(self, body: Json) -> Found:
        end = time.monotonic() + self._timeout_s
        answer = self._answer("POST", VALIDATION, encode(body))
        while str(answer.get("state")) in OPEN:
            ident = answer.get("id")
            if not isinstance(ident, str) or time.monotonic() + LOOK_AGAIN_S > end:
                raise RegisterAway("it was not done in time")
            time.sleep(LOOK_AGAIN_S)
            answer = self._answer("GET", f"{VALIDATION}/{quote(ident)}", None)
        result = answer.get("validationResult")
        if result not in RESULTS:
            raise RegisterAway("its answer cannot be read")
        valid, listed = (
            answer.get("validGeographicAddress"),
            answer.get("alternateGeographicAddress"),
        )
        return Found(
            result,
            valid if isinstance(valid, dict) else None,
            [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else [],
        )

    def _answer(self, method: str, path: str, body: bytes | None) -> dict[str, Any]:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        try:
            answered = self._connections.ask(method, path, headers, body)
        except (NotConnected, NoAnswer) as error:
            raise RegisterAway(str(error)) from error
        if not 200 <= answered.status < 300:
            raise RegisterAway(f"it answered {answered.status}")
        return _object(answered)


def _object(answered: Answered) -> dict[str, Any]:
    try:
        body = decode(answered.body)
    except Refusal as refusal:
        raise RegisterAway("its answer cannot be read") from refusal
    if not isinstance(body, dict):
        raise RegisterAway("its answer cannot be read")
    return body


def use_outside_addresses(services: Services, settings: Settings) -> bool:
    """Let addresses be validated by the register that the settings name, if they name one."""
    if settings.address_register_url is None:
        return False
    register = HttpAddressRegister(
        settings.address_register_url, timeout_s=settings.address_register_timeout_s,
        token=settings.address_register_token, gate=partial(pause_of_asker, services, ADDRESSES),
        watch=watch(services, ADDRESSES),
    )  # fmt: skip
    use_address_register(services, register)
    return True
