"""Partners: who serves a party, so that the partner sees it and all that hangs on it.

A party names its partner in `relatedParty` with the role `partner`. Its customers, accounts, sites,
orders and products follow it unless they name another one.
"""

from __future__ import annotations

from trunkline.kernel.behaviour import enrich
from trunkline.kernel.work import Work
from trunkline.party.individual import Individual
from trunkline.party.organization import Organization
from trunkline.shared.party_reference import RelatedParty

PARTNER = "partner"


@enrich(Individual, Organization)
def name_the_partner(work: Work, party: Individual | Organization) -> None:
    """Note on a party that a partner's user enters that this partner serves it."""
    grant = work.actor.grant(party.resource, "create")
    named = any((one.role or "").lower() == PARTNER for one in party.related_party)
    if grant is None or grant.reach != "partner" or work.actor.partner is None or named:
        return
    partner = {"id": work.actor.partner, "role": PARTNER}
    party.related_party.append(RelatedParty.wrap(partner))
