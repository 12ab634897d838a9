"""Reading: rows to answers, within the reader's reach, classes and view, in one statement each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trunkline.documents.decode import encode, load
from trunkline.documents.errors import Fault, Invalid, NotFound, refuse
from trunkline.documents.shape import Json
from trunkline.kernel.actor import Actor, Grant
from trunkline.kernel.filters import ListQuery
from trunkline.kernel.masks import hidden_paths, is_hidden, mask
from trunkline.kernel.references import UUID, references
from trunkline.kernel.resource import Document, Resource, View
from trunkline.kernel.select import (
    Order,
    Sql,
    after_cursor,
    cursor_of,
    order_by,
    order_terms,
    scope,
)
from trunkline.kernel.services import Services
from trunkline.kernel.session import enter_scope, is_narrow
from trunkline.kernel.work import Work

COUNT_CAP = 10_000
OFFSET_MAX = 10_000
WIDE_FILTER_S = 2


class GenerationMoved(Exception):
    """Rights or configuration changed since the asker was recognised; ask who it is again."""


@dataclass(frozen=True)
class Found:
    """A record as stored: its document is JSON bytes; `names` are those of live references."""

    id: str
    key: str
    version: int
    updated_at: datetime
    body: bytes
    names: Mapping[str, str]


@dataclass(frozen=True)
class Page:
    """One page of a list. `total` is None where it is not known; `next` is a cursor."""

    rows: Sequence[Found]
    total: int | None
    next: str | None


@dataclass(frozen=True)
class Reader:
    """How an answer is made for one asker: base address, view, and what it may see."""

    resource: Resource
    grant: Grant
    prefix: str
    view: View | None = None

    @property
    def base(self) -> str:
        """The address of the collection, as the asker reaches it."""
        api = self.resource.api
        return f"{self.prefix}{self.view.base if self.view else api.base}/{self.resource.path}"


@contextmanager
def reading(services: Services, actor: Actor) -> Iterator[Any]:
    """Lend a connection for reading; a narrow actor's is watched by row-level security."""
    if is_narrow(actor):
        with services.database.scoped.connection() as connection, connection.transaction():
            enter_scope(connection, actor)
            yield connection
    else:
        with services.database.app.connection() as connection:
            yield connection


def _names_column(services: Services, resource: Resource) -> str:
    """Return the column that fetches the names of the records that are referred to."""
    names = services.registry.live_kinds(resource)
    if not names:
        return "null"
    kinds = ", ".join(f"'{name}'" for name in names)
    return (
        "(select json_object_agg(f.target, r.label) "
        f"from {resource.reference_table} f join record r on r.id = f.target "
        f"where f.source = t.id and f.target_type in ({kinds}) and r.label is not null)"
    )


def retrieve(
    services: Services, connection: Any, actor: Actor, grant: Grant, resource: Resource,
    ident: str, generation: int | None,
) -> Found:  # fmt: skip
    """Return one record by id, key or other system's id.

    Refuses 404 alike for one that does not exist and one out of reach. Raises GenerationMoved
    when the database is at another generation than the asker was recognised at.
    """
    if "\0" in ident:
        raise NotFound("notFound", f"there is no such {resource.title.lower()}")
    sql = scope(resource, actor, grant)
    if UUID.match(ident):
        sql.also("t.id = %s::uuid", ident)
    else:
        sql.also(
            "t.id = coalesce((select k.id from "
            f"{resource.table} k where k.key = %s), (select record from alias "
            "where type = %s and value = %s limit 1))",
            ident,
            resource.name,
            ident,
        )
    names = _names_column(services, resource)
    row = connection.execute(
        f"select t.id::text, t.key, t.version, t.updated_at, t.doc, {names}, "
        f"(select number from generation) from {resource.table} t where {sql.text}",
        sql.parameters,
    ).fetchone()
    if row is None:
        if generation is not None and generation_of(connection) != generation:
            raise GenerationMoved
        raise NotFound("notFound", f"there is no {resource.title.lower()} {ident}")
    if generation is not None and row[6] != generation:
        raise GenerationMoved
    return _found(row)


def _found(row: Sequence[Any]) -> Found:
    ident, key, version, updated_at, body, names = row[:6]
    return Found(ident, key, version, updated_at, body, load(names) if names else {})


def found_of(document: Document, names: dict[str, str]) -> Found:
    """Return a record just written as if it had been read."""
    meta = document.meta
    updated = meta.updated_at
    assert updated is not None
    return Found(meta.id, meta.key, meta.version, updated, encode(document.raw), names)


def generation_of(connection: Any) -> int:
    """Return the present configuration generation."""
    return int(connection.execute("select number from generation").fetchone()[0])


def list_page(
    work: Work, actor: Actor, grant: Grant, resource: Resource, query: ListQuery,
    *, exact: bool = False,
) -> Page:  # fmt: skip
    """Return one page of a list with its total, exact up to 10,000 or when `exact` asks for it.

    Refuses hidden or undeclared paths as notFilterable, offsetTooLarge, badCursor.
    """
    refuse_hidden(resource, grant, query)
    if query.offset > OFFSET_MAX:
        raise Invalid(
            "offsetTooLarge",
            f"offset goes up to {OFFSET_MAX}; follow the `next` Link of a page to go further",
        )
    columns = work.columns(resource)
    condition = scope(resource, actor, grant)
    filters = work.filtered(resource, query.conditions)
    condition.also(filters.text, *filters.parameters)
    terms = order_terms(columns, query.sorts)
    page = Sql(condition.text, list(condition.parameters))
    if query.after is not None:
        cursor = after_cursor(terms, query.after)
        page.also(cursor.text, *cursor.parameters)
    cap = "" if exact else f" limit {COUNT_CAP + 1}"
    rows = work.connection.execute(
        _page_statement(work.services, resource, condition, page, terms, cap),
        condition.parameters + page.parameters + [query.limit + 1, query.offset],
    ).fetchall()
    if (rows[0][7] if rows else generation_of(work.connection)) != work.generation:
        raise GenerationMoved
    return _page(work, resource, condition, query, rows, cap)


def _page_statement(
    services: Services,
    resource: Resource,
    condition: Sql,
    page: Sql,
    terms: Sequence[Order],
    cap: str,
) -> str:
    """Return the statement of a page; names are looked up for its own rows only."""
    sort_values = ", ".join(f"{one.expression}::text as s{n}" for n, one in enumerate(terms))
    sort_names = ", ".join(f"t.s{n}" for n in range(len(terms)))
    rows = (
        f"select t.id, t.key, t.version, t.updated_at, t.doc, {sort_values} "
        f"from {resource.table} t where {page.text} order by {order_by(terms)} limit %s offset %s"
    )
    return (
        f"select t.id::text, t.key, t.version, t.updated_at, t.doc, "
        f"{_names_column(services, resource)}, ({_count(resource, condition, cap)}), "
        f"(select number from generation), {sort_names} from ({rows}) t"
    )


def is_wide(work: Work, resource: Resource, query: ListQuery) -> bool:
    """Tell whether a list has to read documents, not indexes only, to filter or sort."""
    columns = work.columns(resource)
    return any(
        one.operator == "regex"
        or (not columns.is_quick(one.path) and work.condition_targets(resource, one) is None)
        for one in query.conditions
    ) or any(not columns.is_quick(one.path) for one in query.sorts)


def _page(
    work: Work, resource: Resource, condition: Sql, query: ListQuery, rows: Sequence[Any], cap: str
) -> Page:
    if rows:
        total: int | None = rows[0][6]
    elif query.offset == 0 and query.after is None:
        total = 0
    else:
        total = work.connection.execute(
            _count(resource, condition, cap),
            condition.parameters,
        ).fetchone()[0]
    if cap and total is not None and total > COUNT_CAP:
        total = None
    more = len(rows) > query.limit
    rows = rows[: query.limit]
    cursor = cursor_of(rows[-1][8:]) if more and rows else None
    return Page([_found(row) for row in rows], total, cursor)


def _count(resource: Resource, condition: Sql, cap: str) -> str:
    rows = f"select 1 from {resource.table} t where {condition.text}{cap}"
    return f"select count(*) from ({rows}) c"


def refuse_hidden(resource: Resource, grant: Grant, query: ListQuery) -> None:
    """Refuse a filter or sort on a value that the asker may not see, as if it did not exist."""
    hidden = hidden_paths(resource, grant.sees)
    if hidden is None:
        return
    asked = [(c.path, c.path, "notFilterable") for c in query.conditions]
    asked += [(s.path, f"sort={s.path}", "notSortable") for s in query.sorts]
    faults = [
        Fault(where, code, f"{resource} has no declared attribute {path.rpartition('.')[2]}")
        for path, where, code in asked
        if is_hidden(hidden, path)
    ]
    refuse(faults)


def body_of(reader: Reader, found: Found, fields: Sequence[str] | None = None) -> bytes:
    """Return the JSON bytes of one record as the asker gets to see it.

    Nothing to fill, hide, pick or translate: the stored bytes go out unparsed.
    """
    head = b'{"id":"%b","href":%b,"key":"%b"' % (
        found.id.encode(),
        encode(f"{reader.base}/{found.id}"),
        found.key.encode(),
    )
    hidden = hidden_paths(reader.resource, reader.grant.sees)
    if not found.names and hidden is None and fields is None and reader.view is None:
        return head + (b"}" if found.body == b"{}" else b"," + found.body[1:])
    document = load(found.body)
    if found.names:
        fill_names(reader.resource, document, found.names)
    if hidden is not None:
        document = mask(document, hidden)
    document = load(head + b"}") | document
    if reader.view is not None:
        document = reader.view.outward(reader.resource.name, document)
    if fields is not None:
        document = pick_fields(document, fields, view=reader.view is not None)
    return encode(document)


def fill_names(resource: Resource, document: dict[str, Json], names: Mapping[str, str]) -> None:
    """Set the present name of every referred-to record whose name is not stored."""
    for one in references(resource.type, document):
        name = names.get(one.id)
        if name is not None:
            one.holder["name"] = name


def pick_fields(document: dict[str, Json], fields: Sequence[str], *, view: bool) -> dict[str, Json]:
    """Return the chosen attributes, dotted ones too; id and href always, unknown ones never."""
    kept: dict[str, Json] = {one: document[one] for one in ("id", "href") if one in document}
    if view and "@type" in document:
        kept["@type"] = document["@type"]
    if list(fields) == ["none"]:
        return kept
    for name in fields:
        _copy(document, kept, name.split("."))
    return kept


def _copy(source: dict[str, Json], kept: dict[str, Json], path: list[str]) -> None:
    name, *rest = path
    if name not in source:
        return
    value = source[name]
    if not rest:
        kept[name] = value
    elif isinstance(value, dict):
        inner = kept.setdefault(name, {})
        if isinstance(inner, dict):
            _copy(value, inner, rest)
    elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
        inner = kept.setdefault(name, [{} for _ in value])
        for one, to in zip(value, inner, strict=False):
            if isinstance(one, dict) and isinstance(to, dict):
                _copy(one, to, rest)
