"""Partners: who serves a party, so that the partner sees it and all that hangs on it.

A party names its partner in `relatedParty` with the role `partner`. Its customers, accounts, sites,
orders and products follow it unless they name another one. Where another partner serves it later,
or none, what stands follows; orders and what else has happened stay with who served it then.
"""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.documents.references import pick, references
from trunkline.kernel.behaviour import enrich, on
from trunkline.kernel.ddl import is_scoped
from trunkline.kernel.resource import Document, Resource, event
from trunkline.kernel.work import Work
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.party.organization import Organization
from trunkline.party.role import PartyRole
from trunkline.shared.party_reference import RelatedParty

PARTNER = "partner"
STANDING = {"TMF629", "TMF669", "TMF666", "TMF674", "TMF637", "TMF638", "TMF639"}
"""Roles, accounts, sites and what is installed."""
BESIDE = (("record", "id"), ("search_entry", "record"))


@enrich(Individual, Organization)
def name_the_partner(work: Work, party: Individual | Organization) -> None:
    """Note on a party that a partner's user enters that this partner serves it."""
    grant = work.actor.grant(party.resource, "create")
    named = any((one.role or "").lower() == PARTNER for one in party.related_party)
    if grant is None or grant.reach != "partner" or work.actor.partner is None or named:
        return
    partner = {"id": work.actor.partner, "role": PARTNER}
    party.related_party.append(RelatedParty.wrap(partner))


@on(*[event(kind, how) for kind in (Individual, Organization, Customer, PartyRole)
      for how in ("changed", "state_changed")])  # fmt: skip
def what_stands_follows(work: Work, served: Document) -> None:
    """Let roles, accounts, sites and products be the partner's who serves their customer now."""
    partner, waiting = served.meta.partner, [served.id]
    while waiting:
        above = waiting.pop()
        for one in _served_otherwise(work, above, partner):
            for table, column in ((one.resource.table, "id"), *BESIDE):
                work.connection.execute(
                    f"update {table} set partner = %s where {column} = %s",  # noqa: S608 - declared
                    [partner, one.id],
                )
            waiting.append(one.id)


def _served_otherwise(work: Work, above: str, partner: str | None) -> Iterator[Document]:
    """Yield what belongs to whom a record is about and has another partner, but names none."""
    for resource in work.services.registry:
        if not is_scoped(resource) or resource.api.number not in STANDING:
            continue
        paths = sorted({one.partition("[")[0] for one in resource.owner})
        rows = work.connection.execute(
            "select distinct r.id::text "  # noqa: S608 - a declared name
            f"from {resource.reference_table} f join record r on r.id = f.source "
            "where f.target = %s and f.type = %s and f.path = any(%s) "
            "and r.partner is distinct from %s::uuid and r.deleted_at is null",
            [above, resource.name, paths, partner],
        ).fetchall()
        for one in work.many(resource.type, [ident for (ident,) in rows]).values():
            if _follows(resource, one, above):
                yield one


def _follows(resource: Resource, document: Document, above: str) -> bool:
    found = references(resource.type, document.raw)
    if any(pick(found, one) for one in resource.partner):
        return False
    owner = next((one for path in resource.owner if (one := pick(found, path))), None)
    return owner is not None and owner.id == above
