"""The delivery policies in force, read once per generation of the configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from trunkline.documents.shape import Json
from trunkline.governance.configured import all_of, configured
from trunkline.kernel.work import Work
from trunkline.ordering.design.decision_table import Purpose
from trunkline.ordering.design.tables import Tables, read_tables
from trunkline.ordering.jeopardy.delivery_policy import DeliveryPolicy, JeopardyThreshold
from trunkline.ordering.jeopardy.levels import LINE_THRESHOLDS, TASK_THRESHOLDS, Level, Threshold
from trunkline.ordering.jeopardy.working_calendar import WorkingCalendar, calendar_of
from trunkline.ordering.plan_item import PlanItem
from trunkline.ordering.schedule import Terms
from trunkline.shared.calendar import ALWAYS, Calendar
from trunkline.workspace.business_zone import business_zone

T = TypeVar("T")
LAST = 1_000_000
STOPS = frozenset({"onHold", "awaitingInformation", "revisionInProgress"})


@dataclass(frozen=True)
class Whose:
    """For whom something is done: the customer's id and segment, as far as they are known."""

    customer: str | None = None
    segment: str | None = None

    def as_input(self) -> dict[str, Json]:
        """Return what decision tables may ask about it."""
        return {"customer": self.customer, "customerSegment": self.segment}


NOBODY = Whose()


@dataclass(frozen=True)
class InForce:
    """One policy, ready to be asked; `version` counts how often it was written."""

    name: str
    version: int
    specifications: frozenset[str]
    kinds: frozenset[str]
    roles: frozenset[str]
    segments: frozenset[str]
    customers: frozenset[str]
    takes: timedelta | None
    calendar: Calendar | None
    task_thresholds: tuple[Threshold, ...]
    line_thresholds: tuple[Threshold, ...]
    runs_on: frozenset[str]
    notify_from: Level | None
    notify_role: str | None
    tells_customer: bool | None
    message_text: str | None
    withdrawn_text: str | None

    @property
    def is_of_all(self) -> bool:
        """Whether it holds for the tasks of all customers."""
        return not self.segments and not self.customers

    def covers_task(self, step: PlanItem) -> bool:
        """Tell whether it is about a task."""
        return (
            (not self.specifications or not self.specifications.isdisjoint(names_of(step)))
            and (not self.kinds or step.kind in self.kinds)
            and (not self.roles or step.role in self.roles)
        )

    def covers_line(self, names: frozenset[str]) -> bool:
        """Tell whether it is about a line that sells or makes what is called so."""
        is_of_tasks = bool(self.kinds or self.roles)
        return not is_of_tasks and (
            not self.specifications or not self.specifications.isdisjoint(names)
        )

    def covers_whom(self, whose: Whose) -> bool:
        """Tell whether it is about a customer."""
        return (not self.segments or whose.segment in self.segments) and (
            not self.customers or whose.customer in self.customers
        )


@dataclass(frozen=True)
class Policies:
    """All policies in their order, and the calendar that holds where none is named."""

    listed: Sequence[InForce] = ()
    default: Calendar = ALWAYS
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    tables: Tables = field(default_factory=Tables)

    def takes(self, step: PlanItem) -> timedelta | None:
        """Return how long a task takes: as its specification says, else as a policy does."""
        if step.kind == "timer":
            return timedelta(seconds=step.delay_s or 0)
        if step.duration_minutes is not None:
            return timedelta(minutes=step.duration_minutes)
        if step.kind in {"milestone", "wait"}:
            return None
        return self._task(step, NOBODY, lambda one: one.takes)

    def takes_by(self, step: PlanItem) -> InForce | None:
        """Return the policy that says how long a task takes, None where none does."""
        if step.duration_minutes is not None or step.kind in {"timer", "milestone", "wait"}:
            return None
        return self._task(step, NOBODY, lambda one: one if one.takes is not None else None)

    def calendar(self, step: PlanItem) -> Calendar:
        """Return by which time a task is counted: people's by that of people."""
        if step.kind == "timer":
            return ALWAYS
        found = self._task(step, NOBODY, lambda one: one.calendar)
        return found or (self.default if step.kind in {"manual", "fieldWork"} else ALWAYS)

    def task_thresholds(self, step: PlanItem, whose: Whose) -> tuple[Threshold, ...]:
        """Return after which part of its time a task is on which level."""
        return self._task(step, whose, lambda one: one.task_thresholds) or TASK_THRESHOLDS

    def line_thresholds(self, names: frozenset[str], whose: Whose) -> tuple[Threshold, ...]:
        """Return by which delay a line is on which level."""
        return self.line(names, whose, lambda one: one.line_thresholds) or LINE_THRESHOLDS

    def stops_on(self, names: frozenset[str], whose: Whose) -> frozenset[str]:
        """Return the states of an order in which its clock stands still."""
        return STOPS - (self.line(names, whose, lambda one: one.runs_on) or frozenset())

    def line(
        self, names: frozenset[str], whose: Whose, says: Callable[[InForce], T | None]
    ) -> T | None:
        """Return what the first policy about a line says that says anything."""
        covering = (one for one in self.listed if one.covers_line(names) and one.covers_whom(whose))
        first = self._named("linePolicy", {"specification": sorted(names), **whose.as_input()})
        return next((found for one in (*first, *covering) if (found := says(one))), None)

    def _task(self, step: PlanItem, whose: Whose, says: Callable[[InForce], T | None]) -> T | None:
        covering = (one for one in self.listed if one.covers_whom(whose) and one.covers_task(step))
        first: Sequence[InForce] = ()
        if self.tables.of("jeopardy"):
            about = {"specification": sorted(names_of(step)), "taskKind": step.kind,
                     "role": step.role, **whose.as_input()}  # fmt: skip
            first = self._named("jeopardy", about)
        return next((found for one in (*first, *covering) if (found := says(one))), None)

    def _named(self, purpose: Purpose, given: Mapping[str, Json]) -> Sequence[InForce]:
        """Return the policy that a table names, which counts before all others."""
        said = self.tables.decide(purpose, given)
        return [one for one in self.listed if said is not None and one.name == said.result]

    def terms(self) -> Terms:
        """Return how long tasks take, and by which calendar, for the schedule of a plan."""
        return Terms(self.takes, self.calendar)


def names_of(step: PlanItem) -> frozenset[str]:
    """Return what a step may be called by in a policy."""
    return frozenset(one for one in (step.name, step.title, step.specification) if one)


def policies(work: Work) -> Policies:
    """Return the policies in force."""
    return configured(work, Policies, _read)


def days_zone(work: Work) -> ZoneInfo:
    """Return in which zone customers are told days: that of our people, else the operator's."""
    default = policies(work).default
    return business_zone(work.services) if default is ALWAYS else default.zone


def _read(connection: Any) -> Policies:
    documents = all_of(connection, WorkingCalendar)
    calendars = {one.id: calendar_of(one) for one in documents}
    default = next((calendars[one.id] for one in documents if one.is_default), ALWAYS)
    found = all_of(connection, DeliveryPolicy)
    found.sort(key=lambda one: LAST if one.position is None else one.position)
    listed = tuple(_in_force(one, calendars) for one in found)
    return Policies(listed, default, calendars, read_tables(connection))


def _in_force(policy: DeliveryPolicy, calendars: Mapping[str, Calendar]) -> InForce:
    minutes = policy.duration_minutes
    return InForce(
        name=policy.name,
        version=policy.meta.version,
        specifications=frozenset(policy.specification),
        kinds=frozenset(policy.task_kind),
        roles=frozenset(policy.role),
        segments=frozenset(policy.customer_segment),
        customers=frozenset(one.id for one in policy.customer),
        takes=timedelta(minutes=minutes) if minutes is not None else None,
        calendar=calendars.get(policy.calendar.id) if policy.calendar is not None else None,
        task_thresholds=_thresholds(policy.task_threshold),
        line_thresholds=_thresholds(policy.line_threshold),
        runs_on=frozenset(policy.clock_runs_on),
        notify_from=policy.notify_from,
        notify_role=policy.notify_role,
        tells_customer=policy.tells_customer,
        message_text=policy.message_text,
        withdrawn_text=policy.withdrawn_text,
    )


def _thresholds(listed: Sequence[JeopardyThreshold]) -> tuple[Threshold, ...]:
    return tuple(sorted((one.percent, one.level) for one in listed))
