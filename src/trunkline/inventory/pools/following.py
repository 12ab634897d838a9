"""Following: what orders do with values of pools, together with what they do to resources."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, TypeAlias

from trunkline.documents.errors import Conflict
from trunkline.inventory.pools.pool import ResourcePool
from trunkline.inventory.pools.values import (
    COLUMNS,
    IN_USE,
    RESTING,
    TO_REST,
    PoolValue,
    Wanted,
    look_at_level,
    must_be_open,
    take,
    value_of,
)
from trunkline.kernel.work import Work

Fate: TypeAlias = Literal["assign", "free", "rest"]

TAKE_OVER = f"""
update pool_value set state = 'reserved', reservation = %(reservation)s, root = %(root)s,
  customer = %(customer)s, until = null, changed_at = %(now)s, changed_by = %(by)s
where space = %(space)s and value = %(value)s and pool = %(pool)s and (
  (state = 'free' and not {IN_USE}) or (state = 'reserved' and (root = %(root)s or (root is null
    and (until <= %(now)s and origin = 'own' and not is_away or customer = %(customer)s)))))
returning {COLUMNS}
"""  # noqa: S608 - our own columns
ASSIGN = """
update pool_value set state = 'assigned', reservation = null, until = null, is_away = false,
  resource = %(resource)s, root = %(root)s, changed_at = %(now)s, changed_by = %(by)s
where pool = %(pool)s and value = %(value)s and (
  (state = 'reserved' and root = %(root)s)
  or (state = 'quarantined' and resource = %(resource)s)
  or (state = 'assigned' and resource = %(resource)s))
returning 1
"""
REST = f"""
update pool_value set state = {TO_REST}, {RESTING}, changed_at = %(now)s, changed_by = %(by)s
where pool = %(pool)s and value = %(value)s and (
  (state = 'reserved' and root = %(root)s) or (state = 'assigned' and resource = %(resource)s)
  or (state = 'free' and %(until)s::timestamptz is not null))
"""  # noqa: S608 - our own columns


@dataclass(frozen=True)
class Follows:
    """What becomes of a value: the resource has it now, or lets go of it for good or for a rest."""

    pool: str
    value: str
    resource: str
    fate: Fate


def claim(
    work: Work, pool: ResourcePool, *, value: str | None, root: str, customer: str | None
) -> PoolValue:
    """Reserve a value for an order until it ends: a certain one, or the next.

    One that was reserved for the order's customer is taken over. Refuses (409) one that is taken.
    """
    if value is None:
        return take(work, pool, Wanted(customer=customer), root=root, until=None)[0]
    must_be_open(pool)
    asked = {
        "pool": pool.id, "space": pool.values_space, "value": value, "root": root,
        "customer": customer, "reservation": work.services.chance.uuid(), "now": work.now,
        "by": work.actor.name,
    }  # fmt: skip
    row = work.connection.execute(TAKE_OVER, asked).fetchone()
    if row is None:
        raise Conflict("conflictTaken", f"{value} is not free in {pool.key}; choose another one")
    look_at_level(work, pool)
    return value_of(row)


def follow(work: Work, root: str, found: Iterable[Follows]) -> None:
    """Bring values to where an order has brought their resources."""
    for one in found:
        asked = {
            "pool": one.pool, "value": one.value, "resource": one.resource, "root": root,
            "now": work.now, "by": work.actor.name, "until": None,
        }  # fmt: skip
        if one.fate == "assign":
            work.connection.execute(ASSIGN, asked)
        elif one.fate == "free":
            work.connection.execute(REST, asked | {"until": None})
        else:
            pool = work.get(ResourcePool, one.pool)
            days = pool.rest_days if pool is not None else 0
            until = work.now + timedelta(days=days) if days else None
            work.connection.execute(REST, asked | {"until": until})
