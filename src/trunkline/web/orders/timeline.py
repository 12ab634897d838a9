"""The timeline of a plan: bars on a scale of time, one per step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from trunkline.ordering.plan_item import ENDED, PlanItem
from trunkline.ordering.schedule import Scheduled
from trunkline.web.orders.plan import Plan, span
from trunkline.web.orders.timescale import WIDTH, Scale, scale_of
from trunkline.web.values import short_day
from trunkline.web.wording import tone

THIN = 0.7
"""A bar narrower than this, in percent, is drawn as a mark of its own."""
EDGE = 1.3
"""How far from the end a mark begins at the latest, so that it can be seen."""


@dataclass(frozen=True)
class Bar:
    """A part of a step's time, in percent of the width: `done`, `late` or `planned`."""

    kind: str
    tone: str
    x: float
    width: float

    @property
    def is_thin(self) -> bool:
        """Whether it is too narrow to be seen as a bar."""
        return self.width < THIN


def _first_plan(step: PlanItem) -> tuple[datetime, datetime] | None:
    """Return what a step was planned for at first, where that is a stretch of time."""
    start, end = step.planned_at, step.planned_end_at
    return (start, end) if start is not None and end is not None and start < end else None


class Timeline:
    """Places the steps of a plan on one scale."""

    def __init__(self, plan: Plan, zone: ZoneInfo) -> None:
        self._plan = plan
        self._zone = zone
        self._now = None if plan.is_done else plan.now
        shown = [self._reach(one) for one in plan.steps if one.kind != "milestone"]
        shown += [_first_plan(one) for one in plan.steps if one.kind != "milestone"]
        self.scale: Scale = scale_of([one for one in shown if one is not None], self._now)

    def _reach(self, step: PlanItem) -> tuple[datetime, datetime] | None:
        found = self._plan.schedule[step.id]
        if found.start_at is None or found.end_at is None:
            return None
        return found.start_at, max(found.start_at, found.end_at)

    def reach(self, step: PlanItem) -> dict[str, float]:
        """Return where a step begins and how wide all of it is, at least as wide as a mark."""
        found = self._reach(step)
        if found is None:
            return {"x": 0.0, "width": 0.0}
        first, last = (self.scale.x(one) for one in found)
        first = min(first, WIDTH - EDGE)
        return {"x": round(first, 2), "width": round(max(THIN, last - first), 2)}

    def planned(self, step: PlanItem) -> dict[str, float] | None:
        """Return where a step was planned at first, None where nothing was."""
        if step.planned_at is None or step.planned_end_at is None or not self.scale.moments:
            return None
        first, last = self.scale.x(step.planned_at), self.scale.x(step.planned_end_at)
        first = min(first, WIDTH - EDGE)
        return {"x": round(first, 2), "width": round(max(THIN, last - first), 2)}

    def bars(self, step: PlanItem) -> list[Bar]:
        """Return the bars of a step: what it took, how much of it was too long, what is to come."""
        found = self._plan.schedule[step.id]
        reach = self._reach(step)
        if reach is None:
            return []
        start, end = reach
        kind = "done" if step.started_at is not None or step.state in ENDED else "planned"
        if kind == "planned":
            return [self._bar("planned", step, start, end)]
        until = end if step.state in ENDED else max(start, self._plan.now)
        return list(self._begun(step, found, start, until))

    def _begun(
        self, step: PlanItem, found: Scheduled, start: datetime, until: datetime
    ) -> Iterable[Bar]:
        limit = found.planned_end
        if limit is not None and found.is_late:
            if limit > start:
                yield self._bar("done", step, start, limit)
            yield self._bar("late", step, max(start, limit), until)
            return
        yield self._bar("done", step, start, until)
        if limit is not None and step.state not in ENDED and limit > until:
            yield self._bar("planned", step, until, limit)

    def _bar(self, kind: str, step: PlanItem, start: datetime, end: datetime) -> Bar:
        first, last = self.scale.x(start), self.scale.x(end)
        x = min(first, WIDTH - EDGE)
        return Bar(kind, tone(step.state), round(x, 2), round(max(0.0, last - first), 2))

    def axis(self) -> dict[str, Any]:
        """Return the axis for the template: named moments, shortened stretches, now."""
        now = None if self._now is None else round(self.scale.x(self._now), 2)
        wanted = [one for one in self.scale.moments if one != self._now]
        return {
            "now": now,
            "ticks": self._ticks(wanted),
            "gaps": [
                {"x": round(one.x, 2), "width": round(one.width, 2),
                 "middle": round(one.x + one.width / 2, 2), "text": span(one.length)}
                for one in self.scale.gaps
            ],
        }  # fmt: skip

    def _ticks(self, wanted: list[datetime]) -> list[dict[str, Any]]:
        found, day = [], ""
        for one in self.scale.ticks(wanted):
            local = one.moment.astimezone(self._zone)
            on = short_day(local)
            text = f"{local:%H:%M}" if on == day else f"{on} {local:%H:%M}"
            day = on
            side = "start" if one.x < 8 else "end" if one.x > 90 else "middle"
            found.append({"x": round(one.x, 2), "text": text, "side": side})
        return found
