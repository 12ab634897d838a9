"""Jobs: work on many records at once, in the background, with the rights of who asked for it.

A job goes on in pieces, each a leased row of work. Each piece asks anew what the asker may do;
what becomes of a record is written in the transaction that writes the record, so that a process
that is killed neither leaves one out nor does one twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from trunkline.documents.errors import Conflict, Fault, Forbidden, Refusal
from trunkline.documents.shape import Json
from trunkline.identity.rights import read_actor
from trunkline.kernel.actor import Actor
from trunkline.kernel.behaviour import handler
from trunkline.kernel.reactions import LeaseLost
from trunkline.kernel.resource import Resource
from trunkline.kernel.services import Services
from trunkline.leases import queue
from trunkline.leases.queue import INSERT, NewWork, Row, insert_parameters
from trunkline.leases.sealing import Sealer
from trunkline.workspace.job import OPEN, Job, job_of, place_of, read_job, sealed, seen_job, tally
from trunkline.workspace.notifications import notice_of, tell

JOB, LANE = "job", "job"
KEPT = timedelta(days=30)
LINES_MAX = 100_000
CHANNEL = "job"
OWN_CHANNEL = ("import",)
"""Kinds of jobs that the audit names as the way by which something came."""


@dataclass(frozen=True)
class At:
    """A piece of a job at work: as whom, on which kind of record, sealed with which key."""

    services: Services
    job: Job
    actor: Actor
    resource: Resource
    sealer: Sealer


class NotYet(Exception):
    """A piece that cannot be done now, raised by it: it comes again in so many seconds."""

    def __init__(self, pause_s: float) -> None:
        super().__init__(f"not for {pause_s:.0f} seconds")
        self.pause_s = pause_s


Piece = Callable[[At], bool]
_kinds: dict[str, Piece] = {}


def job_kind(name: str) -> Callable[[Piece], Piece]:
    """Name the function that does a piece of a kind of job; it returns whether that was all."""

    def attach(run: Piece) -> Piece:
        _kinds[name] = run
        return run

    return attach


# --- asking for one -------------------------------------------------------------------------


def start(
    services: Services, actor: Actor, *, kind: str, resource: str, title: str,
    asked: Mapping[str, Json], lines: Sequence[tuple[str | None, str | None, Json]] = (),
    takes_back: str | None = None, is_draft: bool = False,
) -> str:  # fmt: skip
    """Write a job down and return its id; `lines` are (record, key, detail) where they are known.

    A draft waits until somebody says `resume`.
    """
    if len(lines) > LINES_MAX:
        raise Conflict("conflictMany", f"a job may have {LINES_MAX} records; narrow it")
    ident = services.chance.uuid()
    now = services.machine_now()
    with services.database.app.connection() as connection, connection.transaction():
        sealer = services.keyring.prepare(connection, [actor.id])
        connection.execute(
            "insert into job (id, principal, scopes, kind, resource, title, asked, state, "
            "collected, total, takes_back, created_at) "
            "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [ident, actor.id, None if actor.scopes is None else sorted(actor.scopes), kind,
             resource, title, sealed(sealer, actor.id, ident, dict(asked)),
             "draft" if is_draft else "waiting", bool(lines), len(lines) if lines else None,
             takes_back, now],
        )  # fmt: skip
        _insert_lines(connection, sealer, actor.id, ident, 1, lines)
        if not is_draft:
            _schedule(connection, ident)
    if not is_draft:
        _wake(services)
    return ident


def ask_again(services: Services, job: Job, asked: Mapping[str, Json]) -> None:
    """Change what a draft asks for."""
    with services.database.app.connection() as connection, connection.transaction():
        sealer = services.keyring.prepare(connection, [job.principal])
        connection.execute(
            "update job set asked = %s where id = %s and state = 'draft'",
            [sealed(sealer, job.principal, job.id, dict(asked)), job.id],
        )


def add_lines(
    at: At, connection: Any, first: int, lines: Sequence[tuple[str | None, str | None, Json]]
) -> None:
    """Write down more of what a job is about; `first` is the number of the first of them."""
    _insert_lines(connection, at.sealer, at.job.principal, at.job.id, first, lines)


def _insert_lines(
    connection: Any, sealer: Sealer, owner: str, job: str, first: int,
    lines: Sequence[tuple[str | None, str | None, Json]],
) -> None:  # fmt: skip
    if not lines:
        return
    details = [
        None if detail is None else sealed(sealer, owner, job, detail) for _, _, detail in lines
    ]
    connection.execute(
        "insert into job_line (job, number, record, key, detail) "
        "select %s, * from unnest(%s::bigint[], %s::uuid[], %s::text[], %s::bytea[]) "
        "on conflict do nothing",
        [job, list(range(first, first + len(lines))), [one[0] for one in lines],
         [one[1] for one in lines], details],
    )  # fmt: skip


# --- what it makes ---------------------------------------------------------------------------


def set_parts(at: At, connection: Any, first: int, parts: Iterable[bytes]) -> int:
    """Keep parts of a job's file, from a number on; return the number after the last."""
    number = first
    for body in parts:
        connection.execute(
            "insert into job_part (job, number, body) values (%s, %s, %s) "
            "on conflict (job, number) do update set body = excluded.body",
            [at.job.id, number, at.sealer.seal(at.job.principal, place_of(at.job.id), body)],
        )
        number += 1
    return number


# --- stopping, going on ---------------------------------------------------------------------


def stop(services: Services, actor: Actor, ident: str) -> None:
    """Let a job do nothing more; what it has done stays."""
    job = seen_job(services, actor, ident)
    with services.database.app.connection() as connection:
        connection.execute(
            "update job set state = 'stopped' where id = %s and state = any(%s)",
            [job.id, list(OPEN)],
        )


def resume(services: Services, actor: Actor, ident: str) -> None:
    """Let a job that was stopped, or failed, go on where it was; or begin with a draft."""
    job = job_of(services, actor, ident)
    with services.database.app.connection() as connection, connection.transaction():
        done = connection.execute(
            "update job set state = 'waiting', message = null "
            "where id = %s and state in ('stopped', 'failed', 'draft')",
            [job.id],
        )
        if not done.rowcount:
            raise Conflict("conflictState", "this job cannot go on: it is not stopped")
        _schedule(connection, job.id)
    _wake(services)


def discard_old(services: Services) -> int:
    """Remove jobs that ended long ago; return how many."""
    with services.database.app.connection() as connection:
        done = connection.execute(
            "delete from job where created_at < %s and state <> all(%s)",
            [services.machine_now() - KEPT, list(OPEN)],
        )
    return int(done.rowcount)


# --- at work --------------------------------------------------------------------------------


@handler(JOB)
def go_on(services: Services, row: Row) -> None:
    """Do the next piece of a job, with the rights that its asker has now."""
    job = read_job(services, row.subject)
    pause_s = _do_piece(services, job) if job is not None and job.is_open else 0
    with services.database.app.connection() as connection, connection.transaction():
        if not queue.finish(connection, row):
            raise LeaseLost(row.kind)
        if job is not None and _is_still_open(connection, job.id):
            later = timedelta(seconds=pause_s)
            _schedule(connection, job.id, services.machine_now() + later if pause_s else None)
    _wake(services)


def _do_piece(services: Services, job: Job) -> float:
    """Do the next piece; return in how many seconds the one after it may be done at the soonest."""
    at = None
    try:
        at = _at(services, job)
        finished = _kinds[job.kind](at)
    except NotYet as later:
        return later.pause_s
    except Refusal as refusal:
        _end(services, job, "failed", refusal.message)
        return 0
    if finished:
        _end(services, job, "done", None)
    return 0


def _at(services: Services, job: Job) -> At:
    now = services.machine_now()
    channel = job.kind if job.kind in OWN_CHANNEL else CHANNEL
    with services.database.app.connection() as connection, connection.transaction():
        actor = read_actor(
            connection, principal=job.principal, now=now, channel=channel, scopes=job.scopes,
            only_active=True,
        )  # fmt: skip
        sealer = services.keyring.prepare(connection, [job.principal])
        connection.execute(
            "update job set state = 'running', started_at = coalesce(started_at, %s) "
            "where id = %s and state = 'waiting'",
            [now, job.id],
        )
    if actor is None:
        raise Forbidden("notAllowed", "who asked for this may not do anything here any more")
    return At(services, job, actor, services.registry[job.resource], sealer)


def _end(services: Services, job: Job, state: str, message: str | None) -> None:
    """Write down how a job ended, and tell its asker."""
    with services.database.app.connection() as connection:
        done = connection.execute(
            "update job set state = %s, message = %s, ended_at = %s where id = %s "
            "and state = any(%s)",
            [state, message, services.machine_now(), job.id, list(OPEN)],
        )
    if done.rowcount:
        refused = tally(services, job).get("refused", 0)
        said: dict[str, Json] = {"title": {"english": job.title, "told": job.asked.get("told")}}
        code = "jobDone" if state == "done" else "jobStopped"
        if state != "done":
            said["why"] = message
        if refused:
            code, said["count"] = f"{code}Refusing", refused
        once = f"job {job.id} {state} {services.machine_now():%Y%m%d%H%M%S}"
        notice = notice_of("job", code, said, f"/jobs/{job.id}", once=once)
        tell(services, [job.principal], notice)


def seal_detail(at: At, detail: Json) -> bytes:
    """Return the detail of a line as it is kept."""
    return sealed(at.sealer, at.job.principal, at.job.id, detail)


def refused_detail(refusal: Refusal) -> dict[str, Json]:
    """Return what is kept of a refusal: each fault with its path."""
    faults = refusal.faults or [Fault("", refusal.code, refusal.message)]
    return {"faults": [{"path": one.path, "message": one.message} for one in faults]}


# --- inside ---------------------------------------------------------------------------------


def _is_still_open(connection: Any, ident: str) -> bool:
    row = connection.execute(
        "select state = any(%s) from job where id = %s", [list(OPEN), ident]
    ).fetchone()
    return bool(row and row[0])


def _schedule(connection: Any, ident: str, at: datetime | None = None) -> None:
    connection.execute(INSERT, insert_parameters([NewWork(JOB, ident, lane=LANE, run_at=at)]))


def _wake(services: Services) -> None:
    with services.database.app.connection() as connection:
        queue.wake(connection)
