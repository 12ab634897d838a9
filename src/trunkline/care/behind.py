"""Whose a record is: the customers that stand behind what was found, of whatever kind it is.

A line, a bill, an order or a site names its customer, their party or an account; a contact names
for whom it is one; an address says nothing, but what lies there does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from trunkline.geography.address import GeographicAddress
from trunkline.geography.site import GeographicSite
from trunkline.inventory.product import Product
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.party.account import BillingAccount
from trunkline.party.acting import holds
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.party.organization import Organization
from trunkline.party.role import PartyRole
from trunkline.rest.reads import note_read
from trunkline.workspace.search import Hit

PARTIES = (Individual, Organization)
PLACES = (GeographicAddress, GeographicSite)
AT_PLACES = (GeographicSite, Customer, BillingAccount, Product)
HOLDERS = ("customer", "billingAccount", "account", "issuedTo")
EACH_MAX = 20
AT_PLACES_MAX = 100


def customers_behind(work: Work, records: Collection[Document]) -> dict[str, list[Customer]]:
    """Return the customers behind each record by its id, newest first, as far as within reach.

    A customer stands for itself, and a party for all the customers that it is.
    """
    if work.actor.grant(Customer.resource, "read") is None:
        return {}
    named = {one.id: {*_named_by(work, one)} for one in records}
    _add_what_lies_there(work, [one.id for one in records if isinstance(one, PLACES)], named)
    _add_whose_contacts(work, [one.id for one in records if isinstance(one, PARTIES)], named)
    _add_holders(work, named)
    idents = {ident for some in named.values() for ident in some}
    found = work.many(Customer, idents)
    if parties := sorted(idents - {*found}):
        wanted = {"engagedParty.id": [*parties]}
        found |= {one.id: one for one in work.find(Customer, wanted, limit=AT_PLACES_MAX)}
    return {
        ident: sorted(
            (one for one in found.values() if one.id in some or _party_of(one) in some),
            key=lambda one: one.id, reverse=True,
        )[:EACH_MAX]
        for ident, some in named.items()
    }  # fmt: skip


def _named_by(work: Work, one: Document) -> Iterator[str]:
    """Yield the ids of the customers, parties and accounts that a record names as whose it is."""
    if isinstance(one, (Customer, *PARTIES)):
        yield one.id
    elif not isinstance(one, PartyRole) or holds(work, one):
        yield from _whose(one)


def _whose(one: Document) -> Iterator[str]:
    """Yield for whom a contact is, or whose a record is: the customer, else all who are named."""
    named = [each for each in one.raw.get("relatedParty") or () if isinstance(each, dict)]
    own = [each for each in named if each.get("role") == "customer"]
    holders = [one.raw.get(name) for name in HOLDERS] if not named else []
    for each in (*(own or named), *holders):
        if isinstance(each, dict) and each.get("id"):
            yield str(each["id"])


def _add_what_lies_there(work: Work, places: Iterable[str], named: dict[str, set[str]]) -> None:
    """Add whose sites, accounts and products lie at a place, or at a site of it."""
    at = {place: {place} for place in places}
    for kind in AT_PLACES if at else ():
        if work.actor.grant(kind.resource, "read") is None:
            continue
        everywhere = sorted({ident for some in at.values() for ident in some})
        for one in work.find(kind, {"place.id": [*everywhere]}, limit=AT_PLACES_MAX):
            its = {str(each["id"]) for each in one.raw.get("place") or () if "id" in each}
            for place, inside in at.items():
                if its & inside:
                    named[place] |= {*_named_by(work, one)}
                    inside |= {one.id} if isinstance(one, GeographicSite) else set()


def _add_whose_contacts(work: Work, people: Collection[str], named: dict[str, set[str]]) -> None:
    """Add for whom people are contacts at this time."""
    if not people or work.actor.grant(PartyRole.resource, "read") is None:
        return
    for role in work.find(PartyRole, {"engagedParty.id": [*people]}, limit=AT_PLACES_MAX):
        party = _party_of(role)
        if party in named and holds(work, role):
            named[party] |= {*_whose(role)}


def _add_holders(work: Work, named: Mapping[str, set[str]]) -> None:
    """Add whose the accounts are that were named in the place of a customer."""
    if work.actor.grant(BillingAccount.resource, "read") is None:
        return
    accounts = work.many(BillingAccount, {ident for some in named.values() for ident in some})
    for some in named.values():
        for account in [accounts[ident] for ident in some if ident in accounts]:
            some |= {*_whose(account)}


def _party_of(one: Document) -> str:
    """Return the id of the party that a customer or a contact is."""
    party = one.raw.get("engagedParty")
    return str(party.get("id")) if isinstance(party, dict) else ""


def customers_of_hits(work: Work, hits: Collection[Hit]) -> dict[str, list[Customer]]:
    """Return the customers behind what a search found, by the id of each that is none itself."""
    grant = work.actor.grant(Customer.resource, "read")
    if grant is None or grant.reach == "own":
        return {}
    idents: dict[str, list[str]] = {}
    for one in hits:
        if one.kind != Customer.resource.name:
            idents.setdefault(one.kind, []).append(one.record)
    kinds = work.services.registry
    records = [
        one for kind, some in idents.items() for one in work.many(kinds[kind].type, some).values()
    ]
    found = customers_behind(work, records) if records else {}
    if any(found.values()):
        note_read(work.services, work.actor, grant, Customer.resource, None)
    return {ident: some for ident, some in found.items() if some}
