"""The dispatcher: sends many messages at once, in order per record, and waits for no one.

One thread with an event loop sends; a few threads beside it talk to the database. A listener gets
at most four messages at a time and one per record, and only one until it has shown that it works.
Those that fail may together hold half of the places, so the dead do not delay the living.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

import structlog

from trunkline.hub.breaker import Breaker, State
from trunkline.hub.delivery import Deliveries, ReadActors, Ready
from trunkline.hub.guard import AllowList, Resolver, SystemResolver
from trunkline.hub.outcome import Kind, Outcome
from trunkline.hub.sender import Sender
from trunkline.kernel.services import Services

log = structlog.get_logger("trunkline.hub")
T = TypeVar("T")


@dataclass(frozen=True)
class Bounds:
    """How much goes on at once, and how long the dispatcher waits."""

    in_flight_max: int = 400
    per_listener_max: int = 4
    claim_max: int = 200
    database_threads: int = 3
    poll_s: float = 0.5
    sweep_s: float = 60.0
    farewell_s: float = 10.0


@dataclass
class _Line:
    """What this process knows of one listener; `works` is None before the first result."""

    breaker: Breaker = field(default_factory=Breaker)
    in_flight: int = 0
    works: bool | None = None

    def free(self, now: float, bounds: Bounds) -> int:
        """Return how many more messages it may get now."""
        state = self.breaker.state(now)
        if state is State.OPEN or self.breaker.retry_at(now) > now:
            return 0
        most = bounds.per_listener_max if self.works and state is State.CLOSED else 1
        return max(0, most - self.in_flight)


class Dispatcher:
    """Sends the messages that are due, from `start` to `stop`."""

    def __init__(
        self,
        services: Services,
        *,
        public_url: str,
        allow: AllowList,
        read_actors: ReadActors,
        resolver: Resolver | None = None,
        bounds: Bounds | None = None,
    ) -> None:
        self._services = services
        self._allow = allow
        self._resolver = resolver
        self._bounds = bounds or Bounds()
        worker = f"dispatcher-{os.getpid()}-{services.chance.uuid()[-8:]}"
        self._deliveries = Deliveries(
            services, public_url=public_url, read_actors=read_actors, worker=worker
        )
        self._lines: dict[str, _Line] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._awake: asyncio.Event | None = None
        self._attempts = 0

    def start(self) -> None:
        """Begin to send, on a thread of its own."""
        self._stopping.clear()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._run(forever=True)), name="dispatcher", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Take no more messages, wait for those under way for a while, and end."""
        self._stopping.set()
        self.wake()
        if self._thread is not None:
            self._thread.join(self._bounds.farewell_s + 5)
            self._thread = None

    def wake(self) -> None:
        """Look for due messages now; may be called from any thread."""
        loop, awake = self._loop, self._awake
        if loop is not None and awake is not None:
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(awake.set)

    def deliver_due(self) -> int:
        """Send what is due in this thread until nothing is; return how many attempts that was."""
        before = self._attempts
        asyncio.run(self._run(forever=False))
        return self._attempts - before

    # --- the loop ------------------------------------------------------------------------------

    async def _run(self, *, forever: bool) -> None:
        self._loop, self._awake = asyncio.get_running_loop(), asyncio.Event()
        resolver = self._resolver or SystemResolver()
        sender = Sender(
            allow=self._allow,
            resolver=resolver,
            now=self._services.machine_now,
            monotonic_s=time.monotonic,
        )
        with ThreadPoolExecutor(self._bounds.database_threads, "hub-database") as threads:
            self._threads = threads
            async with sender:
                try:
                    await (self._send_forever(sender) if forever else self._send_due(sender))
                finally:
                    await self._farewell()
        if isinstance(resolver, SystemResolver):
            resolver.close()
        self._loop = self._awake = None

    async def _send_due(self, sender: Sender) -> None:
        while True:
            had_tasks = bool(self._tasks)  # one that ends during the round may make others due
            claimed = await self._round(sender)
            if self._tasks:
                await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
            elif not claimed and not had_tasks:
                return

    async def _send_forever(self, sender: Sender) -> None:
        assert self._awake is not None
        sweep_at = time.monotonic()
        while not self._stopping.is_set():
            self._awake.clear()
            claimed = 0
            try:
                claimed = await self._round(sender)
                if time.monotonic() >= sweep_at:
                    await self._in_thread(self._deliveries.sweep)
                    sweep_at = time.monotonic() + self._bounds.sweep_s
            except Exception as error:  # the dispatcher's edge: a database that is away comes back
                log.error("dispatcher", error=type(error).__name__, exc_info=error)
            if not claimed:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._awake.wait(), self._bounds.poll_s)

    async def _round(self, sender: Sender) -> int:
        """Claim what may go now and let it go; return how many rows that was."""
        limit = min(self._bounds.in_flight_max - len(self._tasks), self._bounds.claim_max)
        if limit <= 0:
            return 0
        capacity = self._capacity()
        ready, passed = await self._in_thread(lambda: self._deliveries.claim(capacity, limit=limit))
        for one in ready:
            line = self._lines.setdefault(one.subscription.id, _Line())
            line.in_flight += 1
            task = asyncio.create_task(self._deliver(sender, line, one))
            self._tasks.add(task)
            task.add_done_callback(self._ended)
        return len(ready) + passed

    def _capacity(self) -> dict[str, int]:
        now = time.monotonic()
        failing = sum(line.in_flight for line in self._lines.values() if line.works is False)
        is_crowded = failing >= self._bounds.in_flight_max // 2
        return {
            ident: 0 if is_crowded and line.works is False else line.free(now, self._bounds)
            for ident, line in self._lines.items()
        }

    async def _deliver(self, sender: Sender, line: _Line, ready: Ready) -> None:
        try:
            if not line.breaker.may_send(time.monotonic()):
                await self._in_thread(lambda: self._deliveries.give_back(ready))
                return
            outcome = await sender.send(ready.url, ready.headers, ready.body)
            self._attempts += 1
            await self._in_thread(lambda: self._deliveries.settle(ready, outcome))
            await self._judge(line, ready.subscription.id, outcome)
        except Exception as error:  # the dispatcher's edge: the lease ends, the message comes back
            log.error("delivery", subscription=ready.subscription.id, exc_info=error)
        finally:
            line.in_flight -= 1

    async def _judge(self, line: _Line, ident: str, outcome: Outcome) -> None:
        """Count a result; when it opens the breaker, let all messages of the listener wait."""
        now = time.monotonic()
        was_open = line.breaker.state(now) is State.OPEN
        line.works = outcome.kind is Kind.DELIVERED
        line.breaker.record(line.works, now)
        if not was_open and line.breaker.state(now) is State.OPEN:
            pause_s = line.breaker.retry_at(now) - now
            count = await self._in_thread(
                lambda: self._deliveries.push_back(ident, pause_s=pause_s)
            )
            log.warning("listener fails", subscription=ident, pause_s=pause_s, waiting=count)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if self._awake is not None:
            self._awake.set()

    async def _farewell(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._bounds.farewell_s)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _in_thread(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)


def deliver_due(
    services: Services,
    *,
    public_url: str,
    allow: AllowList,
    read_actors: ReadActors,
    resolver: Resolver | None = None,
) -> int:
    """Send what is due, once, in this thread; return how many attempts that was."""
    return Dispatcher(
        services, public_url=public_url, allow=allow, read_actors=read_actors, resolver=resolver
    ).deliver_due()
