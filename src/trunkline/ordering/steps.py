"""Next steps: what may begin and what is done, told from the steps and their dependencies alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from trunkline.ordering.node import SHARED
from trunkline.ordering.plan_item import ENDED, PlanItem, StepState

MET: frozenset[str] = frozenset({"completed", "skipped"})


@dataclass(frozen=True)
class Steps:
    """What follows from how things stand; each holds ids in an order in which they may be done.

    `completed` are automatic steps and milestones, `skipped` steps that became pointless,
    `called` go to the network, `offered` to people, `timed` wait for their time.
    """

    completed: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    called: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    timed: tuple[str, ...] = ()


def next_steps(items: Iterable[PlanItem], *, may_start: bool = True) -> Steps:
    """Return every step that begins or ends by itself now, with all that follows from it.

    A pending step begins when all that it needs is completed or skipped. An undoing step waits
    besides for the end of what it undoes and is skipped where that never happened. An automatic
    step is skipped as well when nothing is left to build it on: when every need was skipped, or
    every service that carries it (see `_carriers`).
    """
    if not may_start:
        return Steps()
    walk = _Walk({one.id: one for one in items})
    return walk.steps()


class _Walk:
    """One pass over the pending steps, each looked at again when one of its needs moves."""

    def __init__(self, items: Mapping[str, PlanItem]) -> None:
        self.items = items
        self.states: dict[str, StepState] = {ident: one.state for ident, one in items.items()}
        self.users: dict[str, list[str]] = {}
        for one in items.values():
            for need in one.needs:
                self.users.setdefault(need, []).append(one.id)
        self.found: dict[str, list[str]] = {}

    def steps(self) -> Steps:
        """Carry the walk out."""
        ordered = sorted(self.items.values(), key=lambda one: one.position)
        queue = [one.id for one in ordered if one.state == "pending"]
        for ident in queue:  # grows while it is walked
            item = self.items[ident]
            if self.states[ident] == "pending" and self._is_open(item) and self._settle(item):
                queue += self.users.get(ident, ())
        return Steps(**{name: tuple(found) for name, found in self.found.items()})

    def _settle(self, item: PlanItem) -> bool:
        """Note what becomes of a step that may begin; return whether it has ended thereby."""
        if self._is_pointless(item):
            return self._note(item, "skipped", "skipped")
        if item.kind in {"automatic", "milestone"}:
            return self._note(item, "completed", "completed")
        if item.kind == "callout":
            return self._note(item, "called", "ready")
        if item.kind == "timer":
            return self._note(item, "timed", "waiting")
        return self._note(item, "offered", "ready")

    def _note(self, item: PlanItem, name: str, state: StepState) -> bool:
        self.states[item.id] = state
        self.found.setdefault(name, []).append(item.id)
        return state in ENDED

    def _is_open(self, item: PlanItem) -> bool:
        return all(self._is_met(item, need) for need in item.needs)

    def _is_met(self, item: PlanItem, need: str) -> bool:
        if need not in self.items:  # left out of the plan, since it is too far off to have moved
            return False
        state = self.states[need]
        if item.direction == "undo" and self.items[need].direction == "do":
            return state in ENDED or state == "fallout"
        return state in MET

    def _is_pointless(self, item: PlanItem) -> bool:
        if item.undoes is not None:
            done = self.items[item.undoes]
            state = self.states[item.undoes]
            return state != "completed" and not (
                state == "fallout" and done.error_kind == "unknown"
            )
        if item.kind != "automatic" or item.direction == "undo":
            return False
        needs = [
            self.items[one]
            for one in item.needs
            if self.items[one].kind not in {"timer", "milestone"}
        ]
        return self._all_skipped(needs) or self._all_skipped(_carriers(item, needs))

    def _all_skipped(self, items: Sequence[PlanItem]) -> bool:
        return bool(items) and all(self.states[one.id] == "skipped" for one in items)


def _carriers(item: PlanItem, needs: Iterable[PlanItem]) -> list[PlanItem]:
    """Return the steps without which what a step makes or changes would not be there.

    These are the services that it is built on: its own, or the shared ones where it has no own.
    People's work and equipment do not count, nor does what the step only comes after.
    """
    if item.action not in {"add", "modify"} or item.layer == "resource":
        return []
    services = [one for one in needs if one.layer == "service" and one.kind != "manual"]
    return [one for one in services if not one.node_key.startswith(SHARED)] or services
