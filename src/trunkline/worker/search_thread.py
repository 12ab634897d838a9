"""Search in the worker: a thread that follows the events and keeps the index of the search box."""

from __future__ import annotations

import threading

import psycopg
import structlog

from trunkline.database.problems import DatabaseProblem
from trunkline.kernel.services import Services
from trunkline.workspace.search_index import Step, step

log = structlog.get_logger("trunkline.search")
POLL_S = 0.3
ELSEWHERE_S = 5.0
AGAIN_S = 10.0


class SearchFollower:
    """Follows the events from a thread of its own until it is stopped."""

    def __init__(self, services: Services, *, poll_s: float = POLL_S) -> None:
        self._services = services
        self._poll_s = poll_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="search", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, *, timeout_s: float) -> None:
        """End it; a step that is cut off is done again by the next one."""
        self._stopping.set()
        self._thread.join(timeout_s)

    @property
    def is_running(self) -> bool:
        """Tell whether the thread lives."""
        return self._thread.is_alive()

    def _run(self) -> None:
        pause_s = 0.0
        was_building = False
        while not self._stopping.wait(pause_s):
            try:
                done = step(self._services)
            except (DatabaseProblem, psycopg.Error) as error:
                log.warning("search does not follow", error=str(error), again_s=AGAIN_S)
                pause_s = AGAIN_S
                continue
            pause_s = self._pause_after(done)
            is_building = done is not None and done.records > 0
            if was_building and done is not None and not is_building:
                log.info("search index built")
            was_building = is_building

    def _pause_after(self, done: Step | None) -> float:
        """Return how long to wait: not at all while more waits, long where another follows."""
        if done is None:
            return ELSEWHERE_S
        return 0.0 if done.more else self._poll_s
