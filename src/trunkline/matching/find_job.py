"""Finding: a job that looks through all records of a kind for those that may be one.

First every record's match keys are brought to what it says now; then all records that share a key
are compared, in the order of the keys. How far it is, is written with what it found, so that a
process that is killed leaves nothing out and keeps nothing twice.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from trunkline.documents.errors import Forbidden
from trunkline.kernel.actor import Actor
from trunkline.kernel.resource import Resource
from trunkline.kernel.runtime import FIRST_ID
from trunkline.kernel.services import Services
from trunkline.kernel.work import transaction
from trunkline.matching.api import FIND
from trunkline.matching.blocking import keys_of
from trunkline.matching.following import paired
from trunkline.matching.match_keys import (
    BLOCK_MAX,
    Described,
    describe,
    described,
    secret_of,
    select_of,
)
from trunkline.matching.pairs import Alike, keep_pairs
from trunkline.workspace.jobs import At, job_kind, start

KIND = "duplicates"
PIECE_S = 2.0
RECORDS, BLOCKS = 2_000, 4_000
KEYS, PAIRS = "keys", "pairs"
REPLACE = """
with n as materialized (select * from unnest(%s::uuid[], %s::bigint[]) as n (record, key)),
o as materialized (select key, record from match_key where record = any(%s::uuid[])),
gone as (delete from match_key m using o where m.record = o.record and m.key = o.key
  and m.kind = %s and not exists (select 1 from n where n.record = o.record and n.key = o.key))
insert into match_key (kind, key, record) select %s, n.key, n.record from n
where not exists (select 1 from o where o.record = n.record and o.key = n.key)
on conflict do nothing
"""
SHARED = """
select key, array_agg(record::text order by record) from match_key
where kind = %s and key > %s group by key having count(*) between 2 and %s order by key limit %s
"""


def find_duplicates(services: Services, actor: Actor, resource: Resource) -> str:
    """Begin to look through all records of a kind; return the id of the job."""
    _must_find(actor, resource)
    with services.database.app.connection() as connection:
        (total,) = connection.execute(
            f"select count(*) from {resource.table}"  # noqa: S608 - a declared name
        ).fetchone()
    title = f"Look for duplicates among {resource.title.lower()} records"
    job = start(services, actor, kind=KIND, resource=resource.name, title=title, asked={})
    with services.database.app.connection() as connection:
        connection.execute("update job set total = %s where id = %s", [total, job])
    return job


def _must_find(actor: Actor, resource: Resource) -> None:
    """Refuse (403) who may not look through everything."""
    if actor.must_have(FIND).reach != "all" or actor.must(resource, "read").reach != "all":
        raise Forbidden("notAllowed", f"{FIND} over everything is needed here")


@job_kind(KIND)
def find_piece(at: At) -> bool:
    """Go on for a short while; return whether all is done."""
    _must_find(at.actor, at.resource)
    until = time.monotonic() + PIECE_S
    reached = at.job.reached or f"{KEYS} {FIRST_ID}"
    while reached and time.monotonic() < until:
        phase, _, place = reached.partition(" ")
        reached = _keys_part(at, place) if phase == KEYS else _pairs_part(at, int(place))
    return not reached


def _keys_part(at: At, after: str) -> str:
    """Bring the keys of the next records to what they say; return where to go on."""
    with at.services.database.app.connection() as connection, connection.transaction():
        connection.execute("set local synchronous_commit = off")
        secret = secret_of(at.services, connection)
        rows = connection.execute(
            f"{select_of(at.resource)} where t.id > %s::uuid order by t.id limit %s",
            [after, RECORDS],
        ).fetchall()
        records, keys = [], []
        for one in described(rows):
            own = keys_of(at.resource.name, one.features, secret)
            keys += own
            records += [one.id] * len(own)
        kind = at.resource.name
        connection.execute(REPLACE, [records, keys, [row[0] for row in rows], kind, kind])
        reached = f"{KEYS} {rows[-1][0]}" if len(rows) == RECORDS else f"{PAIRS} {-(2**63)}"
        _note(connection, at, reached, len(rows))
    return reached


def _pairs_part(at: At, after: int) -> str:
    """Compare the records of the next keys; return where to go on, empty at the end."""
    with transaction(at.services, at.actor, request=f"job {at.job.id}") as work:
        blocks = work.connection.execute(
            SHARED, [at.resource.name, after, BLOCK_MAX, BLOCKS]
        ).fetchall()
        found = describe(
            work.connection, at.resource, {ident for _, block in blocks for ident in block}
        )
        alike = {(one.first, one.second): one for one in _compared(blocks, found)}
        keep_pairs(work, at.resource, alike.values())
        reached = f"{PAIRS} {blocks[-1][0]}" if len(blocks) == BLOCKS else ""
        _note(work.connection, at, reached, 0)
    return reached


def _compared(
    blocks: Sequence[tuple[int, Sequence[str]]], found: Mapping[str, Described]
) -> Iterator[Alike]:
    """Yield which records of the same blocks are alike, each pair compared once."""
    seen: set[tuple[str, str]] = set()
    for _, block in blocks:
        for place, ident in enumerate(block):
            for other in block[place + 1 :]:
                if (ident, other) in seen or ident not in found or other not in found:
                    continue
                seen.add((ident, other))
                pair = paired(found[ident], found[other])
                if pair is not None:
                    yield pair


def _note(connection: Any, at: At, reached: str, done: int) -> None:
    connection.execute(
        "update job set reached = nullif(%s, ''), done = done + %s where id = %s",
        [reached, done, at.job.id],
    )
