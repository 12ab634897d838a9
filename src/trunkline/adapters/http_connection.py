"""HTTP connections kept open to one server, one per thread, with what went wrong told apart."""

from __future__ import annotations

import http.client
import select
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from trunkline.adapters.watching import Watch, trouble_in

CONNECT_TIMEOUT_S = 5.0
ANSWER_TIMEOUT_S = 20.0
ANSWER_BYTES_MAX = 4 << 20


class NotConnected(Exception):
    """The request did not leave: nobody was there to take it."""


class NoAnswer(Exception):
    """The request was sent, at least in part, and no whole answer came back."""


@dataclass(frozen=True)
class Answered:
    """What a server answered."""

    status: int
    body: bytes


Dial = Callable[[float], socket.socket]
"""Connects within so many seconds, TLS included."""


class HttpConnections:
    """Asks one server; each thread keeps its own connection open between requests.

    What dials says to which address of its name; without it any will do.
    """

    def __init__(
        self,
        url: str,
        *,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
        answer_timeout_s: float = ANSWER_TIMEOUT_S,
        dial: Dial | None = None,
        watch: Watch | None = None,
    ) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._port = parts.port
        self._path = parts.path.rstrip("/")
        self._context = ssl.create_default_context() if parts.scheme == "https" else None
        self._connect_timeout_s = connect_timeout_s
        self._answer_timeout_s = answer_timeout_s
        self._dial = dial
        self._watch = watch
        self._own = threading.local()

    def ask(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answered:
        """Send a request and return its answer. Raises NotConnected and NoAnswer."""
        if self._watch is None:
            return self._asked(method, path, headers, body)
        try:
            answered = self._asked(method, path, headers, body)
        except (NotConnected, NoAnswer) as error:
            self._watch(str(error))
            raise
        self._watch(trouble_in(answered.status))
        return answered

    def _asked(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answered:
        connection = self._connected()
        try:
            connection.request(method, self._path + path, body=body, headers=dict(headers))
        except (http.client.InvalidURL, ValueError) as error:  # told before anything is sent
            self._drop()
            message = "its address or a header holds what cannot stand there"
            raise NotConnected(f"nothing can be sent to {self._host}: {message}") from error
        except (OSError, http.client.HTTPException) as error:
            self._drop()
            raise NoAnswer(f"no answer from {self._host}: {type(error).__name__}") from error
        try:
            answer = connection.getresponse()
            received = answer.read(ANSWER_BYTES_MAX + 1)
        except (OSError, http.client.HTTPException) as error:
            self._drop()
            raise NoAnswer(f"no answer from {self._host}: {type(error).__name__}") from error
        if len(received) > ANSWER_BYTES_MAX:
            self._drop()
            raise NoAnswer(f"the answer from {self._host} is too long")
        if answer.will_close:
            self._drop()
        return Answered(answer.status, received)

    def _connected(self) -> http.client.HTTPConnection:
        """Return this thread's connection; one that the server has closed is replaced."""
        connection: http.client.HTTPConnection | None = getattr(self._own, "connection", None)
        if connection is not None and connection.sock is not None:
            if not select.select([connection.sock], [], [], 0)[0]:
                return connection
            self._drop()
        connection = self._new()
        try:
            if self._dial is not None:
                connection.sock = self._dial(self._connect_timeout_s)
            else:
                connection.connect()
        except OSError as error:
            connection.close()
            raise NotConnected(f"{self._host} cannot be reached: {type(error).__name__}") from error
        connection.sock.settimeout(self._answer_timeout_s)
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._own.connection = connection
        return connection

    def _new(self) -> http.client.HTTPConnection:
        if self._context is not None:
            return http.client.HTTPSConnection(
                self._host, self._port, timeout=self._connect_timeout_s, context=self._context
            )
        return http.client.HTTPConnection(self._host, self._port, timeout=self._connect_timeout_s)

    def _drop(self) -> None:
        connection = getattr(self._own, "connection", None)
        if connection is not None:
            connection.close()
        self._own.connection = None
