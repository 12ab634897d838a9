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
from trunkline.ordering.design.outside_system import NETWORK, OutsideSystem
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
    known = given_systems().get(system.code)
    kinds = list(known.kinds) if known is not None else []
    work.connection.execute(
        GO_ON, {"kinds": kinds, "callout": CALLOUT, "network": NETWORK, "code": system.code}
    )
