"""A network for seeding: it answers at once, in this process, the same for the same command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from trunkline.documents.shape import Json
from trunkline.ordering.command import Answer, Command
from trunkline.simulator.assignment import assigned

TIME_LENGTH = 13


@dataclass
class SeedNetwork:
    """Takes every command, but refuses the named services' next ones with a code and a reason."""

    refusals: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    kept: dict[str, Answer] = field(default_factory=dict)

    def submit(self, command: Command) -> Answer:
        """Carry a command out, or refuse it where a refusal waits for its service."""
        known = self.kept.get(command.key)
        if known is not None:
            return known
        waiting = self.refusals.get(command.name, [])
        if waiting and command.action == "add":
            code, message = waiting.pop(0)
            answer = Answer("failed", code=code, message=message)
        else:
            answer = Answer("done", characteristics=_assigned(command))
        self.kept[command.key] = answer
        return answer

    def query(self, key: str) -> Answer | None:
        """Return what became of a command."""
        return self.kept.get(key)


def _assigned(command: Command) -> Mapping[str, Json]:
    if command.action != "add":
        return {}
    asked = dict(command.characteristics)
    # An id begins with its time; the rest comes from the seed, so that values are as each time.
    origin = command.subject[TIME_LENGTH:]
    return dict(assigned((command.name,), asked, origin=origin, taken=()))
