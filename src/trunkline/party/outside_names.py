"""Outside names of parties, customers and accounts: what other systems call them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from trunkline.party.account import BillingAccount
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.party.organization import Organization
from trunkline.rest.outside_names import OutsideName, outside_names
from trunkline.shared.outside_names import external_id, external_references

outside_names(Individual, Organization, Customer)(external_references)


@outside_names(BillingAccount)
def number_in_its_billing_system(raw: Mapping[str, Any]) -> Iterator[OutsideName]:
    """Yield the number of an account, given by the billing system that owns the account."""
    system = raw.get("billingSystem")
    for one in external_id(raw):
        yield one._replace(owner=system if isinstance(system, str) and system else None)
