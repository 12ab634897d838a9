"""The token with which the network lets us in: OAuth 2.0 client credentials, kept while good."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable
from urllib.parse import quote

from trunkline.adapters.http_connection import HttpConnections, NoAnswer, NotConnected
from trunkline.documents.decode import decode
from trunkline.documents.errors import Refusal

TOKEN_PATH = "/oauth/token"
EARLY_S = 30.0
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class NetworkToken:
    """Gets a bearer token when one is needed and keeps it until shortly before its end."""

    def __init__(
        self,
        connections: HttpConnections,
        client_id: str,
        client_secret: str,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        pair = f"{quote(client_id, safe='')}:{quote(client_secret, safe='')}".encode()
        self._connections = connections
        self._credentials = f"Basic {base64.b64encode(pair).decode('ascii')}"
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._token: str | None = None
        self._good_until = 0.0

    def get(self) -> str:
        """Return a token that is still good. Raises NotConnected where none is to be had."""
        with self._lock:
            if self._token is None or self._monotonic() >= self._good_until:
                self._token, lasts_s = self._fetch()
                self._good_until = self._monotonic() + max(0.0, lasts_s - EARLY_S)
            return self._token

    def forget(self) -> None:
        """Drop the token, which was not taken."""
        with self._lock:
            self._token = None

    def _fetch(self) -> tuple[str, float]:
        headers = {**FORM, "Authorization": self._credentials}
        try:
            answered = self._connections.ask(
                "POST", TOKEN_PATH, headers, b"grant_type=client_credentials"
            )
        except NoAnswer as error:  # no command was sent yet
            raise NotConnected(str(error)) from error
        try:
            found = decode(answered.body)
        except Refusal:
            found = None
        token = found.get("access_token") if isinstance(found, dict) else None
        if answered.status != 200 or not isinstance(token, str):
            raise NotConnected(f"the network gave no token: it answered {answered.status}")
        lasts = found.get("expires_in", 300) if isinstance(found, dict) else 300
        return token, float(lasts)
