"""What stands around a walk: a network and an outside system that do by chance what such do.

Both know what they were told under each key and what has come of it, so that it can be judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.ordering.scripted import ScriptedNetwork, away, lost_after, lost_before, refused
from tests.ordering.walk.deaths import Deaths
from trunkline.ordering.command import Answer, Command, OutcomeUnknown, Unavailable
from trunkline.ordering.design.answer import Response
from trunkline.ordering.design.outside_system import System

LOST = OutcomeUnknown("answerLost", "the connection was closed")
EXPECTED: Mapping[str, tuple[str | None, ...]] = {
    # What may have got through is taken back, whether it did or not.
    "add": (None,), "modify": ("active",), "delete": ("active", None),
}  # fmt: skip


@dataclass
class WalkNetwork(ScriptedNetwork):
    """The network of a walk. `states` and `values` are those of its services, by our id."""

    chance: Random = field(default_factory=Random)
    deaths: Deaths = field(default_factory=Deaths)
    is_calm: bool = False
    states: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    waiting: list[Command] = field(default_factory=list)
    in_effect: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def submit(self, command: Command) -> Answer:
        self.deaths.point()
        answer = self._answered(command)
        self.deaths.point()
        return answer

    def _answered(self, command: Command) -> Answer:
        self.received.append(command)
        known = self.orders.get(command.key)
        if known is not None:
            return known
        throw = 1.0 if self.is_calm else self.chance.random()
        for limit, act in ((0.16, refused), (0.21, lost_after), (0.26, lost_before), (0.3, away)):
            if throw < limit:
                return act(self, command)
        if throw < 0.45:
            self.waiting.append(command)
            self.orders[command.key] = Answer("pending", external_id=command.key[-6:])
            return self.orders[command.key]
        self.take_effect(command)
        return self.orders[command.key]

    def take_effect(self, command: Command) -> None:
        before = self.states.get(command.subject)
        if before not in EXPECTED[command.action]:
            self.wrong.append(f"{command.action} {command.name} that is {before}")
        self.in_effect.append(command.key)
        self.carry_out(command)
        super().take_effect(command)

    def carry_out(self, command: Command) -> None:
        """Do what a command says, whoever does it."""
        self.states[command.subject] = "ended" if command.action == "delete" else "active"
        if command.action != "delete":
            self.values.setdefault(command.subject, {}).update(command.characteristics)


@dataclass
class WalkOutside:
    """Outside systems of a walk. `held` maps the paths of reservations to what they say."""

    chance: Random
    deaths: Deaths
    is_calm: bool = False
    held: dict[str, Any] = field(default_factory=dict)
    answered: dict[str, Response] = field(default_factory=dict)
    in_effect: list[str] = field(default_factory=list)

    def send(
        self, system: System, request: Mapping[str, Any], *, key: str, timeout_s: float | None
    ) -> Response:
        self.deaths.point()
        answer = self._answered(request, key)
        self.deaths.point()
        return answer

    def _answered(self, request: Mapping[str, Any], key: str) -> Response:
        if key in self.answered:
            return self.answered[key]
        throw = 1.0 if self.is_calm else self.chance.random()
        if throw < 0.05:
            raise Unavailable("notConnected", "nobody is there")
        if throw < 0.1:
            return Response(503, None)
        if throw < 0.15:
            raise LOST
        if throw < 0.3:
            self.answered[key] = Response(409, {"refused": "noneLeft"})
            return self.answered[key]
        self.answered[key] = self.take_effect(request)
        self.in_effect.append(key)
        if throw < 0.38:
            raise LOST
        return self.answered[key]

    def take_effect(self, request: Mapping[str, Any]) -> Response:
        """Do what a request says, whoever does it."""
        path = str(request["path"])
        if request["method"] == "DELETE":
            self.held.pop(path, None)
        elif request["method"] == "POST":
            self.held[path] = request["body"]
        return Response(200, {"number": f"R-{path[-6:]}", "ok": True})
