"""Reads in a web process: a thread that writes down who has looked at personal data."""

from __future__ import annotations

import structlog

from trunkline.kernel.services import Services
from trunkline.rest.reads import reads_of
from trunkline.worker.repeating import Repeating

log = structlog.get_logger("trunkline.reads")
EVERY_S = 0.5
AGAIN_S = 2.0
FAREWELL_S = 5.0


class ReadWriter(Repeating):
    """Writes what was read, twice a second, until it is stopped."""

    def __init__(self, services: Services) -> None:
        super().__init__(
            services, name="reads", log=log, trouble="reads are not written", again_s=AGAIN_S
        )

    def step(self) -> float:
        """Write what waits."""
        reads_of(self._services).write(self._services)
        return EVERY_S

    def end(self) -> None:
        """Stop, and write what is left."""
        self.stop(timeout_s=FAREWELL_S)
        self.attempt()
