"""Next steps: what may begin and what is done, told from the steps and their dependencies alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from trunkline.documents.shape import Json
from trunkline.ordering.design.turn import Turn, turn_of
from trunkline.ordering.node import SHARED
from trunkline.ordering.plan_item import ENDED, PlanItem, StepState

MET: frozenset[str] = frozenset({"completed", "skipped"})


@dataclass(frozen=True)
class Steps:
    """What follows from how things stand; each holds ids in an order in which they may be done.

    `completed` are automatic steps and milestones, `skipped` steps that became pointless,
    `called` go to the network, `offered` to people, `timed` wait for their time, `awaiting` for an
    event or a visit, and `faulty` cannot be begun. `turns` hold what steps of plan definitions
    bring to it.
    """

    completed: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    called: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    timed: tuple[str, ...] = ()
    awaiting: tuple[str, ...] = ()
    faulty: tuple[str, ...] = ()
    turns: Mapping[str, Turn] = field(default_factory=dict)


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
        self.turns: dict[str, Turn] = {}

    def steps(self) -> Steps:
        """Carry the walk out."""
        ordered = sorted(self.items.values(), key=lambda one: one.position)
        queue = [one.id for one in ordered if one.state == "pending"]
        for ident in queue:  # grows while it is walked
            item = self.items[ident]
            if self.states[ident] == "pending" and self._is_open(item) and self._settle(item):
                queue += self.users.get(ident, ())
        found = {name: tuple(idents) for name, idents in self.found.items()}
        return Steps(turns=self.turns, **found)

    def _settle(self, item: PlanItem) -> bool:
        """Note what becomes of a step that may begin; return whether it has ended thereby."""
        if self._is_pointless(item):
            return self._note(item, "skipped", "skipped")
        if item.design is not None:
            turn = self.turns[item.id] = turn_of(item, self._brought(item))
            if turn.fault is not None:
                return self._note(item, "faulty", "fallout")
            if turn.skipped is not None:
                return self._note(item, "skipped", "skipped")
        if item.kind in {"automatic", "milestone"}:
            return self._note(item, "completed", "completed")
        if item.kind == "callout":
            return self._note(item, "called", "ready")
        if item.kind == "timer":
            return self._note(item, "timed", "waiting")
        if item.kind in {"event", "fieldWork"}:
            return self._note(item, "awaiting", "waiting")
        return self._note(item, "offered", "ready")

    def _brought(self, item: PlanItem) -> dict[str, Json]:
        """Return the values that the steps before one brought, those of later steps winning."""
        before = needed_steps(self.items, item)
        found: dict[str, Json] = {}
        for one in sorted(before, key=lambda step: step.position):
            turn = self.turns.get(one.id)
            found |= (turn.brings or {}) if turn is not None else brought(one)
        return found

    def _note(self, item: PlanItem, name: str, state: StepState) -> bool:
        self.states[item.id] = state
        self.found.setdefault(name, []).append(item.id)
        return state in ENDED

    def _is_open(self, item: PlanItem) -> bool:
        return item.hold is None and all(self._is_met(item, need) for need in item.needs)

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
            and self.items[one].part_of != item.id
            and self.items[one].node_key != item.node_key
        ]
        if self._is_left_out(item):
            return True
        return self._are_missing(item, needs) or self._are_missing(item, _carriers(item, needs))

    def _is_left_out(self, item: PlanItem) -> bool:
        """Tell whether the very steps that hand the change of a record over were left out.

        Others of its plan definition may come after those, and be what it needs itself.
        """
        own = dict.fromkeys(item.needs)
        waiting, handing = list(own), []
        for need in waiting:  # grows while it is walked
            one = self.items.get(need)
            if one is None or one.part_of != item.id:
                continue
            if one.action is not None:
                handing.append(one)
            waiting += [each for each in one.needs if each not in own]
            own.update(dict.fromkeys(one.needs))
        return self._are_missing(item, handing)

    def _are_missing(self, user: PlanItem, items: Sequence[PlanItem]) -> bool:
        """Tell whether all that a step is built on was left out.

        What is made anew is built on what is there, though a later change of that was left out.
        """
        missing = self._was_never_made if user.action == "add" else self._is_skipped
        return bool(items) and all(missing(one) for one in items)

    def _is_skipped(self, item: PlanItem) -> bool:
        return self.states[item.id] == "skipped"

    def _was_never_made(self, item: PlanItem) -> bool:
        before = [self.items[one] for one in item.needs if one in self.items]
        same = [one for one in before if one.node_key == item.node_key]
        return self._is_skipped(item) and all(self._was_never_made(one) for one in same)


def _carriers(item: PlanItem, needs: Iterable[PlanItem]) -> list[PlanItem]:
    """Return the steps without which what a step makes or changes would not be there.

    These are the services that it is built on: its own, or the shared ones where it has no own.
    People's work and equipment do not count, nor does what the step only comes after.
    """
    if item.action not in {"add", "modify"} or item.layer == "resource":
        return []
    services = [
        one
        for one in needs
        if one.layer == "service" and one.kind != "manual" and one.part_of is None
    ]
    return [one for one in services if not one.node_key.startswith(SHARED)] or services


def needed_steps(items: Mapping[str, PlanItem], item: PlanItem) -> list[PlanItem]:
    """Return all steps that a step needs, directly or by others, as far as they are at hand."""
    found: dict[str, PlanItem] = {}
    waiting = list(item.needs)
    while waiting:
        ident = waiting.pop()
        if ident not in found and ident in items:
            found[ident] = items[ident]
            waiting += items[ident].needs
    return list(found.values())


def brought(item: PlanItem) -> Mapping[str, Json]:
    """Return the values that came with a step's answer."""
    answer = item.answer if isinstance(item.answer, dict) else {}
    found = answer.get("characteristic")
    return found if isinstance(found, dict) else {}
