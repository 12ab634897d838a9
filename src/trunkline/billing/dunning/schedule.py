"""Dunning schedules: when the program itself begins to ask for overdue money, as data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta, tzinfo
from typing import Annotated

from trunkline.access.api import BILLING
from trunkline.billing.api import RUN
from trunkline.billing.dunning.running import begin_run
from trunkline.documents.errors import Fault, Refusal
from trunkline.documents.patch import same
from trunkline.documents.shape import PERSONAL, Json, Limits, Named, format_instant, many
from trunkline.identity.rights import read_actor
from trunkline.kernel.behaviour import enrich, handler, on, rule
from trunkline.kernel.resource import Document, Promoted, event, resource
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.leases import queue
from trunkline.leases.queue import Row
from trunkline.ordering.jeopardy.working_calendar import DAYS, Day
from trunkline.rest.writing import amends
from trunkline.shared.extensible import Extensible
from trunkline.workspace.business_zone import business_zone
from trunkline.workspace.timer import leased, locked, look_again, waits

WAITING = "billing.dunningSchedule"
MORNING = "06:00"


@resource(
    api=BILLING,
    path="dunningSchedule",
    prefix="DSC",
    title="Dunning schedule",
    promote=(Promoted("isOn", "boolean", index=False),),
    defaults={"is_on": lambda _now: False, "time_of_day": lambda _now: MORNING},
    server_sets=("run_by", "run_by_id", "on_since", "last_run_at", "last_job", "last_problem"),
    label=("name",),
    columns=("key", "name", "timeOfDay", "weekDay", "isOn", "lastRunAt", "lastProblem"),
)
class DunningSchedule(Extensible, Document):
    """When overdue money is asked for without anybody beginning it: on each `week_day` (on every
    day without one) at a `time_of_day` of the operator's.

    While it `is_on` each run is a job of whoever saved it last (`run_by`), under the rights that
    person has then. `last_problem` says why the last one could not begin.
    """

    name: Annotated[str, Limits(length_max=120)]
    time_of_day: Annotated[str | None, Limits(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")] = None
    week_day: list[Day] = many()
    is_on: Annotated[bool | None, Named("isOn")] = None
    run_by: Annotated[str | None, PERSONAL] = None
    run_by_id: str | None = None
    on_since: datetime | None = None
    last_run_at: datetime | None = None
    last_job: str | None = None
    last_problem: str | None = None


@enrich(DunningSchedule)
def note_who_runs(work: Work, new: DunningSchedule) -> None:
    """Say whose jobs the runs are, and from when on."""
    _take_over(work, new.raw)


@amends(DunningSchedule)
def take_over(work: Work, document: Document, after: dict[str, Json]) -> dict[str, Json]:
    """Let the runs be jobs of who changes the schedule; times that passed are not caught up."""
    if not same(document.raw, after):
        _take_over(work, after)
    return after


def _take_over(work: Work, raw: dict[str, Json]) -> None:
    raw["runBy"], raw["runById"] = work.actor.name, work.actor.id
    raw["onSince"] = format_instant(work.now)


@rule(DunningSchedule)
def who_runs_may_run(
    work: Work, _old: DunningSchedule | None, new: DunningSchedule
) -> Iterator[Fault]:
    """Refuse to switch a schedule on without the right to begin a run by hand."""
    if new.is_on and work.actor.kind != "system":
        found = work.actor.may(RUN)
        if found is None or found.reach != "all":
            yield Fault("isOn", "notAllowed", f"takes {RUN} over everything; leave it off")


@on(event(DunningSchedule, "created"), event(DunningSchedule, "changed"))
def watch_schedule(work: Work, schedule: DunningSchedule) -> None:
    """Begin runs at the times of a schedule from now on, while it is on."""
    if schedule.is_on:
        look_again(work, WAITING, [schedule.id], next_run(schedule, business_zone(work.services)))


@handler(WAITING)
def begin_when_due(services: Services, row: Row) -> None:
    """Begin a run when its time has come, and wait for the next; twice in a day does no harm."""
    with leased(services, row) as work:
        schedule = locked(work, DunningSchedule, row.subject)
        if schedule is None or not schedule.is_on:
            queue.finish(work.connection, row)
            return
        zone = business_zone(services)
        if waits(work, row, next_run(schedule, zone)):
            return
        with work.edit(DunningSchedule, schedule.id) as held:
            held.last_run_at = work.now
            held.last_job, held.last_problem = _begun(services, held)
        waits(work, row, next_run(held, zone))


def _begun(services: Services, schedule: DunningSchedule) -> tuple[str | None, str | None]:
    """Begin a run as who saved the schedule; return its job, or why there is none."""
    assert schedule.run_by_id is not None
    with services.database.app.connection() as connection:
        actor = read_actor(
            connection, principal=schedule.run_by_id, now=services.machine_now(), only_active=True
        )
    if actor is None:
        return None, f"{schedule.run_by} is not active; let somebody else save the schedule"
    try:
        return begin_run(services, actor), None
    except Refusal as refusal:
        return None, refusal.message


def next_run(schedule: DunningSchedule, zone: tzinfo) -> datetime:
    """Return the first moment of a schedule behind its last run, or behind when it was saved."""
    since = max(one for one in (schedule.on_since, schedule.last_run_at) if one is not None)
    return next_time(since, schedule.time_of_day or MORNING, schedule.week_day, zone)


def next_time(since: datetime, clock: str, days: Sequence[str], zone: tzinfo) -> datetime:
    """Return the next moment behind `since` that a clock shows on some days of the week. Pure.

    Without days it is every day. A time that the clocks skip in spring is when they go on.
    """
    hour, minute = (int(one) for one in clock.split(":"))
    begin = since.astimezone(zone).date()
    for ahead in range(9):
        day = begin + timedelta(days=ahead)
        at = datetime.combine(day, time(hour, minute), zone)
        if at > since and (not days or DAYS[day.weekday()] in days):
            return at
    raise ValueError(f"no such day: {list(days)}")
