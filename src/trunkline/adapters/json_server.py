"""A server that speaks JSON behind an adapter: a bearer token, a key, what came back decoded."""

from __future__ import annotations

from dataclasses import dataclass

from trunkline.adapters.http_connection import Answered, HttpConnections
from trunkline.adapters.watching import Watch
from trunkline.documents.decode import decode, encode
from trunkline.documents.errors import Refusal
from trunkline.documents.shape import Json

NOT_TAKEN = frozenset({408, 425, 429, 503})
"""Statuses by which a server says that it did nothing; a request may be sent again."""


@dataclass(frozen=True)
class Said:
    """What a server said: its status, and its body where that is JSON."""

    status: int
    body: Json

    @property
    def is_good(self) -> bool:
        """Tell whether it did what was asked."""
        return 200 <= self.status < 300

    @property
    def error(self) -> tuple[str, str]:
        """Return code and words of an error."""
        body = self.body if isinstance(self.body, dict) else {}
        words = body.get("message") or body.get("reason") or f"it answered {self.status}"
        return str(body.get("code") or f"http{self.status}")[:60], str(words)[:500]


class JsonServer:
    """Asks one server. Raises NotConnected and NoAnswer."""

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        timeout_s: float = 20.0,
        watch: Watch | None = None,
    ) -> None:
        """Remember its address; nothing is asked yet."""
        self._connections = HttpConnections(url, answer_timeout_s=timeout_s, watch=watch)
        self._token = token

    def ask(self, method: str, path: str, body: Json = None, *, key: str | None = None) -> Said:
        """Send one request, under a key where a repetition must do no harm."""
        headers = {"Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if key is not None:
            headers["Idempotency-Key"] = key
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        sent = encode(body) if body is not None else None
        answered = self._connections.ask(method, path, headers, sent)
        return Said(answered.status, decoded(answered))


def decoded(answered: Answered) -> Json:
    """Return the body of an answer, None where that is no JSON."""
    try:
        return decode(answered.body)
    except Refusal:
        return None
