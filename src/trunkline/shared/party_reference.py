"""References to parties, to the roles that they play and to their accounts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from trunkline.documents.shape import PERSONAL
from trunkline.shared.extensible import Extensible
from trunkline.shared.reference import Reference

PARTY_TARGETS = ("Individual", "Organization", "Customer", "PartyRole")
ACCOUNT_TARGETS = ("BillingAccount", "PartyAccount", "FinancialAccount", "SettlementAccount")


class PartyReference(Reference):
    """A reference whose name may be a person's."""

    name: Annotated[str | None, PERSONAL] = None


class RelatedParty(PartyReference, targets=PARTY_TARGETS):
    """A party or party role that has to do with a record, and in which role."""

    role: str | None = None


def customer_among(parties: Iterable[RelatedParty]) -> RelatedParty | None:
    """Return the first party in the role of the customer."""
    return next((one for one in parties if (one.role or "").lower() == "customer"), None)


class IndividualRef(PartyReference, targets=("Individual",)):
    """A reference to a person."""


class OrganizationRef(PartyReference, targets=("Organization",)):
    """A reference to an organization."""


class CustomerRef(PartyReference, targets=("Customer",)):
    """A reference to a customer."""


class PartyRoleRef(PartyReference, targets=("PartyRole",)):
    """A reference to a party role."""


class AccountRef(Extensible, targets=ACCOUNT_TARGETS):
    """A reference to an account of any kind; TMF629 asks for its name, TMF666 for its id."""

    id: str | None = None
    href: str | None = None
    name: Annotated[str | None, PERSONAL] = None
    description: Annotated[str | None, PERSONAL] = None
    referred_type: str | None = None


class BillingAccountRef(PartyReference, targets=("BillingAccount",)):
    """A reference to the account that pays."""
