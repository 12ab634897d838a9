"""What follows a move: a piece of work, written in its transaction, for each that a rule watches.

It only says that something follows; who gets which task is settled when it is carried out.
"""

from __future__ import annotations

from typing import Any

from trunkline.governance.configured import configured_at
from trunkline.governance.status_rules import StatusRules, read_rules
from trunkline.kernel.services import Happening, Services
from trunkline.leases.queue import NewWork

FOLLOW_UP = "statusFollowUp"
MOVES = frozenset({"created", "state_changed"})


class FollowUps:
    """Knows which kinds of records have a move that is followed up; put it in `fanout`."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def __call__(self, connection: Any, generation: int, happening: Happening) -> list[NewWork]:
        """Return the work that goes with an event."""
        if happening.kind not in MOVES or happening.resource.lifecycle is None:
            return []
        rules = configured_at(self._services, connection, generation, StatusRules, read_rules)
        if not any(one.task for one in rules.by_kind.get(happening.resource.name, ())):
            return []
        payload = {"type": happening.resource.name, "version": happening.version}
        return [NewWork(FOLLOW_UP, happening.subject, None, payload)]
