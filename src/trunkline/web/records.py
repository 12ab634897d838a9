"""Records: what a visitor gets to see of the store, by the kernel's own reads, reach and masks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import psycopg

from trunkline.documents.decode import load
from trunkline.documents.errors import Invalid
from trunkline.documents.shape import Json
from trunkline.kernel.actor import Grant
from trunkline.kernel.filters import Condition, ListQuery, Schema, Sort
from trunkline.kernel.masks import Mask, hidden_paths, is_hidden, mask
from trunkline.kernel.reading import COUNT_CAP, Found, Page, Reader, body_of, list_page, retrieve
from trunkline.kernel.references import KEY, UUID
from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.row import ROW, document_of
from trunkline.kernel.select import Sql, array_of, scope
from trunkline.kernel.session import is_narrow
from trunkline.kernel.states import label_of
from trunkline.kernel.work import Work
from trunkline.rest.archived import must_see_archived, out_of_archive
from trunkline.rest.query import bad_pattern
from trunkline.rest.reads import note_read
from trunkline.screens.read_ahead import keep, read_ahead, sought
from trunkline.web.addresses import Addresses
from trunkline.web.postal import address_line

MENTIONS_MAX = 500
D = TypeVar("D", bound=Document)


@dataclass(frozen=True)
class Record:
    """One record as the visitor sees it; `hidden` is what is kept from the visitor, if anything."""

    resource: Resource
    id: str
    key: str
    version: int
    updated_at: datetime
    document: dict[str, Json]
    hidden: Mask | None

    @property
    def label(self) -> str:
        """What the record is called, its key where it has no name."""
        return called(self.resource, self.document) or self.key


def called(resource: Resource, document: Mapping[str, Json]) -> str | None:
    """Return what a record is called by its document; an address as its country writes it."""
    if "streetName" in resource.label and (line := address_line(document)):
        return line
    return label_of(resource, dict(document))


@dataclass(frozen=True)
class Listing:
    """One page of records; `total` is None where there are more than are counted."""

    records: Sequence[Record]
    total: int | None
    next: str | None


@dataclass(frozen=True)
class Mention:
    """A record that another one points at: how it is called and where its page is.

    `stored` is what references that keep its name say, in the order of the declaration.
    """

    key: str
    label: str
    address: str
    title: str
    stored: str = ""


def record_of(work: Work, resource: Resource, ident: str) -> Record:
    """Return a record by id, key or other system's id; 403 and 404 as the API refuses."""
    grant = work.actor.must(resource, "read")
    found = retrieve(
        work.services, work.connection, work.actor, grant, resource, ident, work.generation
    )
    must_see_archived(work.actor, resource, found.body)
    note_read(work.services, work.actor, grant, resource, found.id)
    return _seen(work, resource, found)


def document_at(work: Work, kind: type[D], ident: str) -> D | None:
    """Return the record that an address names, as it is stored; None where none can be seen.

    A key is looked for alone: that is one statement less than looking for other names, too.
    """
    work.actor.must(kind.resource, "read")
    if KEY.fullmatch(ident):
        return next(iter(sought(work, kind, {"key": ident}, limit=1)), None)
    return work.get(kind, ident)


def unmasked(document: Document) -> Record:
    """Return a record with all that is in it, to decide by; none of it is for the visitor."""
    meta = document.meta
    assert meta.updated_at is not None, "a stored record"
    return Record(
        document.resource, meta.id, meta.key, meta.version, meta.updated_at, document.raw, None
    )


def records_of(work: Work, resource: Resource, query: ListQuery) -> Listing:
    """Return one page of a list; refuses as the API does, with filterTooWide after 2 seconds."""
    grant = work.actor.must(resource, "read")
    query = out_of_archive(work.actor, resource, query)
    try:
        work.connection.execute("set local statement_timeout = '2s'")
        page: Page = list_page(work, work.actor, grant, resource, query)
    except psycopg.errors.QueryCanceled as error:
        quick = ", ".join(one.path for one in resource.promote if one.index)
        raise Invalid(
            "filterTooWide",
            f"this filter or sort would read too many records; narrow it by key or {quick}",
        ) from error
    except psycopg.errors.InvalidRegularExpression as error:
        raise bad_pattern(query, str(error.diag.message_primary)) from error
    note_read(work.services, work.actor, grant, resource, None)
    return Listing([_seen(work, resource, one) for one in page.rows], page.total, page.next)


def matching(
    work: Work,
    resource: Resource,
    wanted: Mapping[str, Iterable[Any]],
    *,
    limit: int,
    sort: str | None = None,
) -> Listing | None:
    """Return the newest records whose values at the paths are among the wanted ones.

    None where the visitor may not read them, or may not see what they are found by. `sort` names
    another order, newest first.
    """
    if work.actor.grant(resource, "read") is None:
        return None
    schema = Schema(resource)
    conditions = [
        Condition(path, *schema.leaf(path), "eq", tuple(values)) for path, values in wanted.items()
    ]
    hidden = hidden_of(work, resource)
    if hidden is not None and any(is_hidden(hidden, path) for path in wanted):
        return None
    sorts = (Sort(sort, schema.leaf(sort)[1], descending=True),) if sort else ()
    return records_of(work, resource, ListQuery(tuple(conditions), sorts, limit=limit))


def counts_of(work: Work, resources: Iterable[Resource]) -> dict[str, int | None]:
    """Return how many records of each kind the visitor may see, by name, in one statement.

    None is more than are counted.
    """
    texts: list[str] = []
    parameters: list[Any] = []
    for one in resources:
        condition = scope(one, work.actor, work.actor.must(one, "read"))
        shown = out_of_archive(work.actor, one, ListQuery(limit=0)).conditions
        filtered = work.filtered(one, shown)
        condition.also(filtered.text, *filtered.parameters)
        texts.append(
            f"(select '{one.name}', (select count(*) from (select 1 from {one.table} t "  # noqa: S608
            f"where {condition.text} limit {COUNT_CAP + 1}) c))"
        )
        parameters += condition.parameters
    if not texts:
        return {}
    rows = work.connection.execute(" union all ".join(texts), parameters).fetchall()
    return {name: None if count > COUNT_CAP else count for name, count in rows}


def hidden_of(work: Work, resource: Resource) -> Mask | None:
    """Return what of a resource is hidden from the visitor."""
    return hidden_paths(resource, work.actor.must(resource, "read").sees)


def sees(work: Work, resource: Resource, path: str = "") -> bool:
    """Tell whether the visitor may read a kind of record, and what stands at a path of it."""
    if work.actor.grant(resource, "read") is None:
        return False
    hidden = hidden_of(work, resource)
    return not path or hidden is None or not is_hidden(hidden, path)


def mentions_of(
    work: Work, addresses: Addresses, idents: Mapping[str, Iterable[str]]
) -> dict[str, Mention]:
    """Return how records are called, by id, for ids by the name of their resource.

    What the visitor may not reach or does not exist is not in it.
    """
    found: dict[str, Mention] = {}
    for one in documents_of(work, idents):
        resource = one.resource
        address = addresses.of_record(resource, one.key) if addresses.has(resource) else ""
        shown = seen(work, one)
        stored = label_of(resource, shown.document) or ""
        found[one.id] = Mention(one.key, shown.label, address, resource.title, stored)
    return found


def seen(work: Work, one: Document) -> Record:
    """Return a record that the visitor reaches as the visitor sees it."""
    resource, meta = one.resource, one.meta
    hidden = hidden_of(work, resource)
    shown = one.raw if hidden is None else mask(one.raw, hidden)
    updated = meta.updated_at
    assert updated is not None, "it was read from its table"
    return Record(resource, meta.id, meta.key, meta.version, updated, shown, hidden)


def documents_of(work: Work, idents: Mapping[str, Iterable[str]]) -> list[Document]:
    """Return the records with ids by the name of their resource, those that the visitor reaches.

    What the transaction has not read yet is read in one statement.
    """
    return documents_and(work, idents, ())[0]


def documents_and(
    work: Work, idents: Mapping[str, Iterable[str]], beside: Sequence[Branch]
) -> tuple[list[Document], list[Document]]:
    """Return the same, and what other branches find, all in one statement; those are kept, too."""
    known = read_ahead(work).found
    wanted: list[tuple[Resource, list[str]]] = []
    for name, named in idents.items():
        resource = work.services.registry.resources.get(name)
        ids = [one.lower() for one in named if UUID.match(one)][:MENTIONS_MAX]
        if resource is not None and ids and work.actor.grant(resource, "read") is not None:
            wanted.append((resource, ids))
    unread = {
        resource.name: (resource, new)
        for resource, ids in wanted
        if (new := [one for one in ids if (resource.name, one) not in known])
    }
    branches = [
        Branch(resource, "t.id = any(%s::uuid[])", [array_of(new)])
        for resource, new in unread.values()
    ]
    found = select_each(work, [*branches, *beside])
    for (name, (_, new)), read in zip(unread.items(), found, strict=False):
        keep(work, name, new, read)
    others = [one for some in found[len(branches) :] for one in some]
    for one in others:
        keep(work, one.resource.name, (), [one])
    both = [known.get((resource.name, one)) for resource, ids in wanted for one in ids]
    return [one for one in both if one is not None], others


VERSION = ROW.replace("t.doc", "'{}'::json")


@dataclass(frozen=True)
class Branch:
    """Records of one kind, `t`, to be read among others; `tail` is their order and limit.

    What rules decide by (`is_for_rules`) is read for who may not read that kind at all, too. Of
    records that are known but for their version (`only_version`) nothing else is read.
    """

    resource: Resource
    text: str
    parameters: Sequence[Any]
    tail: str = ""
    is_for_rules: bool = False
    only_version: bool = False


def naming(
    work: Work, resource: Resource, path: str, idents: Iterable[str], limit: int | None = None
) -> Branch | None:
    """Return the records of a kind whose reference at a path names one of others, newest first.

    None where the visitor may not see that.
    """
    if not sees(work, resource, f"{path}.id"):
        return None
    return naming_any(resource, path, idents, limit)


def naming_any(
    resource: Resource, path: str, idents: Iterable[str], limit: int | None = None
) -> Branch:
    """Return the same whether or not the visitor may see that path: what is decided by."""
    return Branch(
        resource,
        f"t.id in (select f.source from {resource.reference_table} f "  # noqa: S608 - our own name
        "where f.target = any(%s::uuid[]) and f.type = %s and f.path = %s)",
        [array_of(one for one in idents if UUID.match(one)), resource.name, path],
        "" if limit is None else f"order by t.id desc limit {limit}",
    )


def within_reach(work: Work, one: Branch) -> Sql:
    """Return the condition on a branch's records that keeps to the visitor's reach."""
    if one.is_for_rules and work.actor.grant(one.resource, "read") is None:
        grant = Grant("own" if is_narrow(work.actor) else "all")
    else:
        grant = work.actor.must(one.resource, "read")
    condition = scope(one.resource, work.actor, grant)
    condition.also(one.text, *one.parameters)
    return condition


def select_among(work: Work, branches: Sequence[Branch]) -> list[Document]:
    """Return records of several kinds within the visitor's reach, read in one statement."""
    return [one for found in select_each(work, branches) for one in found]


def select_each(work: Work, branches: Sequence[Branch]) -> list[list[Document]]:
    """Return the same for each branch by itself."""
    texts: list[str] = []
    parameters: list[Any] = []
    for number, one in enumerate(branches):
        condition = within_reach(work, one)
        texts.append(
            f"(select {number}, {VERSION if one.only_version else ROW} "  # noqa: S608
            f"from {one.resource.table} t "
            f"where {condition.text} {one.tail})"
        )
        parameters += condition.parameters
    found: list[list[Document]] = [[] for _ in branches]
    if texts:
        for row in work.connection.execute(" union all ".join(texts), parameters).fetchall():
            found[row[0]].append(document_of(branches[row[0]].resource.type, row[1:]))
    return found


def _seen(work: Work, resource: Resource, found: Found) -> Record:
    grant = work.actor.must(resource, "read")
    document: dict[str, Json] = load(body_of(Reader(resource, grant, ""), found))
    for name in ("id", "href", "key"):
        document.pop(name, None)
    return Record(
        resource,
        found.id,
        found.key,
        found.version,
        found.updated_at,
        document,
        hidden_paths(resource, grant.sees),
    )
