"""A job as it stands: what was asked, how far it is, and what became of each record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trunkline.documents.decode import encode, load
from trunkline.documents.errors import Forbidden, NotFound
from trunkline.documents.shape import Json
from trunkline.kernel.actor import Actor
from trunkline.kernel.references import UUID
from trunkline.kernel.services import Services
from trunkline.leases.sealing import Sealer

SHOWN_MAX = 200
OPEN = ("waiting", "running")
COLUMNS = (
    "id::text, principal::text, kind, resource, title, state, collected, reached, total, done, "
    "message, file_name, takes_back::text, scopes, asked, created_at, started_at, ended_at, "
    "(select name from principal p where p.id = job.principal)"
)


@dataclass(frozen=True)
class Job:
    """One job as it stands. `asked` says what to do, in the words of its kind.

    `asker` is the name of who asked for it.
    """

    id: str
    principal: str
    kind: str
    resource: str
    title: str
    state: str
    collected: bool
    reached: str | None
    total: int | None
    done: int
    message: str | None
    file_name: str | None
    takes_back: str | None
    scopes: Sequence[str] | None
    asked: Mapping[str, Json]
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    asker: str

    @property
    def is_open(self) -> bool:
        """Tell whether it goes on by itself."""
        return self.state in OPEN


@dataclass(frozen=True)
class Line:
    """What is to be done with one record, and what became of it."""

    number: int
    record: str | None
    key: str | None
    state: str
    version: int | None
    detail: Mapping[str, Json]


def job_of(services: Services, actor: Actor, ident: str) -> Job:
    """Return a job of one's own; refuses (404) every other."""
    found = read_job(services, ident) if UUID.match(ident) else None
    if found is None or found.principal != actor.id:
        raise NotFound("notFound", "there is no such job of yours")
    return found


def sees_all(actor: Actor) -> bool:
    """Tell whether somebody looks after the jobs of all people."""
    grant = actor.may("identity:administer")
    return grant is not None and grant.reach == "all"


def seen_job(services: Services, actor: Actor, ident: str) -> Job:
    """Return a job of one's own, or for an administrator anybody's; refuses (404) every other."""
    found = read_job(services, ident) if UUID.match(ident) and sees_all(actor) else None
    return found or job_of(services, actor, ident)


def jobs_of(
    services: Services, actor: Actor, *, before: str | None = None, limit: int = 50,
    everyone: bool = False,
) -> list[Job]:  # fmt: skip
    """Return what somebody has asked for, newest first; drafts are not in it.

    With `everyone` what all people have asked for; refuses (403) who is no administrator.
    """
    if everyone and not sees_all(actor):
        raise Forbidden("notAllowed", "the jobs of others are the administrators'")
    with services.database.app.connection() as connection:
        rows = connection.execute(
            f"select {COLUMNS} from job where (%s or principal = %s) "  # noqa: S608 - constant
            "and state <> 'draft' and (%s::uuid is null or id < %s::uuid) "
            "order by id desc limit %s",
            [everyone, actor.id, before, before, limit],
        ).fetchall()
        return [_job(services, connection, row) for row in rows]


def tally(services: Services, job: Job) -> dict[str, int]:
    """Return how many lines of a job are in which state."""
    with services.database.app.connection() as connection:
        rows = connection.execute(
            "select state, count(*) from job_line where job = %s group by state", [job.id]
        ).fetchall()
    return dict(rows)


def lines_of(
    services: Services, job: Job, *, states: Sequence[str] = (), after: int = 0,
    limit: int = SHOWN_MAX,
) -> list[Line]:  # fmt: skip
    """Return lines of a job in their order."""
    with services.database.app.connection() as connection:
        rows = connection.execute(
            "select number, record::text, key, state, version, detail from job_line "
            "where job = %s and number > %s and (%s::text[] = '{}' or state = any(%s)) "
            "order by number limit %s",
            [job.id, after, list(states), list(states), limit],
        ).fetchall()
        return [_line(services, connection, job, row) for row in rows]


def every_line(services: Services, job: Job, *, states: Sequence[str] = ()) -> Iterator[Line]:
    """Yield all lines of a job, a part at a time."""
    after = 0
    while found := lines_of(services, job, states=states, after=after, limit=1_000):
        yield from found
        after = found[-1].number


def file_of(services: Services, job: Job) -> Iterator[bytes]:
    """Return the file that a job has made, a part at a time."""
    if job.state != "done" or job.file_name is None:
        raise NotFound("notFound", "this job has no file")
    return parts_of(services, job)


def parts_of(services: Services, job: Job) -> Iterator[bytes]:
    """Yield the parts of a job's file in their order; only the one at hand is read."""
    number = -1
    while True:
        with services.database.app.connection() as connection:
            row = connection.execute(
                "select number, body from job_part where job = %s and number > %s "
                "order by number limit 1",
                [job.id, number],
            ).fetchone()
            if row is None:
                return
            number, body = row
            opened = services.keyring.open(connection, job.principal, place_of(job.id), bytes(body))
        if opened is not None:
            yield opened


def read_job(services: Services, ident: str) -> Job | None:
    """Return a job, whoever asked for it, or None."""
    with services.database.app.connection() as connection:
        row = connection.execute(
            f"select {COLUMNS} from job where id = %s",  # noqa: S608 - constant
            [ident],
        ).fetchone()
        return None if row is None else _job(services, connection, row)


def _job(services: Services, connection: Any, row: Sequence[Any]) -> Job:
    body = services.keyring.open(connection, row[1], place_of(row[0]), bytes(row[14]))
    values: list[Any] = [*row[:14], load(body) if body else {}, *row[15:]]
    return Job(*values)


def _line(services: Services, connection: Any, job: Job, row: Sequence[Any]) -> Line:
    body = None
    if row[5] is not None:
        body = services.keyring.open(connection, job.principal, place_of(job.id), bytes(row[5]))
    values: list[Any] = [*row[:5], load(body) if body else {}]
    return Line(*values)


def sealed(sealer: Sealer, owner: str, job: str, value: Json) -> bytes:
    """Return a value of a job as it is kept."""
    return sealer.seal(owner, place_of(job), encode(value))


def place_of(job: str) -> str:
    """Return what the values of a job are sealed for."""
    return f"job|{job}"
