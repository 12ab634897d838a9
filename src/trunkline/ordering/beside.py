"""Beside: what a customer has or has ordered of the offerings that others exclude or need."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence, Set

from trunkline.catalog.compatibility import Beside
from trunkline.inventory.product import Product
from trunkline.kernel.references import UUID
from trunkline.kernel.work import Work
from trunkline.ordering import order_catalog
from trunkline.ordering.capture.linked import followed, in_line
from trunkline.ordering.macd.operations import FOUND_OPEN, NAMING, NOBODY, OVER
from trunkline.ordering.order_line import Line, lines_of
from trunkline.ordering.product_order import ProductOrder

RUNNING = ("created", "pendingActive", "active", "suspended")
"""The states of products that are there, or are being made."""

# Two orders of one customer that bring what does not go together do not pass each other.
LOCK = "select pg_advisory_xact_lock(hashtextextended(%s, 620))"
# What an order makes itself is told by its lines.
INSTALLED = """
select p.id::text, p.key, f.target::text
from inventory_reference w
join product p on p.id = w.source
join inventory_reference f on f.source = p.id and f.path = 'productOffering'
where w.target = any(%(owners)s::uuid[])
  and w.type = 'Product'
  and w.path = 'relatedParty'
  and (coalesce(lower(w.role), 'customer') = 'customer' or not exists (
    select 1 from inventory_reference c
    where c.source = p.id and c.path = 'relatedParty' and lower(c.role) = 'customer'
  ))
  and f.target = any(%(offerings)s::uuid[])
  and p.p_status = any(%(running)s)
  and not exists (
    select 1 from inventory_reference m where m.source = p.id and m.target = %(order)s::uuid
  )
order by p.key
"""
# Those of some products that other open orders are going to end, and with which.
GOING = f"""
select r.target::text, min(o.key)
{NAMING}
  and o.p_internal_state <> all(%s)
  and jsonb_path_exists(
    o.doc::jsonb,
    '$.**.productOrderItem[*] ? (@.action == "delete" && @.product.id == $id)',
    jsonb_build_object('id', r.target)
  )
group by r.target
"""
OPEN = """
select distinct o.key, o.id::text
from ordering_reference w
join product_order o on o.id = w.source
where w.target = any(%(owners)s::uuid[])
  and w.type = 'ProductOrder'
  and w.path = 'relatedParty'
  and o.id <> %(order)s::uuid
  and o.p_internal_state <> all(%(over)s)
  and exists (
    select 1 from ordering_reference f
    where f.source = o.id and f.target = any(%(named)s::uuid[])
      and (f.path like '%%.product' or f.path like '%%roductOffering')
  )
order by o.key
"""


def hold(work: Work, customer: str) -> None:
    """Let other orders of a customer wait that bring something others exclude or need."""
    work.connection.execute(LOCK, [customer])


def beside_of(
    work: Work, owners: Collection[str], offerings: Collection[str], *,
    order: ProductOrder | None = None, gone: Collection[str] = (),
) -> list[Beside]:  # fmt: skip
    """Return what of some offerings, such as others exclude or need, is installed or on order.

    The products that are `gone` do not count, nor those that end with orders before this one.
    """
    asked = {
        "owners": [one for one in owners if UUID.match(one)],
        "offerings": sorted(one for one in offerings if UUID.match(one)),
        "order": order.id if order is not None else NOBODY,
        "running": list(RUNNING),
        "over": list(OVER),
    }
    if not asked["owners"] or not asked["offerings"]:
        return []
    rows = work.connection.execute(INSTALLED, asked).fetchall()
    there = {ident: (key, offering) for ident, key, offering in rows if ident not in gone}
    found = work.connection.execute(OPEN, {**asked, "named": [*asked["offerings"], *there]})
    orders = list(work.many(ProductOrder, [ident for _, ident in found.fetchall()]).values())
    for ident in _ended_in(work, order, orders):
        there.pop(ident, None)
    leaving = going_to_end(work, order, there.keys())
    return [
        *(
            Beside(offering, f"product {key}", leaves_with=leaving.get(ident))
            for ident, (key, offering) in there.items()
        ),
        *(each for one in orders for each in _on_order(one)),
    ]


def going_to_end(work: Work, order: ProductOrder | None, products: Set[str]) -> dict[str, str]:
    """Return those of some products that other open orders are going to end, and with which."""
    if not products:
        return {}
    own = order.id if order is not None else NOBODY
    rows = work.connection.execute(GOING, [sorted(products), own, list(OVER)])
    return {str(ident): str(key) for ident, key in rows}


def ended_ahead(
    work: Work, order: ProductOrder | None, products: Collection[str]
) -> frozenset[str]:
    """Return those of some products that orders end which come before an order by its links."""
    if order is None or not products or not any(followed(order)):
        return frozenset()
    asked = [list(products), order.id, list(OVER)]
    rows = work.connection.execute(FOUND_OPEN, asked).fetchall()
    found = work.many(ProductOrder, [ident for (ident,) in rows]).values()
    return frozenset(_ended_in(work, order, list(found))).intersection(products)


def _ended_in(
    work: Work, order: ProductOrder | None, orders: Sequence[ProductOrder]
) -> Iterator[str]:
    """Yield the products that those of some orders end which come before an order."""
    if order is None or not orders or not any(followed(order)):
        return
    ahead = in_line(work, order, {one.id for one in orders}).ahead
    for one in [each for each in orders if each.id in ahead]:
        for line in lines_of(one).values():
            if line.action == "delete" and line.product_id is not None:
                yield line.product_id


def _on_order(order: ProductOrder) -> Iterator[Beside]:
    """Yield what an open order brings; what of it is done is a product by now."""
    for line in lines_of(order).values():
        offering = order_catalog.offering_id(line.item)
        is_over = (line.item.internal_state or "") in OVER
        if offering is not None and line.action in ("add", "modify") and not is_over:
            yield Beside(offering, f"order {order.key}")


def products_of(products: Collection[Product]) -> list[Beside]:
    """Return what some products bring that are there, or are being made."""
    return [
        Beside(one.product_offering.id, f"product {one.key}")
        for one in products
        if one.product_offering is not None and one.status in RUNNING
    ]


def line_of(line: Line, offering: str) -> Beside:
    """Return what a line of the same order brings."""
    return Beside(offering, f"item {line.id}", line.id)
