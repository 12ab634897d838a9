"""References to what is matched: people, organizations and customers."""

from __future__ import annotations

from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.party.organization import Organization
from trunkline.shared.party_reference import PartyReference

MATCHED = (Customer, Individual, Organization)
MATCHED_NAMES = tuple(one.resource.name for one in MATCHED)


class MatchedRef(PartyReference, targets=MATCHED_NAMES):
    """A reference to a person, an organization or a customer."""
