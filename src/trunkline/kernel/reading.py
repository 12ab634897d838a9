"""Reading: rows to answers, within the reader's reach, classes and view, in one statement each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from trunkline.database.paging import NEWEST_FIRST, BadCursor, Order, cursor_of, page_rows
from trunkline.documents.decode import encode, load
from trunkline.documents.errors import Fault, Invalid, NotFound, refuse
from trunkline.documents.fields import pick_fields
from trunkline.documents.references import references
from trunkline.documents.shape import Json
from trunkline.kernel.actor import Actor, Grant
from trunkline.kernel.directory import Directory
from trunkline.kernel.filters import Condition, ListQuery
from trunkline.kernel.masks import Mask, hidden_paths, is_hidden, mask
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Document, Resource, View
from trunkline.kernel.select import Sql, order_terms, scope
from trunkline.kernel.services import Services
from trunkline.kernel.session import enter_scope, is_narrow
from trunkline.kernel.work import Work

COUNT_CAP = 10_000
OFFSET_MAX = 10_000
WIDE_FILTER_S = 2
ID_END = len('"id":""') + 36  # of a piece with the name of a reference
NAME = ID_END + len(',"name":')


class GenerationMoved(Exception):
    """Rights or configuration changed since the asker was recognised; ask who it is again."""


class Found(NamedTuple):
    """A record as stored: its document is JSON bytes.

    `named` has a piece `"id":"…","name":"…"` for each reference whose name is not stored with it.
    """

    id: str
    key: str
    version: int
    updated_at: datetime
    body: bytes
    named: Sequence[bytes]


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
            enter_scope(connection, actor, services.registry)
            yield connection
    else:
        with services.database.app.connection() as connection:
            yield connection


def _names_column(services: Services, resource: Resource) -> str:
    """Return the column of the present names of the records that are referred to, one per line."""
    names = services.registry.live_kinds(resource)
    if not names:
        return "null"
    kinds = ", ".join(f"'{name}'" for name in names)
    return (
        """(select string_agg('"id":"' || f.target || '","name":' || to_json(r.label), E'\\n') """
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
    row = _row(services, connection, scope(resource, actor, grant), resource, ident)
    if row is None:
        if generation is not None and generation_of(connection) != generation:
            raise GenerationMoved
        if UUID.match(ident):
            own = Directory(services.registry, connection, actor).named(resource, [ident])
            for found in own.values():
                row = _row(services, connection, scope(resource, actor, grant), resource, found)
    if row is None:
        raise NotFound("notFound", f"there is no {resource.title.lower()} {ident}")
    if generation is not None and row[6] != generation:
        raise GenerationMoved
    return _found(row)


def _row(
    services: Services, connection: Any, reach: Sql, resource: Resource, ident: str
) -> Sequence[Any] | None:
    """Return the row of a record within a reach; a UUID is taken for its id only."""
    if UUID.match(ident):
        reach.also("t.id = %s::uuid", ident)
    else:
        reach.also(
            "t.id = coalesce((select k.id from "
            f"{resource.table} k where k.key = %s), (select record from alias "
            "where type = %s and value = %s order by system <> 'client', record limit 1))",
            ident,
            resource.name,
            ident,
        )
    row: Sequence[Any] | None = connection.execute(
        f"select t.id::text, t.key, t.version, t.updated_at, t.doc, "
        f"{_names_column(services, resource)}, (select number from generation) "
        f"from {resource.table} t where {reach.text}",
        reach.parameters,
    ).fetchone()
    return row


def _found(row: Sequence[Any]) -> Found:
    ident, key, version, updated_at, body, named = row[:6]
    pieces = named.encode().split(b"\n") if named else ()
    return Found(ident, key, version, updated_at, body, pieces)


def found_of(document: Document, named: Sequence[bytes]) -> Found:
    """Return a record just written as if it had been read."""
    meta = document.meta
    assert meta.updated_at is not None
    return Found(meta.id, meta.key, meta.version, meta.updated_at, encode(document.raw), named)


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
    terms = order_terms(work.columns(resource), query.sorts)
    source, conditions = _source(work, resource, query, terms)
    condition = scope(resource, actor, grant)
    filters = work.filtered(resource, conditions)
    condition.also(filters.text, *filters.parameters)
    cap = "" if exact else f" limit {COUNT_CAP + 1}"
    try:
        page, parameters = page_rows(
            (source.text, source.parameters), "t.id, t.key, t.version, t.updated_at, t.doc",
            (condition.text, condition.parameters), terms,
            limit=query.limit + 1, offset=query.offset, cursor=query.after,
        )  # fmt: skip
    except BadCursor as error:
        raise Invalid("badCursor", "after= takes the cursor of a Link header only") from error
    shown = ", ".join(f"t.s{n}::text" for n in range(len(terms)))
    rows = work.connection.execute(
        "select t.id::text, t.key, t.version, t.updated_at, t.doc, "
        f"{_names_column(work.services, resource)}, (select count(*) from "
        f"(select 1 from {source.text} where {condition.text}{cap}) c), g.number, {shown} "
        f"from generation g left join ({page}) t on true",
        source.parameters + condition.parameters + parameters,
    ).fetchall()
    # Where the page has no record there is one row, of the total and the generation only.
    if rows[0][7] != work.generation:
        raise GenerationMoved
    if rows[0][0] is None and work.doubts(query.conditions):
        return list_page(work, actor, grant, resource, query, exact=exact)
    return _page(query, rows, cap)


def _source(
    work: Work, resource: Resource, query: ListQuery, terms: Sequence[Order]
) -> tuple[Sql, Sequence[Condition]]:
    """Return what the rows of a page come from, and the conditions on them that remain.

    Those that name one record are taken newest first from the index of references, which has them
    together: they may be few and old among very many others.
    """
    if terms[0].expression.startswith("a."):
        text = f"{resource.table} t left join {resource.family}_attribute a on a.owner = t.id"
        return Sql(f"{text} and a.name = %s", [query.sorts[0].path]), query.conditions
    for one in query.conditions if terms[0] == NEWEST_FIRST else ():
        if one.operator == "eq" and len(one.values) == 1 and UUID.match(str(one.values[0])):
            found = work.condition_targets(resource, one) or ()
            if len(found) == 1:
                text = (
                    f"(select distinct f.source from {resource.reference_table} f "
                    "where f.target = %s::uuid and f.type = %s and f.path = %s "
                    f"order by f.source desc offset 0) f join {resource.table} t on t.id = f.source"
                )
                path = one.path.rpartition(".")[0]
                rest = [other for other in query.conditions if other is not one]
                return Sql(text, [found[0], resource.name, path]), rest
    return Sql(f"{resource.table} t"), query.conditions


def is_wide(work: Work, resource: Resource, query: ListQuery) -> bool:
    """Tell whether a list has to go through all records, not indexes only, to filter or sort."""
    columns = work.columns(resource)
    return any(
        one.operator == "regex"
        or (not columns.is_quick(one.path) and work.condition_targets(resource, one) is None)
        for one in query.conditions
    ) or any(o.path in columns.indexed_runtime or not columns.is_quick(o.path) for o in query.sorts)


def _page(query: ListQuery, rows: Sequence[Any], cap: str) -> Page:
    total: int | None = rows[0][6]
    if cap and rows[0][6] > COUNT_CAP:
        total = None
    rows = [one for one in rows if one[0] is not None]
    more = len(rows) > query.limit
    rows = rows[: query.limit]
    cursor = cursor_of(rows[-1][8:]) if more and rows else None
    return Page([_found(row) for row in rows], total, cursor)


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
    """Return the JSON bytes of one record as the asker gets to see it."""
    return bodies_of(reader, [found], fields)[0]


def bodies_of(
    reader: Reader, rows: Sequence[Found], fields: Sequence[str] | None = None
) -> list[bytes]:
    """Return the JSON bytes of records as the asker gets to see them.

    Nothing to hide, pick or translate: the stored bytes go out unparsed.
    """
    hidden = hidden_paths(reader.resource, reader.grant.sees)
    is_shaped = fields is not None or reader.view is not None
    base = encode(reader.base)[:-1]
    bodies: list[bytes] = []
    for one in rows:
        ident = one.id.encode()
        head = b'{"id":"%b","href":%b/%b","key":"%b"' % (ident, base, ident, one.key.encode())
        body = None if is_shaped or hidden is not None else _with_names(one)
        if body is None:
            document = _shown(reader.resource, one, hidden)
            if is_shaped:
                document = _shaped(reader, load(head + b"}") | document, fields)
            body = encode(document)
        bodies.append(body if is_shaped else _joined(head, body))
    return bodies


def _shown(resource: Resource, found: Found, hidden: Mask | None) -> dict[str, Json]:
    """Return a stored document with the names of what it refers to, less what is hidden."""
    document = load(found.body)
    if found.named:
        names = {piece[6 : ID_END - 1].decode(): load(piece[NAME:]) for piece in found.named}
        fill_names(resource, document, names)
    return document if hidden is None else mask(document, hidden)


def _shaped(
    reader: Reader, document: dict[str, Json], fields: Sequence[str] | None
) -> dict[str, Json]:
    """Return a whole document in the reader's version, and only the attributes asked for."""
    if reader.view is not None:
        document = reader.view.outward(reader.resource.name, document)
    if fields is not None:
        document = pick_fields(document, fields, view=reader.view is not None)
    return document


def _joined(head: bytes, body: bytes) -> bytes:
    return head + (b"}" if body == b"{}" else b"," + body[1:])


def _with_names(found: Found) -> bytes | None:
    """Return the stored bytes with each name put behind the id that it belongs to.

    None where an id stands at other places than references, too: each reference has at least one
    place of its own, so equal numbers mean that these are all.
    """
    body = found.body
    named = found.named
    for piece in named if len(named) < 2 else set(named):
        parts = body.split(piece[:ID_END])  # half the time of counting and replacing
        if len(parts) - 1 != named.count(piece):
            return None
        body = piece.join(parts)
    return body


def fill_names(resource: Resource, document: dict[str, Json], names: Mapping[str, str]) -> None:
    """Set the present name of every referred-to record whose name is not stored."""
    for one in references(resource.type, document):
        name = names.get(one.id)
        if name is not None:
            one.holder["name"] = name
