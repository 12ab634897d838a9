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

WAITING = """
select coalesce(p.system, %s), null, count(*), min(w.created_at)
from work w join plan_item p on p.id = w.subject
where w.kind = %s and w.parked_at is null
group by 1
union all
select null, kind, count(*), min(created_at) from work
where kind = any(%s) and parked_at is null group by kind
"""
"""Steps by the code of their system, and other work by its kind."""
GO_ON = """
update work w set run_at = least(run_at, clock_timestamp())
where w.parked_at is null and w.lease_until is null and w.run_at > clock_timestamp()
  and (w.kind = any(%(kinds)s) or w.kind = %(callout)s and exists (
    select from plan_item p where p.id = w.subject and coalesce(p.system, %(network)s) = %(code)s))
"""

# Moments were given at the former pace: who waits takes a new one, those ahead the first ones.
GIVE_UP = "update outside_place set call_at = null where system = %(code)s"
ALL_GO = "delete from outside_place where system = %(code)s"
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
    codes = {kind: one.code for one in given_systems().values() for kind in one.kinds}
    rows = connection.execute(WAITING, [NETWORK, CALLOUT, sorted(codes)]).fetchall()
    return {code or codes[kind]: Waiting(count, since) for code, kind, count, since in rows}


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
    for statement in (BEGIN_ANEW, GIVE_UP if per_minute else ALL_GO, GO_ON):
        work.connection.execute(statement, asked)
