"""As of a date: records as they were at a moment, from what they are and what was changed since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from trunkline.documents.errors import Fault, Invalid
from trunkline.documents.shape import Json
from trunkline.documents.taking_back import taken_back
from trunkline.inventory.product import Product
from trunkline.inventory.resource import Resource
from trunkline.inventory.service import Service
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.rest.origins import opened

InventoryKind: TypeAlias = type[Product] | type[Service] | type[Resource]
KINDS: tuple[InventoryKind, ...] = (Product, Service, Resource)
RECORDS_MAX = 10_000
LIMIT = RECORDS_MAX + 1
PARTS = ("product", "realizingService", "realizingResource", "supportingService",
         "supportingResource")  # fmt: skip
SINCE = """
select subject::text, id::text, action, owner::text, changes from audit
where subject = any(%s::uuid[]) and at > %s order by subject, version desc
"""
GONE = """
select r.id::text from record r join record c on c.owner = r.owner
where c.id = %s and r.type = %s and r.deleted_at is not null limit %s
"""


def documents_at(
    work: Work, present: Mapping[str, Document], gone: Iterable[str], at: datetime
) -> dict[str, dict[str, Json]]:
    """Return records by id as they were; those that were not there yet are left out.

    `present` are those that are there now, `gone` the ids of removed ones. What has been erased
    with its owner's key cannot be told.
    """
    found: dict[str, dict[str, Json] | None] = {one: dict(d.raw) for one, d in present.items()}
    found |= {ident: {} for ident in gone if ident not in present}
    lost: set[str] = set()
    rows = work.connection.execute(SINCE, [list(found), at]).fetchall() if found else ()
    for subject, ident, action, owner, sealed in rows:
        changes = opened(work, ident, owner, sealed)
        held = found[subject]
        if changes is None:
            lost.add(subject)
        elif held is not None:
            found[subject] = None if action == "create" else taken_back(held, changes)
    return {one: raw for one, raw in found.items() if raw and one not in lost}


def _belongs(raw: dict[str, Json], customer: str) -> bool:
    return any(one.get("id") == customer for one in raw.get("relatedParty") or ())


def installed_base_at(
    work: Work, customer: str, at: datetime, kinds: Sequence[InventoryKind] = KINDS
) -> dict[str, dict[str, dict[str, Json]]]:
    """Return what a customer had at a moment, by kind and id: whatever the asker may read of it.

    Each kind costs three statements, however much there is. What has become somebody else's since
    is found by what the customer's products ran on then. Refuses (400) more than can be told.
    """
    found: dict[str, dict[str, dict[str, Json]]] = {}
    named: set[str] = set()
    is_past = at < work.now
    for kind in KINDS if is_past else kinds:
        if work.actor.grant(kind.resource, "read") is None:
            continue
        held = {one.id: one for one in work.find(kind, {"relatedParty.id": customer}, limit=LIMIT)}
        gone = work.connection.execute(GONE, [customer, kind.resource.name, LIMIT]).fetchall()
        if max(len(held), len(gone)) > RECORDS_MAX:
            message = f"has more than {RECORDS_MAX} at once; ask for lists, by page"
            raise Invalid.of([Fault("customer", "tooMany", message)])
        then = documents_at(work, held, [row[0] for row in gone], at)
        own = {one: raw for one, raw in then.items() if _belongs(raw, customer)}
        while is_past:
            named |= {one for raw in own.values() for one in _named(raw)}
            passed = work.many(kind, sorted(named - then.keys()))
            if not passed:
                break
            told = documents_at(work, passed, (), at)
            then |= {one: told.get(one, {}) for one in passed}
            own |= {one: raw for one, raw in told.items() if _belonged(raw, customer)}
        if kind in kinds:
            found[kind.resource.name] = own
    return found


def _named(raw: Mapping[str, Json]) -> Iterator[str]:
    """Yield the ids of what a record consists of or runs on."""
    for name in PARTS:
        yield from (str(one["id"]) for one in raw.get(name) or () if one.get("id"))


def _belonged(raw: dict[str, Json], customer: str) -> bool:
    """Tell whether what a customer's products ran on was the customer's.

    Whose it was before it passed to somebody else its history may not say.
    """
    return not raw.get("relatedParty") or _belongs(raw, customer)
