"""Clients that were told something: they ask over HTTP, ask again, and remember the answers."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any

AGAIN_S = 0.1
TRY_AGAIN = frozenset({500, 502, 503, 504})


class CutOff(Exception):
    """The connection ended before an answer came; `is_sent` where the request had gone out."""

    def __init__(self, *, is_sent: bool) -> None:
        super().__init__("cut off" if is_sent else "not connected")
        self.is_sent = is_sent


@dataclass(frozen=True)
class Answer:
    """Status, body as bytes, and headers."""

    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Clerk:
    """Calls the API with a token, each time over a new connection unless one is kept."""

    port: int
    token: str
    timeout_s: float = 15.0

    def once(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send one request; `If_Match="…"` becomes the header If-Match."""
        sent = {
            "Authorization": f"Bearer {self.token}",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        content = None
        if body is not None:
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        connection = HTTPConnection("127.0.0.1", self.port, timeout=self.timeout_s)
        is_sent = False
        try:
            connection.connect()
            is_sent = True
            connection.request(method, path, body=content, headers=sent)
            answer = connection.getresponse()
            found = answer.read()
            return Answer(
                answer.status, found, {key.lower(): value for key, value in answer.getheaders()}
            )
        except (OSError, HTTPException) as error:
            raise CutOff(is_sent=is_sent) from error
        finally:
            connection.close()

    def until_told(
        self, method: str, path: str, body: Any = None, *, patience_s: float = 120.0, **headers: str
    ) -> Answer:
        """Send the same request again until it is answered for good."""
        until = time.monotonic() + patience_s
        while True:
            try:
                answer = self.once(method, path, body, **headers)
            except CutOff:
                answer = None
            if answer is not None and not _comes_again(answer):
                return answer
            if time.monotonic() > until:
                raise AssertionError(f"no answer to {method} {path}: {answer}")
            time.sleep(AGAIN_S)

    def all_of(self, path: str, *, page: int = 500) -> list[Any]:
        """Return every record of a list."""
        found: list[Any] = []
        while True:
            joint = "&" if "?" in path else "?"
            answer = self.until_told("GET", f"{path}{joint}limit={page}&offset={len(found)}")
            assert answer.status in (200, 206), answer
            found += answer.json
            if len(answer.json) < page:
                return found


def _comes_again(answer: Answer) -> bool:
    if answer.status in TRY_AGAIN:
        return True
    return answer.status == 409 and answer.json.get("code") == "stillRunning"


@dataclass
class Told:
    """What the clients were told, by idempotency key: the oracle of a run."""

    answers: dict[str, list[Answer]] = field(default_factory=dict)
    refused: list[Answer] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, key: str, answer: Answer) -> None:
        with self._lock:
            if answer.status == 201:
                self.answers.setdefault(key, []).append(answer)
            else:
                self.refused.append(answer)

    @property
    def ids(self) -> dict[str, set[str]]:
        """The ids that were told for each key."""
        return {key: {one.json["id"] for one in told} for key, told in self.answers.items()}

    def __len__(self) -> int:
        return len(self.answers)
