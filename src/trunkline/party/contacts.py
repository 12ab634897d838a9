"""Contacts: the person whom a role names for a purpose, nearest to what it is about.

A role for the order comes before one for the account, and that before one for the customer; of
those that are as near the newest counts. Where nobody has the role, the first contact stands in,
and a customer who is a person speaks alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trunkline.kernel.work import Work
from trunkline.party.acting import holds
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.party.role import PartyRole

PRIMARY = "primary"


@dataclass(frozen=True)
class Sought:
    """What a contact is asked for: a role type, and the ids of what it is about."""

    role_type: str
    customer: str | None = None
    account: str | None = None
    product_order: str | None = None


@dataclass(frozen=True)
class Picked:
    """A person, and the role by which it was picked; none where the customer is that person."""

    person: Individual
    role: PartyRole | None


def pick(work: Work, sought: Sought) -> Picked | None:
    """Return whom to turn to, or None; roles that do not hold now are passed over."""
    for role_type in dict.fromkeys((sought.role_type, PRIMARY)):
        for role in _roles(work, sought, role_type):
            named = role.engaged_party.id if role.engaged_party else ""
            person = work.get(Individual, named) if named else None
            if person is not None:
                return Picked(person, role)
    customer = work.get(Customer, sought.customer) if sought.customer else None
    person = work.get(Individual, customer.engaged_party.id) if customer else None
    return Picked(person, None) if person is not None else None


def _roles(work: Work, sought: Sought, role_type: str) -> Iterator[PartyRole]:
    """Yield the roles of a type that hold, the nearest first and of those the newest."""
    for path, ident in (
        ("productOrder.id", sought.product_order),
        ("account.id", sought.account),
        ("relatedParty.id", sought.customer),
    ):
        if ident is None:
            continue
        for one in work.find(PartyRole, {path: ident, "roleType": role_type}):
            if holds(work, one) and _is_about(one, path):
                yield one


def _is_about(role: PartyRole, path: str) -> bool:
    """Return whether a role is for as much as that, not for one account or order of it only."""
    narrower = {"productOrder.id": [], "account.id": role.product_order,
                "relatedParty.id": [*role.product_order, *role.account]}  # fmt: skip
    return not narrower[path]
