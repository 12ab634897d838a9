"""The write path: document, references, audit line, event and work rows in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from msgspec import Raw

from trunkline.documents.decode import encode
from trunkline.documents.shape import Json
from trunkline.kernel.ddl import COLUMN_TYPES, column_name
from trunkline.kernel.references import Link
from trunkline.kernel.resource import Resource
from trunkline.leases.queue import INSERT, NewWork, insert_parameters

KEY_DIGITS = 6
FEW = 8


@dataclass
class Change:
    """One record's change, computed and ready to be written.

    `version` is the one that the write makes. `action` is create, update or delete. The payload
    (document) and the changes are sealed already.
    """

    resource: Resource
    id: str
    key: str
    version: int
    action: str
    kind: str
    state: str | None
    raw: dict[str, Json]
    body: bytes
    owner: str | None
    partner: str | None
    label: str | None
    root: str
    event_id: str
    audit_id: str
    payload: bytes
    changes: bytes
    links_added: set[Link] = field(default_factory=set)
    links_removed: set[Link] = field(default_factory=set)
    directory_changed: bool = False
    former: str | None = None


@dataclass(frozen=True)
class Who:
    """What the audit line says of the one who wrote."""

    id: str
    name: str
    channel: str
    request: str | None


def promoted_value(raw: dict[str, Json], path: str) -> Json:
    """Return the value at a dotted path without lists, or None."""
    value: Json = raw
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def promoted_columns(resource: Resource) -> list[tuple[str, str, str]]:
    """Return (column, SQL type, path) of each promoted attribute."""
    return [
        (column_name(one), COLUMN_TYPES[one.kind].split(maxsplit=1)[0], one.path)
        for one in resource.promote
    ]


COLUMNS: tuple[tuple[str, str], ...] = (
    ("id", "uuid"), ("version", "bigint"), ("kind", "text"), ("state", "text"),
    ("label", "text"), ("owner", "uuid"), ("partner", "uuid"), ("root", "uuid"),
    ("event_id", "uuid"), ("audit_id", "uuid"), ("key", "text"),
)  # fmt: skip


LINKS = (
    "json_to_recordset(%s::json) "
    "as x(source uuid, path text, target uuid, role text, target_type text)"
)


def create_statement(
    resource: Resource, changes: Sequence[Change], work: Sequence[NewWork], who: Who, now: datetime
) -> tuple[str, list[Any]]:
    """Return the statement that inserts records of one resource; it returns (id, key) rows."""
    names = "".join(f", {column}" for column, _, _ in promoted_columns(resource))
    key = f"'{resource.prefix}' || lpad(nextval('{resource.table}_key')::text, {KEY_DIGITS}, '0')"
    incoming, parameters = _incoming(resource, changes, key)
    sql = f"""{incoming}, r as (
  insert into {resource.table}
    (id, key, version, created_at, updated_at, owner, partner, doc{names})
  select id, key, version, %s, %s, owner, partner, doc{names} from n
), d as (
  insert into record (id, type, label, owner, partner)
  select id, %s, label, owner, partner from n
)"""
    parameters += [now, now, resource.name]
    return _finished(sql, parameters, changes, work, who, now, "select id::text, key from n")


def update_statement(
    resource: Resource, changes: Sequence[Change], work: Sequence[NewWork], who: Who, now: datetime
) -> tuple[str, list[Any]]:
    """Return the statement that rewrites locked records; it returns how many it rewrote."""
    sets = "".join(f", {column} = n.{column}" for column, _, _ in promoted_columns(resource))
    incoming, parameters = _incoming(resource, changes, "i.key")
    sql = f"""{incoming}, r as (
  update {resource.table} t set doc = n.doc, version = n.version, updated_at = %s,
    owner = n.owner, partner = n.partner{sets}
  from n where t.id = n.id and t.version = n.version - 1 returning 1
)"""
    parameters.append(now)
    moved = [one.id for one in changes if one.directory_changed]
    if moved:
        sql += (
            ", d as (update record set label = n.label, owner = n.owner, partner = n.partner "
            "from n where record.id = n.id and n.id = any(%s::uuid[]))"
        )
        parameters.append(moved)
    return _finished(sql, parameters, changes, work, who, now, "select count(*) from r")


def delete_statement(
    change: Change, work: Sequence[NewWork], who: Who, now: datetime
) -> tuple[str, list[Any]]:
    """Return the statement that removes one locked record and leaves a tombstone."""
    resource = change.resource
    incoming, parameters = _incoming(resource, [change], "i.key")
    sql = (
        f"{incoming}, r as (delete from {resource.table} where id = %s returning 1), "
        f"l as (delete from {resource.reference_table} where source = %s), "
        f"s as (delete from {resource.family}_attribute where owner = %s), "
        "d as (update record set deleted_at = %s, label = null where id = %s)"
    )
    parameters += [change.id, change.id, change.id, now, change.id]
    return _finished(sql, parameters, [change], work, who, now, "select count(*) from r")


def _incoming(resource: Resource, changes: Sequence[Change], key: str) -> tuple[str, list[Any]]:
    """Return the rows that the statement writes as `n`, one per change, and their parameters.

    They travel as one JSON list, in which documents keep their text, and what is sealed as one
    string of bytes: an array per column costs driver and server several times as much.
    """
    promoted = promoted_columns(resource)
    columns = [*COLUMNS[:-1], *((column, kind) for column, kind, _ in promoted)]
    given = ", ".join(f"{name} {kind}" for name, kind in [*columns, COLUMNS[-1]])
    names = ", ".join(f"i.{name}" for name, _ in columns)
    few = f" limit {FEW}" if len(changes) <= FEW else ""  # or the planner expects a hundred
    sql = (
        f"with n as materialized (select {names}, i.doc, {key} as key, "
        "substring(b.sealed from i.payload_at for i.changes_at - i.payload_at) as payload, "
        "substring(b.sealed from i.changes_at for i.changes_end - i.changes_at) as changes "
        f"from (select * from json_to_recordset(%s::json) as i({given}, doc json, "
        f"payload_at int, changes_at int, changes_end int){few}) i, "
        "(select %b::bytea as sealed) b)"
    )
    rows: list[dict[str, Json]] = []
    sealed: list[bytes] = []
    at = 1  # SQL counts from 1
    for one in changes:
        row: dict[str, Json] = {name: getattr(one, name) for name, _ in COLUMNS}
        row.update((column, promoted_value(one.raw, path)) for column, _, path in promoted)
        row["doc"] = Raw(one.body)
        row["payload_at"] = at
        row["changes_at"] = at = at + len(one.payload)
        row["changes_end"] = at = at + len(one.changes)
        rows.append(row)
        sealed += (one.payload, one.changes)
    return sql, [encode(rows).decode(), b"".join(sealed)]


def _finished(
    sql: str,
    parameters: list[Any],
    changes: Sequence[Change],
    work: Sequence[NewWork],
    who: Who,
    now: datetime,
    returning: str,
) -> tuple[str, list[Any]]:
    """Add what comes with every change: references, audit lines, events and work rows."""
    resource, action = changes[0].resource, changes[0].action
    gone = [(one.id, link) for one in changes for link in one.links_removed]
    if gone:
        sql += (
            f", g as (delete from {resource.reference_table} f using {LINKS} "
            "where f.source = x.source and f.path = x.path and f.target = x.target "
            "and f.role is not distinct from x.role)"
        )
        parameters.append(_link_rows(gone))
    new = [(one.id, link) for one in changes for link in one.links_added]
    if new:
        sql += (
            f", f as (insert into {resource.reference_table} "
            "(source, path, target, role, type, target_type) "
            f"select x.source, x.path, x.target, x.role, %s, x.target_type from {LINKS})"
        )
        parameters += [resource.name, _link_rows(new)]
    sql += """, a as (
  insert into audit (id, at, actor, actor_name, channel, request, action, type, subject, version,
    owner, partner, changes)
  select audit_id, %s, %s, %s, %s, %s, %s, %s, id, version, owner, partner, changes from n
), e as (
  insert into event (id, at, type, kind, state, subject, key, version, root, owner, partner,
    request, payload)
  select event_id, %s, %s, kind, state, id, key, version, root, owner, partner, %s, payload from n
)"""
    parameters += [now, who.id, who.name, who.channel, who.request, action, resource.name]
    parameters += [now, resource.name, who.request]
    if work:
        sql += f", w as ({INSERT})"
        parameters += insert_parameters(work)
    return f"{sql} {returning}", parameters


def _link_rows(rows: Sequence[tuple[str, Link]]) -> str:
    return encode([{"source": ident, **link._asdict()} for ident, link in rows]).decode()
