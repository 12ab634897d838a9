"""Who orders and where: a customer with the accounts, sites and drafts that the page offers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from trunkline.documents.errors import NotFound
from trunkline.documents.shape import Json
from trunkline.geography.address import GeographicAddress
from trunkline.geography.site import GeographicSite
from trunkline.geography.validation import is_complete
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Resource
from trunkline.kernel.states import label_of
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import ProductOrder
from trunkline.party.account import BillingAccount
from trunkline.party.customer import Customer
from trunkline.web.records import Record, matching, record_of

SITES_READ = 200
ACCOUNTS_READ = 50
DRAFTS_READ = 6
CLOSED = ("cancelled", "former", "inactive")


@dataclass(frozen=True)
class Place:
    """A site that something can be ordered at; `check` says what its address is worth.

    `places` are the ids of all that it lies at, its own among them.
    """

    id: str
    key: str
    name: str
    address: str = ""
    check: str = ""
    is_open: bool = True
    places: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Who:
    """A customer and what it has."""

    customer: Record
    accounts: Sequence[Record] = ()
    sites: Mapping[str, Place] = field(default_factory=dict)
    more_sites: bool = False


def who_of(work: Work, ident: str) -> Who | None:
    """Return the customer of an id or key, None where the visitor reaches none."""
    try:
        customer = record_of(work, Customer.resource, ident)
    except NotFound:
        return None
    engaged = customer.document.get("engagedParty")
    party = engaged.get("id") if isinstance(engaged, dict) else None
    ids = (customer.id, party) if isinstance(party, str) else (customer.id,)
    accounts = _naming(work, BillingAccount.resource, ids, ACCOUNTS_READ)
    sites = _naming(work, GeographicSite.resource, ids, SITES_READ)
    found = places_of(work, sites)
    return Who(
        customer,
        [one for one in accounts if one.document.get("state") == "active"],
        dict(sorted(found.items(), key=lambda one: one[1].name.casefold())),
        len(sites) >= SITES_READ,
    )


def drafts_of(work: Work, customer: str) -> Sequence[Record]:
    """Return the newest drafts of orders of a customer."""
    wanted = {"relatedParty.id": [customer], "internalState": ["draft"]}
    found = matching(work, ProductOrder.resource, wanted, limit=DRAFTS_READ)
    return found.records if found is not None else ()


def _naming(work: Work, resource: Resource, ids: Iterable[str], limit: int) -> list[Record]:
    """Return the records that name one of some parties.

    One is asked for at a time: several would be looked up among the names of other systems, too.
    """
    found: dict[str, Record] = {}
    for ident in ids:
        listing = matching(work, resource, {"relatedParty.id": [ident]}, limit=limit)
        found |= {one.id: one for one in (listing.records if listing is not None else ())}
    return list(found.values())[:limit]


def placed(work: Work, idents: Sequence[str]) -> list[frozenset[str]]:
    """Return for each of some sites, as far as they are reached, its id and those it lies at."""
    if not idents or work.actor.grant(GeographicSite.resource, "read") is None:
        return []
    found = work.many(GeographicSite, [one for one in idents if UUID.match(one)])
    return [frozenset((one.id, *_ids(one.raw))) for one in found.values()]


def places_of(work: Work, sites: Iterable[Record]) -> dict[str, Place]:
    """Return sites with their addresses, by id."""
    listed = list(sites)
    named = {ident for one in listed for ident in _ids(one.document)}
    may = work.actor.grant(GeographicAddress.resource, "read") is not None
    addresses = work.many(GeographicAddress, named) if may and named else {}
    return {one.id: _place(one, addresses) for one in listed}


def _place(site: Record, addresses: Mapping[str, GeographicAddress]) -> Place:
    ids = _ids(site.document)
    known = next((addresses[one] for one in ids if one in addresses), None)
    text = (label_of(known.resource, known.raw) or "") if known is not None else ""
    if known is not None:
        check = "Address known" if is_complete(known) else "Address incomplete"
    else:
        check = "Address hidden" if ids else "No address"
    is_open = site.document.get("status") not in CLOSED
    return Place(site.id, site.key, site.label, text, check, is_open, frozenset((site.id, *ids)))


def _ids(site: Mapping[str, Json]) -> list[str]:
    return [
        one["id"]
        for one in site.get("place") or ()
        if isinstance(one, dict) and isinstance(one.get("id"), str)
    ]
