"""Reading who asks: the customer, what is installed there, and what is under way."""

from __future__ import annotations

from collections.abc import Sequence

from trunkline.inventory.product import Product
from trunkline.kernel.work import Work
from trunkline.ordering.beside import RUNNING
from trunkline.ordering.installed import customer_of
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
        installed=_installed(work, check, parties),
        ordered=_ordered(work, parties),
        parties=parties,
    )  # fmt: skip


def _customer(work: Work, check: ProductOfferingQualification) -> Customer | None:
    ident = customer_of(check.related_party) or next((one.id for one in check.related_party), None)
    if ident is None:
        return None
    return customer_named(work, ident)


def _installed(
    work: Work, check: ProductOfferingQualification, parties: Sequence[str]
) -> list[Product]:
    if parties:
        wanted = {"relatedParty.id": list(parties), "status": [*RUNNING, "pendingTerminate"]}
        return work.find(Product, wanted, limit=READ_MAX)
    items = check.product_offering_qualification_item
    named = [one.product.id for one in items if one.product is not None and one.product.id]
    return list(work.many(Product, named).values())


def _ordered(work: Work, parties: Sequence[str]) -> list[Ordered]:
    """Return the lines of the orders that are under way; what is still a draft is not."""
    if not parties:
        return []
    wanted = {"relatedParty.id": list(parties), "state": list(UNDER_WAY)}
    return [
        Ordered(
            order.key,
            item.product_offering.id if item.product_offering is not None else None,
            item.product.id if item.product is not None else None,
            frozenset(one.id for one in item.product.place if one.id)
            if item.product is not None else frozenset(),
            item.action == "add",
        )
        for order in work.find(ProductOrder, wanted, limit=READ_MAX)
        if order.internal_state != "draft"
        for _, item in placed_product_items(order.product_order_item)
    ]  # fmt: skip
