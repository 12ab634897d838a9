"""Sends one signed message to one listener and tells how it went.

Each send checks the URL, resolves the host once and connects to a checked address: the library
is given the address, never the name. The pool therefore keys by (address, port, TLS name), and
neither a redirect, a proxy from the environment nor a second look-up can lead elsewhere.
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from socket import AddressFamily
from types import TracebackType
from typing import Self

import aiohttp
import yarl
from aiohttp.abc import AbstractResolver, ResolveResult

from trunkline.hub.guard import (
    Address,
    AllowList,
    NameNotResolved,
    Resolver,
    Target,
    TargetRefused,
    check_url,
    resolve,
)
from trunkline.hub.outcome import Kind, Outcome, parse_retry_after

ANSWER_BYTES_MAX = 2048
ADDRESSES_TRIED_MAX = 4

_OWN_HEADERS = frozenset({"host", "content-length", "transfer-encoding", "connection"})


@dataclass(frozen=True, slots=True)
class Limits:
    """Holds the time limits of one attempt in seconds; connecting includes the TLS handshake."""

    connect_s: float = 5.0
    total_s: float = 15.0


class Sender:
    """Posts messages to listeners; open it with `async with`, share it, it keeps connections."""

    def __init__(
        self,
        *,
        allow: AllowList,
        resolver: Resolver,
        now: Callable[[], datetime],
        monotonic_s: Callable[[], float],
        tls: ssl.SSLContext | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._allow = allow
        self._resolver = resolver
        self._now = now
        self._monotonic_s = monotonic_s
        self._tls = tls or ssl.create_default_context()
        self._limits = limits or Limits()
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the connection pool."""
        self._session = aiohttp.ClientSession(
            # No limit here: the dispatcher bounds how many sends run, and a queue inside would
            # count against the time of messages that are not yet on their way.
            connector=aiohttp.TCPConnector(
                limit=0,
                ssl=self._tls,
                resolver=_NoResolver(),
                use_dns_cache=False,
                keepalive_timeout=4,  # below the 5 s after which common servers close
            ),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._limits.connect_s),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": "Trunkline", "Accept-Encoding": "identity"},
            trust_env=False,
            auto_decompress=False,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Post the body and return how it went; nothing the listener does raises.

        ValueError when the headers name one that the connection itself decides.
        """
        if clashing := {name for name in headers if name.lower() in _OWN_HEADERS}:
            raise ValueError(f"the sender sets these headers itself: {sorted(clashing)}")
        started_s = self._monotonic_s()
        deadline = asyncio.get_running_loop().time() + self._limits.total_s
        try:
            async with asyncio.timeout_at(deadline):
                response = await self._post(url, headers, body)
        except TargetRefused as refusal:
            return Outcome(Kind.REFUSED, error=refusal.code, duration_ms=self._since(started_s))
        except (NameNotResolved, aiohttp.ClientError, TimeoutError, OSError) as error:
            code = _error_code(error)
            return Outcome(Kind.RETRY, error=code, duration_ms=self._since(started_s))
        answer = await _read_answer(response, deadline)
        return Outcome(
            _kind(response.status),
            response.status,
            self._retry_after_s(response),
            _answer_error(response.status),
            self._since(started_s),
            answer,
        )

    async def _post(
        self, url: str, headers: Mapping[str, str], body: bytes
    ) -> aiohttp.ClientResponse:
        target = check_url(url, allow=self._allow)
        async with asyncio.timeout(self._limits.connect_s):
            addresses = await resolve(target, allow=self._allow, resolver=self._resolver)
        *others, last = addresses[:ADDRESSES_TRIED_MAX]
        for address in others:
            with suppress(aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
                return await self._post_to(address, target, headers, body)
        return await self._post_to(last, target, headers, body)

    async def _post_to(
        self, address: Address, target: Target, headers: Mapping[str, str], body: bytes
    ) -> aiohttp.ClientResponse:
        if self._session is None:
            raise RuntimeError("open the sender with `async with` first")
        return await self._session.post(
            yarl.URL.build(
                scheme=target.scheme,
                host=str(address),
                port=target.port,
                path=target.path,
                encoded=True,
            ),
            data=body,
            headers={**headers, "Host": target.authority},
            server_hostname=target.host,
            allow_redirects=False,
        )

    def _since(self, started_s: float) -> int:
        return round((self._monotonic_s() - started_s) * 1000)

    def _retry_after_s(self, response: aiohttp.ClientResponse) -> float | None:
        if response.status not in (429, 503):
            return None
        return parse_retry_after(response.headers.get("Retry-After", ""), now=self._now())


class _NoResolver(AbstractResolver):
    """Makes a name that reaches the connection pool a failure: only addresses may."""

    async def resolve(
        self, host: str, port: int = 0, family: AddressFamily = AddressFamily.AF_INET
    ) -> list[ResolveResult]:
        raise OSError(f"{host} reached the connection pool unresolved")

    async def close(self) -> None:
        return None


async def _read_answer(response: aiohttp.ClientResponse, deadline: float) -> str:
    """Return the start of the answer; the status already decided, so a broken rest is no matter."""
    answer = b""
    try:
        with suppress(aiohttp.ClientError, TimeoutError, OSError):
            async with asyncio.timeout_at(deadline):
                while len(answer) < ANSWER_BYTES_MAX and not response.content.at_eof():
                    answer += await response.content.read(ANSWER_BYTES_MAX - len(answer))
    finally:
        if not response.content.at_eof():
            response.close()  # an unread rest must not wait in the pool
    return _printable(answer)


def _printable(answer: bytes) -> str:
    text = "".join(
        character if character.isprintable() or character in "\n\t" else "\N{REPLACEMENT CHARACTER}"
        for character in answer.decode("utf-8", "replace")
    )
    return text.encode()[:ANSWER_BYTES_MAX].decode("utf-8", "ignore")


def _kind(status: int) -> Kind:
    if 200 <= status < 300:
        return Kind.DELIVERED
    return Kind.GONE if status == 410 else Kind.RETRY


def _answer_error(status: int) -> str | None:
    if 200 <= status < 300:
        return None
    if status == 410:
        return "answeredGone"
    return "answeredRedirect" if 300 <= status < 400 else "answeredError"


def _error_code(error: Exception) -> str:
    match error:
        case NameNotResolved():
            return "nameNotResolved"
        case TimeoutError():
            return "timedOut"
        case aiohttp.ClientSSLError():
            return "tlsFailed"
        case aiohttp.ClientConnectorError():
            return "connectFailed"
        case aiohttp.ClientResponseError():
            return "answerInvalid"
        case _:
            return "connectionLost"
