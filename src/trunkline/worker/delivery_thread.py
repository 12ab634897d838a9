"""A thread with an event loop of its own, for the one part of the worker that is asynchronous."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

log = structlog.get_logger("trunkline.delivery")
PAUSE_FIRST_S = 0.5
PAUSE_MAX_S = 30.0

Deliver = Callable[[asyncio.Event], Awaitable[None]]


class DeliveryThread:
    """Runs a dispatcher until it is stopped, and again after a pause where it fails.

    `deliver` returns soon after the event that it is given is set.
    """

    def __init__(self, deliver: Deliver, *, pause_s: float = PAUSE_FIRST_S) -> None:
        """Keep the dispatcher."""
        self._deliver = deliver
        self._pause_s = pause_s
        self._is_ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name="delivery", daemon=True)

    def start(self) -> None:
        """Start the thread and its event loop."""
        self._thread.start()
        self._is_ready.wait()

    def stop(self, *, timeout_s: float) -> bool:
        """Let the dispatcher finish what is on its way; False where time ran out."""
        assert self._loop is not None
        assert self._stop is not None
        with suppress(RuntimeError):  # The loop may have ended by itself.
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        asyncio.run(self._keep_delivering())

    async def _keep_delivering(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = stop = asyncio.Event()
        self._is_ready.set()
        pause_s = self._pause_s
        while not stop.is_set():
            try:
                await self._deliver(stop)
            except Exception as error:  # the worker's edge: logged, and begun again
                log.error("delivery failed", pause_s=pause_s, exc_info=error)
            else:
                pause_s = self._pause_s
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause_s)
            pause_s = min(PAUSE_MAX_S, pause_s * 2)
