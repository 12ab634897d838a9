"""Notifications: what a person is told: named in a note, given a task, a job that has ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from trunkline.documents.errors import NotFound
from trunkline.kernel.references import UUID
from trunkline.kernel.services import Services

TEXT_MAX = 300
KEPT = timedelta(days=180)


@dataclass(frozen=True)
class Notice:
    """Something to tell somebody: its kind, one sentence, and the page to go to.

    `record` is (kind, id) of the record that it is about. With `once` the same is told once only.
    """

    kind: str
    text: str
    address: str
    record: tuple[str, str] | None = None
    once: str | None = None


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


def tell(services: Services, principals: Sequence[str], notice: Notice) -> None:
    """Tell people something; they find it under the bell."""
    now = services.machine_now()
    record_type, record = notice.record or (None, None)
    with services.database.app.connection() as connection:
        for principal in dict.fromkeys(principals):
            connection.execute(
                "insert into notification "
                "(id, principal, at, kind, text, address, record_type, record, once) "
                "values (%s, %s, %s, %s, %s, %s, %s, %s, %s) "
                "on conflict (principal, once) do nothing",
                [services.chance.uuid(), principal, now, notice.kind, notice.text[:TEXT_MAX],
                 notice.address, record_type, record, notice.once],
            )  # fmt: skip


def notifications_of(
    connection: Any, principal: str, *, unread: bool = False, before: str | None = None,
    limit: int = 50,
) -> list[Notification]:  # fmt: skip
    """Return what a person was told, newest first; `before` is the id to go on from."""
    rows = connection.execute(
        "select id::text, at, kind, text, address, record_type, record::text, read_at "
        "from notification where principal = %(principal)s "
        "and (not %(unread)s or read_at is null) "
        "and (%(before)s::uuid is null or id < %(before)s::uuid) "
        "order by id desc limit %(limit)s",
        {"principal": principal, "unread": unread, "before": before, "limit": limit},
    ).fetchall()
    return [Notification(*row) for row in rows]


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
