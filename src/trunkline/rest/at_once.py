"""At once: what the checks of a new record will look at, read by the statement that locks it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from trunkline.kernel.directory import LOCKED
from trunkline.kernel.resource import Document
from trunkline.kernel.row import document_of
from trunkline.kernel.select import array_of
from trunkline.kernel.session import is_limited, is_narrow
from trunkline.kernel.work import Work

Wanted: TypeAlias = Mapping[type[Document], Collection[str]]
Version: TypeAlias = tuple[int, datetime | None]
HELD = (
    f"with held (id, type, label, owner, partner) as ({LOCKED.format('')}) "  # noqa: S608 - ours
    "select held.*, null::text, null::bigint, null::timestamptz, null::timestamptz, null::json "
    "from held"
)
KEYS = (  # not those of this very transaction: it may still be rolled back
    " union all select o.owner::text, null, null, encode(o.wrapped, 'base64'), null, null, null, "
    "null, null, null from owner_key o where o.created_at <> now() and o.owner in "
    "(select owner::uuid from held)"
)
DOCUMENTS = (
    " union all select t.id::text, '{0}', null, t.owner::text, t.partner::text, t.key, t.version, "
    "t.created_at, t.updated_at, t.doc from {0.table} t where t.id = any(%s::uuid[])"
)
VERSIONS = (
    " union all select t.id::text, '{0}', null, null, null, null, t.version, null, t.updated_at, "
    "null from {0.table} t where t.id = any(%s::uuid[])"
)


NAMING = (
    " union all select f.source::text, '{0}', null, null, null, f.path, null, "
    "null, null, null from {0.reference_table} f where f.target = any(%s::uuid[]) "
    "and f.type = '{0}' and f.path = %s"
)


@dataclass(frozen=True)
class AtOnce:
    """Documents, the versions of records that are known already, by their ids, and who names."""

    documents: dict[str, Document] = field(default_factory=dict)
    versions: dict[str, Version] = field(default_factory=dict)
    naming: set[str] = field(default_factory=set)


def read_at_once(
    work: Work, referred: Collection[str], documents: Wanted, versions: Wanted,
    named: tuple[type[Document], str, Collection[str]] | None = None,
) -> AtOnce | None:  # fmt: skip
    """Lock the records that will be referred to, and read others, all in one statement.

    `named` are records of a kind, and the path at which others of that kind name them.

    What is locked the work knows from then on, and the keys that what its owners own is sealed
    with. None, and nothing is read, for an actor with a narrow reach: which records that one meets
    is found out kind by kind.
    """
    if is_narrow(work.actor) or is_limited(work.actor):
        return None
    sql, parameters = HELD + KEYS, [array_of(sorted(referred))]
    for text, wanted in ((DOCUMENTS, documents), (VERSIONS, versions)):
        for kind, idents in wanted.items():
            sql += text.format(kind.resource)
            parameters.append(array_of(sorted(idents)))
    if named is not None:
        kind, path, idents = named
        sql += NAMING.format(kind.resource)
        parameters += [array_of(sorted(idents)), path]
    return _sorted_out(work, work.connection.execute(sql, parameters).fetchall())


def _sorted_out(work: Work, rows: list[tuple[Any, ...]]) -> AtOnce:
    found = AtOnce()
    held: list[tuple[Any, ...]] = []
    registry = work.services.registry
    for row in rows:
        ident, name, _, owner, partner, key, version, created_at, updated_at, doc = row
        if name is None:
            work.services.keyring.learn(ident, owner)
        elif key is not None and version is None:
            found.naming.add(ident)
        elif version is None:
            held.append(row[:5])
        elif doc is None:
            found.versions[ident] = (version, updated_at)
        else:
            stored = (ident, key, version, created_at, updated_at, owner, partner, doc)
            found.documents[ident] = document_of(registry[name].type, stored)
    work.directory.learn(held)
    return found
