"""The plan of an order as its pages show it: steps, their schedule, and what stands in which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from trunkline.kernel.work import Work
from trunkline.ordering.plan_item import ENDED, PlanItem
from trunkline.ordering.schedule import Scheduled, holding_up, schedule
from trunkline.ordering.shown_plan import steps_shown
from trunkline.pages.language import say
from trunkline.web import values
from trunkline.web.orders.order_items import order_address
from trunkline.web.values import Cell
from trunkline.web.wording import tone, words

# A row that was written anew has another `xmin`: this tells cheaply whether any step has moved.
MARK = """
select md5(coalesce(string_agg(p.id::text || p.xmin::text, ',' order by p.id), ''))
from plan_item p where p.root = %s
"""
LINKED = {"product": "Product", "service": "Service", "resource": "Resource",
          "service_order": "ServiceOrder", "resource_order": "ResourceOrder"}  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """The steps of an order in their order as the visitor may see them, at a moment."""

    steps: Sequence[PlanItem]
    now: datetime

    @cached_property
    def by_id(self) -> Mapping[str, PlanItem]:
        """The steps by their ids."""
        return {one.id: one for one in self.steps}

    @cached_property
    def schedule(self) -> Mapping[str, Scheduled]:
        """When each step began and ends, by its id."""
        return schedule(self.steps, self.now)

    @cached_property
    def held_up_by(self) -> PlanItem | None:
        """The step that the end of the order waits for just now."""
        return holding_up(self.steps, self.schedule)

    @property
    def needs(self) -> list[tuple[str, str]]:
        """Which step (first) needs which (second) to be done before."""
        return [(one.id, need) for one in self.steps for need in one.needs]

    @property
    def expected_end(self) -> datetime | None:
        """When the last step ended or would end."""
        ends = [one.end_at for one in self.schedule.values() if one.end_at is not None]
        return max(ends, default=None)

    @property
    def is_done(self) -> bool:
        """Whether no step is left to be done."""
        return all(one.state in ENDED for one in self.steps)


def read_plan(work: Work, root: str) -> Plan:
    """Return the plan of an order that the visitor may read; empty where there is none yet."""
    return Plan(steps_shown(work, root), work.now)


def mark_of(work: Work, root: str, version: int) -> str:
    """Return what is another text as soon as the plan of an order looks different."""
    (steps,) = work.connection.execute(MARK, [root]).fetchone()
    return f"{steps[:16]}-{version}-{int(work.now.timestamp()) // 60}"


def linked(step: PlanItem) -> dict[str, str]:
    """Return the records that a step made or changed: ids by the name of their resource."""
    return {name: ident for field, name in LINKED.items() if (ident := getattr(step, field))}


def met_orders(step: PlanItem) -> list[dict[str, str]]:
    """Return the orders that a step waits for, or that wait for it, as far as they are known."""
    met = [*(one["order"] for one in step.awaits or ()), *(step.awaited_by or ())]
    return [
        {"key": one["key"], "address": order_address(one["key"])}
        for one in met
        if "id" in one and "key" in one
    ]


def progress_of(plan: Plan) -> dict[str, Any]:
    """Return how many steps are done, and how many stand in each state."""
    counts: dict[str, int] = {}
    for step in plan.steps:
        counts[step.state] = counts.get(step.state, 0) + 1
    done = sum(count for name, count in counts.items() if name in ENDED)
    states = [
        {"count": count, "state": Cell("state", words(name), tone=tone(name))}
        for name, count in counts.items()
    ]
    return {"done": done, "all": len(plan.steps), "states": states}


def standing(step: PlanItem) -> str:
    """Return who has a task that waits, or that other orders wait for a step."""
    if step.claim is not None and step.state == "ready":
        return say("Taken on by %(name)s", name=step.claim["name"])
    named = [str(one.get("key") or one.get("name")) for one in step.awaited_by or ()]
    return say("Awaited by %(names)s", names=", ".join(named)) if named else ""


def span(time: timedelta) -> str:
    """Return how long something takes, in its two largest units."""
    seconds = max(0, int(time.total_seconds()))
    for length, part in ((86_400, 3_600), (3_600, 60)):
        if seconds >= length:
            rest = seconds % length // part * part
            return values.span(timedelta(seconds=seconds)) + (
                f" {values.span(timedelta(seconds=rest))}" if rest else ""
            )
    return values.span(time) if seconds >= 60 else say("%(count)s s", count=seconds)
