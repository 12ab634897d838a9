"""Listing: how many values of pools are in which state, and which those are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trunkline.inventory.pools.pool import ResourcePool
from trunkline.inventory.pools.values import COLUMNS, STATES, PoolValue, like_of, value_of
from trunkline.kernel.work import Work

COUNTS = (
    "select pool::text, state, count(*) from pool_value where pool = any(%s::uuid[]) "
    "group by pool, state"
)
LIST = f"""
select {COLUMNS} from pool_value
where pool = %(pool)s and (%(states)s::text[] is null or state = any(%(states)s::text[]))
  and (%(like)s::text is null or value like %(like)s)
  and (%(after)s::text is null or position > (select position from pool_value
    where space = %(space)s and value = %(after)s))
order by position limit %(limit)s
"""  # noqa: S608 - our own columns


def levels_of(work: Work, pools: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
    """Return by pool how many of its values are in each state."""
    states: Sequence[str] = STATES
    found = {one: dict.fromkeys(states, 0) for one in pools}
    if pools:
        for pool, state, count in work.connection.execute(COUNTS, [list(pools)]).fetchall():
            found[pool][state] = int(count)
    return found


def values_of_pool(
    work: Work, pool: ResourcePool, *, state: str = "", pattern: str = "", after: str = "",
    limit: int = 50,
) -> list[PoolValue]:  # fmt: skip
    """Return values in the order of loading; who sees no personal values sees the free ones."""
    sees = work.actor.must(ResourcePool.resource, "read").sees
    states = [state] if state else None
    if "personal" not in sees:
        states = [one for one in (states or ["free"]) if one == "free"]
    asked = {
        "pool": pool.id, "space": pool.values_space, "states": states, "like": like_of(pattern),
        "after": after or None, "limit": limit,
    }  # fmt: skip
    return [value_of(row) for row in work.connection.execute(LIST, asked).fetchall()]
