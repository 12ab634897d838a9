"""Notifications: what a person is told: named in a note, given a task, a job that has ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from trunkline.documents.decode import encode, load
from trunkline.documents.errors import NotFound
from trunkline.documents.shape import Json
from trunkline.kernel.references import UUID
from trunkline.kernel.services import Services

TEXT_MAX = 300
KEPT = timedelta(days=180)
WORDS = {
    "named": "%(who)s named you in a note about %(what)s",
    "taskGiven": "%(who)s gave you a task",
    "taskAboutGiven": "%(who)s gave you a task about %(what)s",
    "recordGiven": "%(who)s gave you %(what)s",
    "recordsGiven": "%(who)s gave you %(count)s records to work on",
    "runsLow": "%(what)s runs low: %(count)s are left",
    "danger": "%(what)s is in danger of being late: %(level)s.",
    "requestDue": "%(what)s is to be done soon.",
    "requestLate": "%(what)s is late.",
    "escalated": "%(what)s was escalated: step %(count)s.",
    "contactRepeated": "%(what)s turns to us again: contact %(count)s for the same reason.",
    "jobDone": "%(title)s is done.",
    "jobDoneRefusing": "%(title)s is done; refused: %(count)s.",
    "jobStopped": "%(title)s has stopped: %(why)s.",
    "jobStoppedRefusing": "%(title)s has stopped: %(why)s; refused: %(count)s.",
}
"""What each code of a notice says; pages say it in the language of their reader."""


@dataclass(frozen=True)
class Notice:
    """Something to tell somebody: its kind, one sentence, and the page to go to.

    `record` is (kind, id) of the record that it is about. With `once` the same is told once only.
    `code` and the values `said` with it are kept for those who read it in another language.
    """

    kind: str
    text: str
    address: str
    record: tuple[str, str] | None = None
    once: str | None = None
    code: str | None = None
    said: Mapping[str, Json] = field(default_factory=dict)


def notice_of(
    kind: str, code: str, said: Mapping[str, Json], address: str, *,
    record: tuple[str, str] | None = None, once: str | None = None,
) -> Notice:  # fmt: skip
    """Return the notice that a code of `WORDS` makes; a value that is an object reads `english`."""
    values = {name: one["english"] if isinstance(one, dict) else one for name, one in said.items()}
    return Notice(kind, WORDS[code] % values, address, record, once, code, said)


@dataclass(frozen=True)
class Notification:
    """What somebody was told, and when it was read."""

    id: str
    at: datetime
    kind: str
    text: str
    address: str
    record_type: str | None
    record: str | None
    read_at: datetime | None
    code: str | None
    said: Mapping[str, Json]


def tell(services: Services, principals: Sequence[str], notice: Notice) -> None:
    """Tell people something; they find it under the bell."""
    with services.database.app.connection() as connection:
        write_notice(services, connection, principals, notice)


def write_notice(
    services: Services, connection: Any, principals: Sequence[str], notice: Notice
) -> None:
    """Tell people something as soon as what a connection writes stands, and only then."""
    now = services.machine_now()
    record_type, record = notice.record or (None, None)
    for principal in dict.fromkeys(principals):
        connection.execute(
            "insert into notification "
            "(id, principal, at, kind, text, address, record_type, record, once, code, said) "
            "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::json) "
            "on conflict (principal, once) do nothing",
            [services.chance.uuid(), principal, now, notice.kind, notice.text[:TEXT_MAX],
             notice.address, record_type, record, notice.once, notice.code,
             encode(dict(notice.said)).decode()],
        )  # fmt: skip


def notifications_of(
    connection: Any, principal: str, *, unread: bool = False, before: str | None = None,
    limit: int = 50,
) -> list[Notification]:  # fmt: skip
    """Return what a person was told, newest first; `before` is the id to go on from."""
    rows = connection.execute(
        "select id::text, at, kind, text, address, record_type, record::text, read_at, "
        "code, said "
        "from notification where principal = %(principal)s "
        "and (not %(unread)s or read_at is null) "
        "and (%(before)s::uuid is null or id < %(before)s::uuid) "
        "order by id desc limit %(limit)s",
        {"principal": principal, "unread": unread, "before": before, "limit": limit},
    ).fetchall()
    return [Notification(*(*row[:-1], _loaded(row[-1]))) for row in rows]


def _loaded(said: bytes | None) -> Mapping[str, Json]:
    return load(said) if said is not None else {}


def mark_read(services: Services, connection: Any, principal: str, ident: str | None) -> int:
    """Mark one notification of a person as read, or all of them; return how many were not.

    Refuses (404) one that is not theirs.
    """
    if ident is not None:
        own = (
            UUID.match(ident)
            and connection.execute(
                "select 1 from notification where id = %s and principal = %s", [ident, principal]
            ).fetchone()
        )
        if not own:
            raise NotFound("notFound", f"there is no notification {ident}")
    done = connection.execute(
        "update notification set read_at = %s where principal = %s and read_at is null "
        "and (%s::uuid is null or id = %s::uuid)",
        [services.machine_now(), principal, ident, ident],
    )
    return int(done.rowcount)


def forget_read(services: Services, connection: Any) -> int:
    """Remove what was read long ago; return how many."""
    done = connection.execute(
        "delete from notification where at < %s and read_at is not null",
        [services.machine_now() - KEPT],
    )
    return int(done.rowcount)
