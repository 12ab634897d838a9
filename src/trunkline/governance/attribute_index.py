"""Indexes of extra attributes: filled and emptied in the background, however many records.

Filling goes through the records in the order of their ids, a part at a time, each part in a
transaction of its own that also writes how far it came: a killed process loses a part at most.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trunkline.documents.decode import load
from trunkline.documents.fitting import fitting
from trunkline.kernel.behaviour import handler
from trunkline.kernel.reactions import LeaseLost
from trunkline.kernel.resource import Registry, Resource
from trunkline.kernel.runtime import keep_values, locked_part
from trunkline.kernel.services import RuntimeAttribute, Services
from trunkline.kernel.work import Work, as_system
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row

FILL = "attribute"
PART = 500
PAUSE_S = 0.5

# Transactions know the definitions as of their beginning, as those of CREATE INDEX CONCURRENTLY.
OLDER = (
    "select array_agg(l.virtualxid) from pg_locks l join pg_stat_activity a on a.pid = l.pid "
    "where l.locktype = 'virtualxid' and l.pid <> pg_backend_pid() and a.usesysid is not null "
    "and a.datname = current_database() and (%s::text[] is null or l.virtualxid = any(%s::text[]))"
)


@dataclass(frozen=True)
class Definition:
    """An attribute that the operator added, and how far its index is.

    `settled_at` is None while the index is being filled or emptied; `records` of those that there
    are have been gone through, and `unfit` of them have a value that no filter will find.
    """

    type: str
    name: str
    kind: str
    indexed: bool
    settled_at: datetime | None
    records: int
    unfit: int


def definitions(connection: Any) -> list[Definition]:
    """Return what is defined, by kind of record and name."""
    rows = connection.execute(
        "select d.type, d.name, coalesce(e.doc->>'kind', d.kind), d.indexed, d.settled_at, "
        "d.records, d.unfit from attribute_definition d left join extra_attribute e "
        "on e.p_record_type = d.type and e.p_name = d.name order by d.type, d.name"
    ).fetchall()
    return [Definition(*row) for row in rows]


@dataclass(frozen=True)
class Filling:
    """An index of an attribute that is not what its definition says yet.

    `records` of about `total` have been gone through, and `unfit` of them have a value that no
    filter will find. One that is `parked` stands still until somebody lets it be tried again.
    """

    type: str
    name: str
    indexed: bool
    records: int
    total: int
    unfit: int
    parked: bool

    @property
    def told(self) -> str:
        """What is going on, in words."""
        state = "being filled" if self.indexed else "being emptied"
        unfit = f", {self.unfit} with a value that does not fit" if self.unfit else ""
        stands = "; stands still, its work is parked" if self.parked else ""
        return f"{state}: {self.records} of about {self.total} records{unfit}{stands}"


def fillings(connection: Any, registry: Registry) -> list[Filling]:
    """Return the indexes that are being filled or emptied, by kind of record and name.

    How many records there are is the planner's estimate: counting would take as long as filling.
    """
    tables = {one.name: one.table for one in registry}
    rows = connection.execute(
        "select d.type, d.name, d.indexed, d.records, greatest(c.reltuples, d.records)::bigint, "
        "d.unfit, exists (select 1 from work w where w.parked_at is not null "
        "and w.once = %s || ' ' || d.type || ' ' || d.name) from attribute_definition d "
        "left join unnest(%s::text[], %s::text[]) as t(type, name) on t.type = d.type "
        "left join pg_class c on c.oid = to_regclass(quote_ident(t.name)) "
        "where d.settled_at is null order by d.type, d.name",
        [FILL, list(tables), list(tables.values())],
    ).fetchall()
    return [Filling(*row) for row in rows]


@handler(FILL)
def fill(services: Services, row: Row) -> None:
    """Bring the index of one attribute to what its definition says, by one part of the records."""
    payload: Mapping[str, str] = row.payload
    named = [payload["type"], payload["name"]]
    with as_system(services, FILL) as work:
        found = work.connection.execute(
            "select kind, indexed, reached::text, awaited, settled_at is null "
            "from attribute_definition where type = %s and name = %s for update",
            named,
        ).fetchone()
        if not queue.hold(work.connection, row):
            raise LeaseLost(row.kind)
        if found is not None and found[4]:
            kind, indexed, reached, awaited, _ = found
            if _await_older(work, named, awaited):
                queue.put_back(work.connection, row, pause_s=PAUSE_S, free=True)
                return
            attribute = RuntimeAttribute(named[1], kind, indexed)
            if not _fill_part(work, services.registry[named[0]], attribute, reached):
                queue.finish(work.connection, row)
                _go_on(work, row)
                return
        if not queue.finish(work.connection, row):
            raise LeaseLost(row.kind)


def _await_older(work: Work, named: list[str], awaited: list[str] | None) -> bool:
    """Tell whether a transaction is open that began before the definition was as it is.

    `awaited` is what was open before; None when nobody has looked yet.
    """
    if awaited == []:
        return False
    (left,) = work.connection.execute(OLDER, [awaited, awaited]).fetchone()
    work.connection.execute(
        "update attribute_definition set awaited = %s where type = %s and name = %s",
        [left or [], *named],
    )
    return bool(left)


def _fill_part(
    work: Work, resource: Resource, attribute: RuntimeAttribute, reached: str | None
) -> bool:
    """Keep or drop the values of the next records; return whether those were the last."""
    rows = locked_part(work.connection, resource, after=reached, limit=PART)
    unfit, values = 0, []
    for ident, doc in rows:
        value = load(doc).get(attribute.name) if attribute.indexed else None
        fit = fitting(attribute.kind, value)
        unfit += value is not None and fit is None
        values.append((ident, {attribute.name: fit}))
    kept = RuntimeAttribute(attribute.name, attribute.kind, indexed=True)
    keep_values(work.connection, resource, {attribute.name: kept}, values)
    is_last = len(rows) < PART
    work.connection.execute(
        "update attribute_definition set reached = %s, records = records + %s, unfit = unfit + %s "
        "where type = %s and name = %s",
        [rows[-1][0] if rows else reached, len(rows), unfit, resource.name, attribute.name],
    )
    if is_last:
        work.connection.execute(
            "update attribute_definition set settled_at = clock_timestamp() "
            "where type = %s and name = %s",
            [resource.name, attribute.name],
        )
    return is_last


def _go_on(work: Work, row: Row) -> None:
    once = f"{FILL} {row.payload['type']} {row.payload['name']}"
    work.schedule(NewWork(FILL, work.services.chance.uuid(), payload=row.payload, once=once))
