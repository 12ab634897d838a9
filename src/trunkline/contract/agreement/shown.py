"""Shown: what customers see and order themselves where only what is agreed on is for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from trunkline.catalog.closure import closure
from trunkline.catalog.offering import ProductOffering, part_ids
from trunkline.contract.agreement.usable import offerings_shown
from trunkline.documents.errors import Fault
from trunkline.inventory.product import Product
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import ProductOrderItem
from trunkline.party.customer import Customer
from trunkline.rest.narrowing import narrows

CUSTOMERS_MAX = 20
TAKING = ("add", "modify", "change")
"""The actions after which a customer has an offering that it had not."""


def shown_to_oneself(work: Work) -> frozenset[str] | None:
    """Return the offerings that who acts for customers alone is shown; None for all.

    Whoever acts for one that may have everything is shown everything.
    """
    grant = work.actor.grant(Customer.resource, "read")
    if grant is None or grant.reach != "own":
        return None
    found = work.find(Customer, {}, limit=CUSTOMERS_MAX)
    shown = [offerings_shown(work, one) for one in found if one.status != "terminated"]
    if not shown or None in shown:
        return None
    return frozenset(ident for one in shown if one is not None for ident in one)


def own_hand_faults(work: Work, asked: Iterable[tuple[str, str | None]]) -> Iterator[Fault]:
    """Yield the offerings, by their paths, that a customer asks for itself and is not shown.

    The parts of a bundle that is shown go with it.
    """
    shown = shown_to_oneself(work)
    if shown is None:
        return
    missing = [(path, ident) for path, ident in asked if ident and ident not in shown]
    parts = closure(work, ProductOffering, shown, part_ids) if missing else {}
    for path, ident in missing:
        if ident not in parts:
            message = "is not in your agreement; choose one of the offerings that it names"
            yield Fault(f"{path}.productOffering.id", "offeringNotAgreed", message)


@rule(ProductOrder)
def customers_order_what_is_agreed(
    work: Work, old: ProductOrder | None, new: ProductOrder
) -> Iterator[Fault]:
    """Refuse what a customer orders itself beside the agreement that it is bound to."""
    known = {(one.id, _offering(one)) for one in old.product_order_item} if old is not None else ()
    asked = [
        (f"productOrderItem[{index}]", one)
        for index, one in enumerate(new.product_order_item)
        if _offering(one) and one.action in TAKING and (one.id, _offering(one)) not in known
    ]
    if not asked or shown_to_oneself(work) is None:
        return
    held = work.many(Product, sorted({ident for _, one in asked if (ident := _product(one))}))
    yield from own_hand_faults(
        work, ((path, _offering(one)) for path, one in asked if not _is_of(one, held))
    )


def _offering(item: ProductOrderItem) -> str | None:
    return item.product_offering.id if item.product_offering is not None else None


def _product(item: ProductOrderItem) -> str | None:
    return item.product.id if item.product is not None else None


def _is_of(item: ProductOrderItem, held: Mapping[str, Product]) -> bool:
    """Tell whether an item leaves the product that it names with the offering that it has."""
    product = held.get(_product(item) or "")
    offering = product.product_offering if product is not None else None
    return item.action != "add" and offering is not None and offering.id == _offering(item)


narrows(ProductOffering, shown_to_oneself)
