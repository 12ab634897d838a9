"""What the checks of an order look at beside the order itself, read once for all its items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from trunkline.catalog.closure import closure, present
from trunkline.catalog.compatibility import Beside, Bonds, bonds_of
from trunkline.catalog.offering import ProductOffering
from trunkline.catalog.product_specification import ProductSpecification
from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.inventory.product import Product
from trunkline.kernel.references import UUID
from trunkline.kernel.work import Work
from trunkline.ordering import order_catalog
from trunkline.ordering.beside import beside_of, going_to_end, hold
from trunkline.ordering.capture.buyer import buyer_of
from trunkline.ordering.capture.linked import in_line
from trunkline.ordering.installed import ENDED
from trunkline.ordering.intake import is_other
from trunkline.ordering.intake_reading import accounts_of
from trunkline.ordering.macd.operations import NAMING, OVER, Operation, operations_of
from trunkline.ordering.needed import User, needed_by, with_parts
from trunkline.ordering.order_line import Line, lines_of
from trunkline.ordering.place_rules import foreign_sites
from trunkline.ordering.product_order import ProductOrder
from trunkline.party.account import BillingAccount
from trunkline.party.customer import Customer

# Whoever checks an order that changes products holds these locks until it is stored, so that two
# orders for one product, or for parts of one bundle, do not pass each other.
LOCK = """
select count(pg_advisory_xact_lock(hashtextextended(id, 637))) from (
  select unnest(%s::text[]) as id
) wanted
"""
# The other open orders that name some products.
OTHERS = f"{NAMING}  and o.p_internal_state <> all(%s)\n"
OPEN_ORDERS = f"""
select distinct r.target::text, o.id::text, o.key
{OTHERS}
order by 1, 2
"""
# The bundles that products lie in, whether the order mentions them or not, and the products that
# name in a relation what is to end, or a part of it.
ABOUT = """
with recursive part(id) as (
  select unnest(%(ended)s::uuid[])
  union
  select r.target
  from inventory_reference r
  join part on part.id = r.source
  where r.type = 'Product'
    and r.path = 'product'
)
select r.source::text, true
from inventory_reference r
join product p on p.id = r.source
where r.target = any(%(taken)s::uuid[])
  and r.type = 'Product'
  and r.path = 'product'
  and p.p_status <> all(%(leaving)s)
union
select r.source::text, false
from part
join inventory_reference r on r.target = part.id
join product p on p.id = r.source
where r.type = 'Product'
  and r.path = 'productRelationship.product'
  and p.p_status <> all(%(leaving)s)
"""
# The suspended bundles that products lie in.
SUSPENDED_WHOLES = """
select distinct on (r.target) r.target::text, p.key
from inventory_reference r
join product p on p.id = r.source
where r.target = any(%s::uuid[])
  and r.type = 'Product'
  and r.path = 'product'
  and p.p_status = 'suspended'
  and p.id <> all(%s::uuid[])
order by r.target, p.id
"""
# A product in one of these has ended, or an order is about to end it.
LEAVING = (*ENDED, "pendingTerminate")


@dataclass(frozen=True)
class OrderContext:
    """The customer, catalog, products and accounts of an order.

    `customer` is None where the party in that role is no customer. `products` are those that the
    order changes, the bundles that they lie in, and all inside. `bundles` are the offerings of
    such bundles. `open_orders` holds, by product id, the number of the first other order that is
    not done with it, `going` the products beside those of the order that others are to end.
    Orders that start after this one, or before it by its links, do not count there; `awaited` are
    the products that those before it are not done with: it changes what they leave.
    `lines` are those of the order, where they are known already. Where something is resumed that
    is in another open order, `operations` holds what these do, by product; `suspended_wholes` are
    the numbers of suspended bundles that hold what is resumed, by product. `foreign_sites` are the
    keys, by id, of the sites of other customers at which it delivers. `bonds` say what the
    offerings that it brings exclude and need, `beside` what of that the customer has or awaits;
    `needed` says by product that it ends what goes on needing that one.
    """

    now: datetime
    lines: Mapping[str, Line] | None = None
    catalog: CatalogSnapshot = field(default_factory=CatalogSnapshot)
    customer: Customer | None = None
    products: Mapping[str, Product] = field(default_factory=dict)
    bundles: Mapping[str, ProductOffering] = field(default_factory=dict)
    accounts: Mapping[str, BillingAccount] = field(default_factory=dict)
    open_orders: Mapping[str, str] = field(default_factory=dict)
    awaited: frozenset[str] = frozenset()
    going: frozenset[str] = frozenset()
    starts_at: datetime | None = None
    is_transfer: bool = False
    operations: Mapping[str, Sequence[Operation]] = field(default_factory=dict)
    suspended_wholes: Mapping[str, str] = field(default_factory=dict)
    foreign_sites: Mapping[str, str] = field(default_factory=dict)
    bonds: Bonds = field(default_factory=Bonds)
    beside: Sequence[Beside] = ()
    needed: Mapping[str, Sequence[User]] = field(default_factory=dict)

    @property
    def customer_ids(self) -> frozenset[str]:
        """The ids under which records name the customer: its own and its party's."""
        return _names_of(self.customer)

    def changed(self, line: Line) -> Product | None:
        """Return the existing product that a line is about."""
        return self.products.get(line.product_id or "") if line.action != "add" else None

    def offering(self, line: Line) -> ProductOffering | None:
        """Return the offering of a line: as it says, else as its existing product does."""
        ident = order_catalog.offering_id(line.item)
        held = self.changed(line)
        if ident is None and held is not None and held.product_offering is not None:
            ident = held.product_offering.id
        return self.catalog.offerings.get(ident or "")

    def brings(self, line: Line) -> ProductOffering | None:
        """Return the offering that a line newly brings: what it adds, or changes a product to."""
        offering, held = self.offering(line), self.changed(line)
        if line.action == "add":
            return offering
        is_new = offering is not None and held is not None and is_other(offering, held)
        return offering if line.action == "modify" and is_new else None

    def is_leaving(self, product: Product) -> bool:
        """Tell whether a product has ended, or an order is about to end it."""
        return product.status in LEAVING or product.id in self.going

    def offering_of(self, product: Product) -> ProductOffering | None:
        """Return the offering of an existing product."""
        ident = product.product_offering.id if product.product_offering is not None else ""
        return self.catalog.offerings.get(ident) or self.bundles.get(ident)

    def specification(self, line: Line) -> ProductSpecification | None:
        """Return the specification of a line's product, found in the same way."""
        ident = order_catalog.specification_id(line.item)
        offering, held = self.offering(line), self.changed(line)
        if ident is None and offering is not None and offering.product_specification is not None:
            ident = offering.product_specification.id
        if ident is None and held is not None and held.product_specification is not None:
            ident = held.product_specification.id
        return self.catalog.product_specifications.get(ident or "")


def load(work: Work, order: ProductOrder, *, holds: bool = True) -> OrderContext:
    """Return what the checks of an order need; `holds` locks the products that it changes."""
    lines = lines_of(order)
    changed = sorted(
        {one.product_id for one in lines.values() if one.product_id and one.action != "add"}
    )
    products: dict[str, Product] = {}
    busy = _Busy()
    going: frozenset[str] = frozenset()
    wholes: list[str] = []
    naming: list[str] = []
    resumed = [one.product_id for one in lines.values() if one.action == "resume"]
    operations: Mapping[str, Sequence[Operation]] = {}
    suspended: dict[str, str] = {}
    if changed:
        wholes, naming = _about(work, lines)
        if holds:
            work.connection.execute(LOCK, [sorted({*changed, *wholes})])
        known = [one for one in changed if UUID.match(one)]
        busy = _busy(work, order, known)
        products = closure(work, Product, [*changed, *wholes], order_catalog.child_ids)
        going = frozenset(going_to_end(work, order, products.keys() - set(changed)))
        if not busy.products.keys().isdisjoint(resumed):
            operations = operations_of(work, busy.products, besides=order.id, only_open=True)
        if resumed:
            asked = [[one for one in known if one in resumed], known]
            suspended = dict(work.connection.execute(SUSPENDED_WHOLES, asked).fetchall())
    sold = {
        one.product_offering.id
        for one in map(products.get, wholes)
        if one is not None and one.product_offering is not None
    }
    customer, is_transfer = buyer_of(work, order), order.ownership_transfer is not None
    # What is handed over stays where it is.
    foreign = {} if is_transfer else foreign_sites(work, lines, _names_of(customer))
    context = OrderContext(
        now=work.now,
        lines=lines,
        catalog=order_catalog.load(work, order),
        customer=customer,
        products=products,
        bundles=present(work, ProductOffering, sold),
        accounts=accounts_of(work, _account_ids(order, lines, products)),
        open_orders=busy.products,
        awaited=busy.awaited,
        going=going,
        starts_at=order.requested_start_date,
        is_transfer=is_transfer,
        operations=operations,
        suspended_wholes=suspended,
        foreign_sites=foreign,
    )
    return _with_beside(work, order, context, lines, holds=holds, naming=naming)


def _with_beside(
    work: Work, order: ProductOrder, context: OrderContext, lines: Mapping[str, Line], *,
    holds: bool, naming: Sequence[str],
) -> OrderContext:  # fmt: skip
    """Return the same with what is beside the offerings that the order brings or ends, where it
    counts."""
    brought = [one for one in map(context.brings, lines.values()) if one is not None]
    bonds = bonds_of(work, brought)
    ended = {
        ident
        for one in lines.values() if one.action == "delete" and one.product_id
        for ident in with_parts(one.product_id, context.products)
    }  # fmt: skip
    changed = {one.product_id for one in lines.values()
               if one.product_id and (one.action == "add" or context.brings(one))}  # fmt: skip
    needed: Mapping[str, Sequence[User]] = {}
    if holds and context.customer is not None and (bonds.others or ended):
        hold(work, context.customer.id)
    if ended and not context.is_transfer:
        relying = work.many(Product, naming).values() if naming else ()
        needed = needed_by(
            work, context.customer_ids, [context.products[one] for one in sorted(ended)], relying,
            brought={one.id for one in brought}, order=order, gone=ended | changed,
        )  # fmt: skip
    if not bonds.others:
        return replace(context, needed=needed) if needed else context
    beside = beside_of(work, context.customer_ids, bonds.others, order=order, gone=ended | changed)
    return replace(context, bonds=bonds, beside=beside, needed=needed)


@dataclass(frozen=True)
class _Busy:
    """By product, the first other order that is not done with it; `awaited` are in line."""

    products: Mapping[str, str] = field(default_factory=dict)
    awaited: frozenset[str] = frozenset()


def _busy(work: Work, order: ProductOrder, products: Sequence[str]) -> _Busy:
    """Return which products other orders are not done with, those in line with this one apart."""
    rows = work.connection.execute(OPEN_ORDERS, [products, order.id, list(OVER)]).fetchall()
    if not rows:
        return _Busy()
    line = in_line(work, order, {other for _, other, _ in rows})
    found: dict[str, str] = {}
    for product, other, key in rows:
        if other not in line.ahead and other not in line.behind:
            found.setdefault(product, key)
    return _Busy(found, frozenset(product for product, other, _ in rows if other in line.ahead))


def _names_of(customer: Customer | None) -> frozenset[str]:
    """Return the ids under which records name a customer: its own and its party's."""
    if customer is None:
        return frozenset()
    return frozenset((customer.id, customer.engaged_party.id))


def _about(work: Work, lines: Mapping[str, Line]) -> tuple[list[str], list[str]]:
    """Return the ids of the bundles out of which the order takes or changes a part, and of what
    names in a relation something that it ends."""
    taken = [
        one.product_id
        for one in lines.values()
        if one.product_id is not None
        and UUID.match(one.product_id)
        and (
            one.action == "delete" or one.action == "modify" and order_catalog.offering_id(one.item)
        )
    ]
    if not taken:
        return [], []
    ending = {one.product_id for one in lines.values() if one.action == "delete"}
    asked = {"taken": taken, "ended": [one for one in taken if one in ending],
             "leaving": list(LEAVING)}  # fmt: skip
    rows = work.connection.execute(ABOUT, asked).fetchall()
    return [ident for ident, is_whole in rows if is_whole], [
        ident for ident, is_whole in rows if not is_whole
    ]


def _account_ids(
    order: ProductOrder, lines: Mapping[str, Line], products: Mapping[str, Product]
) -> set[str]:
    """Return the accounts that are named, and those that pay for what gets other prices."""
    found = [order.billing_account]
    for line in lines.values():
        found.append(line.item.billing_account)
        if line.item.product is not None:
            found.append(line.item.product.billing_account)
        held = products.get(line.product_id or "") if line.item.item_price else None
        if held is not None:
            found.append(held.billing_account)
    return {one.id for one in found if one is not None}
