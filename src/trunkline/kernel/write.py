"""The write path: document, references, audit line, event and work rows in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from trunkline.kernel.ddl import COLUMN_TYPES, column_name
from trunkline.kernel.queue import INSERT, NewWork, insert_parameters
from trunkline.kernel.references import Link
from trunkline.kernel.resource import Resource
from trunkline.kernel.shape import Json

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


EVENT_COLUMNS = (
    "insert into event (id, at, type, kind, state, subject, key, version, root, owner, partner, "
    "request, payload)"
)
AUDIT_COLUMNS = (
    "insert into audit (id, at, actor, actor_name, channel, request, action, type, subject, "
    "version, owner, partner, changes)"
)


def create_statement(
    resource: Resource, changes: Sequence[Change], work: Sequence[NewWork], who: Who, now: datetime
) -> tuple[str, list[Any]]:
    """Return the statement that inserts records of one resource; it returns (id, key) rows."""
    promoted = promoted_columns(resource)
    names = "".join(f", {column}" for column, _, _ in promoted)
    arrays = "".join(f", %s::{kind}[]" for _, kind, _ in promoted)
    sql = f"""
with n as materialized (
  select i.*, %s || lpad(nextval('{resource.table}_key')::text, {KEY_DIGITS}, '0') as key
  from unnest(%s::uuid[], %s::json[], %s::uuid[], %s::uuid[], %s::text[], %s::uuid[], %s::text[],
    %s::uuid[], %s::bytea[], %s::uuid[], %s::bytea[]{arrays})
    as i(id, doc, owner, partner, label, root, state, event_id, payload, audit_id, changes{names})
), r as (
  insert into {resource.table}
    (id, key, version, created_at, updated_at, owner, partner, doc{names})
  select id, key, 1, %s, %s, owner, partner, doc{names} from n
), d as (
  insert into record (id, type, label, owner, partner)
  select id, %s, label, owner, partner from n
), {_links_insert(resource)}, a as (
  {AUDIT_COLUMNS}
  select audit_id, %s, %s, %s, %s, %s, 'create', %s, id, 1, owner, partner, changes from n
), e as (
  {EVENT_COLUMNS}
  select event_id, %s, %s, 'created', state, id, key, 1, root, owner, partner, %s, payload from n
){_work_insert(work)}
select id::text, key from n"""
    parameters: list[Any] = [resource.prefix]
    for attribute in ("id", "body", "owner", "partner", "label", "root", "state", "event_id",
                      "payload", "audit_id", "changes"):  # fmt: skip
        values = [getattr(one, attribute) for one in changes]
        parameters.append([v.decode() for v in values] if attribute == "body" else values)
    for _, _, path in promoted:
        parameters.append([promoted_value(one.raw, path) for one in changes])
    parameters += [now, now, resource.name]
    parameters += _links_parameters(resource, changes)
    parameters += [now, who.id, who.name, who.channel, who.request, resource.name]
    parameters += [now, resource.name, who.request]
    if work:
        parameters += insert_parameters(work)
    return sql, parameters


def update_statement(
    change: Change, work: Sequence[NewWork], who: Who, now: datetime
) -> tuple[str, list[Any]]:
    """Return the statement that rewrites one locked record; it returns a row when it did."""
    resource = change.resource
    promoted = promoted_columns(resource)
    sets = "".join(f", {column} = %s" for column, _, _ in promoted)
    sql = (
        f"with r as (update {resource.table} set doc = %s::json, version = %s, updated_at = %s, "
        f"owner = %s, partner = %s{sets} where id = %s and version = %s returning 1)"
    )
    parameters: list[Any] = [change.body.decode(), change.version, now, change.owner,
                             change.partner]  # fmt: skip
    parameters += [promoted_value(change.raw, path) for _, _, path in promoted]
    parameters += [change.id, change.version - 1]
    if change.directory_changed:
        sql += ", d as (update record set label = %s, owner = %s, partner = %s where id = %s)"
        parameters += [change.label, change.owner, change.partner, change.id]
    if change.links_removed:
        sql += (
            f", g as (delete from {resource.reference_table} f using "
            "unnest(%s::text[], %s::uuid[], %s::text[]) as x(path, target, role) "
            "where f.source = %s and f.path = x.path and f.target = x.target "
            "and f.role is not distinct from x.role)"
        )
        gone = list(change.links_removed)
        parameters += [
            [one.path for one in gone],
            [one.target for one in gone],
            [one.role for one in gone],
            change.id,
        ]
    if change.links_added:
        sql += ", " + _links_insert(resource)
        parameters += _links_parameters(resource, [change])
    return _history(sql, parameters, change, work, who, now)


def delete_statement(
    change: Change, work: Sequence[NewWork], who: Who, now: datetime
) -> tuple[str, list[Any]]:
    """Return the statement that removes one locked record and leaves a tombstone."""
    resource = change.resource
    sql = (
        f"with r as (delete from {resource.table} where id = %s returning 1), "
        f"g as (delete from {resource.reference_table} where source = %s), "
        f"s as (delete from {resource.family}_attribute where owner = %s), "
        "d as (update record set deleted_at = %s, label = null where id = %s)"
    )
    parameters: list[Any] = [change.id, change.id, change.id, now, change.id]
    return _history(sql, parameters, change, work, who, now)


def _history(
    sql: str,
    parameters: list[Any],
    change: Change,
    work: Sequence[NewWork],
    who: Who,
    now: datetime,
) -> tuple[str, list[Any]]:
    """Add the audit line, the event and the work rows that come with a change."""
    name = change.resource.name
    sql += (
        f", a as ({AUDIT_COLUMNS} values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s))"
        f", e as ({EVENT_COLUMNS} values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s))"
        f"{_work_insert(work)} select 1 from r"
    )
    parameters += [change.audit_id, now, who.id, who.name, who.channel, who.request,
                   change.action, name, change.id, change.version, change.owner, change.partner,
                   change.changes]  # fmt: skip
    parameters += [change.event_id, now, name, change.kind, change.state, change.id, change.key,
                   change.version, change.root, change.owner, change.partner, who.request,
                   change.payload]  # fmt: skip
    if work:
        parameters += insert_parameters(work)
    return sql, parameters


def _links_insert(resource: Resource) -> str:
    return (
        f"f as (insert into {resource.reference_table} "
        "(source, path, target, role, type, target_type) "
        "select x.source, x.path, x.target, x.role, %s, x.target_type from "
        "unnest(%s::uuid[], %s::text[], %s::uuid[], %s::text[], %s::text[]) "
        "as x(source, path, target, role, target_type))"
    )


def _links_parameters(resource: Resource, changes: Sequence[Change]) -> list[Any]:
    rows = [(one.id, link) for one in changes for link in one.links_added]
    return [
        resource.name,
        [ident for ident, _ in rows],
        [link.path for _, link in rows],
        [link.target for _, link in rows],
        [link.role for _, link in rows],
        [link.target_type for _, link in rows],
    ]


def _work_insert(work: Sequence[NewWork]) -> str:
    return f", w as ({INSERT})" if work else ""
