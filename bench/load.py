"""A small load generator: keep-alive connections that ask again as soon as they are answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """What a run saw: answers, answers that were refused, seconds, and latencies in seconds."""

    answered: int
    refused: int
    took_s: float
    latencies: list[float]

    @property
    def rate(self) -> float:
        """Answers per second."""
        return self.answered / self.took_s

    def percentile_ms(self, share: float) -> float:
        """The latency in milliseconds that this share of the answers kept."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


class _Asker(asyncio.Protocol):
    """One connection: sends a request, waits for the whole answer, sends the next."""

    def __init__(self, make: Callable[[], bytes], until: float, done: asyncio.Future[None]) -> None:
        self.make, self.until, self.done = make, until, done
        self.buffer = bytearray()
        self.latencies: list[float] = []
        self.refused = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._ask()

    def _ask(self) -> None:
        if time.perf_counter() >= self.until:
            self.transport.close()
            return
        self.started = time.perf_counter()
        self.transport.write(self.make())

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self.buffer[:end]).lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 : head.find(b"\r\n", at) if b"\r\n" in head[at:] else None])
        if len(self.buffer) < end + 4 + length:
            return
        if not head.startswith(b"http/1.1 2"):
            self.refused += 1
        self.latencies.append(time.perf_counter() - self.started)
        del self.buffer[: end + 4 + length]
        self._ask()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


def run(port: int, make: Callable[[], bytes], *, seconds: float, connections: int = 8) -> Result:
    """Ask a server on loopback for some seconds and return what came back."""

    async def all_of_them() -> tuple[list[_Asker], float]:
        loop = asyncio.get_running_loop()
        started = time.perf_counter()
        askers, ends = [], []
        for _ in range(connections):
            done: asyncio.Future[None] = loop.create_future()
            asker = _Asker(make, started + seconds, done)
            await loop.create_connection(lambda one=asker: one, "127.0.0.1", port)  # type: ignore[misc]
            askers.append(asker)
            ends.append(done)
        await asyncio.wait_for(asyncio.gather(*ends), seconds + 30)
        return askers, time.perf_counter() - started

    askers, took_s = asyncio.run(all_of_them())
    latencies = [one for asker in askers for one in asker.latencies]
    return Result(len(latencies), sum(one.refused for one in askers), took_s, latencies)


def request(
    method: str, path: str, *, token: str = "", body: bytes = b"", kind: str = "application/json"
) -> bytes:
    """Return the bytes of a request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Accept: application/json"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if body:
        lines += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body
