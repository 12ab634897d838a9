"""Giving back: what was kept for a cart that nobody orders is free for others again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from trunkline.catalog.resource_specification import ResourceSpecification
from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.documents.shape import Json
from trunkline.fieldwork.appointment import Appointment
from trunkline.inventory.pools.pool import ResourcePool
from trunkline.inventory.pools.ranges import normal
from trunkline.inventory.pools.values import move, value_in
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.ordering import order_catalog
from trunkline.ordering.installed import customer_of
from trunkline.ordering.product_order import ProductOrder
from trunkline.qualification.check_offering import ProductOfferingQualification
from trunkline.qualification.holding import let_go
from trunkline.sales.cart.as_order import order_body
from trunkline.sales.cart.shopping_cart import ShoppingCart, placed_cart_items
from trunkline.sales.lines import CART_WORDS, QUOTE_WORDS, Words, placed_lines
from trunkline.sales.qualified import named_answers
from trunkline.sales.quote.quote import OPEN, Quote

QUOTED: list[Json] = [*OPEN, "accepted", "completed"]
WAITING: list[Json] = ["draft", "submitted", "enrichmentInProgress", "enrichmentOnHold", "new",
                       "acknowledged", "awaitingInformation"]  # fmt: skip
"""The states of orders that have not taken their numbers yet."""
ORDER_WORDS = Words("productOrderItem", "itemPrice", "productOrderItemRelationship")
REASON = "the cart that it was chosen in was not ordered"


def give_back(work: Work, cart: ShoppingCart) -> None:
    """Free the times, the lines and the numbers that are kept for a cart and for nothing else."""
    _times(work, cart)
    idents = list(dict.fromkeys(ident for _, ident in named_answers(cart)))
    for check in work.many(ProductOfferingQualification, idents).values():
        if not _is_used_elsewhere(work, check.id, cart.id):
            let_go(work, check)
    _numbers(work, cart)


def _times(work: Work, cart: ShoppingCart) -> None:
    named = [one.appointment.id for _, one in placed_cart_items(cart.cart_item) if one.appointment]
    for ident in work.many(Appointment, named):
        if _is_used_elsewhere(work, ident, cart.id):
            continue
        with work.edit(Appointment, ident) as held:
            if held.status == "initialized" and held.work_order is None:
                held.status = "cancelled"
                held.status_reason = REASON


def _numbers(work: Work, cart: ShoppingCart) -> None:
    customer = customer_of(cart.related_party)
    asked = dict(_asked_values(cart))
    if customer is None or not asked:
        return
    others: set[tuple[str, str]] | None = None
    catalog = order_catalog.load(work, ProductOrder.wrap(order_body(cart, also_later=True)))
    for pool in work.many(ResourcePool, _pools(catalog)).values():
        for value in asked.get(pool.characteristic, ()):
            found = value_in(work, pool, value)
            if found is None or (found.state, found.root, found.customer) != (
                "reserved", None, customer,
            ):  # fmt: skip
                continue
            if others is None:
                others = set(_asked_elsewhere(work, customer, cart.id))
            known = {normal(pool.pool_type, text) for name, text in others
                     if name == pool.characteristic}  # fmt: skip
            if found.value not in known:
                move(work, pool, "release", value, reservation=found.reservation)


def _asked_values(cart: ShoppingCart) -> Iterator[tuple[str, list[str]]]:
    """Yield the texts that are asked for in a cart, by the names of the characteristics."""
    found: dict[str, list[str]] = {}
    for name, text in _texts(cart, CART_WORDS):
        found.setdefault(name, []).append(text)
    yield from found.items()


def _asked_elsewhere(work: Work, customer: str, cart: str) -> Iterator[tuple[str, str]]:
    """Yield what else of a customer's may still be ordered asks for, and orders not begun yet."""
    own = {"relatedParty.id": customer}
    for other in work.find(ShoppingCart, own | {"status": "active"}):
        if other.id != cart:
            yield from _texts(other, CART_WORDS)
    for quote in work.find(Quote, own | {"internalState": QUOTED}):
        yield from _texts(quote, QUOTE_WORDS)
    for order in work.find(ProductOrder, own | {"internalState": WAITING}):
        yield from _texts(order, ORDER_WORDS)


def _texts(document: Document, words: Words) -> Iterator[tuple[str, str]]:
    """Yield the texts that lines ask for, each with the name of its characteristic."""
    for _, line in placed_lines(document.raw.get(words.item) or (), words):
        for one in (line.get("product") or {}).get("productCharacteristic") or ():
            if isinstance(one.get("value"), str):
                yield str(one.get("name")), one["value"]


def _pools(catalog: CatalogSnapshot) -> set[str]:
    specifications: Mapping[str, ResourceSpecification] = catalog.resource_specifications
    return {
        one.resource_pool.id for one in specifications.values() if one.resource_pool is not None
    }


def _is_used_elsewhere(work: Work, ident: str, cart: str) -> bool:
    """Tell whether something else than a cart that is done with refers to a record."""
    others = [(kind, one) for kind, one, _ in work.used_by(ident) if one != cart]
    carts = work.many(ShoppingCart, [one for kind, one in others if kind == "ShoppingCart"])
    return any(kind in ("ProductOrder", "Quote") for kind, _ in others) or any(
        one.status == "active" for one in carts.values()
    )
