"""Calling: requests to outside systems by their port, within their pace and their hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from trunkline.documents.shape import Json
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.ordering.command import Activator, Answer, Call, Command, Unavailable, activator_of
from trunkline.ordering.design.answer import Response, answer_of
from trunkline.ordering.design.outside_system import NETWORK, System, systems_of
from trunkline.ordering.design.places import Pace, Waits, pause_at_place, wait_for_opening
from trunkline.ordering.handoff.handing import handing_of
from trunkline.ordering.plan_item import PlanItem
from trunkline.ordering.plan_store import CALLOUT

EXTRA = "ordering.outside"
CLOSED_PAUSE_MAX_S = 900.0

# Who takes no place calls when the next one is free, and takes that one.
TURN = """
with taken as (
  insert into outside_pace as p (system, next_at)
  values (%(system)s, %(now)s::timestamptz + %(gap)s::interval)
  on conflict (system) do update set next_at = excluded.next_at
    where p.next_at <= %(now)s::timestamptz
  returning %(now)s::timestamptz as call_at
)
select call_at from taken
union all
select next_at from outside_pace where system = %(system)s and not exists (select from taken)
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
        waits = Waits(item.id, CALLOUT, item.root)
        pause_s = pause_of(work, system, waits) if system is not None else 0
        if item.system != NETWORK and command.call is None:
            return Line(handing_of(work, system, item, outside_of(services)), pause_s)
    if command.call is None:
        return Line(activator_of(services), pause_s)
    return Line(Calls(services, system, command.call), pause_s)


def pause_of(work: Work, system: System, waits: Waits) -> float:
    """Return in how many seconds a system may be called for what waits: when it is open and free.

    What is more urgent goes first; 0 where it may be called now, and is.
    """
    closed_s = _closed_for(work, system)
    if system.calls_per_minute is None:
        return closed_s
    pace = Pace(system.code, _gap(system.calls_per_minute))
    if closed_s > 0:
        wait_for_opening(work, pace, waits)
        return closed_s
    return pause_at_place(work, pace, waits)


def pause_beside_orders(work: Work, system: System) -> float:
    """Return in how many seconds somebody who does not line up may call; 0 where it may now.

    It keeps to the system's hours and pace, too, and calls where the next call is free.
    """
    closed_s = _closed_for(work, system)
    if closed_s > 0 or system.calls_per_minute is None:
        return closed_s
    gap = _gap(system.calls_per_minute)
    asked = {"system": system.code, "now": work.services.machine_now(), "gap": gap}
    row = work.connection.execute(TURN, asked).fetchone()
    if row is None:  # another one made the system's first row meanwhile, which this does not see
        return gap.total_seconds()
    return max(0.0, float((row[0] - asked["now"]).total_seconds()))


def _gap(per_minute: int) -> timedelta:
    return timedelta(minutes=1) / per_minute


def _closed_for(work: Work, system: System) -> float:
    until = system.closed_until(work.now)
    if until is None:
        return 0
    return min((until - work.now).total_seconds(), CLOSED_PAUSE_MAX_S)
