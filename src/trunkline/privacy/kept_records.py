"""What is kept of who was erased: sealed with a key of the erasure's own, until its time is over.

The records that stay name nobody any more, so no list, search or export leads to the person. Who
has the right reads what they said, and the name and address that belong on them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trunkline.documents.decode import encode, load
from trunkline.documents.errors import NotFound
from trunkline.documents.patch import copied
from trunkline.documents.shape import Json, format_instant
from trunkline.identity.change import log
from trunkline.kernel.behaviour import handler
from trunkline.kernel.resource import Document
from trunkline.kernel.services import Services, bump_generation
from trunkline.kernel.work import Work
from trunkline.leases import queue
from trunkline.leases.queue import Row
from trunkline.matching.moving import without_rules
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.privacy.api import READ_KEPT
from trunkline.privacy.erasure_request import ErasureRequest
from trunkline.privacy.history import empty_history
from trunkline.privacy.pseudonym import Forgetting
from trunkline.privacy.stores import foreseen_in
from trunkline.privacy.subject import Subject
from trunkline.privacy.words import Words
from trunkline.workspace.timer import leased, look_again, rest

ENDS = "privacy.keptEnds"
AT_ONCE = 50
NAMED = ("givenName", "familyName", "formattedName", "legalName", "title")
KEEP = """
insert into erasure_kept (request, record, type, until, sealed) values (%s, %s, %s, %s, %s)
on conflict (request, record) do nothing
"""
FAR = "9999-12-31T00:00:00Z"


@dataclass(frozen=True)
class Original:
    """What a record that is kept said before the person was erased; `document` is that."""

    id: str
    kind: str
    until: datetime
    document: Json


def keep_record(
    work: Work, request: str, document: Document, until: datetime, original: Json | None
) -> None:
    """Note that a record stays until a day; what it said of the person is sealed apart."""
    sealed = None if original is None else _sealed(work, request, document.id, original)
    kind = document.resource.name
    work.connection.execute(KEEP, [request, document.id, kind, until, sealed])


def keep_identity(work: Work, request: str, subject: Subject) -> None:
    """Seal the name and the address that belong on what is kept; it ends with the last of that."""
    told: dict[str, Json] = {}
    person = work.get(Individual, subject.party)
    customers = work.find(Customer, {"engagedParty.id": subject.party})
    for one in (*customers, *([person] if person is not None else ())):
        told |= {name: copied(one.raw[name]) for name in (*NAMED, "name") if one.raw.get(name)}
        posts = [held for held in one.raw.get("contactMedium") or ()
                 if "street1" in (held.get("characteristic") or {})]  # fmt: skip
        if posts:
            told["contactMedium"] = copied(posts)
    sealed = _sealed(work, request, subject.party, told)
    work.connection.execute(KEEP, [request, subject.party, "Individual", FAR, sealed])


def _sealed(work: Work, request: str, record: str, said: Json) -> bytes:
    sealer = work.services.keyring.prepare(work.connection, [request])
    return sealer.seal(request, _place(record), encode(said))


def _place(record: str) -> str:
    return f"kept|{record}"


def originals_of(work: Work, ident: str) -> Iterator[Original]:
    """Yield what is kept of who was erased by a request; refuses (403) without the right.

    That somebody has read it stands in the access log.
    """
    work.actor.must_have(READ_KEPT)
    request = work.get(ErasureRequest, ident)
    if request is None:
        raise NotFound("notFound", f"there is no erasure request {ident}")
    log(work.services, work.connection, by=work.actor, action="readKept", subject=request.id,
        kind="ErasureRequest")  # fmt: skip
    rows = work.connection.execute(
        "select record::text, type, until, sealed from erasure_kept "
        "where request = %s and sealed is not null order by type, record",
        [request.id],
    ).fetchall()
    for record, kind, until, sealed in rows:
        body = work.services.keyring.open(
            work.connection, request.id, _place(record), bytes(sealed)
        )
        if body is not None:
            yield Original(record, kind, until, load(body))


def watch(work: Work, request: str) -> None:
    """Let what is kept go when its time is over; with nothing kept the name goes at once."""
    look_again(work, ENDS, [request], _next_end(work, request))


def _next_end(work: Work, request: str) -> datetime | None:
    (until,) = work.connection.execute(
        "select min(until) from erasure_kept where request = %s and until < %s", [request, FAR]
    ).fetchone()
    found: datetime | None = until
    return found


@handler(ENDS)
def kept_records_end(services: Services, row: Row) -> None:
    """Take the person out of kept records whose time is over; at the last the name goes, too."""
    with leased(without_rules(services), row) as work:
        due = work.connection.execute(
            "select record::text, type from erasure_kept where request = %s and until <= %s "
            "order by type, record limit %s",
            [row.subject, work.now, AT_ONCE],
        ).fetchall()
        request = work.get(ErasureRequest, row.subject)
        pseudonym = str(request.pseudonym) if request is not None else ""
        at = Forgetting(Words((), ()), pseudonym, frozenset(), {}, foreseen_in(work))
        for record, kind in due:
            _let_go(work, at, row.subject, record, kind)
        left = _next_end(work, row.subject)
        if left is None:
            _forget_all(work, row.subject)
            queue.finish(work.connection, row)
        elif left <= work.now:
            queue.put_back(work.connection, row, pause_s=0, free=True)
        else:
            rest(work, row, pause_s=(left - work.now).total_seconds())


def _let_go(work: Work, at: Forgetting, request: str, record: str, kind: str) -> None:
    declared = work.services.registry[kind]
    document: Any = work.many(declared.type, [record]).get(record)
    if document is not None:
        before = copied(document.raw)
        after = at.own_record(declared, before, work.defined(declared))
        document.raw.clear()
        document.raw.update(after)
        work.save_all([(document, before)])
        empty_history(work, record, encode(after), [])
    work.connection.execute(
        "delete from erasure_kept where request = %s and record = %s", [request, record]
    )


def _forget_all(work: Work, request: str) -> None:
    """Destroy the key of what was kept, and what it sealed."""
    work.connection.execute("delete from erasure_kept where request = %s", [request])
    work.connection.execute("delete from owner_key where owner = %s", [request])
    bump_generation(work.connection)


def kept_by_kind(work: Work, request: str) -> list[dict[str, Json]]:
    """Return what is still kept of an erasure by kind: how many and until when at the latest."""
    rows = work.connection.execute(
        "select type, count(*), max(until) from erasure_kept where request = %s and until < %s "
        "group by type order by type",
        [request, FAR],
    ).fetchall()
    return [{"kind": kind, "kept": count, "keptUntil": format_instant(until)}
            for kind, count, until in rows]  # fmt: skip
