"""The write path: document, references, audit line, event and work rows in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from trunkline.documents.shape import Json
from trunkline.kernel.ddl import COLUMN_TYPES, column_name
from trunkline.kernel.references import Link
from trunkline.kernel.resource import Resource
from trunkline.leases.queue import INSERT, NewWork, insert_parameters

KEY_DIGITS = 6


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
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def promoted_columns(resource: Resource) -> list[tuple[str, str, str]]:
    """Return (column, SQL type, path) of each promoted attribute."""
    return [
        (column_name(one), COLUMN_TYPES[one.kind].split(maxsplit=1)[0], one.path)
        for one in resource.promote
    ]


COLUMNS: tuple[tuple[str, str], ...] = (
    ("id", "uuid"), ("version", "bigint"), ("kind", "text"), ("state", "text"),
    ("label", "text"), ("owner", "uuid"), ("partner", "uuid"), ("root", "uuid"),
    ("event_id", "uuid"), ("payload", "bytea"), ("audit_id", "uuid"), ("changes", "bytea"),
)  # fmt: skip


def create_statement(
    resource: Resource, changes: Sequence[Change], work: Sequence[NewWork], who: Who, now: datetime
) -> tuple[str, list[Any]]:
    """Return the statement that inserts records of one resource; it returns (id, key) rows."""
    names = "".join(f", {column}" for column, _, _ in promoted_columns(resource))
    key = f"%s || lpad(nextval('{resource.table}_key')::text, {KEY_DIGITS}, '0')"
    incoming, parameters = _incoming(resource, changes, key, resource.prefix)
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
    incoming, parameters = _incoming(resource, changes, "%s[ordinality]", _keys(changes))
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
    incoming, parameters = _incoming(resource, [change], "%s[ordinality]", _keys([change]))
    sql = (
        f"{incoming}, r as (delete from {resource.table} where id = %s returning 1), "
        f"l as (delete from {resource.reference_table} where source = %s), "
        f"s as (delete from {resource.family}_attribute where owner = %s), "
        "d as (update record set deleted_at = %s, label = null where id = %s)"
    )
    parameters += [change.id, change.id, change.id, now, change.id]
    return _finished(sql, parameters, [change], work, who, now, "select count(*) from r")


def _keys(changes: Sequence[Change]) -> list[str]:
    return [one.key for one in changes]


def _incoming(
    resource: Resource, changes: Sequence[Change], key: str, key_parameter: Any
) -> tuple[str, list[Any]]:
    """Return the rows that the statement writes as `n`, one per change, and their parameters.

    The documents travel as one JSON list, whose elements keep their text.
    """
    promoted = promoted_columns(resource)
    names = ", ".join([*(name for name, _ in COLUMNS), *(column for column, _, _ in promoted)])
    arrays = ", ".join(
        f"unnest(%s::{kind}[])"
        for kind in [*(kind for _, kind in COLUMNS), *(kind for _, kind, _ in promoted)]
    )
    key = key.replace("%s[", "(%s::text[])[")
    sql = (
        f"with n as materialized (select i.*, {key} as key from rows from ({arrays}, "
        f"json_array_elements(%s::json)) with ordinality as i({names}, doc, ordinality))"
    )
    parameters: list[Any] = [key_parameter]
    parameters += [[getattr(one, name) for one in changes] for name, _ in COLUMNS]
    parameters += [[promoted_value(one.raw, path) for one in changes] for _, _, path in promoted]
    parameters.append((b"[" + b",".join(one.body for one in changes) + b"]").decode())
    return sql, parameters


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
            f", g as (delete from {resource.reference_table} f using "
            "unnest(%s::uuid[], %s::text[], %s::uuid[], %s::text[]) "
            "as x(source, path, target, role) "
            "where f.source = x.source and f.path = x.path and f.target = x.target "
            "and f.role is not distinct from x.role)"
        )
        parameters += [*_link_columns(gone)]
    new = [(one.id, link) for one in changes for link in one.links_added]
    if new:
        sql += (
            f", f as (insert into {resource.reference_table} "
            "(source, path, target, role, type, target_type) "
            "select x.source, x.path, x.target, x.role, %s, x.target_type from "
            "unnest(%s::uuid[], %s::text[], %s::uuid[], %s::text[], %s::text[]) "
            "as x(source, path, target, role, target_type))"
        )
        parameters += [resource.name, *_link_columns(new), [one.target_type for _, one in new]]
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


def _link_columns(rows: Sequence[tuple[str, Link]]) -> list[list[Any]]:
    return [
        [ident for ident, _ in rows],
        [link.path for _, link in rows],
        [link.target for _, link in rows],
        [link.role for _, link in rows],
    ]
