"""Service levels of single steps: when one is warned of, when it is broken. Pure.

A step says in `sla` how many minutes of work it may take until it is done, counted by the calendar
of who does it, beside how long it is planned to take: `minutes`, `warnPercent`, `warnLevel`,
`breachLevel` and `escalateTo`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from trunkline.ordering.jeopardy.levels import Level, Threshold, reached
from trunkline.ordering.plan_item import ENDED, PlanItem
from trunkline.ordering.schedule import stopped_since
from trunkline.shared.calendar import Calendar, after, worked

WARN_PERCENT = 75
WARN_LEVEL: Level = "medium"
BREACH_LEVEL: Level = "high"


def allowed(step: PlanItem) -> timedelta | None:
    """Return how long a step may take by its service level, None where it has none."""
    return timedelta(minutes=step.sla["minutes"]) if step.sla is not None else None


def limits(step: PlanItem) -> tuple[Threshold, Threshold]:
    """Return from which percent on a step is on which level: of the warning and of the breach."""
    said = step.sla or {}
    warned: Threshold = (
        said.get("warnPercent") or WARN_PERCENT,
        said.get("warnLevel") or WARN_LEVEL,
    )
    return warned, (100, said.get("breachLevel") or BREACH_LEVEL)


def is_counted(step: PlanItem) -> bool:
    """Tell whether the clock of a step's service level has begun and not ended."""
    return step.sla is not None and step.started_at is not None and step.state not in ENDED


def level(
    step: PlanItem, now: datetime, calendar: Calendar, plan_stopped_at: datetime | None = None
) -> Level:
    """Return on which level a step is by its service level; its clock stops as that of the step."""
    most = allowed(step)
    if most is None or step.started_at is None or not is_counted(step):
        return "none"
    since = stopped_since(step, plan_stopped_at)
    paused = timedelta(seconds=step.paused_s or 0)
    taken = worked(calendar, step.started_at, min(now, since or now)) - paused
    return reached(100.0 * (taken / most), limits(step))


def is_broken(
    step: PlanItem, now: datetime, calendar: Calendar, plan_stopped_at: datetime | None = None
) -> bool:
    """Tell whether a step has taken longer than its service level allows."""
    due, since = ends_at(step, calendar), stopped_since(step, plan_stopped_at)
    return is_counted(step) and due is not None and min(now, since or now) > due


def ends_at(step: PlanItem, calendar: Calendar) -> datetime | None:
    """Return until when a step that has begun has to be done, None where nothing says so."""
    most = allowed(step)
    if most is None or step.started_at is None:
        return None
    return after(calendar, step.started_at, most + timedelta(seconds=step.paused_s or 0))


def moments(step: PlanItem, calendar: Calendar) -> list[datetime]:
    """Return when a step comes to its levels, if it is not done before."""
    most = allowed(step)
    if most is None or step.started_at is None or not is_counted(step):
        return []
    paused = timedelta(seconds=step.paused_s or 0)
    return [after(calendar, step.started_at, most * (percent / 100) + paused)
            for percent, _ in limits(step)]  # fmt: skip
