"""The buyer: the customer of an order, looked up once per transaction."""

from __future__ import annotations

from dataclasses import dataclass, field

from trunkline.kernel.work import Work
from trunkline.ordering.installed import customer_of
from trunkline.ordering.product_order import OrderDetails
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.party.customer import Customer, customer_named


@dataclass
class Buyers:
    """The customers that were looked up already, by the id under which orders name them."""

    known: dict[str, Customer | None] = field(default_factory=dict)


def buyer_of(work: Work, order: OrderDetails | ResourceOrder) -> Customer | None:
    """Return the customer of an order, named as such or as its party; None where it is none."""
    ident = customer_of(order.related_party)
    if ident is None:
        return None
    buyers: Buyers = work.kept.setdefault(Buyers, Buyers())
    if ident not in buyers.known:
        buyers.known[ident] = customer_named(work, ident)
    return buyers.known[ident]
