"""The board of a day: which team visits whom in which window, and what has no time yet. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from trunkline.fieldwork.appointment import OPEN, Appointment
from trunkline.fieldwork.slots import Team
from trunkline.fieldwork.work_order import WorkOrder
from trunkline.web.values import state


@dataclass
class Lane:
    """A window of a team on a day: how many visits it holds, and those that are in it."""

    start: datetime
    end: datetime
    capacity: int
    visits: list[dict[str, Any]] = field(default_factory=list)


def lanes_of(team: Team, day: date) -> list[Lane]:
    """Return the windows of a team on a day, in their order."""
    return sorted(
        (Lane(start, end, held) for start, end, held in team.day(day)), key=lambda one: one.start
    )


def board(
    teams: Sequence[Team], day: date, visits: Sequence[tuple[Appointment, dict[str, Any]]],
    zone: ZoneInfo, now: datetime,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return the teams with the windows of a day; a visit outside of any gets one of its own."""
    found = []
    for team in teams:
        lanes = lanes_of(team, day)
        own = [one for one in visits if one[0].team is not None and one[0].team.id == team.id]
        for appointment, shown in own:
            _lane_for(lanes, appointment).visits.append(shown)
        told = [_told(one, zone, now) for one in sorted(lanes, key=lambda one: one.start)]
        taken = sum(one["taken"] for one in told)
        found.append(
            {"id": team.id, "name": team.name, "skills": sorted(team.skills), "lanes": told,
             "taken": taken, "capacity": sum(one["capacity"] for one in told)}
        )  # fmt: skip
    return found


def _lane_for(lanes: list[Lane], one: Appointment) -> Lane:
    start, end = one.valid_for.start_date_time, one.valid_for.end_date_time
    assert start is not None
    assert end is not None
    for lane in lanes:
        if lane.start <= start and end <= lane.end:
            return lane
    lanes.append(Lane(start, end, 0))
    return lanes[-1]


def _told(lane: Lane, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    taken = sum(1 for one in lane.visits if one["is_open"])
    return {
        "time": span(lane.start, lane.end, zone),
        "capacity": lane.capacity,
        "taken": taken,
        "is_full": taken >= lane.capacity,
        "is_over": lane.end <= now,
        "free": max(0, lane.capacity - taken) if lane.start > now else 0,
        "visits": lane.visits,
    }


def visit_card(
    one: Appointment, order: WorkOrder | None, names: Mapping[str, str], zone: ZoneInfo
) -> dict[str, Any]:
    """Return a visit as the board shows it."""
    start, end = one.valid_for.start_date_time, one.valid_for.end_date_time
    return {
        "address": f"/visits/{order.key}" if order is not None else "",
        "title": (order.description if order is not None else one.description) or one.key,
        "customer": names.get(customer_of(one.related_party), ""),
        "place": place_words(
            order.place if order is not None else one.related_place,
            names.get(customer_of(one.related_party), ""),
        ),
        "time": span(start, end, zone) if start is not None and end is not None else "",
        "state": state(str((order.state if order is not None else one.status) or "")),
        "is_open": one.status in OPEN,
    }


def waiting_card(order: WorkOrder, names: Mapping[str, str]) -> dict[str, Any]:
    """Return a work order that has no time yet as the board shows it."""
    return {
        "address": f"/visits/{order.key}",
        "title": order.description or order.key,
        "customer": names.get(customer_of(order.related_party), ""),
        "place": place_words(order.place, names.get(customer_of(order.related_party), "")),
        "skills": list(order.skill),
        "minutes": order.duration_minutes,
    }


def customer_of(parties: Sequence[Any]) -> str:
    """Return the id of the customer among parties, empty where there is none."""
    found = (one.id for one in parties if (one.role or "").lower() == "customer")
    return next(found, "")


def place_words(place: Any, known: str = "") -> str:
    """Return where a visit is, in short; a name that is `known` already is not said again."""
    if place is None:
        return ""
    raw = place.raw
    street, town = (
        " ".join(str(raw[one]) for one in names if raw.get(one))
        for names in (("streetName", "streetNr"), ("postcode", "city"))
    )
    name = str(raw.get("name") or "")
    told = (name if name != known and not street else "", street, town)
    return ", ".join(one for one in told if one)


def span(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """Return from when until when, as hours."""
    return f"{start.astimezone(zone):%H:%M}–{end.astimezone(zone):%H:%M}"
