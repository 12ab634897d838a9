"""Undoing: the steps that take back what other steps have done, in the opposite order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from trunkline.kernel.work import Work
from trunkline.ordering.plan_item import ENDED, Plan, PlanItem

NOTHING_TO_UNDO = frozenset({"milestone", "timer"})


def undo_steps(
    plan: Plan,
    items: Iterable[PlanItem],
    new_id: Callable[[], str],
    *,
    kept: Mapping[str, str] = MappingProxyType({}),
) -> list[PlanItem]:
    """Return a step that undoes each of these steps.

    It waits until everything that was built on its step is undone, and for the end of the step
    itself where that is still under way. `kept` holds, by the id of a step, why what it made
    stays; its undoing is left out.
    """
    undone = [one for one in items if one.kind not in NOTHING_TO_UNDO]
    ids = {one.id: new_id() for one in undone}
    position = plan.next_position
    needs: dict[str, list[str]] = {one.id: [] if one.state in ENDED else [one.id] for one in undone}
    for user in undone:
        for need in user.needs:
            if need in needs:
                needs[need].append(ids[user.id])
    return [
        replace(
            one,
            id=ids[one.id],
            position=position + number,
            node_key=f"undo/{one.node_key}",
            title=f"Undo: {one.title or one.name}",
            state="skipped" if one.id in kept else "pending",
            direction="undo",
            undoes=one.id,
            point_of_no_return=False,
            command_key=new_id() if one.kind == "callout" else None,
            attempt=0,
            request=None,
            answer=None,
            attempts=None,
            error_kind=None,
            error_code=None,
            error_message=None,
            fallout=None,
            planned_at=None,
            started_at=None,
            ended_at=None,
            due_at=None,
            reason=kept.get(one.id),
            awaited_by=None,
            claim=None,
            needs=tuple(needs[one.id]),
        )
        for number, one in enumerate(undone)
    ]


def undo_late(work: Work, plan: Plan, item: PlanItem) -> None:
    """Undo a step that turned out to be done after it had been called off."""
    plan.extend(undo_steps(plan, [item], work.services.chance.uuid))
