"""Expanding: records that hang together with the ones asked for, put into the answer on request.

`?expand=accounts,primaryPerson` adds an attribute for each name. What is added is read as the
asker would read it alone: within reach, masked. It is left out where the asker may not read it
at all. One statement finds what belongs to all records of a page, one more reads each kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trunkline.documents.decode import encode
from trunkline.documents.errors import Fault, refuse
from trunkline.kernel.filters import Condition, ListQuery
from trunkline.kernel.masks import hidden_paths, is_hidden
from trunkline.kernel.reading import Found, Reader, bodies_of, list_page
from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.work import Work
from trunkline.rest.archived import READ, out_of_archive
from trunkline.rest.reads import note_read
from trunkline.rest.serving import serving_of

TARGETS_MAX = 1000


@dataclass(frozen=True)
class Expansion:
    """What may be put into an answer, under a name.

    `kinds` are those of the records, each with the path that must be seen to know that it belongs
    (empty: nothing). `links` is SQL of (record, target, rank), taking the ids of the records once;
    of the targets in reach the least rank comes first, and where it is no list only that counts.
    """

    name: str
    kinds: Mapping[type[Document], str]
    links: str
    is_list: bool = False


_offered: dict[str, dict[str, Expansion]] = {}


def offer(kind: type[Document], *expansions: Expansion) -> None:
    """Let answers with records of a kind be expanded."""
    _offered.setdefault(kind.resource.name, {}).update({one.name: one for one in expansions})


def offered(resource: Resource) -> Sequence[str]:
    """Return the names that answers with a kind of record may be expanded by."""
    return [*_offered.get(resource.name, {})]


def asked_for(resource: Resource, text: str | None) -> list[Expansion]:
    """Return what a request wants to be added; refuses (400) names that are not offered."""
    names = [one.strip() for one in (text or "").split(",") if one.strip()]
    known = _offered.get(resource.name, {})
    if not known:
        return []
    words = ", ".join(known)
    refuse(
        [
            Fault("expand", "notExpandable", f"{one[:80]} cannot be added; name some of: {words}")
            for one in dict.fromkeys(names)
            if one not in known
        ]
    )
    return [known[one] for one in dict.fromkeys(names)]


def expanded(
    work: Work, wanted: Sequence[Expansion], bodies: Sequence[bytes], rows: Sequence[Found],
    prefix: str,
) -> list[bytes]:  # fmt: skip
    """Return the bodies of records with what is wanted added to each."""
    readable = [one for one in wanted if _kinds(work, one)]
    if not readable or not rows:
        return list(bodies)
    linked = _linked(work, readable, [one.id for one in rows])
    held = _held(work, readable, {target for each in linked.values() for target in each}, prefix)
    made = []
    for body, row in zip(bodies, rows, strict=True):
        pieces = [body[:-1]]
        for one in readable:
            own = [held[t] for t in linked.get((one.name, row.id), ()) if t in held]
            value = b"[" + b",".join(own) + b"]" if one.is_list else (own or [b"null"])[0]
            pieces.append(b",%b:%b" % (encode(one.name), value))
        made.append(b"".join(pieces) + b"}")
    return made


def _linked(
    work: Work, wanted: Sequence[Expansion], idents: Sequence[str]
) -> dict[tuple[str, str], list[str]]:
    """Return the ids of what belongs to records by expansion, the nearest first."""
    texts = " union all ".join(
        f"select %s, l.record::text, l.target::text, l.rank "  # noqa: S608 - declared
        f"from ({one.links}) l(record, target, rank)"
        for one in wanted
    )
    parameters: list[Any] = [each for one in wanted for each in (one.name, list(idents))]
    rows = work.connection.execute(
        f"select * from ({texts}) a(name, record, target, rank) order by rank, target",  # noqa: S608 - declared
        parameters,
    ).fetchall()
    found: dict[tuple[str, str], list[str]] = {}
    for name, record, target, _ in rows:
        own = found.setdefault((name, record), [])
        if target not in own:
            own.append(target)
    return found


def _held(
    work: Work, wanted: Sequence[Expansion], targets: set[str], prefix: str
) -> dict[str, bytes]:
    """Return the bodies of records by id, those that the asker may read."""
    kinds = {kind.resource.name: kind.resource for one in wanted for kind in _kinds(work, one)}
    query = ListQuery(
        (Condition("id", (), "text", "eq", tuple(sorted(targets)[:TARGETS_MAX])),),
        (),
        limit=TARGETS_MAX,
    )
    found: dict[str, bytes] = {}
    for resource in kinds.values() if targets else ():
        grant = work.actor.must(resource, "read")
        seen = query if work.actor.may(READ) else out_of_archive(work.actor, resource, query)
        page = list_page(work, work.actor, grant, resource, seen)
        rows = serving_of(resource, None).shown(work, resource, grant.sees, page.rows)
        bodies = bodies_of(Reader(resource, grant, prefix), rows)
        for row, body in zip(rows, bodies, strict=True):
            found[row.id] = body
            note_read(work.services, work.actor, grant, resource, row.id)
    return found


def _kinds(work: Work, one: Expansion) -> list[type[Document]]:
    """Return the kinds of an expansion that the asker may read, and see that they belong."""
    found = []
    for kind, path in one.kinds.items():
        grant = work.actor.grant(kind.resource, "read")
        hidden = hidden_paths(kind.resource, grant.sees) if grant is not None else None
        if grant is not None and not (path and hidden is not None and is_hidden(hidden, path)):
            found.append(kind)
    return found
