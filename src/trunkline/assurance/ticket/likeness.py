"""Doubles: open tickets that may be about the same trouble as another one."""

from __future__ import annotations

from datetime import timedelta

from trunkline.assurance.ticket.ticket import OPEN, TroubleTicket
from trunkline.kernel.references import UUID
from trunkline.kernel.work import Work

WITHIN = timedelta(days=30)
FOUND_MAX = 10
TROUBLED = frozenset({"Product", "Service", "Resource", "ProductOrder", "CustomerBill"})
"""Kinds of records that trouble is with; two tickets about one of them may be about the same."""
LIKE = """
select t.id::text from trouble_ticket t
where t.owner = %(owner)s and t.id <> %(id)s and t.p_status = any(%(open)s)
  and (t.p_creation_date is null or t.p_creation_date > %(since)s)
  and (exists (
      select 1 from assurance_reference f where f.source = t.id and f.type = 'TroubleTicket'
        and f.path = 'relatedEntity' and f.target = any(%(own)s::uuid[]))
    or t.p_ticket_type = %(kind)s and (cardinality(%(own)s::uuid[]) = 0 or not exists (
      select 1 from assurance_reference f where f.source = t.id and f.type = 'TroubleTicket'
        and f.path = 'relatedEntity' and f.target_type = any(%(troubled)s))))
order by t.id desc limit %(limit)s
"""


def like(work: Work, ticket: TroubleTicket) -> list[TroubleTicket]:
    """Return open tickets of the same customer that may be about the same, newest first.

    They are about the same product, service or order; where one of the two names none, they are of
    the same type.
    """
    owner = _owner(work, ticket)
    if owner is None:
        return []
    asked = {
        "owner": owner, "id": ticket.id, "open": list(OPEN), "since": work.now - WITHIN,
        "own": sorted(subjects(ticket)), "kind": ticket.ticket_type,
        "troubled": sorted(TROUBLED), "limit": FOUND_MAX,
    }  # fmt: skip
    rows = work.connection.execute(LIKE, asked).fetchall()
    found = work.many(TroubleTicket, [one for (one,) in rows])
    return sorted(found.values(), key=lambda one: one.id, reverse=True)


def subjects(ticket: TroubleTicket) -> frozenset[str]:
    """Return the ids of the things that a ticket is about."""
    return frozenset(
        one.id
        for one in ticket.related_entity
        if one.referred_type in TROUBLED and UUID.match(one.id)
    )


def _owner(work: Work, ticket: TroubleTicket) -> str | None:
    """Return whose ticket it is: the customer it names as such, of a new one, too."""
    for one in ticket.related_party:
        if (one.role or "").lower() != "customer" and one.referred_type != "Customer":
            continue
        if ticket.meta.owner is not None:
            return ticket.meta.owner
        target = work.directory.known.get(one.id)
        if target is None:
            return work.actor.party if one.id == work.actor.party else None
        is_self = work.services.registry[target.type].owner_is_self
        return target.id if is_self else target.owner
    return None
