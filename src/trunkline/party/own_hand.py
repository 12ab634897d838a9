"""Own hand: what customers and partners may not decide about parties, roles and accounts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from trunkline.documents.errors import Fault
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.party.account import ACCOUNT_TYPES, AnyAccount
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.party.organization import Organization
from trunkline.party.role import PartyRole
from trunkline.shared.own_hand import left_to_staff, noted_by_staff

MONEY = (
    "accountBalance", "creditLimit", "creditProfile", "creditRating", "paymentPlan",
    "paymentBehaviour", "paymentStatus", "paymentTerms", "debtCollection", "rating",
    "taxExemption", "taxExemptionCertificate",
)  # fmt: skip
GIVEN_BY_STAFF = ("code", "responsibility", "tag")
"""Rights, labels, and names that are given once, so that nobody learns which are taken."""
STANDING = (
    "account", "accountRelationship", "accountType", "agreement", "billingSystem", "currency",
    "customerSegment", "customerType", "engagedParty", "externalId", "externalReference",
    "financialAccount", "individualIdentification", "industry", "invoicingGroup",
    "isHeadOffice", "isLegalEntity", "legalForm", "lineOfBusiness",
    "organizationChildRelationship", "organizationIdentification",
    "organizationParentRelationship", "organizationType", "productOrder", "relatedParty",
    "roleType", "state", "status", "statusReason", "validFor",
)  # fmt: skip
for _kind in (Individual, Organization, Customer, PartyRole, *ACCOUNT_TYPES):
    noted_by_staff(_kind, "statusReason")
Held: TypeAlias = Individual | Organization | Customer | PartyRole | AnyAccount


@rule(Individual, Organization, Customer, PartyRole, *ACCOUNT_TYPES)
def own_hand_decides_no_standing(work: Work, old: Held | None, new: Held) -> Iterator[Fault]:
    """Refuse that customers and partners give themselves money, and customers their standing."""
    yield from left_to_staff(
        work.actor, old, new, money=(*MONEY, *GIVEN_BY_STAFF), standing=STANDING
    )
