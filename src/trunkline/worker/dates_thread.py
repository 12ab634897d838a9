"""Dates in the worker: a thread that keeps the outlooks on open orders up to date."""

from __future__ import annotations

import structlog

from trunkline.kernel.services import Services
from trunkline.ordering.jeopardy.follow import PASS, ROUND, follow
from trunkline.worker.repeating import Repeating

log = structlog.get_logger("trunkline.dates")
POLL_S = 5.0
AGAIN_S = 10.0


class DatesFollower(Repeating):
    """Follows the dates of orders from a thread of its own until it is stopped."""

    def __init__(self, services: Services, *, poll_s: float = POLL_S) -> None:
        super().__init__(
            services, name=PASS, log=log, trouble="dates are not followed", again_s=AGAIN_S
        )
        self._poll_s = poll_s

    def step(self) -> float:
        """Look at the orders that are due; go on at once where more may wait."""
        return 0.0 if follow(self._services) == ROUND else self._poll_s
