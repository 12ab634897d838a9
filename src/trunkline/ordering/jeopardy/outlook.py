"""Outlooks: when an order and its lines are expected, against what was promised. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from trunkline.ordering.jeopardy import step_sla
from trunkline.ordering.jeopardy.levels import (
    Level,
    Threshold,
    crossing,
    delay_percent,
    highest,
    reached,
)
from trunkline.ordering.jeopardy.policies import NOBODY, Policies, Whose, names_of
from trunkline.ordering.plan_item import ENDED, PlanItem
from trunkline.ordering.schedule import Scheduled, Terms, schedule, stopped_since
from trunkline.shared.calendar import after, worked

MINUTE = timedelta(minutes=1)
AGAIN_FIRST = MINUTE
AGAIN_MAX = timedelta(minutes=15)
LOOKS_AT_ONCE = 60
"""How often an order whose end moves on is looked at each minute; after that each time later."""
GROWTH = 1.0 + 1.0 / LOOKS_AT_ONCE
"""What makes each pause a sixtieth of the time since the order stands still."""


@dataclass(frozen=True)
class Promised:
    """What an order was promised for: as a whole, and by line; and since when it is wanted.

    `names` are what each line may be called by in a policy.
    """

    start_at: datetime
    whole: datetime | None = None
    lines: Mapping[str, datetime | None] = field(default_factory=dict)
    names: Mapping[str, frozenset[str]] = field(default_factory=dict)
    whose: Whose = NOBODY

    def target(self, line: str | None) -> datetime | None:
        """Return what a line is promised for, by itself or with the whole order."""
        own = self.lines.get(line) if line is not None else None
        return own or self.whole


@dataclass(frozen=True)
class Stopped:
    """Since when the clock of an order stands still, if it does, and for how long it did before."""

    since: datetime | None = None
    before: timedelta = timedelta()

    def length(self, now: datetime) -> timedelta:
        """Return how long it has stood still."""
        return self.before + (now - self.since if self.since is not None else timedelta())


@dataclass(frozen=True)
class Expected:
    """When something is expected, what it is promised for, and how much it is in danger."""

    end_at: datetime | None
    target_at: datetime | None
    level: Level = "none"


@dataclass(frozen=True)
class Outlook:
    """The outlook on an order: on the whole, by line, the level of each task under way.

    `next_at` is when it changes by itself, None where it does not.
    """

    whole: Expected
    lines: Mapping[str, Expected]
    tasks: Mapping[str, Level]
    next_at: datetime | None


def planned(
    steps: Sequence[PlanItem], scheduled: Mapping[str, Scheduled]
) -> dict[str, tuple[datetime, datetime]]:
    """Return what steps are planned for that have no plan yet: as things stand now."""
    found: dict[str, tuple[datetime, datetime]] = {}
    for one in steps:
        when = scheduled[one.id]
        if one.planned_end_at is None and one.state not in ENDED:
            end = when.planned_end or when.end_at
            if when.start_at is not None and end is not None:
                found[one.id] = (one.planned_at or when.start_at, end)
    return found


def outlook(
    steps: Sequence[PlanItem],
    now: datetime,
    promised: Promised,
    policies: Policies,
    stopped: Stopped = Stopped(),
    *,
    looks: int = 0,
) -> Outlook:
    """Return the outlook on a plan; `looks` is how often it was looked at since a step moved."""
    terms = Terms(policies.takes, policies.calendar, stopped.since)
    scheduled = schedule(steps, now, terms)
    ends = _ends(steps, scheduled)
    expect = partial(_expected, promised=promised, policies=policies, stopped=stopped, now=now)
    last = _last(steps)
    lines = {
        line: expect(line, steps, end, _planned_end(steps, line))
        for line, end in ends.items()
        if line is not None
    }
    own = expect(None, steps, ends.get(None), last.planned_end_at if last else None)
    tops = highest([own.level, *(one.level for one in lines.values())])
    whole = Expected(own.end_at, own.target_at, tops)
    tasks = {
        one.id: task_level(one, now, policies, promised.whose, terms)
        for one in steps
        if one.started_at is not None and one.state not in ENDED
    }
    moments = [] if stopped.since is not None else _moments(steps, now, promised, policies, terms)
    if stopped.since is None and _drifts(steps, now, terms, whole.end_at):
        moments.append(now + pause_after(looks))
        moments += [
            now + later
            for line, one in [*lines.items(), (None, whole)]
            if (later := _crossing(line, one, promised, policies)) is not None
        ]
    return Outlook(whole, lines, tasks, min(moments, default=None))


def pause_after(looks: int) -> timedelta:
    """Return after which pause an order is looked at again whose end moves on with the clock.

    For an hour that is a minute, so that its dates are as late as it is. What stands still longer
    is looked at less: its dates lag by a sixtieth of that time, and never by more than the most.
    """
    return min(AGAIN_MAX, AGAIN_FIRST * GROWTH ** min(max(looks - LOOKS_AT_ONCE, 0), 1_000))


def task_level(
    step: PlanItem, now: datetime, policies: Policies, whose: Whose, terms: Terms
) -> Level:
    """Return the level of a task under way by the part of its time that has passed.

    What its own service level says counts, too.
    """
    agreed = step_sla.level(step, now, policies.calendar(step), terms.stopped_at)
    return highest([agreed, _level_by_due(step, now, policies, whose, terms)])


def _level_by_due(
    step: PlanItem, now: datetime, policies: Policies, whose: Whose, terms: Terms
) -> Level:
    if step.started_at is None or step.due_at is None or step.state in ENDED:
        return "none"
    if step.kind == "timer":  # it takes the time that it waits for
        return "none"
    calendar = policies.calendar(step)
    since = stopped_since(step, terms.stopped_at)
    paused = timedelta(seconds=step.paused_s or 0)
    allowed = worked(calendar, step.started_at, step.due_at) - paused
    taken = worked(calendar, step.started_at, min(now, since or now)) - paused
    if allowed <= timedelta():
        percent = 100.0 if now <= step.due_at else 200.0
    else:
        percent = 100.0 * (taken / allowed)
    return reached(percent, policies.task_thresholds(step, whose))


def line_names(steps: Sequence[PlanItem]) -> dict[str, frozenset[str]]:
    """Return what lines may be called by: the products that they sell."""
    found: dict[str, frozenset[str]] = {}
    for one in steps:
        if one.item_id is not None and one.layer == "product":
            found[one.item_id] = found.get(one.item_id, frozenset()) | names_of(one)
    return found


def _expected(
    line: str | None, steps: Sequence[PlanItem], end: datetime | None, plan: datetime | None,
    *, promised: Promised, policies: Policies, stopped: Stopped, now: datetime,
) -> Expected:  # fmt: skip
    """Return what is expected of a line, or of the whole.

    A promise that there is not is replaced by the first plan, which is in danger when it is missed
    and not before. Where the clock has stood still, the target moves on.
    """
    told = promised.target(line)
    target = told or plan
    if end is None or target is None:
        return Expected(end, target)
    target += stopped.length(now)
    names = promised.names.get(line or "", frozenset())
    thresholds = policies.line_thresholds(names, promised.whose)
    if told is None:
        thresholds = tuple(one for one in thresholds if one[0] >= 0)
    percent = delay_percent(promised.start_at, target, _rounded(end))
    level = reached(percent, thresholds) if _is_open(line, steps) else "none"
    return Expected(_rounded(end), told or plan, level)


def _rounded(moment: datetime) -> datetime:
    """Return a moment as the minute that it lies in begins, so that seconds move nothing."""
    return moment.replace(second=0, microsecond=0)


def _ends(
    steps: Sequence[PlanItem], scheduled: Mapping[str, Scheduled]
) -> dict[str | None, datetime]:
    """Return when the lines are done by their milestones, and under None the whole order."""
    found: dict[str | None, datetime] = {}
    for one in steps:
        end = scheduled[one.id].end_at
        if end is None or one.state == "canceled":
            continue
        found[None] = max(end, found.get(None, end))
        if one.item_id is not None and (one.kind == "milestone" or one.layer != "order"):
            found[one.item_id] = max(end, found.get(one.item_id, end))
    return found


def _is_open(line: str | None, steps: Sequence[PlanItem]) -> bool:
    return any(one.state not in ENDED and line in {None, one.item_id} for one in steps)


def _last(steps: Sequence[PlanItem]) -> PlanItem | None:
    milestones = [one for one in steps if one.kind == "milestone" and one.item_id is None]
    return milestones[-1] if milestones else None


def _planned_end(steps: Sequence[PlanItem], line: str) -> datetime | None:
    ends = [one.planned_end_at for one in steps if one.item_id == line and one.planned_end_at]
    return max(ends, default=None)


def _drifts(steps: Sequence[PlanItem], now: datetime, terms: Terms, end: datetime | None) -> bool:
    """Tell whether the end moves on with the clock as long as nothing else happens."""
    if end is None or all(one.state in ENDED for one in steps):
        return False
    later = _ends(steps, schedule(steps, now + MINUTE, terms)).get(None)
    return later is not None and _rounded(later) > end


def _moments(
    steps: Sequence[PlanItem], now: datetime, promised: Promised, policies: Policies, terms: Terms
) -> list[datetime]:
    """Return when tasks under way come to a level, or become late, by themselves."""
    running = [one for one in steps if one.sla and stopped_since(one, terms.stopped_at) is None]
    found = [at for one in running for at in step_sla.moments(one, policies.calendar(one))]
    for one in steps:
        if one.started_at is None or one.due_at is None or one.state in ENDED:
            continue
        if one.kind == "timer":  # it comes to no level
            continue
        if stopped_since(one, terms.stopped_at) is not None:
            continue
        calendar, paused = policies.calendar(one), timedelta(seconds=one.paused_s or 0)
        allowed = worked(calendar, one.started_at, one.due_at) - paused
        limits: list[Threshold] = [*policies.task_thresholds(one, promised.whose), (100, "high")]
        found += [
            after(calendar, one.started_at, allowed * (percent / 100) + paused)
            for percent, _ in limits
        ]
    return [one + timedelta(seconds=1) for one in found if one >= now]


def _crossing(
    line: str | None, one: Expected, promised: Promised, policies: Policies
) -> timedelta | None:
    if one.end_at is None or one.target_at is None:
        return None
    names = promised.names.get(line or "", frozenset())
    thresholds = policies.line_thresholds(names, promised.whose)
    found = crossing(promised.start_at, one.target_at, one.end_at, thresholds)
    return found + MINUTE if found is not None else None
