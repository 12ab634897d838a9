"""The write path: documents, references, audit lines, events and work rows in one statement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any

from msgspec import Raw

from trunkline.documents.decode import encode
from trunkline.documents.key_format import key_format
from trunkline.documents.paths import value_at
from trunkline.documents.shape import Json
from trunkline.kernel.actor import Actor
from trunkline.kernel.ddl import COLUMN_TYPES, column_name
from trunkline.kernel.references import Link
from trunkline.kernel.resource import Meta, Resource
from trunkline.leases.queue import INSERT, NewWork, insert_parameters


@dataclass
class Change:
    """One record's change, computed and ready to be written.

    `version` is the one that the write makes. `action` is create, update or delete. `promoted` maps
    columns to values. The payload (document) and the changes are sealed when they are written.
    """

    resource: Resource
    meta: Meta
    version: int
    action: str
    kind: str
    state: str | None
    promoted: dict[str, Json]
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

    @property
    def id(self) -> str:
        """The id of the record."""
        return self.meta.id


def promoted_values(resource: Resource, raw: dict[str, Json]) -> dict[str, Json]:
    """Return the value of each promoted attribute by its column."""
    return {column: value_at(raw, path) for column, _, path in promoted_columns(resource)}


@cache
def promoted_columns(resource: Resource) -> list[tuple[str, str, str]]:
    """Return (column, SQL type, path) of each promoted attribute."""
    return [(column_name(one), COLUMN_TYPES[one.kind].split(maxsplit=1)[0], one.path)
            for one in resource.promote]  # fmt: skip


COLUMNS: tuple[tuple[str, str], ...] = (
    ("id", "uuid"), ("version", "bigint"), ("action", "text"), ("kind", "text"),
    ("state", "text"), ("label", "text"), ("owner", "uuid"), ("partner", "uuid"),
    ("root", "uuid"), ("event_id", "uuid"), ("audit_id", "uuid"),
)  # fmt: skip
NAMES = tuple(name for name, _ in COLUMNS)
GIVEN = attrgetter("meta.id", *NAMES[1:])
BESIDE = (
    "type text, held text, format text, numbers text, stored text, former bigint, moved boolean, "
    "doc json, payload_at int, changes_at int, changes_end int"
)
NEW_KEYS = (
    "k as materialized (select id, to_char(nextval(numbers::regclass), format) as key "
    "from i where stored = 'create')"
)
LINKS = (
    "json_to_recordset(%%(%(name)s)s::json) "
    "as x(source uuid, path text, target uuid, role text, type text, target_type text)"
)
LINKED = {
    "gone": "delete from {0} f using {1} where f.source = x.source and f.path = x.path "
    "and f.target = x.target and f.role is not distinct from x.role",
    "new": "insert into {0} (source, path, target, role, type, target_type) "
    "select source, path, target, role, type, target_type from {1}",
}
LOGGED = """a as (
  insert into audit (id, at, actor, actor_name, channel, request, action, type, subject, version,
    owner, partner, changes)
  select audit_id, %(now)s, %(who)s, %(who_name)s, %(channel)s, %(request)s, action, type, id,
    version, owner, partner, changes from n
), e as (
  insert into event (id, at, type, kind, state, subject, key, version, root, owner, partner,
    request, payload)
  select event_id, %(now)s, type, kind, state, id, key, version, root, owner, partner,
    %(request)s, payload from n
)"""
RECORDS = {
    "create": (
        "insert into record (id, type, label, owner, partner) "
        "select id, type, label, owner, partner from n where stored = 'create'"
    ),
    "update": (
        "update record r set label = n.label, owner = n.owner, partner = n.partner "
        "from n where r.id = n.id and n.moved"
    ),
    "delete": (
        "update record r set deleted_at = %(now)s, label = null from n "
        "where r.id = n.id and n.stored = 'delete'"
    ),
}


@dataclass
class _Stored:
    """What is stored of one record: the last of its changes, on top of the version before them."""

    last: Change
    action: str
    former: int
    moved: bool
    added: dict[tuple[str, str, str | None], Link]
    removed: dict[tuple[str, str, str | None], Link]

    def follow(self, change: Change) -> None:
        """Take in the next change of the same record."""
        self.last = change
        self.moved |= change.directory_changed and self.action == "update"
        for link in change.links_removed:
            if self.added.pop(link[:3], None) is None:
                self.removed[link[:3]] = link
        self.added.update((link[:3], link) for link in change.links_added)


def write_statement(
    changes: Sequence[Change],
    work: Sequence[NewWork],
    actor: Actor,
    request: str | None,
    now: datetime,
) -> tuple[str, dict[str, Any], int]:
    """Return the statement that writes changes of any kinds, and how many records it stores.

    It returns (id, key) of each record stored; one that somebody else has changed meanwhile is not
    among them. Of a record that changes more than once the last document is stored; every change
    has its audit line and its event.
    """
    stored = _stored(changes)
    parameters: dict[str, Any] = {"now": now, "request": request}
    parameters |= {"who": actor.id, "who_name": actor.name, "channel": actor.channel}
    _set_rows(changes, stored, parameters)
    linked = tuple(_set_links(stored.values(), parameters))
    if work:
        parameters["work"] = insert_parameters(work)[0]
    resources = tuple(sorted({one.resource for one in changes}, key=str))
    kinds = tuple(sorted({(one.last.resource.table, one.action) for one in stored.values()}))
    moved = any(one.moved for one in stored.values())
    return _statement(resources, kinds, linked, moved, bool(work)), parameters, len(stored)


@lru_cache(maxsize=1_000)
def _statement(
    resources: tuple[Resource, ...], kinds: tuple[tuple[str, str], ...],
    linked: tuple[tuple[str, ...], ...], moved: bool, works: bool,
) -> str:  # fmt: skip
    """Return the text that writes such changes: the same ones come again and again."""
    of_table, actions = {one.table: one for one in resources}, {action for _, action in kinds}
    parts = [_incoming(resources, is_new="create" in actions)]
    for number, (table, action) in enumerate(kinds):
        parts += _store(of_table[table], action, number)
    if not moved:
        actions.discard("update")
    parts += [f"d{number} as ({RECORDS[one]})" for number, one in enumerate(sorted(actions))]
    parts += [
        f"{name} as ({LINKED[action].format(table, LINKS % {'name': name})})"
        for table, action, name in linked
    ]
    parts.append(LOGGED)
    if works:
        parts.append(f"w as ({INSERT.replace('%s', '%(work)s')})")
    found = " union all ".join(f"select id, key from r{number}" for number in range(len(kinds)))
    return f"with {', '.join(parts)} {found}"


def _stored(changes: Sequence[Change]) -> dict[str, _Stored]:
    found: dict[str, _Stored] = {}
    for one in changes:
        if one.id not in found:
            found[one.id] = _Stored(one, one.action, one.version - 1, False, {}, {})
        found[one.id].follow(one)
    return found


def _set_rows(
    changes: Sequence[Change], stored: dict[str, _Stored], parameters: dict[str, Any]
) -> None:
    """Set the rows that the statement writes as `n`, one per change.

    They travel as one JSON list, in which documents keep their text, and what is sealed as one
    string of bytes: an array per column costs driver and server several times as much.
    """
    rows: list[dict[str, Json]] = []
    sealed: list[bytes] = []
    at = 1  # SQL counts from 1
    for one in changes:
        row: dict[str, Json] = dict(zip(NAMES, GIVEN(one), strict=True))
        row["type"], row["held"] = one.resource.name, one.meta.key
        whole = stored[one.id]
        if one is whole.last:
            row |= one.promoted
            row["doc"] = Raw(one.body)
            row["stored"], row["former"], row["moved"] = whole.action, whole.former, whole.moved
            if whole.action == "create":
                row["format"] = one.meta.format or key_format(one.resource.prefix)
                row["numbers"] = f"{one.resource.table}_key"
        row["payload_at"] = at
        row["changes_at"] = at = at + len(one.payload)
        row["changes_end"] = at = at + len(one.changes)
        rows.append(row)
        sealed += (one.payload, one.changes)
    parameters["rows"], parameters["sealed"] = encode(rows).decode(), b"".join(sealed)


def _incoming(resources: Sequence[Resource], *, is_new: bool) -> str:
    columns = dict(sorted((c, kind) for one in resources for c, kind, _ in promoted_columns(one)))
    given = ", ".join(f"{name} {kind}" for name, kind in (*COLUMNS, *columns.items()))
    key, keys = ("coalesce(k.key, i.held)", "left join k using (id)") if is_new else ("i.held", "")
    return (
        "i as materialized (select * from json_to_recordset(%(rows)s::json) "
        f"as i({given}, {BESIDE})), {f'{NEW_KEYS}, ' if is_new else ''}"
        f"n as materialized (select i.*, {key} as key, "
        "substring(b.sealed from payload_at for changes_at - payload_at) as payload, "
        "substring(b.sealed from changes_at for changes_end - changes_at) as changes "
        f"from i {keys} cross join (select %(sealed)b::bytea as sealed) b)"
    )


def _store(resource: Resource, action: str, number: int) -> Iterator[str]:
    """Yield the parts that make, rewrite or remove the records of one kind."""
    of_kind = f"n.stored = '{action}' and n.type = '{resource}'"
    there = f"{of_kind} and t.id = n.id and t.version = n.former returning t.id::text, t.key"
    columns = ["doc", "version", "owner", "partner", *(c for c, _, _ in promoted_columns(resource))]
    if action == "create":
        names = ", ".join(columns)
        yield (
            f"r{number} as (insert into {resource.table} (id, key, created_at, updated_at, {names})"
            f" select id, key, %(now)s, %(now)s, {names} from n where {of_kind} "
            "returning id::text, key)"
        )
    elif action == "update":
        sets = ", ".join(f"{one} = n.{one}" for one in columns)
        yield (
            f"r{number} as (update {resource.table} t set {sets}, updated_at = %(now)s "
            f"from n where {there})"
        )
    else:
        yield f"r{number} as (delete from {resource.table} t using n where {there})"
        beside = (resource.reference_table, "source"), (f"{resource.family}_attribute", "owner")
        for table, column in beside:
            gone = f"t.{column} = n.id and {of_kind}"
            yield f"{table} as (delete from {table} t using n where {gone})"


def _set_links(stored: Iterable[_Stored], parameters: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """Set the references to take off and to add; yield table, action and name of each list."""
    tables: dict[str, tuple[list[Json], list[Json]]] = {}
    for one in stored:
        resource, source = one.last.resource, one.last.id
        gone, new = tables.setdefault(resource.reference_table, ([], []))
        said = {"source": source, "type": resource.name}
        gone += [{**said, **link._asdict()} for link in one.removed.values()]
        new += [{**said, **link._asdict()} for link in one.added.values()]
    for number, (table, lists) in enumerate(sorted(tables.items())):
        for action, listed in zip(LINKED, lists, strict=True):
            if listed:
                parameters[f"{action}{number}"] = encode(listed).decode()
                yield table, action, f"{action}{number}"
