"""Work: leased rows, the one mechanism for reactions, timers, deliveries and plans.

A row is claimed with a lease, carried out in transactions of its handler's own, and finished only
by the worker and attempt that hold the lease. What was claimed by a process that died comes back
when its lease ends. Rows of one kind and subject run in the order in which they were written; of
one root, one at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from trunkline.documents.decode import encode, load
from trunkline.documents.shape import Json

CHANNEL = "trunkline_work"
ATTEMPTS_MAX = 12
PAUSE_MAX_S = 3600


class Connection(Protocol):
    """What is needed of a database connection here."""

    def execute(self, query: Any, params: Any = None, /) -> Any:
        """Run one statement."""


@dataclass(frozen=True)
class Row:
    """One piece of work as claimed: `attempt` counts this try too, from 1."""

    id: int
    kind: str
    subject: str
    root: str | None
    payload: Json
    attempt: int
    worker: str
    created_at: datetime
    lease_s: float = 60.0


@dataclass(frozen=True)
class NewWork:
    """A piece of work to be written with a change; `once` makes a second one like it a no-op."""

    kind: str
    subject: str
    root: str | None = None
    payload: Json = None
    run_at: datetime | None = None
    lane: str = "reaction"
    once: str | None = None


INSERT = (
    "insert into work (kind, subject, root, payload, run_at, lane, once) "
    "select kind, subject, root, payload, coalesce(run_at, clock_timestamp()), lane, once "
    "from json_to_recordset(%s::json) as n(kind text, subject uuid, root uuid, payload json, "
    "run_at timestamptz, lane text, once text) "
    "on conflict (once) do nothing"
)


def insert_parameters(rows: Sequence[NewWork]) -> list[Any]:
    """Return the parameters of `INSERT`: one JSON list."""
    return [encode(list(rows)).decode()]


CLAIM = """
with due as (
  select w.id, w.kind, w.subject from work w
  where w.lane = %(lane)s and w.parked_at is null and w.run_at <= clock_timestamp()
    and (w.lease_until is null or w.lease_until < clock_timestamp())
    and not exists (
      select 1 from work p
      where p.subject = w.subject and p.kind = w.kind and p.id < w.id)
    and (w.root is null or not exists (
      select 1 from work b
      where b.root = w.root and b.lease_until >= clock_timestamp() and b.id <> w.id))
  order by w.run_at, w.id
  limit %(limit)s
  for update skip locked
), told as materialized (
  select id, {concerns} as concerns from due
), gone as (
  delete from work w using told where w.id = told.id and not told.concerns returning w.id
), held as (
  update work w set lease_until = clock_timestamp() + %(lease)s * interval '1 second',
    worker = %(worker)s, attempt = w.attempt + 1
  from told where w.id = told.id and told.concerns
  returning w.id, w.kind, w.subject::text, w.root::text, w.payload, w.attempt, w.created_at
)
select id, kind, subject, root, payload, attempt, created_at, null::float, null::bigint from held
union all
select null, null, null, null, null, null, null, (
  select extract(epoch from min(run_at) - clock_timestamp())::float from work
  where lane = %(lane)s and parked_at is null and run_at > statement_timestamp()
), (select count(*) from gone)
"""


class Looked(NamedTuple):
    """What a look at a lane gave: leased rows, oldest first, how many were taken off, and more.

    What is not due yet will be in `next_due_s` seconds, None where nothing waits for its time. What
    became due while the look went on is told with zero or less.
    """

    rows: list[Row]
    taken_off: int
    next_due_s: float | None


def claim(
    connection: Connection, *, lane: str, worker: str, limit: int, lease_s: float
) -> list[Row]:
    """Lease up to `limit` due rows of a lane, oldest first."""
    return look(connection, lane=lane, worker=worker, limit=limit, lease_s=lease_s).rows


def look(
    connection: Connection, *, lane: str, worker: str, limit: int, lease_s: float,
    concerns: str = "true",
) -> Looked:  # fmt: skip
    """Look at up to `limit` due rows of a lane: lease those that concern anybody, drop the others.

    `concerns` is what SQL says of a row named `due` with a kind and a subject.
    """
    *rows, (*_, next_due_s, taken_off) = connection.execute(
        CLAIM.format(concerns=concerns),
        {"lane": lane, "limit": limit, "lease": lease_s, "worker": worker},
    ).fetchall()
    found = [
        Row(
            ident,
            kind,
            subject,
            root,
            load(payload) if payload else None,
            attempt,
            worker,
            at,
            lease_s,
        )
        for ident, kind, subject, root, payload, attempt, at, *_ in rows
    ]
    return Looked(sorted(found, key=lambda one: one.id), taken_off, next_due_s)


def hold(connection: Connection, row: Row) -> bool:
    """Take the row's root for this transaction and check that the lease is still ours.

    False means: leave it; another worker has the row, or is busy with the same root.
    """
    found = connection.execute(
        "select (%s::text is null or pg_try_advisory_xact_lock(hashtextextended(%s, 0))) "
        "from work where id = %s and worker = %s and attempt = %s for update",
        [row.root, row.root, row.id, row.worker, row.attempt],
    ).fetchone()
    return bool(found and found[0])


def renew(connection: Connection, row: Row) -> None:
    """Begin the lease of a row that is held again: its work takes long and goes on."""
    connection.execute(
        "update work set lease_until = clock_timestamp() + %s * interval '1 second' "
        "where id = %s and worker = %s and attempt = %s",
        [row.lease_s, row.id, row.worker, row.attempt],
    )


def finish(connection: Connection, row: Row) -> bool:
    """Remove a row that is done; False when the lease was lost to somebody else."""
    done = connection.execute(
        "delete from work where id = %s and worker = %s and attempt = %s",
        [row.id, row.worker, row.attempt],
    )
    return bool(done.rowcount)


FOLLOW = """
with done as (
  delete from work where id = %(id)s and worker = %(worker)s and attempt = %(attempt)s
  returning lane
)
insert into work (kind, subject, payload, run_at, lane, worker, attempt, lease_until)
select %(kind)s, %(subject)s, %(payload)s::json, clock_timestamp(), lane, %(worker)s, 1,
  clock_timestamp() + %(lease)s * interval '1 second'
from done
returning id, created_at
"""


def follow(connection: Connection, row: Row, *, subject: str, payload: Json) -> Row | None:
    """Remove a row that is done and lease another of its kind; None when the lease was lost.

    The worker goes on with the new row as if it had claimed it.
    """
    asked = {"id": row.id, "worker": row.worker, "attempt": row.attempt, "kind": row.kind,
             "subject": subject, "payload": encode(payload).decode(),
             "lease": row.lease_s}  # fmt: skip
    found = connection.execute(FOLLOW, asked).fetchone()
    if found is None:
        return None
    ident, created_at = found
    made = replace(row, id=ident, subject=subject, payload=payload)
    return replace(made, attempt=1, created_at=created_at)


def put_back(
    connection: Connection, row: Row, *, pause_s: float, error: str | None = None,
    free: bool = False, payload: Json = None,
) -> None:  # fmt: skip
    """Give a row back to be tried again after a pause; a `free` one does not count as a try.

    A payload takes the place of the one that it had.
    """
    connection.execute(
        "update work set lease_until = null, worker = null, error = coalesce(%s, error), "
        "payload = coalesce(%s::json, payload), "
        "run_at = clock_timestamp() + %s * interval '1 second', "
        "attempt = attempt - %s where id = %s and worker = %s and attempt = %s",
        [
            error,
            None if payload is None else encode(payload).decode(),
            pause_s,
            int(free),
            row.id,
            row.worker,
            row.attempt,
        ],
    )


def park(connection: Connection, row: Row, *, error: str) -> None:
    """Set a row aside until somebody says "try again"."""
    connection.execute(
        "update work set lease_until = null, worker = null, error = %s, "
        "parked_at = clock_timestamp() where id = %s and worker = %s and attempt = %s",
        [error, row.id, row.worker, row.attempt],
    )


def failed(connection: Connection, row: Row, error: str) -> bool:
    """Put a failed row back after a doubling pause, or park it; return whether it was parked."""
    if row.attempt >= ATTEMPTS_MAX:
        park(connection, row, error=error)
        return True
    pause_s = min(PAUSE_MAX_S, 0.5 * 2 ** (row.attempt - 1))
    put_back(connection, row, pause_s=pause_s, error=error)
    return False


def try_again(connection: Connection, ident: int) -> bool:
    """Make a parked row due now; return whether there was one."""
    done = connection.execute(
        "update work set parked_at = null, attempt = 0, run_at = clock_timestamp() "
        "where id = %s and parked_at is not null",
        [ident],
    )
    wake(connection)
    return bool(done.rowcount)


def wake(connection: Connection) -> None:
    """Tell the waiting workers that there is work; a hint only, they also poll."""
    connection.execute(f"notify {CHANNEL}")
