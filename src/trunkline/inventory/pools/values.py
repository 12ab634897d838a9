"""Values of pools: loaded, reserved, assigned, released, resting, ported; each in one state.

Every move is one statement that names the states it may begin in, so that two who want the same
value never both get it, and a process that dies leaves nothing half done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

from trunkline.documents.decode import encode, load
from trunkline.documents.errors import Conflict, Fault, Invalid, NotFound, refuse
from trunkline.documents.shape import Json
from trunkline.inventory.pools.ordered import open_order
from trunkline.inventory.pools.pool import ResourcePool
from trunkline.inventory.pools.ranges import Loaded, normal
from trunkline.kernel.work import Work
from trunkline.leases.queue import NewWork

ValueState: TypeAlias = Literal["free", "reserved", "assigned", "quarantined", "ported"]
STATES: tuple[ValueState, ...] = ("free", "reserved", "assigned", "quarantined", "ported")
AT_ONCE_MAX = 1000
LOW = "pools.low"
COLUMNS = (
    "value, pool::text, state, origin, companion, reservation::text, customer::text, root::text, "
    "resource::text, until, changed_at, changed_by"
)
FREE = (
    "reservation = null, customer = null, root = null, resource = null, until = null, "
    "is_away = false"
)
HOME = "case when origin = 'own' and not is_away then 'free' else 'ported' end"
"""Where a value goes that nobody wants any more: one that has not come here yet stays away."""


@dataclass(frozen=True)
class PoolValue:
    """One value and how it stands; `root` is the order that has reserved or assigned it."""

    value: str
    pool: str
    state: ValueState
    origin: str
    companion: Mapping[str, Json]
    reservation: str | None
    customer: str | None
    root: str | None
    resource: str | None
    until: datetime | None
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True)
class Wanted:
    """What somebody wants of a pool: so many, certain ones, or such as begin or look like this."""

    count: int = 1
    values: Sequence[str] = ()
    pattern: str = ""
    minutes: int | None = None
    customer: str | None = None


def value_of(row: Sequence[Any]) -> PoolValue:
    """Return the value that a row of `COLUMNS` holds."""
    companion = load(row[4]) if row[4] is not None else {}
    held: tuple[Any, ...] = (*row[:4], companion, *row[5:])
    return PoolValue(*held)


# --- loading -----------------------------------------------------------------------------------

LOAD = """
insert into pool_value (space, value, pool, position, companion, changed_at, changed_by)
select %(space)s, n.value, %(pool)s, n.position + coalesce((select max(position) + 1
    from pool_value where pool = %(pool)s), 0),
  n.companion, %(now)s, %(by)s
from json_to_recordset(%(rows)s::json) as n(value text, position bigint, companion json)
on conflict (space, value) do nothing
"""
HELD = """
select v.value, r.label from pool_value v join record r on r.id = v.pool
where v.space = %s and v.value = any(%s) order by v.position limit 3
"""


def load_values(work: Work, pool: ResourcePool, values: Sequence[Loaded]) -> int:
    """Load new values into a pool, all or none; refuses (409) what some pool has already."""
    rows = [
        {"value": one.value, "position": index, "companion": dict(one.companion) or None}
        for index, one in enumerate(values)
    ]
    asked = {
        "space": pool.values_space, "pool": pool.id, "now": work.now, "by": work.actor.name,
        "rows": encode(rows).decode(),
    }  # fmt: skip
    names = [one.value for one in values]
    held = work.connection.execute(HELD, [pool.values_space, names]).fetchall()
    made = 0 if held else work.connection.execute(LOAD, asked).rowcount
    if made != len(values):
        held = held or work.connection.execute(HELD, [pool.values_space, names]).fetchall()
        told = ", ".join(f"{value} in {name}" for value, name in held)
        raise Conflict("conflictOverlap", f"some values are in a pool already: {told}")
    return int(made)


# --- reserving ---------------------------------------------------------------------------------

# What was loaded without orders has its values, too, although no pool has given them away.
IN_USE = """exists (select from resource r where r.p_value = pool_value.value
    and r.doc -> 'resourcePool' ->> 'id' = pool_value.pool::text
    and (r.doc ->> 'usageState' in ('active', 'busy') or r.p_resource_status = 'suspended'))"""
TAKE = f"""
with chosen as (
  select space, value from pool_value
  where pool = %(pool)s and state = 'free' and not {IN_USE}
    and (%(values)s::text[] is null or value = any(%(values)s::text[]))
    and (%(like)s::text is null or value like %(like)s)
  order by position limit %(count)s for update skip locked
)
update pool_value v set state = 'reserved', reservation = %(reservation)s,
  customer = %(customer)s, root = %(root)s, until = %(until)s, changed_at = %(now)s,
  changed_by = %(by)s
from chosen c where v.space = c.space and v.value = c.value
returning {", ".join("v." + one for one in COLUMNS.split(", "))}
"""  # noqa: S608 - our own columns
FREED = f"""
update pool_value set state = {HOME}, {FREE}, changed_at = %(now)s, changed_by = %(by)s
where (space, value) in (
  select space, value from pool_value where pool = %(pool)s and until <= %(now)s
  order by until limit 10000 for update skip locked)
"""  # noqa: S608 - our own columns


def reserve(work: Work, pool: ResourcePool, wanted: Wanted) -> list[PoolValue]:
    """Reserve values for a while, all that are wanted or none; refuses (409) what is not free."""
    minutes = wanted.minutes or pool.held_minutes
    return take(work, pool, wanted, root=None, until=work.now + timedelta(minutes=minutes))


def take(
    work: Work, pool: ResourcePool, wanted: Wanted, *, root: str | None, until: datetime | None
) -> list[PoolValue]:
    """Reserve values until a moment, or (None) until the order `root` lets go of them."""
    must_be_open(pool)
    named = [_normal(pool, one) for one in wanted.values]
    count = len(set(named)) if named else wanted.count
    if not 1 <= count <= AT_ONCE_MAX:
        refuse([Fault("count", "badValue", f"must be from 1 to {AT_ONCE_MAX}")])
    asked = {
        "pool": pool.id, "values": named or None, "like": like_of(wanted.pattern), "count": count,
        "reservation": work.services.chance.uuid(), "customer": wanted.customer, "root": root,
        "until": until, "now": work.now, "by": work.actor.name,
    }  # fmt: skip
    rows = work.connection.execute(TAKE, asked).fetchall()
    if len(rows) < count and free_expired(work, pool.id):
        asked["count"] = count - len(rows)
        rows += work.connection.execute(TAKE, asked).fetchall()
    if len(rows) < count:
        raise _none_left(pool, named, wanted.pattern)
    look_at_level(work, pool)
    return sorted((value_of(row) for row in rows), key=lambda one: (len(one.value), one.value))


def _none_left(pool: ResourcePool, named: Sequence[str], pattern: str) -> Conflict:
    if named:
        said = ", ".join(named[:3])
        return Conflict("conflictTaken", f"{said} is not free in {pool.key}; choose another one")
    if pattern:
        message = f"{pool.key} has too few free values like {pattern[:40]}; look for another"
        return Conflict("conflictTaken", message)
    return Conflict("conflictEmpty", f"{pool.key} has too few free values; load more")


def must_be_open(pool: ResourcePool) -> None:
    """Refuse (409) to take values of a pool that is closed."""
    if pool.status == "closed":
        raise Conflict("conflictClosed", f"{pool.key} is closed; take another pool, or open it")


def like_of(pattern: str) -> str | None:
    """Return a pattern of people (`*` any part, `?` one sign) as SQL's; a plain part is enough."""
    if not pattern:
        return None
    text = pattern.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    if "*" not in text and "?" not in text:
        return f"%{text}%"
    return text.replace("*", "%").replace("?", "_")


def free_expired(work: Work, pool: str) -> int:
    """Free what was reserved or had to rest until now; return how many that were."""
    asked = {"pool": pool, "now": work.now, "by": "time"}
    return int(work.connection.execute(FREED, asked).rowcount)


def look_at_level(work: Work, pool: ResourcePool) -> None:
    """Have somebody told where a pool has fewer free values than it should have."""
    if pool.warn_below is None:
        return
    free = free_up_to(work, pool, pool.warn_below)
    if free < pool.warn_below and pool.informed:
        work.schedule(NewWork(LOW, pool.id, payload={"free": free}, once=f"{LOW} {pool.id}"))


def free_up_to(work: Work, pool: ResourcePool, most: int) -> int:
    """Return how many values are free, counted no further than to `most`."""
    row = work.connection.execute(
        "select count(*) from (select 1 from pool_value where pool = %s and state = 'free' "
        "limit %s) f",
        [pool.id, most],
    ).fetchone()
    return int(row[0])


# --- moves of one value ------------------------------------------------------------------------


@dataclass(frozen=True)
class Move:
    """What an operation does with a value: from which states, into which, and what is written."""

    sources: Sequence[ValueState]
    state: str
    sets: str
    also: str = ""


TO_REST = (
    "case when origin = 'portedIn' or is_away then 'ported' "
    "when %(until)s::timestamptz is null then 'free' else 'quarantined' end"
)
RESTING = (
    "reservation = null, root = null, is_away = false, "
    "customer = case when origin = 'own' and not is_away and %(until)s::timestamptz is not null "
    "then customer end, "
    "resource = case when origin = 'own' and not is_away and %(until)s::timestamptz is not null "
    "then resource end, "
    "until = case when origin = 'own' and not is_away then %(until)s::timestamptz end"
)
MOVES: Mapping[str, Move] = {
    "assign": Move(
        ("free", "reserved"), "'assigned'",
        "reservation = null, until = null, is_away = false, resource = %(resource)s, "
        "customer = coalesce(%(customer)s, customer)",
        "and (state = 'free' or reservation = %(reservation)s::uuid)",
    ),
    "release": Move(
        ("reserved", "quarantined"), HOME, FREE,
        "and (%(reservation)s::uuid is null or reservation = %(reservation)s::uuid)",
    ),
    "quarantine": Move(("free", "reserved", "assigned"), TO_REST, RESTING),
    "portOut": Move(("free", "reserved", "assigned", "quarantined"), "'ported'", FREE),
}  # fmt: skip


def move(
    work: Work, pool: ResourcePool, name: str, value: str, *, reservation: str | None = None,
    resource: str | None = None, customer: str | None = None, days: int | None = None,
) -> PoolValue:  # fmt: skip
    """Do an operation with a value; refuses (404, 409) what is not there or stands otherwise.

    What an order under way has stays the order's: nobody else is given it meanwhile.
    """
    one, value = MOVES[name], _normal(pool, value)
    held = value_in(work, pool, value)
    root = held.root if held is not None else None
    order = open_order(work, root)
    if order is not None:
        message = f"{value} belongs to {order.key}, which is under way; change or cancel that"
        raise Conflict("conflictOrdered", message)
    rest = pool.rest_days if days is None else days
    asked = {
        "pool": pool.id, "value": value, "space": pool.values_space, "sources": list(one.sources),
        "reservation": reservation, "resource": resource, "customer": customer, "now": work.now,
        "until": work.now + timedelta(days=rest) if rest else None, "by": work.actor.name,
        "root": root,
    }  # fmt: skip
    row = work.connection.execute(
        f"update pool_value set state = {one.state}, {one.sets}, changed_at = %(now)s, "  # noqa: S608
        f"changed_by = %(by)s where space = %(space)s and value = %(value)s and pool = %(pool)s "
        f"and state = any(%(sources)s) and (root is null or root = %(root)s::uuid) {one.also} "
        f"returning {COLUMNS}",
        asked,
    ).fetchone()
    if row is None:
        raise _not_so(work, pool, value)
    return value_of(row)


def _not_so(work: Work, pool: ResourcePool, value: str) -> NotFound | Conflict:
    held = value_in(work, pool, value)
    if held is None:
        return NotFound("notFound", f"{pool.key} has no value {value}")
    if held.state == "reserved":
        message = f"{value} is reserved by somebody else; choose another one"
        return Conflict("conflictReserved", message)
    return Conflict("conflictState", f"{value} is {held.state}; that cannot be done with it now")


def value_in(work: Work, pool: ResourcePool, value: str) -> PoolValue | None:
    """Return a value of a pool as it stands."""
    row = work.connection.execute(
        f"select {COLUMNS} from pool_value where space = %s and value = %s and pool = %s",  # noqa: S608
        [pool.values_space, value, pool.id],
    ).fetchone()
    return value_of(row) if row else None


PORT_IN = f"""
insert into pool_value (space, value, pool, position, state, origin, reservation, customer, until,
  changed_at, changed_by)
values (%(space)s, %(value)s, %(pool)s, (select coalesce(max(position) + 1, 0) from pool_value
  where pool = %(pool)s), 'reserved', 'portedIn', %(reservation)s, %(customer)s, %(until)s,
  %(now)s, %(by)s)
on conflict (space, value) do update set state = 'reserved',
  reservation = excluded.reservation, customer = excluded.customer, until = excluded.until,
  is_away = true, changed_at = excluded.changed_at, changed_by = excluded.changed_by
where pool_value.state = 'ported' and pool_value.pool = excluded.pool
returning {COLUMNS}
"""  # noqa: S608 - our own columns


def port_in(work: Work, pool: ResourcePool, value: str, wanted: Wanted) -> PoolValue:
    """Reserve a number that comes from another network, or an own one that comes back."""
    must_be_open(pool)
    value = _normal(pool, value)
    asked = {
        "space": pool.values_space, "value": value, "pool": pool.id, "customer": wanted.customer,
        "reservation": work.services.chance.uuid(), "now": work.now, "by": work.actor.name,
        "until": work.now + timedelta(minutes=wanted.minutes or pool.held_minutes),
    }  # fmt: skip
    row = work.connection.execute(PORT_IN, asked).fetchone()
    if row is None:
        raise Conflict("conflictTaken", f"{value} is in a pool already and was not ported out")
    return value_of(row)


def _normal(pool: ResourcePool, value: str) -> str:
    found = normal(pool.pool_type, value)
    if found is None:
        message = f"{value[:80]} is no value of kind {pool.pool_type}"
        raise Invalid.of([Fault("value", "badValue", message)])
    return found
