"""Who orders and where: a customer with the accounts, sites and drafts that the page offers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from trunkline.catalog.entry import LIVE
from trunkline.catalog.offering import ProductOffering
from trunkline.contract.agreement.usable import usable_lists
from trunkline.documents.shape import Json
from trunkline.geography.address import GeographicAddress
from trunkline.geography.site import GeographicSite
from trunkline.geography.validation import is_complete
from trunkline.inventory.product import Product
from trunkline.inventory.service import Service
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Document
from trunkline.kernel.select import array_of
from trunkline.ordering.product_order import ProductOrder
from trunkline.party.account import BillingAccount
from trunkline.party.customer import Customer, names_of
from trunkline.web.capture.below import Ids, below, take_in_users
from trunkline.web.capture.looking import Looking
from trunkline.web.postal import address_line
from trunkline.web.records import Branch, Record, seen, sees

SITES_READ = 200
PASTED_READ = 5000
ACCOUNTS_READ = 50
DRAFTS_READ = 6
ALIKE_READ = 100
SERVICES_READ = 60
CLOSED = ("cancelled", "former", "inactive")
REFERENCES = Customer.resource.reference_table
NAMED_BY = "relatedParty.id"


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
    """A customer and what it has; `agreements` are the names of those that it may order by."""

    customer: Record
    accounts: Sequence[Record] = ()
    sites: Mapping[str, Place] = field(default_factory=dict)
    more_sites: bool = False
    agreements: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Wanted:
    """What a page about an order asks for.

    `customer` is an id, key or other system's id; without it the customers are wanted that
    `parties` are. `sites` come first among the customer's, `products` with all inside, `changed`
    are those of them that may change to an offering like theirs.
    """

    customer: str = ""
    parties: Sequence[str] = ()
    sites: Sequence[str] = ()
    sites_max: int = SITES_READ
    products: Sequence[str] = ()
    changed: Sequence[str] = ()
    with_drafts: bool = False


def read_at_once(looking: Looking, wanted: Wanted) -> None:
    """Read a customer with accounts and sites, and products with what they run on, at once."""
    branches: list[Branch] = []
    if wanted.customer or wanted.parties:
        looking.actor.must(Customer.resource, "read")
        branches += _of_customer(looking, wanted)
    if wanted.products:
        looking.actor.must(Product.resource, "read")
        branches += _of_products(looking, wanted)
    if branches:
        looking.read(branches)
    if wanted.products:
        _take_in_users(looking, wanted)


def who_of(looking: Looking, ident: str) -> Who | None:
    """Return the customer of an id or key among what was read, with what it has."""
    found = looking.held(Customer)
    customer = next((one for one in found if ident in (one.id, one.key)), None)
    if customer is None and len(found) == 1 and ident:
        customer = found[0]  # named by another system's id
    return _who(looking, customer) if customer is not None else None


def customer_among(looking: Looking, parties: Sequence[str]) -> str:
    """Return the customer that the first of some parties is, of those that were read."""
    for party in parties:
        for one in looking.held(Customer):
            if party in names_of(one.id, one.raw):
                return one.id
    return ""


def drafts_of(looking: Looking) -> list[Record]:
    """Return the newest drafts of orders of the customer that was read."""
    drafts = [one for one in looking.held(ProductOrder) if one.internal_state == "draft"]
    return [seen(looking, one) for one in drafts]


def _who(looking: Looking, customer: Customer) -> Who:
    names = set(names_of(customer.id, customer.raw))
    accounts = [seen(looking, one) for one in _named(looking.held(BillingAccount), names)]
    sites = _named(looking.held(GeographicSite), names)
    addresses = {one.id: one for one in looking.held(GeographicAddress)}
    found = [place_of(seen(looking, one), addresses) for one in sites]
    return Who(
        seen(looking, customer),
        [one for one in accounts if one.document.get("state") == "active"],
        {one.id: one for one in sorted(found, key=lambda each: each.name.casefold())},
        len(found) >= SITES_READ,
        {one.agreement.id: one.agreement.name or one.name
         for one in usable_lists(looking, customer)},
    )  # fmt: skip


def _named(records: Sequence[Document], names: set[str]) -> list[Document]:
    """Return the records that name one of these parties."""
    return [
        one
        for one in records
        if any(party.get("id") in names for party in one.raw.get("relatedParty") or ())
    ]


def place_of(site: Record, addresses: Mapping[str, GeographicAddress]) -> Place:
    """Return a site as a place to order at, with its address where that is among some."""
    ids = _ids(site.document)
    known = next((addresses[one] for one in ids if one in addresses), None)
    text = address_line(known.raw) if known is not None else ""
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


# --- what is read ------------------------------------------------------------------------------


def _of_customer(looking: Looking, wanted: Wanted) -> Iterator[Branch]:
    buyer = _buyer(wanted)
    yield Branch(Customer.resource, f"t.id in ({buyer.text})", buyer.parameters)
    newest = f"order by t.id desc limit {ACCOUNTS_READ}"
    if sees(looking, BillingAccount.resource, NAMED_BY):
        yield _naming(BillingAccount, buyer, newest)
    if sees(looking, GeographicSite.resource, NAMED_BY):
        yield from _sites(looking, buyer, wanted)
    if wanted.with_drafts and sees(looking, ProductOrder.resource, NAMED_BY):
        drafts = _naming(ProductOrder, buyer, f"order by t.id desc limit {DRAFTS_READ}")
        text = f"t.p_internal_state = 'draft' and {drafts.text}"
        yield Branch(drafts.resource, text, drafts.parameters, drafts.tail)


def _sites(looking: Looking, buyer: Ids, wanted: Wanted) -> Iterator[Branch]:
    """Yield the sites of a customer, the chosen ones first, and what they lie at."""
    chosen = array_of(one for one in wanted.sites if UUID.match(one))
    tail = f"order by (t.id = any('{chosen}'::uuid[])) desc, t.id desc limit {wanted.sites_max}"
    sites = _naming(GeographicSite, buyer, tail)
    yield sites
    if sees(looking, GeographicAddress.resource):
        table = GeographicSite.resource.reference_table
        text = (
            f"t.id in (select f.target from {table} f "  # noqa: S608 - our own names
            "where f.type = 'GeographicSite' and f.path = 'place' and f.source in "
            f"(select t.id from {sites.resource.table} t where {sites.text} {tail}))"
        )
        yield Branch(GeographicAddress.resource, text, sites.parameters)


def _of_products(looking: Looking, wanted: Wanted) -> Iterator[Branch]:
    """Yield products with all inside and what they run on, and what the changed may become."""
    table = Product.resource.reference_table
    ids = array_of(one for one in wanted.products if UUID.match(one))
    yield from below(looking, Ids("select unnest(%s::uuid[])", [ids]))
    buyer = _buyer(wanted)
    if wanted.customer and sees(looking, Service.resource, NAMED_BY):
        yield _naming(Service, buyer, f"limit {SERVICES_READ}")
    if wanted.changed and sees(looking, ProductOffering.resource):
        offers = ProductOffering.resource.reference_table
        alike = (
            "t.p_lifecycle_status = any(%s) and t.id in (select a.source "  # noqa: S608
            f"from {table} h join {offers} s on s.source = h.target "
            f"join {offers} a on a.target = s.target where h.source = any(%s::uuid[]) "
            "and (h.type, h.path) = ('Product', 'productOffering') "
            "and (s.type, s.path) = ('ProductOffering', 'productSpecification') "
            "and (a.type, a.path) = ('ProductOffering', 'productSpecification'))"
        )
        changed = array_of(one for one in wanted.changed if UUID.match(one))
        tail = f"order by t.id desc limit {ALIKE_READ}"
        yield Branch(ProductOffering.resource, alike, [list(LIVE), changed], tail)


def _take_in_users(looking: Looking, wanted: Wanted) -> None:
    """Note that all was read which uses what the products run on, and the customer's services."""
    take_in_users(looking, wanted.products)
    services, customers = looking.held(Service), looking.held(Customer)
    if len(services) < SERVICES_READ and len(customers) == 1 and sees(looking, Service.resource):
        looking.has_all_naming(Service, NAMED_BY, names_of(customers[0].id, customers[0].raw))


def _buyer(wanted: Wanted) -> Ids:
    """Return the query for the customer that is wanted, or those that some parties are."""
    if wanted.customer:
        return customer_ids(wanted.customer)
    parties = array_of(one for one in wanted.parties if UUID.match(one))
    return Ids(
        "select k.id from customer k where k.id = any(%s::uuid[]) union all "  # noqa: S608
        f"select f.source from {REFERENCES} f where f.target = any(%s::uuid[]) "
        "and f.type = 'Customer' and f.path = 'engagedParty'",
        [parties, parties],
    )


def customer_ids(ident: str) -> Ids:
    """Return the query for the customer of an id, a key or another system's id."""
    alias = (
        "(select a.record from alias a where a.type = 'Customer' and a.value = %s "
        "order by a.system <> 'client', a.record limit 1)"
    )
    ident = ident.replace("\0", "")
    if UUID.match(ident):
        return Ids(
            f"select coalesce((select k.id from customer k where k.id = %s::uuid), {alias})",  # noqa: S608
            [ident, ident.lower()],
        )
    text = f"select coalesce((select k.id from customer k where k.key = %s), {alias})"  # noqa: S608
    return Ids(text, [ident, ident])


def _naming(kind: type[Document], buyer: Ids, tail: str) -> Branch:
    """Return the records of a kind that name the customer or its party."""
    resource = kind.resource
    text = (
        f"t.id in (select n.source from {resource.reference_table} n "  # noqa: S608
        f"where n.type = '{resource.name}' and n.path = 'relatedParty' and n.target in "
        f"({buyer.text} union all select e.target from {REFERENCES} e where e.type = 'Customer' "
        f"and e.path = 'engagedParty' and e.source in ({buyer.text})))"
    )
    return Branch(resource, text, [*buyer.parameters, *buyer.parameters], tail)
