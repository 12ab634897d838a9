"""Picking: a certain value kept for a customer who has chosen it, until an order takes it."""

from __future__ import annotations

from datetime import timedelta

from trunkline.documents.errors import Forbidden
from trunkline.inventory.pools.api import RESERVE
from trunkline.inventory.pools.pool import ResourcePool
from trunkline.inventory.pools.values import PoolValue, Wanted, move, reserve, value_in
from trunkline.kernel.actor import Actor
from trunkline.kernel.session import is_narrow
from trunkline.kernel.work import Work

KEEP = """
update pool_value set until = %(until)s, changed_at = %(now)s, changed_by = %(by)s
where pool = %(pool)s and value = %(value)s and state = 'reserved' and root is null
  and customer = %(customer)s and until > %(now)s
"""


def may_pick(actor: Actor) -> bool:
    """Tell whether somebody may keep values of every pool."""
    grant = actor.may(RESERVE)
    reads = actor.grant(ResourcePool.resource, "read")
    is_whole = grant is not None and grant.reach == "all" and not is_narrow(actor)
    return is_whole and reads is not None


def must_pick(actor: Actor) -> None:
    """Refuse (403) who may not keep values of every pool."""
    if not may_pick(actor):
        raise Forbidden("notAllowed", f"{RESERVE} over everything is needed here")


def pick(
    work: Work, pool: ResourcePool, *, value: str, customer: str, former: str = ""
) -> PoolValue:  # fmt: skip
    """Keep a value for a customer, longer where it is kept already; let go of the former one.

    Refuses (409) what is not free, (403) who may not reserve.
    """
    must_pick(work.actor)
    asked = {
        "pool": pool.id, "value": value, "customer": customer, "now": work.now,
        "by": work.actor.name, "until": work.now + timedelta(minutes=pool.held_minutes),
    }  # fmt: skip
    if not work.connection.execute(KEEP, asked).rowcount:
        (kept,) = reserve(work, pool, Wanted(values=[value], customer=customer))
    else:
        kept = _held(work, pool, value)
    if former and former != value:
        _let_go(work, pool, former, customer)
    return kept


def _held(work: Work, pool: ResourcePool, value: str) -> PoolValue:
    found = value_in(work, pool, value)
    assert found is not None, "it was kept in this transaction"
    return found


def _let_go(work: Work, pool: ResourcePool, value: str, customer: str) -> None:
    """Free what was kept for the same customer by the same person and is not wanted any more."""
    found = value_in(work, pool, value)
    if (
        found is not None
        and (found.state, found.root, found.customer) == ("reserved", None, customer)
        and found.changed_by == work.actor.name
    ):
        move(work, pool, "release", value, reservation=found.reservation)
