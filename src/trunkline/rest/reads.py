"""Reads: who has looked at records that hold personal data, written down beside the requests.

A request only notes what it has read, in memory. A thread writes that into the access log within
a second, one line for each reader, record and hour. Stopping a process writes what is left; one
that is killed loses what was read in its last half second.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
import structlog

from trunkline.documents.decode import encode
from trunkline.documents.shape import Shape
from trunkline.kernel.actor import Actor, Grant
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Resource
from trunkline.kernel.services import Services

log = structlog.get_logger("trunkline.reads")
READS = "reads"
READ_LOG = "privacy:readLog"
"""The permission to see who has read what."""

WAITING_MAX = 50_000
KNOWN_MAX = 200_000
HOUR_S = 3600
ADVISORY_LOCK = 7_240_015_131
CLASSES = frozenset({"personal", "sensitive"})
UNFIT = (psycopg.DataError, ValueError, TypeError, OverflowError)
"""What a line is met with that holds a value which no row can have."""
WRITE = """
insert into access_log
  (at, actor, actor_name, channel, request, address, action, type, subject, outcome)
select r.at, r.actor, r.actor_name, r.channel, r.request, r.address, r.action, r.type, r.subject,
  'done'
from json_to_recordset(%s::json) as r(at timestamptz, hour timestamptz, actor uuid,
  actor_name text, channel text, request text, address text, action text, type text, subject uuid)
where not exists (
  select 1 from access_log a where a.subject = r.subject and a.at >= r.hour
    and a.at < r.hour + interval '1 hour' and a.actor = r.actor and a.action = 'read')
"""
SEEN = (
    "select at, actor::text, actor_name, channel, address, request, action, type, subject::text "
    "from access_log where action in ('read', 'list') "
    "and (%(subjects)s::uuid[] is null or subject = any(%(subjects)s::uuid[])) "
    "and (%(actor)s::uuid is null or actor = %(actor)s::uuid) "
    "and (%(before)s::timestamptz is null or at < %(before)s::timestamptz) "
    "order by at desc limit %(limit)s"
)
OTHERWISE = (
    "select record::text from alias where value = %(name)s union select r.id::text from record r "
    "join event e on e.subject = r.id where r.deleted_at is not null and e.key = %(name)s"
)


@dataclass(frozen=True)
class Asker:
    """From where a request came, under which id it is logged, and who really looks.

    `viewer` is an administrator who looks with another one's eyes; `served` is the record of whom
    somebody acts for.
    """

    address: str = ""
    request: str | None = None
    viewer: Actor | None = None
    served: str | None = None


NOBODY_ASKS = Asker()
asker: ContextVar[Asker] = ContextVar("asker", default=NOBODY_ASKS)


@dataclass(frozen=True)
class Read:
    """One line of the log: `subject` is the record, None for a list of a kind."""

    at: datetime
    actor: str
    actor_name: str
    channel: str
    address: str | None
    request: str | None
    action: str
    type: str
    subject: str | None


class Reads:
    """What was read in this process and is not written yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hour = 0
        self._known: set[tuple[str, str]] = set()
        self._waiting: list[Read] = []
        self._lost = 0

    def add(self, read: Read) -> None:
        """Keep a line to be written, unless the same was read in this hour already."""
        hour, key = int(read.at.timestamp()) // HOUR_S, (read.actor, read.subject or read.type)
        if hour == self._hour and key in self._known:
            return
        with self._lock:
            if hour != self._hour or len(self._known) >= KNOWN_MAX:
                self._hour, self._known = hour, set()
            self._known.add(key)
            if len(self._waiting) < WAITING_MAX:
                self._waiting.append(read)
            else:
                self._lost += 1

    def write(self, services: Services) -> int:
        """Write what waits; return how many lines that was. What fails waits on.

        A line that cannot be stored at all is told and left out: the others must not wait for it.
        """
        with self._lock:
            lines, self._waiting = self._waiting, []
            lost, self._lost = self._lost, 0
        if lost:
            log.error("reads lost", lines=lost)
        if not lines:
            return 0
        written = 0
        ahead = [lines]
        while ahead:
            part = ahead.pop()
            try:
                written += _write(services, part)
            except BaseException as error:
                if not isinstance(error, UNFIT):
                    with self._lock:
                        left = [one for each in (part, *reversed(ahead)) for one in each]
                        self._waiting = (left + self._waiting)[:WAITING_MAX]
                    raise
                if len(part) > 1:
                    middle = len(part) // 2
                    ahead += [part[middle:], part[:middle]]
                else:
                    log.error("read not written", type=part[0].type, subject=part[0].subject,
                              actor=part[0].actor, exc_info=error)  # fmt: skip
        return written


def _write(services: Services, lines: Sequence[Read]) -> int:
    with services.database.app.connection() as connection, connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", [ADVISORY_LOCK])
        rows = [_row(one) for one in lines]
        return int(connection.execute(WRITE, [encode(rows).decode()]).rowcount)


def reads_of(services: Services) -> Reads:
    """Return what was read in this process."""
    found: Reads = services.extra.setdefault(READS, Reads())
    return found


def note_read(
    services: Services, actor: Actor, grant: Grant, resource: Resource, ident: str | None
) -> None:
    """Note that somebody was shown a record, or with None a list of a kind.

    What people read of their own is not noted, unless they act for another there, nor what the
    program reads, nor what holds no personal data or was shown without it.
    """
    asked = asker.get()
    is_own = asked.served is None and (grant.reach == "own" or ident == actor.party is not None)
    if is_own or not CLASSES & grant.sees or not holds_personal(resource):
        return
    if actor.kind not in {"user", "client"}:
        return
    who = asked.viewer or actor
    reads_of(services).add(
        Read(services.machine_now(), who.id, who.name, actor.channel, asked.address or None,
             asked.request, "read" if ident else "list", resource.name, ident)
    )  # fmt: skip


def seen_reads(
    connection: Any, *, subjects: Sequence[str] | None = None, actor: str | None = None,
    before: datetime | None = None, limit: int,
) -> list[Read]:  # fmt: skip
    """Return what was read, newest first: of some records, by one reader, or all."""
    wanted = {
        "subjects": None if subjects is None else list(subjects),
        "actor": actor,
        "before": before,
        "limit": limit,
    }
    return [Read(*row) for row in connection.execute(SEEN, wanted).fetchall()]


def named_records(kinds: Iterable[Resource], connection: Any, name: str) -> list[str]:
    """Return the ids of the records that have a name: an id, a key, or what others call them.

    A record that was removed is found by the key that it had.
    """
    if UUID.match(name):
        return [name.lower()]
    tables = " ".join(
        f"union select id::text from {one.table} where key = %(name)s"  # noqa: S608
        for one in kinds
        if holds_personal(one)
    )
    found = connection.execute(f"{OTHERWISE} {tables}", {"name": name})
    return [ident for (ident,) in found]


_personal: dict[type[Shape], bool] = {}


def holds_personal(resource: Resource) -> bool:
    """Tell whether the records of a kind belong to somebody and hold declared personal data."""
    if resource.type not in _personal:
        is_owned = resource.owner_is_self or bool(resource.owner)
        _personal[resource.type] = is_owned and (
            resource.data_class in CLASSES or _has_personal([resource.type])
        )
    return _personal[resource.type]


def _has_personal(shapes: Sequence[type[Shape]]) -> bool:
    """Tell whether shapes, or what is in them, have an attribute of a personal class."""
    seen, ahead = set(shapes), list(shapes)
    while ahead:
        for one in ahead.pop().attributes().values():
            if one.data_class in CLASSES:
                return True
            if one.shape is not None and one.shape not in seen:
                seen.add(one.shape)
                ahead.append(one.shape)
    return False


def _row(read: Read) -> dict[str, Any]:
    hour = read.at - timedelta(seconds=read.at.timestamp() % HOUR_S)
    told = {name: getattr(read, name) for name in Read.__dataclass_fields__}
    return told | {"at": read.at.isoformat(), "hour": hour.isoformat()}
