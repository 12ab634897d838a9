"""Schedule: when the steps of a plan begin and end, which are late, and which decide the end. Pure.

What has happened stands as it was. What has not is told as it would be from now on if every step
took the time that its specification gives; one without such a time takes none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from trunkline.ordering.plan_item import ENDED, PlanItem


@dataclass(frozen=True)
class Scheduled:
    """When a step began or would begin, and ended or would end; None for what is called off.

    `planned_end` is until when it should be done, counted from its own beginning; None where it
    has begun and nothing says how long it takes. A step `is_late` when it takes or took longer
    than that. Those that are critical are the chain of steps that decides when the order is done.
    """

    start_at: datetime | None
    end_at: datetime | None
    planned_end: datetime | None
    is_late: bool = False
    is_critical: bool = False


NEVER = Scheduled(None, None, None)


def schedule(steps: Sequence[PlanItem], now: datetime) -> dict[str, Scheduled]:
    """Return the schedule of each step of a whole plan, by its id."""
    by_id = {one.id: one for one in steps}
    found: dict[str, Scheduled] = {}
    for step in _needs_first(steps, by_id):
        needs = [found[one] for one in step.needs if one in found]
        found[step.id] = _scheduled(step, needs, now)
    for ident in _decisive(steps, by_id, found):
        found[ident] = replace(found[ident], is_critical=True)
    return found


def holding_up(steps: Sequence[PlanItem], scheduled: Mapping[str, Scheduled]) -> PlanItem | None:
    """Return the critical step that is under way or stands still, which the others wait for.

    None where everything has ended.
    """
    is_open = {one.id for one in steps if one.state not in ENDED}
    critical = [one for one in steps if one.id in is_open and scheduled[one.id].is_critical]
    first = [one for one in critical if is_open.isdisjoint(one.needs)]
    return next(iter(first or critical), None)


def _scheduled(step: PlanItem, needs: Sequence[Scheduled], now: datetime) -> Scheduled:
    if step.state == "canceled" and step.started_at is None:
        return NEVER
    takes = _takes(step)
    if step.state in ENDED:
        start, end = step.started_at or step.ended_at, step.ended_at
        limit = step.due_at or (start + takes if start is not None and takes is not None else None)
        is_late = end is not None and limit is not None and end > limit
        return Scheduled(start, end, limit, is_late)
    if step.started_at is not None:
        limit = step.due_at or (step.started_at + takes if takes is not None else None)
        is_late = limit is not None and now > limit
        return Scheduled(step.started_at, max(now, limit or now), limit, is_late)
    start = max([now, *(one.end_at for one in needs if one.end_at is not None)])
    end = max(start + (takes or timedelta()), step.due_at or start)
    return Scheduled(start, end, end)


def _takes(step: PlanItem) -> timedelta | None:
    """Return how long a step takes, None where nothing says so."""
    if step.kind == "timer":
        return timedelta(seconds=step.delay_s or 0)
    if step.duration_minutes is None:
        return None
    return timedelta(minutes=step.duration_minutes)


def _decisive(
    steps: Sequence[PlanItem], by_id: Mapping[str, PlanItem], found: Mapping[str, Scheduled]
) -> list[str]:
    """Return the chain that decides the end, from its last step back to its first."""
    needed = {need for one in steps for need in one.needs}
    ends = [one.id for one in steps if one.id not in needed and one.state != "canceled"]
    chain: list[str] = []
    while ends:
        last = max(ends, key=lambda ident: _weight(by_id[ident], found[ident]))
        if found[last].end_at is None:
            break
        chain.append(last)
        ends = [one for one in by_id[last].needs if one in by_id and one not in chain]
    return chain


def _weight(step: PlanItem, scheduled: Scheduled) -> tuple[bool, float, bool, int]:
    """Return what ranks a step among those that another one waits for: the last one decides."""
    end = scheduled.end_at
    stands = step.state == "fallout"
    return (end is not None, end.timestamp() if end else 0.0, stands, step.position)


def _needs_first(steps: Sequence[PlanItem], by_id: Mapping[str, PlanItem]) -> list[PlanItem]:
    """Return the steps so that each stands after those that it needs; circles do no harm."""
    found: dict[str, PlanItem] = {}
    seen: set[str] = set()
    for one in steps:
        waiting = [one.id]
        while waiting:
            ident = waiting[-1]
            others = [need for need in by_id[ident].needs if need in by_id and need not in seen]
            seen.add(ident)
            if others:
                waiting += others
            else:
                found.setdefault(waiting.pop(), by_id[ident])
    return list(found.values())
