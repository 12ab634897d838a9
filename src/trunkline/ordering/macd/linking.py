"""Linking: a new product that is built on what is there, instead of having it made again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from trunkline.catalog.relation import relations
from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.documents.errors import Fault
from trunkline.inventory.product import Product
from trunkline.inventory.resource import Resource
from trunkline.inventory.service import Service
from trunkline.kernel.behaviour import rule
from trunkline.kernel.references import UUID
from trunkline.kernel.work import Work
from trunkline.ordering import order_catalog
from trunkline.ordering.capture.buyer import buyer_of
from trunkline.ordering.installed import Record, is_live, name_of, specification_id, users
from trunkline.ordering.order_line import Line, lines_of
from trunkline.ordering.product_order import UNSENT, ProductOrder, must_be_right
from trunkline.ordering.product_order_item import placed_product_items
from trunkline.party.customer import names_of

Kind: TypeAlias = type[Product] | type[Service] | type[Resource]
LISTS: Mapping[str, Kind] = {
    "realizingService": Service, "realizingResource": Resource, "product": Product,
}  # fmt: skip
# The live bundles that products are in already.
HOLDERS = """
select distinct r.target::text, p.key from inventory_reference r join product p on p.id = r.source
where r.target = any(%s::uuid[]) and r.type = 'Product' and r.path = 'product'
  and p.p_status not in ('terminated', 'cancelled', 'aborted')
"""
# The other open orders that are about records, or build on them.
OTHERS = """
select distinct on (r.target) r.target::text, o.key from ordering_reference r
join product_order o on o.id = r.source
where r.target = any(%s::uuid[]) and r.type = 'ProductOrder' and o.id <> %s::uuid
  and r.path like 'productOrderItem%%.product%%'
  and o.p_internal_state not in ('draft', 'rejected', 'canceled', 'completed', 'failed', 'partial')
order by r.target, o.id
"""
# Who links a record holds this lock until the order is stored, so that its twin finds it.
LOCK = """
select count(pg_advisory_xact_lock(hashtextextended(id, 638))) from (
  select unnest(%s::text[]) as id order by 1
) wanted
"""


@dataclass(frozen=True)
class Linked:
    """A record that a line names as a part of what it adds, and where it does."""

    path: str
    line: Line
    id: str
    kind: Kind


@rule(ProductOrder)
def linked_records_may_serve(
    work: Work, old: ProductOrder | None, new: ProductOrder
) -> Iterator[Fault]:
    """Refuse to build on a record that is not the customer's, in use, ended, or of another kind."""
    was_sent = old is not None and old.internal_state not in UNSENT
    if was_sent or new.internal_state in UNSENT or not must_be_right(new):
        return
    if new.ownership_transfer is None:
        yield from link_faults(work, new)


def link_faults(work: Work, order: ProductOrder) -> Iterator[Fault]:
    """Yield what is wrong with the records that an order links; without links nothing is read.

    Codes: linkForeign, linkEnded, linkTaken, linkMismatch, conflictOpenOrder.
    """
    linked = list(_linked(order))
    if not linked:
        return
    idents = sorted({one.id for one in linked})
    work.connection.execute(LOCK, [idents])
    found: dict[str, Record] = {}
    for kind in (Product, Service, Resource):
        wanted = [one.id for one in linked if one.kind is kind]
        found |= work.many(kind, wanted) if wanted else {}
    taken = _taken(work, linked, found)
    busy = dict(work.connection.execute(OTHERS, [idents, order.id]).fetchall())
    buyer = buyer_of(work, order)
    names = names_of(buyer.id, buyer.raw) if buyer is not None else []
    catalog = order_catalog.load(work, order)
    for one in linked:
        record = found.get(one.id)
        if record is None:
            yield Fault(one.path, "linkForeign", "there is no such record of this customer")
            continue
        yield from _faults(one, record, names, catalog, taken.get(one.id))
        if one.id in busy:
            message = f"{record.key} is in order {busy[one.id]}, which is not done; wait for it"
            yield Fault(one.path, "conflictOpenOrder", message)


def _linked(order: ProductOrder) -> Iterator[Linked]:
    """Yield what lines name; the lines are worked out only where some product names anything."""
    products = [
        item.raw.get("product") or {} for _, item in placed_product_items(order.product_order_item)
    ]
    if not any(name in one for one in products for name in LISTS):
        return
    for line in lines_of(order).values():
        product = line.item.product.raw if line.item.product is not None else {}
        for name, kind in LISTS.items() if line.action == "add" else ():
            for index, one in enumerate(product.get(name) or ()):
                ident = one.get("id") if isinstance(one, dict) else None
                if isinstance(ident, str) and UUID.fullmatch(ident):
                    yield Linked(f"{line.path}.product.{name}[{index}].id", line, ident, kind)


def _taken(
    work: Work, linked: Sequence[Linked], found: Mapping[str, Record]
) -> dict[str, str | None]:
    """Return who uses records already, by their ids."""
    services = [one.id for one in linked if one.kind is Service and one.id in found]
    resources = [one.id for one in linked if one.kind is Resource and one.id in found]
    products = [one.id for one in linked if one.kind is Product]
    used: dict[str, str | None] = {}
    if products:
        used |= dict(work.connection.execute(HOLDERS, [products]).fetchall())
    for ident, own in users(work, services, resources).items():
        used[ident] = own[0].key
    return used


def _faults(
    linked: Linked, record: Record, names: Sequence[str], catalog: CatalogSnapshot, user: str | None
) -> Iterator[Fault]:
    path = linked.path
    if not {one.id for one in record.related_party} & set(names):
        yield Fault(path, "linkForeign", "there is no such record of this customer")
        return
    if not is_live(record) or (isinstance(record, Product) and record.status != "active"):
        yield Fault(path, "linkEnded", f"{record.key} is not in use any more; leave it out")
    if user is not None:
        yield Fault(path, "linkTaken", f"{record.key} serves {user} already; name one that is free")
    if not _fits(linked.line, record, catalog):
        message = f"{name_of(record)} is no part of what the line adds; name one that is"
        yield Fault(path, "linkMismatch", message)


def _fits(line: Line, record: Record, catalog: CatalogSnapshot) -> bool:
    """Tell whether a record is of a specification, or an offering, that the line's thing has."""
    offering = catalog.offerings.get(order_catalog.offering_id(line.item) or "")
    ident = order_catalog.specification_id(line.item)
    if ident is None and offering is not None and offering.product_specification is not None:
        ident = offering.product_specification.id
    specification = catalog.product_specifications.get(ident or "")
    wanted = {one.target_id for one in relations(specification)} if specification else set()
    if isinstance(record, Product) and record.product_offering is not None and offering is not None:
        parts = {one.id for one in offering.bundled_product_offering}
        if record.product_offering.id in parts:
            return True
    return specification_id(record) in wanted
