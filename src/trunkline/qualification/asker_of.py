"""Reading who asks: the customer, what is installed there, and what is under way."""

from __future__ import annotations

from collections.abc import Sequence

from trunkline.catalog.closure import closure
from trunkline.documents.shape import Json
from trunkline.inventory.product import Product
from trunkline.kernel.work import Work
from trunkline.ordering.beside import RUNNING
from trunkline.ordering.installed import customer_of
from trunkline.ordering.order_catalog import child_ids
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import placed_product_items
from trunkline.party.customer import Customer, customer_named
from trunkline.qualification.check_offering import ProductOfferingQualification
from trunkline.qualification.coverage import Whereabouts
from trunkline.qualification.eligibility import Asker, Ordered

UNDER_WAY = ("acknowledged", "inProgress", "held", "pending", "assessingCancellation",
             "pendingCancellation")  # fmt: skip
READ_MAX = 500


def asker_of(work: Work, check: ProductOfferingQualification, where: Whereabouts) -> Asker:
    """Return who asks for a qualification, with all that eligibility looks at."""
    customer = _customer(work, check)
    parties = [one.id for one in check.related_party]
    if customer is not None:
        parties = [customer.id, customer.engaged_party.id]
    channel = check.channel
    return Asker(
        now=work.now,
        customer=customer,
        channel=frozenset(one for one in (channel.id, channel.name) if one) if channel
        else frozenset(),
        places=frozenset(where.ids),
        installed=_installed(work, check, parties, where),
        ordered=_ordered(work, check, parties, where),
        parties=parties,
    )  # fmt: skip


def _customer(work: Work, check: ProductOfferingQualification) -> Customer | None:
    ident = customer_of(check.related_party) or next((one.id for one in check.related_party), None)
    if ident is None:
        return None
    return customer_named(work, ident)


def _installed(
    work: Work, check: ProductOfferingQualification, parties: Sequence[str], where: Whereabouts
) -> list[Product]:
    named = _named(check)
    if not parties:
        return list(work.many(Product, named).values())
    wanted: dict[str, Json] = {
        "relatedParty.id": list(parties), "status": [*RUNNING, "pendingTerminate"],
    }  # fmt: skip
    found = work.find(Product, wanted, limit=READ_MAX)
    if len(found) < READ_MAX:
        return found
    # Of so many only the newest are read, what stands where it is asked for, and what is named.
    if where.ids:
        found += work.find(Product, wanted | {"place.id": list(where.ids)}, limit=READ_MAX)
    own = [ident for ident, one in work.many(Product, named).items() if _is_of(one, parties)]
    inside = closure(work, Product, own, child_ids)
    return list({one.id: one for one in (*inside.values(), *found)}.values())


def _is_of(product: Product, parties: Sequence[str]) -> bool:
    return any(one.id in parties for one in product.related_party)


def _named(check: ProductOfferingQualification) -> list[str]:
    """Return the products that a qualification is about."""
    items = check.product_offering_qualification_item
    return [one.product.id for one in items if one.product is not None and one.product.id]


def _open_orders(
    work: Work, check: ProductOfferingQualification, parties: Sequence[str], where: Whereabouts
) -> list[ProductOrder]:
    wanted: dict[str, Json] = {"relatedParty.id": list(parties), "state": list(UNDER_WAY)}
    found = work.find(ProductOrder, wanted, limit=READ_MAX)
    if len(found) < READ_MAX:
        return found
    # Of so many only the newest are read, and those that are about the same products and places.
    about = {"id": _named(check), "place.id": list(where.ids)}
    for path, idents in about.items():
        if idents:
            asked = wanted | {f"productOrderItem.product.{path}": idents}
            found += work.find(ProductOrder, asked, limit=READ_MAX)
    return list({one.id: one for one in found}.values())


def _ordered(
    work: Work, check: ProductOfferingQualification, parties: Sequence[str], where: Whereabouts
) -> list[Ordered]:
    """Return the lines of the orders that are under way; what is still a draft is not."""
    if not parties:
        return []
    return [
        Ordered(
            order.key,
            item.product_offering.id if item.product_offering is not None else None,
            item.product.id if item.product is not None else None,
            frozenset(one.id for one in item.product.place if one.id)
            if item.product is not None else frozenset(),
            item.action == "add",
        )
        for order in _open_orders(work, check, parties, where)
        if order.internal_state != "draft"
        for _, item in placed_product_items(order.product_order_item)
    ]  # fmt: skip
