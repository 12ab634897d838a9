"""Search in the worker: a thread that follows the events and keeps the index of the search box."""

from __future__ import annotations

import time

import structlog

from trunkline.kernel.services import Services
from trunkline.worker.repeating import Repeating
from trunkline.workspace.search_index import PASS, Step, step

log = structlog.get_logger("trunkline.search")
POLL_S = 0.3
ELSEWHERE_S = 5.0
AGAIN_S = 10.0
BUSY_EVENTS = 100
BUSY_POLL_S = 1.5
"""Where much changes, most records change again at once: later looks find each in fewer steps."""


class SearchFollower(Repeating):
    """Follows the events from a thread of its own until it is stopped."""

    def __init__(self, services: Services, *, poll_s: float = POLL_S) -> None:
        super().__init__(
            services, name=PASS, log=log, trouble="search does not follow", again_s=AGAIN_S
        )
        self._poll_s = poll_s
        self._was_building = False

    def step(self) -> float:
        """Follow the next events and build on; return how long to wait before going on."""
        began = time.monotonic()
        done = step(self._services)
        if done is None:
            return ELSEWHERE_S
        is_building = done.records > 0
        if self._was_building and not is_building:
            log.info("search index built")
        self._was_building = is_building
        return pause_after(done, took_s=time.monotonic() - began, poll_s=self._poll_s)


def pause_after(done: Step, *, took_s: float, poll_s: float = POLL_S) -> float:
    """Return how long to wait after a step.

    Building rests as long as it works, so that it leaves half of a core to those who order;
    following many events goes on at once where more wait, else a while later than following few.
    """
    if done.records:
        return took_s
    if done.more:
        return 0.0
    return max(poll_s, BUSY_POLL_S) if done.events >= BUSY_EVENTS else poll_s
