"""Waiting calls: how much waits for each outside system, and that it goes on when one is open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trunkline.kernel.behaviour import on
from trunkline.kernel.resource import event
from trunkline.kernel.work import Work
from trunkline.ordering.design.given import given_systems
from trunkline.ordering.design.outside_system import NETWORK, OutsideSystem, systems_of
from trunkline.ordering.plan_store import CALLOUT

STEPS = """
select coalesce(p.system, %s), count(*), min(w.created_at)
from work w join plan_item p on p.id = w.subject
where w.kind = %s and w.parked_at is null
group by 1
"""
OTHERS = """
select kind, count(*), min(created_at) from work
where kind = any(%s) and parked_at is null group by kind
"""
GO_ON = """
update work w set run_at = least(run_at, clock_timestamp())
where w.parked_at is null and w.lease_until is null and w.run_at > clock_timestamp()
  and (w.kind = any(%(kinds)s) or w.kind = %(callout)s and exists (
    select from plan_item p where p.id = w.subject and coalesce(p.system, %(network)s) = %(code)s))
"""

# Places were given at the former pace: who waits takes a new one, the first of them in a turn.
GIVE_UP = """
with steps as (
  delete from outside_place o using plan_item p
  where p.id = o.step and coalesce(p.system, %(network)s) = %(code)s
)
delete from outside_turn where system = %(code)s
"""
BEGIN_ANEW = """
update outside_pace set next_at = least(next_at, %(now)s::timestamptz + %(gap)s::interval)
where system = %(code)s
"""


@dataclass(frozen=True)
class Waiting:
    """How many pieces of work wait for a system or are under way there, and since when."""

    count: int
    since: datetime


def waiting_calls(connection: Any) -> Mapping[str, Waiting]:
    """Return what waits for outside systems, by their code; one for which nothing does is not in.

    The connection must see every row of the queue.
    """
    rows = connection.execute(STEPS, [NETWORK, CALLOUT]).fetchall()
    found = {code: Waiting(count, since) for code, count, since in rows}
    codes = {kind: one.code for one in given_systems().values() for kind in one.kinds}
    for kind, count, since in connection.execute(OTHERS, [sorted(codes)]).fetchall():
        found[codes[kind]] = Waiting(count, since)
    return found


@on(event(OutsideSystem, "changed"))
def calls_go_on(work: Work, system: OutsideSystem) -> None:
    """Let what waits for a system look again at once when its hours or its pace have changed."""
    _go_on(work, system.code, system.calls_per_minute)


@on(event(OutsideSystem, "deleted"))
def calls_go_on_freely(work: Work, _system: OutsideSystem | None) -> None:
    """Let what waits for given systems look again that have no hours and no pace any more."""
    for code in given_systems().keys() - systems_of(work).keys():
        _go_on(work, code, None)


def _go_on(work: Work, code: str, per_minute: int | None) -> None:
    known = given_systems().get(code)
    asked = {
        "kinds": list(known.kinds) if known is not None else [],
        "callout": CALLOUT, "network": NETWORK, "code": code, "now": work.services.machine_now(),
        "gap": f"{60 / per_minute if per_minute else 0} seconds",
    }  # fmt: skip
    for statement in (BEGIN_ANEW, GIVE_UP, GO_ON):
        work.connection.execute(statement, asked)
