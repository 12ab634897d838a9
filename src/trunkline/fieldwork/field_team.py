"""Teams: who visits whom, where, with which skills, in which hours, and how many at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Limits, Shape, many
from trunkline.fieldwork.api import FIELDWORK
from trunkline.fieldwork.slots import Area, Team, Window
from trunkline.fieldwork.work_type import SKILL
from trunkline.governance.configured import all_of, configured, configures
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.ordering.design.definition import NAME, TEXT
from trunkline.ordering.jeopardy.policies import policies
from trunkline.ordering.jeopardy.working_calendar import HOUR, WorkingCalendarRef
from trunkline.shared.calendar import ALWAYS
from trunkline.shared.reference import Reference

DAYS_AHEAD, DAYS_MAX, HOURS_MAX = 28, 3650, 8760


class TeamArea(Shape):
    """Where a team goes: a city, postcodes from and to, or a country; what is left out is any."""

    country: Annotated[str | None, NAME] = None
    city: Annotated[str | None, NAME] = None
    postcode_from: Annotated[str | None, Limits(length_max=20)] = None
    postcode_to: Annotated[str | None, Limits(length_max=20)] = None


class TeamWindow(Shape):
    """Between which hours visits are promised (`08:00` to `12:00`), and how many, if told apart."""

    start_hour: str
    end_hour: str
    capacity: Annotated[int | None, Limits(minimum=0)] = None


class FieldTeamRef(Reference, targets=("FieldTeam",)):
    """A reference to a team."""


@configures
@resource(
    api=FIELDWORK,
    path="fieldTeam",
    prefix="FTM",
    promote=(Promoted("name"),),
    columns=("key", "name", "skill", "capacity", "isOff"),
)
class FieldTeam(Document):
    """People who visit customers and sites.

    In each of its `window`s a team makes so many visits as its `capacity` says. Without any, the
    hours of its calendar are its windows. A team without an area goes everywhere. Nobody is
    promised a visit sooner than in `lead_hours`, or later than in `days_ahead`.
    """

    name: Annotated[str, NAME]
    description: Annotated[str | None, TEXT] = None
    skill: list[Annotated[str, SKILL]] = many()
    area: list[TeamArea] = many()
    calendar: WorkingCalendarRef | None = None
    window: list[TeamWindow] = many()
    capacity: Annotated[int, Limits(minimum=0)]
    lead_hours: Annotated[int | None, Limits(minimum=0, maximum=HOURS_MAX)] = None
    days_ahead: Annotated[int | None, Limits(minimum=1, maximum=DAYS_MAX)] = None
    is_off: bool | None = None


@rule(FieldTeam)
def windows_are_hours(_work: Work, _old: FieldTeam | None, new: FieldTeam) -> Iterator[Fault]:
    """Refuse windows that are no hours of a day, or end before they begin."""
    for index, one in enumerate(new.window):
        for name, said in (("startHour", one.start_hour), ("endHour", one.end_hour)):
            if HOUR.fullmatch(said) is None:
                message = "is a time of the day, written as 08:00"
                yield Fault(f"window[{index}].{name}", "badValue", message)
        if one.end_hour <= one.start_hour:
            message = "is not after the start; a window ends on its own day"
            yield Fault(f"window[{index}].endHour", "badPeriod", message)


@dataclass(frozen=True)
class Teams:
    """All teams that are at work, as their calendars are by now."""

    listed: Sequence[FieldTeam] = ()


def teams_of(work: Work) -> list[Team]:
    """Return the teams that are at work, with their hours."""
    calendars = policies(work)
    return [
        Team(
            id=one.id,
            name=one.name,
            skills=frozenset(one.skill),
            areas=tuple(
                Area(a.country, a.city, a.postcode_from, a.postcode_to or a.postcode_from)
                for a in one.area
            ),
            calendar=calendars.calendars.get(one.calendar.id, ALWAYS)
            if one.calendar is not None
            else calendars.default,
            windows=tuple(
                Window(_minutes(w.start_hour), _minutes(w.end_hour), w.capacity) for w in one.window
            ),
            capacity=one.capacity,
            lead=timedelta(hours=min(one.lead_hours or 0, HOURS_MAX)),
            days_ahead=min(one.days_ahead or DAYS_AHEAD, DAYS_MAX),
        )
        for one in configured(work, Teams, _read).listed
    ]


def _read(connection: Any) -> Teams:
    return Teams(tuple(one for one in all_of(connection, FieldTeam) if not one.is_off))


def _minutes(text: str) -> int:
    hours, _, minutes = re.sub("[^0-9:]", "", text).partition(":")
    return int(hours) * 60 + int(minutes)
