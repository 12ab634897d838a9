"""Calling: requests to outside systems by their port, within their pace and their hours."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from trunkline.documents.shape import Json
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.ordering.command import Activator, Answer, Call, Command, Unavailable, activator_of
from trunkline.ordering.design.answer import Response, answer_of
from trunkline.ordering.design.outside_system import NETWORK, System, systems_of
from trunkline.ordering.handoff.handing import handing_of
from trunkline.ordering.plan_item import PlanItem
from trunkline.ordering.plan_store import CALLOUT

EXTRA = "ordering.outside"
CLOSED_PAUSE_MAX_S = 900.0

# By how much a call may come later than its place, and still be made: by that, or by one call.
LATE_S = 5

# A step takes the next free place once and calls when its moment has come; nobody waits meanwhile.
# A place that went by is none: after a standstill all those steps would call at once.
PLACE = """
with own as (
  select call_at from outside_place where step = %(step)s::uuid
    and call_at > %(now)s::timestamptz - greatest(%(gap)s::interval, %(late)s::interval)
), moved as (
  insert into outside_pace as p (system, next_at)
  select %(system)s, %(now)s::timestamptz + %(gap)s::interval where not exists (select from own)
  on conflict (system) do update
    set next_at = greatest(p.next_at, %(now)s::timestamptz) + %(gap)s::interval
  returning next_at - %(gap)s::interval as call_at
), placed as (
  insert into outside_place (step, call_at) select %(step)s::uuid, call_at from moved
  on conflict (step) do update set call_at = excluded.call_at
)
select call_at from own union all select call_at from moved
"""
LEAVE = "delete from outside_place where step = %s"
# Who has no place calls when the next one is free, and takes that one. Otherwise the first free
# call is told for which none of its kind waits already: not all that waits looks at each of them.
TURN = """
with taken as (
  insert into outside_pace as p (system, next_at)
  values (%(system)s, %(now)s::timestamptz + %(gap)s::interval)
  on conflict (system) do update set next_at = excluded.next_at
    where p.next_at <= %(now)s::timestamptz
  returning %(now)s::timestamptz as call_at
), waiting as (
  select round(extract(epoch from w.run_at - p.next_at) / extract(epoch from %(gap)s::interval))
    as call
  from outside_pace p, work w
  where p.system = %(system)s and w.kind = any(%(kinds)s) and w.parked_at is null
    and w.lease_until is null and w.run_at > %(now)s::timestamptz
)
select call_at from taken
union all
select p.next_at + %(gap)s::interval * (
  select min(n) from generate_series(0, (select count(*) from waiting)) n
  where n not in (select call from waiting)
) from outside_pace p where p.system = %(system)s and not exists (select from taken)
"""


class Outside(Protocol):
    """Sends requests to outside systems. Raises Unavailable and OutcomeUnknown."""

    def send(
        self, system: System, request: Mapping[str, Json], *, key: str, timeout_s: float | None
    ) -> Response:
        """Send one and return what came back, whatever its status."""


class _NoOutside:
    """Stands in where this process has no way to the outside."""

    def send(
        self, system: System, request: Mapping[str, Json], *, key: str, timeout_s: float | None
    ) -> Response:
        raise Unavailable("noConnection", f"{system.code} cannot be called from this process")


@dataclass(frozen=True)
class Calls:
    """The outside systems for one command, in the place of the network."""

    services: Services
    system: System | None
    call: Call

    def submit(self, command: Command) -> Answer:
        """Send the request and return what its answer means."""
        if self.system is None:
            name = self.call.request["system"]
            raise Unavailable("systemUnknown", f"there is no outside system {name}; set it up")
        timeout_s = self.call.callout.get("timeoutSeconds")
        found = outside_of(self.services).send(
            self.system, self.call.request, key=command.key,
            timeout_s=float(timeout_s) if timeout_s else None,
        )  # fmt: skip
        return answer_of(self.call.callout, self.call.context, found)

    def query(self, key: str) -> Answer | None:
        """Let a request that does no harm twice be sent again; nobody can be asked about others."""
        if self.call.is_repeatable:
            return None
        message = "nobody can be asked whether it took effect; look there, and settle it by hand"
        raise Unavailable("cannotAsk", message)


def use_outside(services: Services, outside: Outside) -> None:
    """Let the calls of this process go through a port."""
    services.extra[EXTRA] = outside


def outside_of(services: Services) -> Outside:
    """Return the port of this process."""
    found: Outside | None = services.extra.get(EXTRA)
    return found if found is not None else _NoOutside()


@dataclass(frozen=True)
class Line:
    """The way that a step's command takes, and in how many seconds at the earliest."""

    activator: Activator
    pause_s: float = 0


def line_for(services: Services, item: PlanItem, command: Command) -> Line:
    """Return the way to the network, or to the outside system that a step calls.

    Only steps whose system is named look at its pace and its maintenance.
    """
    if item.system is None:
        return Line(activator_of(services))
    with as_system(services, CALLOUT) as work:
        system = systems_of(work).get(item.system)
        pause_s = pause_of(work, system, item.id) if system is not None else 0
        if item.system != NETWORK and command.call is None:
            return Line(handing_of(work, system, item, outside_of(services)), pause_s)
    if command.call is None:
        return Line(activator_of(services), pause_s)
    return Line(Calls(services, system, command.call), pause_s)


def pause_of(work: Work, system: System, step: str) -> float:
    """Return in how many seconds a step may call: after maintenance, and at its place."""
    closed_s = _closed_for(work, system)
    if closed_s > 0:  # its place may go by meanwhile, as those of others: they would call at once
        work.connection.execute(LEAVE, [step])
        return closed_s
    if system.calls_per_minute is None:
        return 0
    now = work.services.machine_now()
    asked = {"step": step, "system": system.code, "now": now,
             "gap": f"{60 / system.calls_per_minute} seconds",
             "late": f"{LATE_S} seconds"}  # fmt: skip
    row = work.connection.execute(PLACE, asked).fetchone()
    left_s = (row[0] - now).total_seconds()
    if left_s <= 0:
        work.connection.execute(LEAVE, [step])
    return max(0.0, float(left_s))


def pause_beside_orders(work: Work, system: System, kinds: Collection[str] = ()) -> float:
    """Return in how many seconds something else than a step may call; 0 where it may now.

    It keeps to the system's hours and pace, too, and gives way to the steps that have a place.
    Work of the same `kinds` lines up: each waits for a free call of its own, so that not all that
    waits looks at every one of them.
    """
    closed_s = _closed_for(work, system)
    if closed_s > 0 or system.calls_per_minute is None:
        return closed_s
    now = work.services.machine_now()
    asked = {"system": system.code, "now": now, "gap": f"{60 / system.calls_per_minute} seconds",
             "kinds": list(kinds)}  # fmt: skip
    row = work.connection.execute(TURN, asked).fetchone()
    if row is None:  # another one made the system's first row meanwhile, which this does not see
        return 60 / float(system.calls_per_minute)
    return min(CLOSED_PAUSE_MAX_S, max(0.0, float((row[0] - now).total_seconds())))


def _closed_for(work: Work, system: System) -> float:
    until = system.closed_until(work.now)
    if until is None:
        return 0
    return min((until - work.now).total_seconds(), CLOSED_PAUSE_MAX_S)
