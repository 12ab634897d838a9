"""Repeating: one step done again and again by a thread of its own, until it is told to stop."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import Any

import psycopg

from trunkline.database.problems import DatabaseProblem
from trunkline.kernel.services import Services
from trunkline.leases import troubles

AGAIN_MAX_S = 300.0


class Repeating(ABC):
    """Repeats a step in a thread; whatever fails it, it is done again after a while.

    The pause doubles while it fails. What fails as a whole is noted until it goes well: a thread
    that ended would be missed by nobody.
    """

    def __init__(
        self, services: Services, *, name: str, log: Any, trouble: str, again_s: float
    ) -> None:
        """Keep the thread's name, what to log of a failed step, and how long to wait after it."""
        self._services = services
        self._name = name
        self._log = log
        self._trouble = trouble
        self._again_s = again_s
        self._failures = 0
        self._is_noted = False
        self._forget_at = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @abstractmethod
    def step(self) -> float:
        """Do the step once and return the pause before the next, in seconds."""

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, *, timeout_s: float) -> None:
        """End it; a step at hand may be cut off, so each must be one that can be done again."""
        self._stopping.set()
        self._thread.join(timeout_s)

    @property
    def is_running(self) -> bool:
        """Tell whether the thread lives."""
        return self._thread.is_alive()

    def _run(self) -> None:
        pause_s = 0.0
        while not self._stopping.wait(pause_s):
            pause_s = self.attempt()

    def attempt(self) -> float:
        """Do the step once, come what may, and return the pause before the next."""
        try:
            pause_s = self.step()
            if self._is_noted or time.monotonic() >= self._forget_at:
                self._forget()  # now and then what a process noted that is gone, too
        except Exception as error:  # the worker's edge: logged, noted, done again
            return self._failed(error)
        self._failures = 0
        return pause_s

    def _failed(self, error: Exception) -> float:
        longest_s = max(AGAIN_MAX_S, self._again_s)
        pause_s = min(longest_s, self._again_s * 2.0 ** min(self._failures, 20))
        self._failures += 1
        if troubles.is_away(error):
            self._failures = 0  # it comes back soon, and all of this is done at once then
            self._log.warning(self._trouble, error=str(error), again_s=self._again_s)
            return self._again_s
        self._log.error(self._trouble, again_s=pause_s, exc_info=error)
        with suppress(DatabaseProblem, psycopg.Error):
            with self._services.database.app.connection() as connection:
                troubles.note(connection, self._name, troubles.WHOLE, error)
            self._is_noted = True
        return pause_s

    def _forget(self) -> None:
        with self._services.database.app.connection() as connection:
            troubles.over(connection, self._name, [troubles.WHOLE])
        self._is_noted = False
        self._forget_at = time.monotonic() + AGAIN_MAX_S
