"""What stands around a walk: a network and an outside system that do by chance what such do.

Both know what they were told under each key and what has come of it, so that it can be judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.ordering.scripted import (
    Act,
    ScriptedNetwork,
    away,
    done,
    lost_after,
    lost_before,
    pending,
    refused,
)
from tests.ordering.walk.chance import Chance
from tests.ordering.walk.deaths import Deaths
from trunkline.ordering.command import Answer, Command, OutcomeUnknown, Unavailable
from trunkline.ordering.design.answer import Response
from trunkline.ordering.design.outside_system import System

LOST = OutcomeUnknown("answerLost", "the connection was closed")
EXPECTED: Mapping[str, tuple[str | None, ...]] = {
    # What may have got through is taken back, whether it did or not.
    "add": (None,), "modify": ("active", "inactive"), "delete": ("active", "inactive", None),
}  # fmt: skip
Said = Literal["away", "unavailable", "lost", "refused", "lostAfter", "done"]
NETWORK: tuple[tuple[Act | None, int], ...] = (
    (refused, 16), (lost_after, 5), (lost_before, 5), (away, 4), (pending, 15),
)  # fmt: skip
OUTSIDE: tuple[tuple[Said, int], ...] = (
    ("away", 5), ("unavailable", 5), ("lost", 5), ("refused", 15), ("lostAfter", 8),
)  # fmt: skip


@dataclass
class WalkNetwork(ScriptedNetwork):
    """The network of a walk. `states` and `values` are those of its services, by our id."""

    chance: Chance = field(kw_only=True)
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
        act = None if self.is_calm else self.chance.outcome(NETWORK, None, "network")
        if act is pending:
            self.waiting.append(command)
        elif act is None:
            act = done
        return act(self, command)

    def take_effect(self, command: Command) -> None:
        before = self.states.get(command.subject)
        if before not in EXPECTED[command.action]:
            self.wrong.append(f"{command.action} {command.name} that is {before}")
        self.in_effect.append(command.key)
        self.carry_out(command)
        super().take_effect(command)

    def carry_out(self, command: Command) -> None:
        """Do what a command says, whoever does it."""
        is_ended = command.action == "delete"
        now = command.state or self.states.get(command.subject, "active")
        self.states[command.subject] = "ended" if is_ended else now
        if not is_ended:
            self.values.setdefault(command.subject, {}).update(command.characteristics)


@dataclass
class WalkOutside:
    """Outside systems of a walk. `held` maps the paths of reservations to what they say."""

    chance: Chance
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
        said = "done" if self.is_calm else self.chance.outcome(OUTSIDE, "done", "outside")
        if said == "away":
            raise Unavailable("notConnected", "nobody is there")
        if said == "unavailable":
            return Response(503, None)
        if said == "lost":
            raise LOST
        if said == "refused":
            self.answered[key] = Response(409, {"refused": "noneLeft"})
            return self.answered[key]
        self.answered[key] = self.take_effect(request)
        self.in_effect.append(key)
        if said == "lostAfter":
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
