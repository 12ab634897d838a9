"""As of a date: records as they were at a moment, from what they are and what was changed since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

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
RECORDS_MAX = 1000
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

    Each kind costs three statements, however much there is.
    """
    found: dict[str, dict[str, dict[str, Json]]] = {}
    for kind in kinds:
        if work.actor.grant(kind.resource, "read") is None:
            continue
        held = work.find(kind, {"relatedParty.id": customer}, limit=RECORDS_MAX)
        gone = work.connection.execute(GONE, [customer, kind.resource.name, RECORDS_MAX])
        idents = [row[0] for row in gone.fetchall()]
        present = {one.id: one for one in held}
        then = documents_at(work, present, idents, at)
        found[kind.resource.name] = {
            one: raw for one, raw in then.items() if _belongs(raw, customer)
        }
    return found
