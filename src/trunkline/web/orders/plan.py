"""The plan of an order as its pages show it: steps, their schedule, and what stands in which."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from trunkline.kernel.work import Work
from trunkline.ordering.plan_item import ENDED, PlanItem
from trunkline.ordering.plan_store import MARK
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.schedule import (
    AS_SPECIFIED,
    Scheduled,
    Terms,
    holding_up,
    schedule,
)
from trunkline.ordering.shown_lines import lines_within, steps_of_lines
from trunkline.ordering.shown_plan import plan_shown
from trunkline.pages.language import say, told
from trunkline.web import values
from trunkline.web.orders.order_items import WHOLES, order_address
from trunkline.web.records import Record
from trunkline.web.values import Cell
from trunkline.web.wording import tone, words

LINKED = {"product": "Product", "service": "Service", "resource": "Resource",
          "service_order": "ServiceOrder", "resource_order": "ResourceOrder"}  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """The steps of an order in their order as the visitor may see them, at a moment.

    Those of an order within another one are steps of that one's plan, which is the `whole`.
    """

    steps: Sequence[PlanItem]
    now: datetime
    terms: Terms = AS_SPECIFIED
    whole: Sequence[PlanItem] = ()
    mark: str = ""

    @cached_property
    def by_id(self) -> Mapping[str, PlanItem]:
        """The steps by their ids."""
        return {one.id: one for one in self.steps}

    @cached_property
    def schedule(self) -> Mapping[str, Scheduled]:
        """When each step began and ends, by its id."""
        return schedule(self.whole or self.steps, self.now, self.terms)

    @cached_property
    def held_up_by(self) -> PlanItem | None:
        """The step that the end of the order waits for just now, of a part of it that part's."""
        found = holding_up(self.steps, self.schedule)
        return found if found is not None or not self.whole else self._first_open

    @property
    def _first_open(self) -> PlanItem | None:
        """The first step that waits for none of these, one that stands still before others."""
        waiting = [one for one in self.steps if one.state not in ENDED]
        known = {one.id for one in waiting}
        first = [one for one in waiting if known.isdisjoint(one.needs)]
        return next((one for one in first if one.state == "fallout"), next(iter(first), None))

    @property
    def needs(self) -> list[tuple[str, str]]:
        """Which step (first) needs which (second) to be done before."""
        return [(one.id, need) for one in self.steps for need in one.needs]

    @property
    def expected_end(self) -> datetime | None:
        """When the last step ended or would end."""
        found = (self.schedule[one.id].end_at for one in self.steps)
        return max((one for one in found if one is not None), default=None)

    @property
    def is_done(self) -> bool:
        """Whether no step is left to be done."""
        return all(one.state in ENDED for one in self.steps)


def read_plan(work: Work, root: str) -> Plan:
    """Return the plan of an order that the visitor may read; empty where there is none yet."""
    shown = plan_shown(work, root)
    return Plan(shown.steps, work.now, shown.terms, mark=shown.mark)


def root_of(order: Record) -> str:
    """Return the order whose plan the steps of an order stand in: itself, or what it is part of."""
    if order.resource is ProductOrder.resource:
        return order.id
    named = [order.document.get(name) for name in WHOLES]
    found = (one.get("id") for one in named if isinstance(one, dict))
    return next((one for one in found if isinstance(one, str)), order.id)


def plan_of(work: Work, order: Record, line: str = "") -> Plan:
    """Return the plan of an order, of one `line`, or of an order within another its own steps."""
    plan = read_plan(work, root_of(order))
    if line:
        own = steps_of_lines(plan.steps, lines_within(order.document, line))
        return replace(plan, steps=own, whole=plan.steps)
    if root_of(order) == order.id:
        return plan
    own = [one for one in plan.steps if order.id in (one.service_order, one.resource_order)]
    return replace(plan, steps=own, whole=plan.steps)


def mark_of(work: Work, root: str, version: int) -> str:
    """Return what is another text as soon as the plan of an order looks different."""
    (steps,) = work.connection.execute(MARK, {"root": root}).fetchone()
    return _mark(steps, version, work.now)


def mark_within(plan: Plan, version: int) -> str:
    """Return the same of a plan that was read."""
    return _mark(plan.mark, version, plan.now)


def _mark(steps: str, version: int, now: datetime) -> str:
    return f"{steps[:16]}-{version}-{int(now.timestamp()) // 60}"


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


def linked_words(reason: str, orders: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """Return why a step waits in parts: each order is a link where it is named, else at the end."""
    reason = told_reason(reason)
    address = {one["key"]: one["address"] for one in orders}
    if not address:
        return [{"text": reason, "address": ""}] if reason else []
    parts = re.split(rf"\b({'|'.join(map(re.escape, address))})\b", reason)
    shown = [{"text": one, "address": address.get(one, "")} for one in parts if one]
    for key in address.keys() - set(parts):
        shown += [{"text": " ", "address": ""}, {"text": key, "address": address[key]}]
    return shown


def told_reason(reason: str | None) -> str:
    """Return why a step waits as whoever looks reads it: the program's own sentences translated."""
    return "; ".join(told(one) for one in reason.split("; ")) if reason else ""


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


def hold_words(step: PlanItem) -> str:
    """Return who has put a step on hold and why; empty where nobody has."""
    if not isinstance(step.hold, dict):
        return ""
    return say("On hold by %(name)s: %(reason)s", name=step.hold["by"], reason=step.hold["reason"])


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
