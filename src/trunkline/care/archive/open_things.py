"""What is still open of a customer that has ended: it keeps the customer out of the archive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trunkline.care.archive.party_in_use import other_customers
from trunkline.kernel.ddl import is_scoped
from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.select import array_of
from trunkline.kernel.states import internal_state
from trunkline.kernel.work import Work
from trunkline.party.customer import CUSTOMER_LIFECYCLE, Customer

_beside: set[str] = {"Individual", "Organization", "Customer", "PartyRole", "GeographicSite"}
RESTING: Mapping[str, frozenset[str]] = {
    kind: frozenset(states.split())
    for kind, states in {
        "Fallout": "resolved",
        "CustomerRequest": "completed rejected",
        "TroubleTicket": "closed",
        "ServiceProblem": "closed",
        "CommunicationMessage": "failed",
        "PartyInteraction": "completed",
        "CustomerBill": "settled",
        "Payment": "done",
        "Refund": "done",
        "ProductOrder": "rejected",
        "ServiceOrder": "rejected",
        "OrderGroup": "completed partial canceled",
        "Quote": "accepted completed expired",
        "SalesOpportunity": "won lost",
        "PartyCampaign": "planned contacted unreachable responded refused accepted",
        "PaperDocument": "created reviewed approved published archived",
        "DuplicatePair": "notDuplicate merged",
        "PartyMerge": "done",
        "InventoryDifference": "ignored",
        "Resource": "available",
        "ResourcePool": "closed",
        "CheckServiceQualification": "done terminatedWithError",
        "QueryServiceQualification": "done terminatedWithError",
        "ProductOfferingQualification": "done terminatedWithError",
    }.items()
}
"""States in which records rest though others may follow: closed tickets may be opened again."""
FOUND = "select o.type, array_agg(o.id::text) from ({}) o(type, id) group by 1 order by 1"
OWNED = "select '{0.name}', t.id from {0.table} t where t.owner = %(party)s"
NAMED = (
    "select f.type, f.source from {} f where f.target = any(%(idents)s::uuid[]) "
    "and f.type = any(%(kinds)s)"
)
SOME = 500


def stays_beside(*kinds: type[Document]) -> None:
    """Let kinds of records not count as open things, though their states go on."""
    _beside.update(one.resource.name for one in kinds)


def open_thing_of(work: Work, customer: Customer, party: str | None) -> str | None:
    """Return in a few words what is open of a customer: a record that has not ended, or None.

    Of a party that is another customer, too, which goes on, only what names this one counts.
    """
    kinds = [one for one in work.services.registry if counts_as_open(one)]
    others = other_customers(work, customer, party) if party is not None else []
    shared = party is None or any(one not in CUSTOMER_LIFECYCLE.final for one in others)
    idents = [customer.id, *([] if shared or party is None else [party])]
    by_name = {one.name: one for one in kinds}
    for name, found in held_or_named(work, kinds, None if shared else party, idents):
        told = _open_among(work, by_name[name], found)
        if told is not None:
            return told
    return None


def held_or_named(
    work: Work, kinds: Sequence[Resource], party: str | None, idents: Sequence[str]
) -> list[tuple[str, list[str]]]:
    """Return by kind the ids of what a party owns and of what names any of these, in one go."""
    owned = [OWNED.format(one) for one in kinds if is_scoped(one) and party is not None]
    tables = sorted({one.reference_table for one in kinds})
    text = FOUND.format(" union ".join([*owned, *(NAMED.format(one) for one in tables)]))
    asked = {"party": party, "idents": array_of(idents), "kinds": [one.name for one in kinds]}
    found: list[tuple[str, list[str]]] = work.connection.execute(text, asked).fetchall()
    return found


def counts_as_open(resource: Resource) -> bool:
    """Tell whether records of a kind are open things until they end or rest."""
    return resource.lifecycle is not None and resource.name not in _beside


def _open_among(work: Work, resource: Resource, idents: list[str]) -> str | None:
    """Return the first of some records that neither ended nor rests."""
    assert resource.lifecycle is not None
    over = resource.lifecycle.final | RESTING.get(resource.name, frozenset())
    for at in range(0, len(idents), SOME):
        for one in work.many(resource.type, idents[at : at + SOME]).values():
            state = internal_state(resource, one.raw)
            if state is not None and state not in over:
                return f"{resource.title} {one.key} is {state}"
    return None
