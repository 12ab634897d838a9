"""Merging: two tickets about the same trouble become one, and apart again without a loss.

The one that is merged is closed and points at the other, which takes its notes and attachments
along as copies, marked by where they come from.
"""

from __future__ import annotations

from typing import TypeVar

from trunkline.assurance.ticket.holding import must_work_on, open_ticket
from trunkline.assurance.ticket.ticket import (
    DUPLICATED,
    DUPLICATES,
    TicketRef,
    TicketRelationship,
    TroubleTicket,
)
from trunkline.documents.errors import Conflict
from trunkline.documents.patch import copied
from trunkline.kernel.work import Work
from trunkline.shared.attachment import AttachmentRefOrValue
from trunkline.shared.note import Note

FROM = "mergedFrom"
C = TypeVar("C", Note, AttachmentRefOrValue)


def merge_ticket(work: Work, ident: str, into: str) -> tuple[TroubleTicket, TroubleTicket]:
    """Merge an open ticket into another open one; return both, the one that stays last.

    Refuses (409) tickets of different customers, and one that is merged into itself.
    """
    duplicate, kept = open_ticket(work, ident), open_ticket(work, into)
    if duplicate.id == kept.id:
        raise Conflict("conflictSameTicket", f"{kept.key} cannot be merged into itself")
    if duplicate.meta.owner != kept.meta.owner:
        message = f"{duplicate.key} and {kept.key} are of different customers; relate them instead"
        raise Conflict("conflictCustomers", message)
    for one in (duplicate, kept):
        if one.merged_into is not None:
            message = f"{one.key} was merged into another one; take it out of that first"
            raise Conflict("conflictMerged", message)
    before, former = copied(kept.raw), copied(duplicate.raw)
    kept.note = [*kept.note, *_marked(duplicate.note, duplicate.id)]
    kept.attachment = [*kept.attachment, *_marked(duplicate.attachment, duplicate.id)]
    kept.trouble_ticket_relationship = [
        *kept.trouble_ticket_relationship, _relation(duplicate.id, DUPLICATED),
    ]  # fmt: skip
    duplicate.trouble_ticket_relationship = [
        *duplicate.trouble_ticket_relationship, _relation(kept.id, DUPLICATES),
    ]  # fmt: skip
    duplicate.merged_into = TicketRef(id=kept.id)
    duplicate.status_change_reason = f"the same as {kept.key}"
    duplicate.status = "resolved"
    work.save(duplicate, former)
    closed = copied(duplicate.raw)
    duplicate.status = "closed"
    work.save(duplicate, closed)
    work.save(kept, before)
    return duplicate, kept


def unmerge_ticket(work: Work, ident: str) -> tuple[TroubleTicket, TroubleTicket]:
    """Take a merged ticket out of the other one again; it goes on where it was.

    Refuses (409) a ticket that was never merged.
    """
    must_work_on(work)
    duplicate = work.lock(TroubleTicket, ident)
    if duplicate.merged_into is None:
        raise Conflict("conflictNotMerged", f"{duplicate.key} was not merged into another one")
    kept = work.lock(TroubleTicket, duplicate.merged_into.id)
    before, former = copied(kept.raw), copied(duplicate.raw)
    kept.note = [one for one in kept.note if one.raw.get(FROM) != duplicate.id]
    kept.attachment = [one for one in kept.attachment if one.raw.get(FROM) != duplicate.id]
    kept.trouble_ticket_relationship = _without(kept, duplicate.id, DUPLICATED)
    duplicate.trouble_ticket_relationship = _without(duplicate, kept.id, DUPLICATES)
    duplicate.merged_into = None
    duplicate.status_change_reason = f"not the same as {kept.key} after all"
    duplicate.status = "inProgress"
    work.save(duplicate, former)
    work.save(kept, before)
    return duplicate, kept


def _marked(found: list[C], source: str) -> list[C]:
    return [type(one).wrap({**copied(one.raw), FROM: source}) for one in found]


def _relation(ident: str, kind: str) -> TicketRelationship:
    return TicketRelationship(id=ident, relationship_type=kind)


def _without(ticket: TroubleTicket, ident: str, kind: str) -> list[TicketRelationship]:
    return [
        one
        for one in ticket.trouble_ticket_relationship
        if (one.id, one.relationship_type) != (ident, kind)
    ]
