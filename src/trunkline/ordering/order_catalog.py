"""The part of the catalog that an order needs, found from its items."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from threading import Lock
from typing import NamedTuple, TypeAlias

from trunkline.catalog.closure import closure, present
from trunkline.catalog.compatibility import RELATED, Naming
from trunkline.catalog.offering import ProductOffering
from trunkline.catalog.price import ProductOfferingPrice
from trunkline.catalog.product_specification import ProductSpecification
from trunkline.catalog.resource_specification import ResourceSpecification
from trunkline.catalog.service_specification import ServiceSpecification
from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.catalog.snapshot import load as load_catalog
from trunkline.inventory.product import Product
from trunkline.inventory.resource import Resource
from trunkline.inventory.service import Service
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.ordering.capture.agreed import agreed_for
from trunkline.ordering.capture.buyer import buyer_of
from trunkline.ordering.installed import specification_id as specification_of
from trunkline.ordering.order_currency import currency_of
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import ProductOrderItem, placed_product_items
from trunkline.ordering.service_order import ServiceOrder
from trunkline.ordering.standalone_line import DomainLine, RootOrder, every_line

KEPT_MAX = 200
STAMPS = """
select id::text, version, updated_at from product_offering where id = any(%(ids)s::uuid[])
union all
select id::text, version, updated_at from product_offering_price where id = any(%(ids)s::uuid[])
union all
select id::text, version, updated_at from product_specification where id = any(%(ids)s::uuid[])
union all
select id::text, version, updated_at from service_specification where id = any(%(ids)s::uuid[])
union all
select id::text, version, updated_at from resource_specification where id = any(%(ids)s::uuid[])
union all
select distinct source::text, -1, null::timestamptz from catalog_reference
where target = any(%(ids)s::uuid[]) and type = 'ProductOffering' and path = %(related)s
"""
"""The versions of entries, and -1 of the offerings that name any of them."""

Stamps: TypeAlias = dict[str, tuple[int, datetime | None]]
NONE: frozenset[str] = frozenset()


class Wanted(NamedTuple):
    """The ids of entries that are asked for with all that they lead to, by their kind."""

    offerings: frozenset[str] = NONE
    specifications: frozenset[str] = NONE
    services: frozenset[str] = NONE
    resources: frozenset[str] = NONE


class _Kept:
    """Snapshots read before, by what was asked for, each with the stamps of its entries."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._found: OrderedDict[Wanted, tuple[CatalogSnapshot, Stamps]] = OrderedDict()

    def get(self, wanted: Wanted) -> tuple[CatalogSnapshot, Stamps] | None:
        with self._lock:
            found = self._found.get(wanted)
            if found is not None:
                self._found.move_to_end(wanted)
            return found

    def put(self, wanted: Wanted, snapshot: CatalogSnapshot) -> None:
        with self._lock:
            self._found[wanted] = (snapshot, _stamps_of(snapshot))
            self._found.move_to_end(wanted)
            if len(self._found) > KEPT_MAX:
                self._found.popitem(last=False)


_kept = _Kept()


def load_for(work: Work, order: RootOrder) -> CatalogSnapshot:
    """Return the part of the catalog that an order of whichever kind needs."""
    if isinstance(order, ProductOrder):
        return load(work, order)
    return _looked_at(work, wanted_of(work, order))


def wanted_of(work: Work, order: RootOrder) -> Wanted:
    """Return the entries that the items of an order of whichever kind ask for."""
    if isinstance(order, ProductOrder):
        items = [item for _, item in placed_product_items(order.product_order_item)]
        return _wanted(items, _products(work, items))
    lines = every_line(order).values()
    named = {one.specification for one in lines if isinstance(one, DomainLine)}
    held = [one.record_id for one in lines if one.record_id is not None]
    if isinstance(order, ServiceOrder):
        named |= {specification_of(one) for one in present(work, Service, held).values()}
        return Wanted(services=_known(named))
    named |= {specification_of(one) for one in present(work, Resource, held).values()}
    return Wanted(resources=_known(named))


def load(work: Work, order: ProductOrder) -> CatalogSnapshot:
    """Return the offerings and specifications of an order's items and products, and all below.

    A snapshot that was read before serves as long as none of its entries has changed, which one
    statement finds out. Nobody changes what is in a snapshot. Prices agreed with the customer of
    the order stand in the place of the catalog's. Of prices in several currencies those are meant
    that the order is in.
    """
    items = [item for _, item in placed_product_items(order.product_order_item)]
    products = _products(work, items)
    seen = _entries(work, items, products)
    if seen.asks_for_customer_type:
        buyer = buyer_of(work, order)
        seen = replace(seen, customer_type=buyer.customer_type if buyer is not None else None)
    asked = {offering_id(one) for one in items if one.action != "delete"}
    agreed = agreed_for(work, order, _known(asked))
    if agreed.agreements:
        seen = replace(seen, agreed=agreed)
    if len(seen.currencies) > 1:
        seen = replace(seen, currency=currency_of(work, order, seen, list(products)))
    return seen


def load_unpriced(work: Work, order: ProductOrder) -> CatalogSnapshot:
    """Return the same entries for who does not ask what they cost this customer."""
    items = [item for _, item in placed_product_items(order.product_order_item)]
    return _entries(work, items, _products(work, items))


def _entries(
    work: Work, items: Sequence[ProductOrderItem], products: Iterable[Product]
) -> CatalogSnapshot:
    """Return the entries that items and products lead to, as the catalog has them."""
    return _looked_at(work, _wanted(items, products))


def _wanted(items: Sequence[ProductOrderItem], products: Iterable[Product]) -> Wanted:
    offering_ids = {offering_id(item) for item in items}
    offering_ids |= {one.product_offering.id for one in products if one.product_offering}
    specification_ids = {specification_id(item) for item in items}
    specification_ids |= {
        one.product_specification.id for one in products if one.product_specification
    }
    return Wanted(_known(offering_ids), _known(specification_ids))


def _looked_at(work: Work, wanted: Wanted) -> CatalogSnapshot:
    seen: CatalogSnapshot | None = work.kept.get(CatalogSnapshot)
    if seen is None or not _holds(seen, wanted):
        seen = work.kept[CatalogSnapshot] = _present(work, wanted)
    return seen


def _holds(snapshot: CatalogSnapshot, wanted: Wanted) -> bool:
    """Tell whether a snapshot that this transaction has looked at has all that is asked for."""
    return (
        wanted.offerings <= snapshot.offerings.keys()
        and wanted.specifications <= snapshot.product_specifications.keys()
        and wanted.services <= snapshot.service_specifications.keys()
        and wanted.resources <= snapshot.resource_specifications.keys()
    )


def _present(work: Work, wanted: Wanted) -> CatalogSnapshot:
    held = _kept.get(wanted)
    if held is not None and _read_stamps(work, held[1]) == held[1]:
        return held[0]
    snapshot = load_catalog(
        work,
        sorted(wanted.offerings),
        specification_ids=sorted(wanted.specifications),
        service_ids=sorted(wanted.services),
        resource_ids=sorted(wanted.resources),
    )
    if any(_layers(snapshot).values()):
        _kept.put(wanted, snapshot)
    return snapshot


def seen_before(wanted: Wanted) -> CatalogSnapshot | None:
    """Return the snapshot that was read before for these entries."""
    held = _kept.get(wanted)
    return held[0] if held is not None else None


def versions_of(snapshot: CatalogSnapshot) -> dict[type[Document], Collection[str]]:
    """Return the ids of what is in a snapshot, by their kinds."""
    return {kind: layer.keys() for kind, layer in _layers(snapshot).items() if layer}


def take_as_present(work: Work, snapshot: CatalogSnapshot, read: Stamps) -> None:
    """Let a snapshot serve a transaction that has read its entries' versions, if they are so."""
    if read == _stamps_of(snapshot):
        work.kept[CatalogSnapshot] = snapshot


def offering_id(item: ProductOrderItem) -> str | None:
    """Return the offering that an item names, at the item or at its product."""
    if item.product_offering is not None:
        return item.product_offering.id
    offering = item.product.product_offering if item.product is not None else None
    return offering.id if offering is not None else None


def specification_id(item: ProductOrderItem) -> str | None:
    """Return the product specification that an item names."""
    specification = item.product.product_specification if item.product is not None else None
    return specification.id if specification is not None else None


def _products(work: Work, items: Iterable[ProductOrderItem]) -> Iterable[Product]:
    """Return the existing products that items are about, and those inside them."""
    named = [
        item.product.id
        for item in items
        if item.action != "add" and item.product is not None and item.product.id is not None
    ]
    return closure(work, Product, named, child_ids).values() if named else ()


def held_products(work: Work, order: ProductOrder) -> dict[str, Product]:
    """Return the products that an order is about, by their id."""
    items = [item for _, item in placed_product_items(order.product_order_item)]
    return {one.id: one for one in _products(work, items)}


def child_ids(product: Product) -> list[str]:
    """Return the ids of the products inside a product."""
    return [one.id for one in product.product if one.id is not None]


def _known(idents: set[str | None]) -> frozenset[str]:
    return frozenset(one for one in idents if one is not None)


def _stamps_of(snapshot: CatalogSnapshot) -> Stamps:
    return {
        ident: (entry.meta.version, entry.meta.updated_at)
        for layer in _layers(snapshot).values()
        for ident, entry in layer.items()
    }


def _layers(snapshot: CatalogSnapshot) -> Mapping[type[Document], Mapping[str, Document]]:
    return {
        ProductOffering: snapshot.offerings,
        ProductOfferingPrice: snapshot.prices,
        ProductSpecification: snapshot.product_specifications,
        ServiceSpecification: snapshot.service_specifications,
        ResourceSpecification: snapshot.resource_specifications,
    }


def _read_stamps(work: Work, known: Stamps) -> Stamps:
    asked = {"ids": sorted(known), "related": RELATED}
    rows = work.connection.execute(STAMPS, asked).fetchall()
    naming = frozenset(ident for ident, version, _ in rows if version < 0)
    work.kept[Naming] = Naming(frozenset(known), naming)
    return {ident: (version, at) for ident, version, at in rows if version >= 0}
