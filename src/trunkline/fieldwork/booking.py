"""Booking: when somebody could come, and that nobody is promised what somebody else has.

Who books waits for others who book the same day (an advisory lock), and counts then. The count
goes beyond what the asker may see: how many visits there are, not whose.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json, format_instant
from trunkline.fieldwork.api import DISPATCH
from trunkline.fieldwork.appointment import OPEN, Appointment, SearchTimeSlot
from trunkline.fieldwork.field_team import FieldTeamRef, teams_of
from trunkline.fieldwork.outside_slots import type_searched
from trunkline.fieldwork.slots import Slot, Team, Visit, find_slots
from trunkline.fieldwork.whereabouts import where
from trunkline.fieldwork.work_order import WorkOrder, WorkOrderRef
from trunkline.fieldwork.work_type import WorkTypeRef, is_type, type_of
from trunkline.kernel.behaviour import enrich, rule
from trunkline.kernel.work import Work
from trunkline.shared.period import TimePeriod, periods_are_ordered
from trunkline.shared.program import as_program

AHEAD = timedelta(days=14)
SLOTS_MAX = 60
SOON = timedelta(seconds=1)
RESERVED = timedelta(minutes=30)
LAST = datetime.max.replace(tzinfo=UTC)
LOCK = "select pg_advisory_xact_lock(hashtextextended(%s, 7))"
BOOKED = "select team, starts_at, ends_at from promised_visits(%s, %s, %s::uuid)"
POLICY, BY = "promised", "booking"
rule(SearchTimeSlot)(periods_are_ordered)


@dataclass(frozen=True)
class Wanted:
    """What somebody is to come for: with which skills, and where."""

    skills: frozenset[str] = frozenset()
    place: dict[str, str] = field(default_factory=dict)


def statements(connection: Any) -> Iterator[str]:
    """Yield the policy by which promised visits are counted, where the database lacks it."""
    table = Appointment.resource.table
    found = connection.execute(
        "select 1 from pg_policies where tablename = %s and policyname = %s", [table, POLICY]
    ).fetchone()
    if found is None:
        yield f"create policy {POLICY} on {table} for select to current_user using (true)"


def free_slots(
    work: Work, wanted: Wanted, *, start: datetime, end: datetime, but: str | None = None,
    limit: int = SLOTS_MAX,
) -> list[Slot]:  # fmt: skip
    """Return when somebody who can could come in a period; `but` is an appointment that moves."""
    teams = fit(work, wanted)
    if not teams:
        return []
    # No team is planned so far ahead; what is asked for may lie at the end of time.
    last = min(end, work.now + timedelta(days=max(one.days_ahead for one in teams)))
    if start > last:
        return []
    booked = booked_visits(work, start, last + timedelta(days=1), but)
    return find_slots(teams, booked, now=work.now, start=start, end=last)[:limit]


def after(at: datetime, length: timedelta) -> datetime:
    """Return the moment so long after another one, the last that there is at the latest."""
    return at + min(length, LAST - at)


def fit(work: Work, wanted: Wanted) -> list[Team]:
    """Return the teams that have the skills and go there."""
    return [one for one in teams_of(work) if one.can(wanted.skills, wanted.place)]


def booked_visits(
    work: Work, start: datetime, end: datetime, but: str | None = None
) -> list[Visit]:
    """Return the visits that are promised to anybody in a time, leaving one out."""
    return [Visit(*row) for row in work.connection.execute(BOOKED, [start, end, but]).fetchall()]


def wanted_of(work: Work, appointment: Appointment) -> Wanted:
    """Return what an appointment is for: as its work order says, else as it says itself."""
    order = work.get(WorkOrder, appointment.work_order.id) if appointment.work_order else None
    if order is not None:
        return wanted_for(work, order)
    kind = type_of(work, appointment.work_type)
    skills = frozenset(kind.skill) if kind is not None else frozenset()
    return Wanted(skills, where(work, appointment.related_place))


def wanted_for(work: Work, order: WorkOrder) -> Wanted:
    """Return what a work order asks for."""
    return Wanted(frozenset(order.skill), where(work, order.place))


@enrich(Appointment)
def choose_team(work: Work, new: Appointment) -> None:
    """Say what an appointment is for, and which team comes: the first that can and has room.

    Where no teams are kept here, somebody else keeps the calendar.
    """
    for one in new.related_entity:
        if new.work_order is None and one.referred_type == "WorkOrder":
            new.work_order = WorkOrderRef(id=one.id, referred_type="WorkOrder")
        if new.work_type is None and is_type(one):
            new.work_type = WorkTypeRef(id=one.id, referred_type="WorkType")
    order = work.get(WorkOrder, new.work_order.id) if new.work_order is not None else None
    if order is not None and new.work_type is None and order.work_type is not None:
        new.work_type = WorkTypeRef(id=order.work_type.id, referred_type="WorkType")
    if order is None and new.status == "initialized":
        new.reserved_until = work.now + RESERVED
    elif order is not None and new.status == "initialized":
        new.status = "confirmed"
    if new.team is None and _is_whole(new) and not _is_outside(work, new):
        found = next(iter(_roomy(work, new)), None)
        if found is not None:
            new.team = FieldTeamRef(id=found.team, referred_type="FieldTeam")


@rule(Appointment)
def somebody_can_come(work: Work, old: Appointment | None, new: Appointment) -> Iterator[Fault]:
    """Refuse a time that ends first, one that no team offers, and one that others have taken."""
    if not _is_whole(new):
        yield Fault("validFor", "badPeriod", "say from when until when; the end comes after")
        return
    is_same = old is not None and _time(old) == _time(new) and _team(old) == _team(new)
    if is_same or new.status not in OPEN or not teams_of(work) or _is_outside(work, new):
        return
    found = _roomy(work, new)
    if not any(_team(new) in (None, one.team) for one in found):
        message = "nobody has room then any more; search for another time"
        yield Fault("validFor", "conflictSlotTaken", message)


@rule(Appointment)
def time_is_not_moved_late(
    work: Work, old: Appointment | None, new: Appointment
) -> Iterator[Fault]:
    """Refuse to move or call off a visit that is too near, or begun, but for who dispatches."""
    if old is None or work.actor.kind == "system" or old.status not in OPEN:
        return
    is_moved = _time(old) != _time(new) or new.status == "cancelled"
    dispatches = work.actor.may(DISPATCH)
    if not is_moved or (dispatches is not None and dispatches.reach == "all"):
        return
    limit, path = cut_off(work, old), "status" if new.status == "cancelled" else "validFor"
    program, whose = as_program(work, BY), old.work_order
    order = program.get(WorkOrder, whose.id) if whose is not None else None
    if order is not None and order.state == "inProgress" and not _is_outside(work, old):
        message = "somebody is there already; dispatch can still do it"
        yield Fault(path, "conflictBegun", message)
    elif limit is not None and work.now > limit:
        told = format_instant(limit)
        message = f"could be changed until {told}; dispatch can still do it"
        yield Fault(path, "conflictTooLate", message)


def cut_off(work: Work, appointment: Appointment) -> datetime | None:
    """Return until when customers may move an appointment, None where nothing says so."""
    kind = type_of(work, appointment.work_type)
    hours = kind.cut_off_hours if kind is not None else None
    start = appointment.valid_for.start_date_time
    return start - timedelta(hours=hours) if hours is not None and start is not None else None


@enrich(SearchTimeSlot)
def answer_search(work: Work, new: SearchTimeSlot) -> None:
    """Answer a search at once with the slots that are free, unless an outside system knows them."""
    new.search_date = work.now
    kind = type_searched(work, new)
    if kind is not None and kind.outside_system is not None:
        return
    wanted, but = _asked(work, new)
    periods = [one.valid_for for one in new.requested_time_slot]
    found: dict[tuple[str, datetime], Slot] = {}
    for period in periods or [TimePeriod()]:
        start = period.start_date_time or work.now
        end = period.end_date_time or after(start, AHEAD)
        for one in free_slots(work, wanted, start=max(start, work.now), end=end, but=but):
            found[(one.team, one.start)] = one
    listed = sorted(found.values(), key=lambda one: (one.start, one.team_name))[:SLOTS_MAX]
    raw: list[Json] = [_told(number, one) for number, one in enumerate(listed, 1)]
    if raw:
        new.raw["availableTimeSlot"] = raw
    new.status = "done"
    new.search_result = f"{len(raw)} free" if raw else _why_none(work, wanted)


def _why_none(work: Work, wanted: Wanted) -> str:
    return "all are taken" if fit(work, wanted) else "no team can do this there"


def _asked(work: Work, search: SearchTimeSlot) -> tuple[Wanted, str | None]:
    """Return what is searched for, and the appointment that is to be moved."""
    for one in search.related_entity:
        if one.referred_type == "WorkOrder" and (order := work.get(WorkOrder, one.id)):
            but = order.appointment.id if order.appointment is not None else None
            return wanted_for(work, order), but
        if one.referred_type == "Appointment" and (held := work.get(Appointment, one.id)):
            return wanted_of(work, held), held.id
    kinds = [type_of(work, one) for one in search.related_entity if is_type(one)]
    skills = frozenset(skill for one in kinds if one is not None for skill in one.skill)
    return Wanted(skills, where(work, search.related_place)), None


def _told(number: int, slot: Slot) -> dict[str, Json]:
    return {
        "id": str(number),
        "validFor": {"startDateTime": format_instant(slot.start),
                     "endDateTime": format_instant(slot.end)},
        "team": {"id": slot.team, "name": slot.team_name, "@referredType": "FieldTeam"},
        "free": slot.free,
    }  # fmt: skip


def _roomy(work: Work, new: Appointment) -> Sequence[Slot]:
    """Return the slots of exactly this time that hold another visit; others who book wait."""
    start, end = _time(new)
    days = {one.astimezone(UTC).date() for one in (start, end)}
    for day in sorted(days):
        work.connection.execute(LOCK, [f"visits {day}"])
    found = free_slots(work, wanted_of(work, new), start=start, end=after(start, SOON), but=new.id)
    return [one for one in found if (one.start, one.end) == (start, end)]


def _is_outside(work: Work, one: Appointment) -> bool:
    """Tell whether somebody else keeps the calendar of the work that an appointment is for."""
    kind = type_of(work, one.work_type)
    return kind is not None and kind.outside_system is not None


def _is_whole(one: Appointment) -> bool:
    start, end = one.valid_for.start_date_time, one.valid_for.end_date_time
    return start is not None and end is not None and start < end


def _time(one: Appointment) -> tuple[Any, Any]:
    return one.valid_for.start_date_time, one.valid_for.end_date_time


def _team(one: Appointment) -> str | None:
    return one.team.id if one.team is not None else None
