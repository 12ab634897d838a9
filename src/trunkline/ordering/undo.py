"""Undoing: the steps that take back what other steps have done, in the opposite order."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.ordering.design.chosen import is_undone
from trunkline.ordering.keeping import Kept
from trunkline.ordering.plan_item import ENDED, Plan, PlanItem, fresh

NOTHING_TO_UNDO = frozenset({"milestone", "timer"})


def undo_steps(
    plan: Plan,
    items: Iterable[PlanItem],
    new_id: Callable[[], str],
    *,
    kept: Mapping[str, Kept] = MappingProxyType({}),
    changed: Container[str] = (),
) -> list[PlanItem]:
    """Return a step that undoes each of these steps, in the order in which that happens.

    It waits until everything that was built on its step is undone, and for the end of the step
    itself where that is still under way. `kept` holds, by the id of a step, why what it made
    stays; its undoing is left out. What is `changed`, by id, is asked for otherwise and not left
    out: what is said of cancellations does not count for it.
    """
    real = (one for one in items if one.kind not in NOTHING_TO_UNDO)
    undone = last_first(one for one in real if _has_undo(one, is_changed=one.id in changed))
    ids = {one.id: new_id() for one in undone}
    position = plan.next_position
    needs: dict[str, list[str]] = {one.id: [] if one.state in ENDED else [one.id] for one in undone}
    for user in undone:
        for need in user.needs:
            if need in needs:
                needs[need].append(ids[user.id])
    steps = []
    for number, one in enumerate(undone):
        step = replace(
            fresh(
                one, ident=ids[one.id], position=position + number, node_key=f"undo/{one.node_key}"
            ),
            title=f"Undo: {one.title or one.name}",
            direction="undo",
            undoes=one.id,
            command_key=new_id() if one.kind == "callout" else None,
            needs=tuple(needs[one.id]),
        )
        steps.append(_left_out(step, kept[one.id]) if one.id in kept else step)
    return steps


def last_first(items: Iterable[PlanItem]) -> list[PlanItem]:
    """Return steps so that each comes after all that was built on it; else the last one first."""
    left = {one.id: one for one in sorted(items, key=lambda one: -one.position)}
    users: dict[str, list[str]] = {}
    for one in left.values():
        for need in one.needs:
            users.setdefault(need, []).append(one.id)
    found: list[PlanItem] = []
    while left:
        stack = [next(iter(left))]
        while stack:
            above = [one for one in users.get(stack[-1], ()) if one in left and one not in stack]
            if above:
                stack.append(above[0])
            else:
                found.append(left.pop(stack.pop()))
    return found


def call_visits_off(plan: Plan, items: Iterable[PlanItem], at: datetime) -> list[PlanItem]:
    """Call off the visits that are still ahead, which undoes them; return the other steps."""
    left: list[PlanItem] = []
    for one in items:
        if one.kind == "fieldWork" and one.state == "waiting":
            plan.put(replace(one, state="canceled", ended_at=at))
        else:
            left.append(one)
    return left


def _has_undo(item: PlanItem, *, is_changed: bool) -> bool:
    """Tell whether there is something to undo: of a plan definition's item, as that says."""
    return item.design is None or is_undone(item.design["item"], is_changed=is_changed)


def _left_out(step: PlanItem, kept: Kept) -> PlanItem:
    users: list[Json] = [dict(one) for one in kept.users]
    return replace(
        step, state="skipped", reason=kept.reason, links={**(step.links or {}), "users": users}
    )


def undo_late(work: Work, plan: Plan, item: PlanItem) -> None:
    """Undo a step that turned out to be done after it had been called off."""
    plan.extend(undo_steps(plan, [item], work.services.chance.uuid))
