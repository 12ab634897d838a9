"""Shows how an attempt ends for every way a listener can behave, and when the next one is due."""

import asyncio
import datetime as dt
import ipaddress
import ssl
from collections.abc import Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from trunkline.hub.guard import AllowList
from trunkline.hub.outcome import (
    SCHEDULE_S,
    Kind,
    Outcome,
    next_attempt_s,
    parse_retry_after,
)
from trunkline.hub.sender import ANSWER_BYTES_MAX, Limits, Sender

NOW = dt.datetime(2025, 3, 10, 12, 0, tzinfo=dt.UTC)
HEADERS = {"webhook-id": "evt-1", "Content-Type": "application/json"}
EMPTY = b"HTTP/1.1 204 No Content\r\n\r\n"
Behavior = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def answering(text: bytes) -> Behavior:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(text)
        await writer.drain()

    return behave


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
    while True:
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(0.05)


async def resetting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


class Listener:
    """A live listener with a prepared behavior; it keeps what it was sent."""

    def __init__(self, behave: Behavior) -> None:
        self.behave = behave
        self.requests: list[bytes] = []
        self.tasks: set[asyncio.Task[Any] | None] = set()
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.tasks.add(asyncio.current_task())
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self.requests.append(head + await reader.readexactly(2))
            await self.behave(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def listening(behave: Behavior, tls: ssl.SSLContext | None = None) -> Any:
    listener = Listener(behave)
    server = await asyncio.start_server(listener.serve, "127.0.0.1", 0, ssl=tls)
    listener.port = server.sockets[0].getsockname()[1]
    try:
        yield listener
    finally:
        server.close()
        for task in listener.tasks:
            if task:
                task.cancel()


def sender(
    port: int, answers: Sequence[str] = ("127.0.0.1",), resolving_s: float = 0, **options: Any
) -> Sender:
    async def resolver(host: str, port: int) -> Sequence[str]:
        await asyncio.sleep(resolving_s)
        return answers

    ticks = count(step=0.25)
    return Sender(
        allow=AllowList.parse(f"localhost:{port}, 127.0.0.1:{port}"),
        resolver=resolver,
        now=lambda: NOW,
        monotonic_s=lambda: next(ticks),
        **options,
    )


def outcome_of(behave: Behavior, **options: Any) -> tuple[Outcome, list[bytes]]:
    async def story() -> tuple[Outcome, list[bytes]]:
        async with listening(behave) as listener, sender(listener.port, **options) as client:
            url = f"http://localhost:{listener.port}/hook/listener/created"
            return await client.send(url, HEADERS, b"{}"), listener.requests

    return asyncio.run(story())


def test_request_is_what_was_given_and_little_more() -> None:
    outcome, (request,) = outcome_of(answering(EMPTY))
    assert outcome == Outcome(Kind.DELIVERED, 204, duration_ms=250)
    head, body = request.split(b"\r\n\r\n")
    line, *headers = head.decode().split("\r\n")
    assert (line, body) == ("POST /hook/listener/created HTTP/1.1", b"{}")
    names = dict(header.split(": ") for header in headers)
    assert names.pop("Host").startswith("localhost:")
    assert names == {
        "User-Agent": "Trunkline",
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Content-Length": "2",
        "Content-Type": "application/json",
        "webhook-id": "evt-1",
    }


@pytest.mark.parametrize(
    ("status", "kind", "error"),
    [
        (200, Kind.DELIVERED, None),
        (201, Kind.DELIVERED, None),
        (299, Kind.DELIVERED, None),
        (300, Kind.RETRY, "answeredRedirect"),
        (302, Kind.RETRY, "answeredRedirect"),
        (308, Kind.RETRY, "answeredRedirect"),
        (400, Kind.RETRY, "answeredError"),
        (404, Kind.RETRY, "answeredError"),
        (410, Kind.GONE, "answeredGone"),
        (500, Kind.RETRY, "answeredError"),
    ],
)
def test_status_decides(status: int, kind: Kind, error: str | None) -> None:
    """A redirect is never followed: the listener is asked once."""
    text = (
        f"HTTP/1.1 {status} X\r\nLocation: /other\r\nRetry-After: 9\r\nContent-Length: 2\r\n\r\nok"
    )
    outcome, requests = outcome_of(answering(text.encode()))
    assert outcome == Outcome(kind, status, error=error, duration_ms=250, answer="ok")
    assert len(requests) == 1


@pytest.mark.parametrize(
    ("status", "retry_after", "pause_s"),
    [
        (429, "120", 120),
        (503, "Mon, 10 Mar 2025 12:05:00 GMT", 300),
        (503, "86400", 3600),
        (503, "soon", None),
    ],
)
def test_retry_after_is_honored(status: int, retry_after: str, pause_s: float | None) -> None:
    text = f"HTTP/1.1 {status} X\r\nRetry-After: {retry_after}\r\nContent-Length: 0\r\n\r\n"
    outcome, _ = outcome_of(answering(text.encode()))
    assert (outcome.kind, outcome.retry_after_s) == (Kind.RETRY, pause_s)


@pytest.mark.parametrize(
    ("behave", "error"),
    [
        (silent, "timedOut"),
        (resetting, "connectionLost"),
        (answering(b""), "connectionLost"),
        (answering(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), "answerInvalid"),
        (answering(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n"), "answerInvalid"),
    ],
)
def test_broken_listener_is_tried_again(behave: Behavior, error: str) -> None:
    outcome, _ = outcome_of(behave, limits=Limits(total_s=0.4))
    assert (outcome.kind, outcome.status, outcome.error) == (Kind.RETRY, None, error)


def test_answer_that_never_ends_does_not_undo_the_delivery() -> None:
    outcome, _ = outcome_of(dripping, limits=Limits(total_s=0.4))
    assert (outcome.kind, outcome.status) == (Kind.DELIVERED, 200)
    assert set(outcome.answer) == {"."}


@pytest.mark.parametrize(
    ("body", "start"),
    [
        (b"a" * 100_000, "aaaa"),
        (b"\xff" * 5_000, "\ufffd\ufffd"),
        (b"nul \x00 and \x1b[31m", "nul \ufffd and \ufffd[31m"),
    ],
)
def test_excerpt_is_short_and_printable(body: bytes, start: str) -> None:
    outcome, _ = outcome_of(answering(b"HTTP/1.1 500 X\r\nConnection: close\r\n\r\n" + body))
    assert outcome.answer.startswith(start)
    assert len(outcome.answer.encode()) <= ANSWER_BYTES_MAX


def test_compressed_answer_is_not_unpacked() -> None:
    text = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8bzz"
    outcome, _ = outcome_of(answering(text))
    assert (outcome.kind, outcome.answer) == (Kind.DELIVERED, "\ufffd\ufffdzz")


def test_proxy_of_the_environment_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    outcome, requests = outcome_of(answering(EMPTY))
    assert (outcome.kind, len(requests)) == (Kind.DELIVERED, 1)


@pytest.mark.parametrize("answers", [("127.0.0.9", "127.0.0.1"), ("127.0.0.1", "127.0.0.9")])
def test_dead_address_does_not_stop_a_live_one(answers: Sequence[str]) -> None:
    outcome, requests = outcome_of(answering(EMPTY), answers=answers)
    assert (outcome.kind, len(requests)) == (Kind.DELIVERED, 1)


def test_connection_with_an_unread_rest_is_closed() -> None:
    async def story() -> None:
        closed = asyncio.Event()

        async def talkative(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n" + b"a" * 4096)
            await reader.read()
            closed.set()

        async with listening(talkative) as listener, sender(listener.port) as client:
            outcome = await client.send(f"http://localhost:{listener.port}/", HEADERS, b"{}")
            assert len(outcome.answer) == ANSWER_BYTES_MAX
            await asyncio.wait_for(closed.wait(), 2)

    asyncio.run(story())


def test_connecting_has_its_own_time_limit() -> None:
    """Neither a handshake nor a name server that never answers uses up the whole time."""

    async def story(resolving_s: float) -> None:
        limits = Limits(connect_s=0.2, total_s=30)
        async with (
            listening(silent) as listener,
            sender(listener.port, resolving_s=resolving_s, limits=limits) as client,
        ):
            url = f"https://localhost:{listener.port}/"
            outcome = await asyncio.wait_for(client.send(url, HEADERS, b"{}"), 3)
            assert (outcome.kind, outcome.error) == (Kind.RETRY, "timedOut")

    asyncio.run(story(0))
    asyncio.run(story(30))


def test_nobody_listening_and_no_name_are_tried_again() -> None:
    async def story() -> None:
        async with listening(silent) as listener:
            url = f"http://localhost:{listener.port}/"
        async with sender(listener.port) as client:
            assert (await client.send(url, HEADERS, b"{}")).error == "connectFailed"
        async with sender(listener.port, answers=()) as client:
            outcome = await client.send(url, HEADERS, b"{}")
            assert (outcome.kind, outcome.error) == (Kind.RETRY, "nameNotResolved")

    asyncio.run(story())


def test_forbidden_target_is_refused_and_nothing_is_sent() -> None:
    async def story() -> None:
        async with listening(silent) as listener, sender(listener.port + 1) as client:
            outcome = await client.send(f"http://localhost:{listener.port}/", HEADERS, b"{}")
            assert outcome == Outcome(Kind.REFUSED, error="schemeNotAllowed", duration_ms=250)
            assert listener.requests == []

    asyncio.run(story())


@pytest.mark.parametrize("name", ["Host", "content-length", "Transfer-Encoding"])
def test_headers_of_the_connection_cannot_be_given(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        asyncio.run(sender(1).send("http://localhost:1/", {name: "1"}, b"{}"))


def server_tls(folder: Path, *names: x509.GeneralName) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return the contexts of a listener with these names and of a sender that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "listener")])
    today = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "listener.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    listener = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    listener.load_cert_chain(pem)
    return listener, ssl.create_default_context(cafile=pem)


@pytest.mark.parametrize(
    ("name", "host", "trusted", "error"),
    [
        (x509.DNSName("localhost"), "localhost", True, None),
        (x509.IPAddress(ipaddress.ip_address("127.0.0.1")), "127.0.0.1", True, None),
        # The certificate must name the host of the URL; naming the address is not enough.
        (x509.IPAddress(ipaddress.ip_address("127.0.0.1")), "localhost", True, "tlsFailed"),
        (x509.DNSName("other.example"), "localhost", True, "tlsFailed"),
        (x509.DNSName("localhost"), "localhost", False, "tlsFailed"),
    ],
)
def test_certificate_must_name_the_host(
    tmp_path: Path, name: x509.GeneralName, host: str, trusted: bool, error: str | None
) -> None:
    async def story() -> Outcome:
        listener_tls, sender_tls = server_tls(tmp_path, name)
        async with (
            listening(answering(EMPTY), listener_tls) as listener,
            sender(listener.port, tls=sender_tls if trusted else None) as client,
        ):
            return await client.send(f"https://{host}:{listener.port}/", HEADERS, b"{}")

    assert asyncio.run(story()).error == error


def test_schedule_covers_three_days_and_ends() -> None:
    delays = [next_attempt_s(attempt, lambda: 0.5) for attempt in range(len(SCHEDULE_S))]
    assert delays == pytest.approx(list(SCHEDULE_S))
    assert sum(SCHEDULE_S) / 3600 == pytest.approx(75.6, abs=0.05)
    assert next_attempt_s(len(SCHEDULE_S), lambda: 0.5) is None


@given(st.integers(0, 9), st.floats(0, 1, exclude_max=True), st.floats(0, 3600))
def test_jitter_stays_within_a_fifth(attempt: int, drawn: float, pause_s: float) -> None:
    delay = next_attempt_s(attempt, lambda: drawn)
    assert delay is not None
    assert 0.8 * SCHEDULE_S[attempt] <= delay <= 1.2 * SCHEDULE_S[attempt]
    assert next_attempt_s(attempt, lambda: drawn, retry_after_s=pause_s) == max(delay, pause_s)


@given(st.text() | st.from_regex(r"[A-Z][a-z]{2}, \d+ [A-Z][a-z]{2} \d+ \d+:\d+:\d+ \S+"))
def test_any_retry_after_is_a_pause_of_at_most_an_hour(value: str) -> None:
    pause_s = parse_retry_after(value, now=NOW)
    assert pause_s is None or 0 <= pause_s <= 3600
