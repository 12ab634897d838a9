"""Outside systems in this process: what they were asked, and what they answer as a script says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from trunkline.ordering.design.answer import Response
from trunkline.ordering.design.outside_system import System

Act = Callable[[Mapping[str, Any]], Response]


def says(status: int, **body: Any) -> Act:
    """Answer with a status and a body."""
    return lambda _request: Response(status, body or None)


@dataclass
class ScriptedOutside:
    """`script` maps a system's code to what happens next; without one it is done at once."""

    script: dict[str, list[Act]] = field(default_factory=dict)
    received: list[tuple[str, Mapping[str, Any], str]] = field(default_factory=list)

    def send(
        self, system: System, request: Mapping[str, Any], *, key: str, timeout_s: float | None
    ) -> Response:
        self.received.append((system.code, request, key))
        acts = self.script.get(system.code, [])
        return (acts.pop(0) if acts else says(200))(request)
