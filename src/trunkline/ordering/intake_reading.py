"""What the checks of a new order look at: locked and read by one statement before they begin."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from trunkline.catalog.closure import present
from trunkline.catalog.compatibility import RELATED, Naming
from trunkline.catalog.offering import ProductOffering
from trunkline.catalog.price import ProductOfferingPrice
from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.documents.references import Found, pick, references
from trunkline.documents.shape import Json
from trunkline.kernel.references import UUID
from trunkline.kernel.work import Work
from trunkline.ordering import order_catalog
from trunkline.ordering.capture.buyer import Buyers
from trunkline.ordering.product_order import ProductOrder
from trunkline.party.account import BillingAccount
from trunkline.party.customer import Customer
from trunkline.rest.at_once import read_at_once
from trunkline.rest.writing import reads_first

DRAFTS = ("draft", "pending")


@dataclass
class Accounts:
    """The billing accounts that were read before an order is checked, each for one look at it."""

    known: dict[str, BillingAccount] = field(default_factory=dict)


@reads_first(ProductOrder)
def read_for_intake(work: Work, sent: dict[str, Json]) -> None:
    """Lock what an order refers to and what the catalog adds; read customer and accounts.

    Of the catalog only the versions are read, where a snapshot from before may still serve.
    """
    if sent.get("state") in DRAFTS:
        return
    found = [one for one in references(ProductOrder, sent) if UUID.match(one.id)]
    customer = pick(found, "relatedParty[customer]")
    buyers = {customer.id} if customer is not None else set()
    accounts = _named(found, "BillingAccount")
    offerings, snapshot = frozenset(_named(found, "ProductOffering")), _snapshot(found)
    read = read_at_once(
        work,
        {one.id.lower() for one in found}.union(_added(snapshot, found, work)),
        {Customer: buyers, BillingAccount: accounts},
        order_catalog.versions_of(snapshot),
        (ProductOffering, RELATED, offerings),
    )
    if read is None:
        return
    known: Buyers = work.kept.setdefault(Buyers, Buyers())
    held: Accounts = work.kept.setdefault(Accounts, Accounts())
    for ident, document in read.documents.items():
        if isinstance(document, Customer):
            known.known[ident] = document
        elif isinstance(document, BillingAccount):
            held.known[ident] = document
    order_catalog.take_as_present(work, snapshot, read.versions)
    work.kept[Naming] = Naming(offerings, frozenset(read.naming))


def accounts_of(work: Work, idents: Iterable[str]) -> dict[str, BillingAccount]:
    """Return billing accounts by id: those read for this order, the others from the database."""
    held: Accounts = work.kept.pop(Accounts, Accounts())
    wanted = set(idents)
    found = {one: held.known[one] for one in wanted & held.known.keys()}
    missing = wanted - found.keys()
    return found | present(work, BillingAccount, missing) if missing else found


def _named(found: Sequence[Found], kind: str) -> set[str]:
    return {one.id for one in found if kind in one.shape.targets}


def _snapshot(found: Sequence[Found]) -> CatalogSnapshot:
    """Return what was read before of the catalog for an order; nothing, if it is about products."""
    if _named(found, "Product"):
        return CatalogSnapshot()
    offerings, specifications = (
        frozenset(_named(found, kind)) for kind in ("ProductOffering", "ProductSpecification")
    )
    wanted = order_catalog.Wanted(offerings, specifications)
    return order_catalog.seen_before(wanted) or CatalogSnapshot()


def _added(snapshot: CatalogSnapshot, found: Sequence[Found], work: Work) -> Iterable[str]:
    """Yield the ids of the specifications and prices that offerings bring into an order."""
    for ident in _named(found, "ProductOffering"):
        offering = snapshot.offerings.get(ident)
        if offering is None:
            continue
        if offering.product_specification is not None:
            yield offering.product_specification.id
        for one in snapshot.prices_of(offering, work.now):
            if isinstance(one, ProductOfferingPrice):
                yield one.id
