"""Repeating: one step done again and again by a thread of its own, until it is told to stop."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from typing import Any

import psycopg

from trunkline.database.problems import DatabaseProblem


class Repeating(ABC):
    """Repeats a step in a thread; where the database fails it, it is done again after a while."""

    def __init__(self, *, name: str, log: Any, trouble: str, again_s: float) -> None:
        """Keep the thread's name, what to log of a failed step, and how long to wait after it."""
        self._log = log
        self._trouble = trouble
        self._again_s = again_s
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
            try:
                pause_s = self.step()
            except (DatabaseProblem, psycopg.Error) as error:
                pause_s = self._again_s
                self._log.warning(self._trouble, error=str(error), again_s=pause_s)
