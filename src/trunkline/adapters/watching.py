"""Watching: what becomes of calls to outside systems, told to those who look after them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import psycopg
import structlog

from trunkline.kernel.services import Services
from trunkline.ordering.design.trouble import mend, note_trouble

LOOK_AGAIN_S = 60.0
"""How often a process that sees a system do well looks whether another one saw it fail."""
FAILING = frozenset({401, 403, 408, 425, 429})
"""Statuses beside those from 500 on that are about the system and not about the request."""

log = structlog.get_logger()
Watch = Callable[[str | None], None]
"""Is told what went wrong with a call, or None where an answer came."""
Gate = Callable[[], float]
"""Says in how many seconds a system may be called; 0 where it may now, which takes that place."""
NOT_NOW = "it takes no calls now: its hours or its pace are set so"


def always_open(_waits: str = "") -> float:
    """Let every call pass."""
    return 0


def watch(services: Services, system: str) -> Watch:
    """Return what notes for a system how its calls fare."""
    return _Watch(services, system).told


def trouble_in(status: int) -> str | None:
    """Return what a status says is wrong with a system, None where nothing is."""
    return f"it answered {status}" if status >= 500 or status in FAILING else None


class _Watch:
    """Writes errors down, and the first success after one; other successes cost nothing."""

    def __init__(self, services: Services, system: str) -> None:
        self._services = services
        self._system = system
        self._lock = threading.Lock()
        self._looked_at: float | None = None

    def told(self, problem: str | None) -> None:
        """Note the outcome of a call."""
        if problem is None and not self._is_due():
            return
        now = self._services.machine_now()
        try:
            with self._services.database.app.connection() as connection:
                if problem is not None:
                    note_trouble(connection, self._system, problem, now)
                else:
                    mend(connection, self._system, now)
        except psycopg.Error:  # the call itself was made; what came of it counts
            log.warning("not noted how a call fared", system=self._system, problem=problem)
            problem = problem or "not noted"
        if problem is not None:
            with self._lock:
                self._looked_at = None  # the next success is looked at

    def _is_due(self) -> bool:
        at = time.monotonic()
        with self._lock:
            if self._looked_at is not None and at - self._looked_at < LOOK_AGAIN_S:
                return False
            self._looked_at = at
        return True
