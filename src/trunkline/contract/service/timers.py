"""Timers: contracts and entitlements come into force, tell of their end, go on and end in time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from trunkline.contract.service.contract import Contract
from trunkline.contract.service.entitlement import Entitlement
from trunkline.contract.service.lasting import FINAL
from trunkline.contract.service.notices import notice_days, tell_of_end
from trunkline.contract.service.renewing import renew_by_itself
from trunkline.contract.service.rules import Lasting
from trunkline.contract.service.service_contract import ServiceContract
from trunkline.contract.service.settling import settle_contract, settle_entitlement
from trunkline.kernel.behaviour import handler, on
from trunkline.kernel.resource import event
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row
from trunkline.ordering.progress import CALL_LANE
from trunkline.shared.period import end_of
from trunkline.workspace.timer import leased, waits

TURN = "contract.turn"
KINDS: tuple[type[Contract | ServiceContract | Entitlement], ...] = (
    Contract, ServiceContract, Entitlement,
)  # fmt: skip


@on(
    *(event(kind, "created") for kind in KINDS),
    *(event(kind, "changed") for kind in KINDS),
    *(event(kind, "state_changed").to("active", "suspended") for kind in KINDS),
)
def watch(work: Work, one: Lasting) -> None:
    """Look at a contract or an entitlement again when one of its dates has come."""
    if one.state not in FINAL and any(True for _ in _dates(one)):
        work.schedule(NewWork(TURN, one.id, lane=CALL_LANE, once=f"{TURN} {one.id}"))


@handler(TURN)
def turn(services: Services, row: Row) -> None:
    """Do what the dates that have come ask for; look again at the next one."""
    with leased(services, row) as work:
        found = _found(work, row.subject)
        if found is not None and found.state not in FINAL:
            _settle(work, found)
            found = _found(work, row.subject)
        ahead = [] if found is None or found.state in FINAL else [
            one for one in _dates(found) if one > work.now
        ]  # fmt: skip
        if not waits(work, row, min(ahead, default=None)):
            queue.finish(work.connection, row)


def _found(work: Work, ident: str) -> Lasting | None:
    for kind in KINDS:
        found = work.get(kind, ident)
        if found is not None:
            return found
    return None


def _settle(work: Work, one: Lasting) -> None:
    if isinstance(one, Entitlement):
        settle_entitlement(work, one.id)
    elif isinstance(one, Contract):
        tell_of_end(work, one)
        renew_by_itself(work, one)
        settle_contract(work, Contract, one.id)
    else:
        settle_contract(work, ServiceContract, one.id)


def _dates(one: Lasting) -> Iterator[datetime]:
    """Yield the moments at which something about a contract or an entitlement changes."""
    periods = [one.valid_for]
    if not isinstance(one, Entitlement):
        periods += [line.valid_for for line in one.contract_line]
    for period in periods:
        if period is not None:
            yield from (d for d in (period.start_date_time, period.end_date_time) if d is not None)
    end = end_of(one.valid_for)
    if isinstance(one, Contract) and end is not None:
        yield from (end - timedelta(days=days) for days in notice_days(one))
