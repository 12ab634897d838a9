"""Next steps: what may begin and what is done, told from the steps and their dependencies alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

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
    step whose every need was skipped is skipped as well: there is nothing left to build it on.
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
        needs = [one for one in item.needs if self.items[one].kind not in {"timer", "milestone"}]
        return bool(needs) and all(self.states[one] == "skipped" for one in needs)
