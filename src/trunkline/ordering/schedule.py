"""Schedule: when the steps of a plan begin and end, which are late, and which decide the end. Pure.

What has happened stands as it was. What has not is told as it would be from now on if every step
took the time that its specification or a policy gives, counted by the calendar of those who do
it; one without such a time takes none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from trunkline.ordering.plan_item import ENDED, PlanItem
from trunkline.shared.calendar import ALWAYS, Calendar, after, worked


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


def own_time(step: PlanItem) -> timedelta | None:
    """Return how long a step takes as its specification says, None where that says nothing."""
    if step.kind == "timer":
        return timedelta(seconds=step.delay_s or 0)
    if step.duration_minutes is None:
        return None
    return timedelta(minutes=step.duration_minutes)


@dataclass(frozen=True)
class Terms:
    """How long steps take, and by which calendar that is counted.

    `stopped_at` is since when the clock of the whole plan stands still.
    """

    takes: Callable[[PlanItem], timedelta | None] = own_time
    calendar: Callable[[PlanItem], Calendar] = lambda _step: ALWAYS
    stopped_at: datetime | None = None

    def end(self, step: PlanItem, start: datetime, takes: timedelta) -> datetime:
        """Return when a step ends that begins at a moment."""
        return after(self.calendar(step), start, takes)

    def due(self, step: PlanItem, now: datetime) -> datetime | None:
        """Return until when a step should be done; where its clock stands, that moves on."""
        since = stopped_since(step, self.stopped_at)
        if step.due_at is None or since is None or step.started_at is None:
            return step.due_at
        calendar = self.calendar(step)
        return after(calendar, step.due_at, worked(calendar, max(since, step.started_at), now))


AS_SPECIFIED = Terms()


def stopped_since(step: PlanItem, plan_stopped_at: datetime | None) -> datetime | None:
    """Return since when the clock of a step stands still, None where it runs."""
    own = step.hold.get("since") if isinstance(step.hold, dict) else None
    found = [datetime.fromisoformat(own)] if own else []
    return min([*found, *([plan_stopped_at] if plan_stopped_at is not None else [])], default=None)


def schedule(
    steps: Sequence[PlanItem], now: datetime, terms: Terms = AS_SPECIFIED
) -> dict[str, Scheduled]:
    """Return the schedule of each step of a whole plan, by its id."""
    by_id = {one.id: one for one in steps}
    found: dict[str, Scheduled] = {}
    for step in _needs_first(steps, by_id):
        needs = [found[one] for one in step.needs if one in found]
        found[step.id] = _scheduled(step, needs, now, terms)
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


def _scheduled(
    step: PlanItem, needs: Sequence[Scheduled], now: datetime, terms: Terms
) -> Scheduled:
    if step.state == "canceled" and step.started_at is None:
        return NEVER
    takes = terms.takes(step)
    if step.state in ENDED:
        start, end = step.started_at or step.ended_at, step.ended_at
        limit = step.due_at or _limit(step, start, takes, terms)
        is_late = end is not None and limit is not None and end > limit
        return Scheduled(start, end, limit, is_late)
    if step.started_at is not None:
        limit = terms.due(step, now) or _limit(step, step.started_at, takes, terms)
        is_late = limit is not None and now > limit
        return Scheduled(step.started_at, max(now, limit or now), limit, is_late)
    start = max([now, *(one.end_at for one in needs if one.end_at is not None)])
    end = max(terms.end(step, start, takes or timedelta()), step.due_at or start)
    return Scheduled(start, end, end)


def _limit(
    step: PlanItem, start: datetime | None, takes: timedelta | None, terms: Terms
) -> datetime | None:
    return terms.end(step, start, takes) if start is not None and takes is not None else None


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
