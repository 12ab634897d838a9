"""Tables: the statements that bring the database to what the declarations say, additions only."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Protocol

from trunkline.documents.shape import snake_case
from trunkline.kernel.resource import Promoted, Registry, Resource

COLUMN_TYPES = {
    "text": 'text collate "C"',
    "instant": "timestamptz",
    "number": "numeric",
    "boolean": "boolean",
}


class Connection(Protocol):
    """What is needed of a database connection here."""

    def execute(self, query: Any, params: Any = None, /) -> Any:
        """Run one statement."""


@cache
def column_name(promoted: Promoted) -> str:
    """Return the column of a promoted attribute."""
    return "p_" + snake_case(promoted.path.replace(".", "_"))


def statements(registry: Registry, connection: Connection) -> Iterator[str]:
    """Yield what is missing in the database, in order; nothing when it is current."""
    present = _present(connection)
    rows = connection.execute("select tablename::text, policyname::text from pg_policies")
    policies: set[tuple[str, str]] = set(rows.fetchall())
    families: set[str] = set()
    for resource in registry:
        if resource.family not in families:
            families.add(resource.family)
            if resource.reference_table not in present:
                yield from _reference_table(resource)
                yield from _side_table(resource)
        if resource.table not in present:
            yield from _table(resource)
        else:
            yield from _missing_columns(resource, present[resource.table])
        yield from _whole_kinds(resource, policies)


def _present(connection: Connection) -> dict[str, set[str]]:
    rows = connection.execute(
        "select table_name::text, column_name::text from information_schema.columns "
        "where table_schema = current_schema()"
    ).fetchall()
    found: dict[str, set[str]] = {}
    for table, column in rows:
        found.setdefault(table, set()).add(column)
    return found


def _table(resource: Resource) -> Iterator[str]:
    columns = "".join(
        f",\n  {column_name(one)} {COLUMN_TYPES[one.kind]}" for one in resource.promote
    )
    yield f"""create table {resource.table} (
  id uuid primary key,
  key text collate "C" not null unique,
  version bigint not null,
  shape smallint not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  owner uuid,
  partner uuid,
  brand text collate "C",
  line_of_business text collate "C",
  doc json not null{columns}
)"""
    yield f"create sequence {resource.table}_key"
    if is_scoped(resource):
        yield f"create index {resource.table}_owner on {resource.table} (owner, id)"
        yield (
            f"create index {resource.table}_partner on {resource.table} (partner, id) "
            "where partner is not null"
        )
    for one in resource.promote:
        if one.index:
            yield _index(resource, one)
    if is_scoped(resource):
        yield from _row_security(resource.table, "in_scope(owner, partner)")


def _index(resource: Resource, promoted: Promoted) -> str:
    column = column_name(promoted)
    name = f"{resource.table}_{column}"[:60]
    return f"create index {name} on {resource.table} ({column}, id)"


def _missing_columns(resource: Resource, present: set[str]) -> Iterator[str]:
    for one in resource.promote:
        column = column_name(one)
        if column not in present:
            yield f"alter table {resource.table} add column {column} {COLUMN_TYPES[one.kind]}"
            if one.index:
                yield _index(resource, one)


def _reference_table(resource: Resource) -> Iterator[str]:
    table = resource.reference_table
    yield f"""create table {table} (
  source uuid not null,
  path text collate "C" not null,
  target uuid not null,
  role text collate "C",
  type text collate "C" not null,
  target_type text collate "C" not null
)"""
    yield f"create index {table}_source on {table} (source)"
    yield f"create index {table}_target on {table} (target, type, path, source desc)"


def _side_table(resource: Resource) -> Iterator[str]:
    """Values of indexed run-time attributes; indexes are made once, before there is a row."""
    table = f"{resource.family}_attribute"
    yield f"""create table {table} (
  owner uuid not null,
  name text collate "C" not null,
  text text collate "C",
  number numeric,
  time timestamptz
)"""
    yield f"create index {table}_owner on {table} (owner, name)"
    yield f"create index {table}_text on {table} (name, text, owner)"
    yield f"create index {table}_number on {table} (name, number, owner) where number is not null"
    yield f"create index {table}_time on {table} (name, time, owner) where time is not null"
    seen = f"exists (select 1 from record r where r.id = {table}.owner)"
    yield from _row_security(table, seen, "true")


def is_scoped(resource: Resource) -> bool:
    """Tell whether records belong to somebody, so that row scope applies."""
    return resource.owner_is_self or bool(resource.owner)


def _row_security(table: str, predicate: str, written: str | None = None) -> Iterator[str]:
    yield f"alter table {table} enable row level security"
    yield f"alter table {table} force row level security"
    yield f"create policy app on {table} to trunkline_app using (true)"
    yield (
        f"create policy owned on {table} to trunkline_scoped "
        f"using ({predicate}) with check ({written or predicate})"
    )


def _whole_kinds(resource: Resource, present: set[tuple[str, str]]) -> Iterator[str]:
    """Let those through who may read or write every record of this kind."""
    for name, command in (("read", "select"), ("written", "all")):
        if is_scoped(resource) and (resource.table, f"wholly_{name}") not in present:
            yield (
                f"create policy wholly_{name} on {resource.table} for {command} "
                f"to trunkline_scoped using ('{resource}' = any((select kinds_{name}())::text[]))"
            )
