"""Parties that are still in use: they stay in sight though a customer of theirs is archived."""

from __future__ import annotations

from trunkline.kernel.resource import Document
from trunkline.kernel.states import internal_state
from trunkline.kernel.work import Work
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.party.organization import Organization
from trunkline.party.role import PartyRole
from trunkline.rest.archived import lies_in_archive

OTHERS = (
    "select t.p_status from {} f join customer t on t.id = f.source where f.target = %s::uuid "
    "and f.type = 'Customer' and f.path = 'engagedParty' and f.source <> %s::uuid "
    "and t.p_is_archived is not true"
)
NAMED_BY: tuple[type[Document], ...] = (PartyRole, Customer, Organization, Individual)
NAMING = (
    "select f.source::text from {} f where f.target = %s::uuid and f.type = %s "
    "and f.source <> all(%s::uuid[])"
)
SIGNS_IN = "select 1 from principal p where p.party = %s::uuid and p.active limit 1"
SOME = 500


def other_customers(work: Work, customer: Customer, party: str) -> list[str]:
    """Return the states of the other customers in sight that a party is."""
    text = OTHERS.format(Customer.resource.reference_table)
    return [row[0] for row in work.connection.execute(text, [party, customer.id]).fetchall()]


def is_in_use(work: Work, customer: Customer, party: str) -> bool:
    """Tell whether a party is anything in sight beside a customer: another customer, somebody in a
    role, a contact or a part of others, or who signs in here."""
    if work.connection.execute(SIGNS_IN, [party]).fetchone() is not None:
        return True
    for kind in NAMED_BY:
        text = NAMING.format(kind.resource.reference_table)
        asked = [party, kind.resource.name, [customer.id, party]]
        found = [row[0] for row in work.connection.execute(text, asked).fetchall()]
        for at in range(0, len(found), SOME):
            if any(_is_live(one) for one in work.many(kind, found[at : at + SOME]).values()):
                return True
    return False


def _is_live(document: Document) -> bool:
    """Tell whether a record is in sight; a role that has ended names nobody any more."""
    lifecycle = document.resource.lifecycle
    is_over = (
        isinstance(document, PartyRole)
        and lifecycle is not None
        and internal_state(document.resource, document.raw) in lifecycle.final
    )
    return not is_over and not lies_in_archive(document.raw)
