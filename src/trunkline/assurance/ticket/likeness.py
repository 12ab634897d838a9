"""Doubles: open tickets that may be about the same trouble as another one."""

from __future__ import annotations

from datetime import timedelta

from trunkline.assurance.ticket.ticket import OPEN, TroubleTicket
from trunkline.kernel.references import UUID
from trunkline.kernel.select import Sql
from trunkline.kernel.work import Work

WITHIN = timedelta(days=30)
FOUND_MAX = 10
TROUBLED = frozenset({"Product", "Service", "Resource", "ProductOrder", "CustomerBill"})
"""Kinds of records that trouble is with; two tickets about one of them may be about the same."""
LIKE = """
select d.id from trouble_ticket d
where d.owner = %s and d.id <> %s and d.p_status = any(%s)
  and (d.p_creation_date is null or d.p_creation_date > %s)
  and (exists (
      select 1 from assurance_reference f where f.source = d.id and f.type = 'TroubleTicket'
        and f.path = 'relatedEntity' and f.target = any(%s::uuid[]))
    or d.p_ticket_type = %s and (cardinality(%s::uuid[]) = 0 or not exists (
      select 1 from assurance_reference f where f.source = d.id and f.type = 'TroubleTicket'
        and f.path = 'relatedEntity' and f.target_type = any(%s))))
order by d.id desc limit %s
"""


def like(work: Work, ticket: TroubleTicket) -> list[TroubleTicket]:
    """Return open tickets of the same customer that may be about the same, newest first.

    They are about the same product, service or order; where one of the two names none, they are of
    the same type.
    """
    asked = alike(work, ticket)
    if asked is None:
        return []
    sql = f"select l.id::text from ({asked.text}) l"  # noqa: S608 - our own text
    rows = work.connection.execute(sql, asked.parameters).fetchall()
    found = work.many(TroubleTicket, [one for (one,) in rows])
    return sorted(found.values(), key=lambda one: one.id, reverse=True)


def alike(work: Work, ticket: TroubleTicket) -> Sql | None:
    """Return the SQL that finds the ids of the same tickets; None where there can be none."""
    owner = _owner(work, ticket)
    if owner is None:
        return None
    own, since = sorted(subjects(ticket)), work.now - WITHIN
    return Sql(
        LIKE,
        [owner, ticket.id, list(OPEN), since, own, ticket.ticket_type, own, sorted(TROUBLED),
         FOUND_MAX],
    )  # fmt: skip


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
