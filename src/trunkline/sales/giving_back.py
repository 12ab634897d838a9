"""Giving back: what was kept for a cart, quote or order that comes to nothing is free again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from trunkline.catalog.resource_specification import ResourceSpecification
from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.documents.decode import encode, load
from trunkline.documents.shape import Json
from trunkline.fieldwork.appointment import Appointment
from trunkline.hub.envelope import load_events, open_documents
from trunkline.inventory.pools.pool import ResourcePool
from trunkline.inventory.pools.ranges import normal
from trunkline.inventory.pools.values import move, value_in
from trunkline.kernel.behaviour import handler, on
from trunkline.kernel.resource import Meta, event
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row
from trunkline.ordering import order_catalog
from trunkline.ordering.cancel_product_order import CancelProductOrder
from trunkline.ordering.installed import customer_of
from trunkline.ordering.product_order import UNSENT, ProductOrder
from trunkline.qualification.check_offering import ProductOfferingQualification
from trunkline.qualification.holding import let_go
from trunkline.rest.removal import instead_of_removal
from trunkline.sales.cart.as_order import order_body
from trunkline.sales.cart.shopping_cart import ShoppingCart
from trunkline.sales.lines import (
    CART_WORDS,
    ORDER_WORDS,
    QUOTE_WORDS,
    Words,
    order_document,
    order_items,
    placed_lines,
)
from trunkline.sales.qualified import named_answers
from trunkline.sales.quote.quote import OPEN, Quote
from trunkline.workspace.timer import leased

QUOTED: list[Json] = [*OPEN, "accepted", "completed"]
WAITING: list[Json] = ["draft", "submitted", "enrichmentInProgress", "enrichmentOnHold", "new",
                       "acknowledged", "awaitingInformation"]  # fmt: skip
"""The states of orders that have not taken their numbers yet."""
REASON = "what it was chosen for was not ordered"
REMOVED = "removedOrderGivesBack"
LAST_EVENT = "select id::text from event where subject = %s order by version desc limit 1"
Wish: TypeAlias = ShoppingCart | Quote | ProductOrder
WORDS: Mapping[type[Wish], Words] = {
    ShoppingCart: CART_WORDS, Quote: QUOTE_WORDS, ProductOrder: ORDER_WORDS,
}  # fmt: skip


@on(
    event(ShoppingCart, "state_changed").to("expired", "abandoned"),
    event(Quote, "state_changed").to("expired", "canceled"),
    event(ProductOrder, "state_changed").to("canceled"),
)
def let_go_of_what_was_kept(work: Work, wish: Wish) -> None:
    """Give back the numbers, lines and times that were kept for what is not ordered."""
    give_back(work, wish)


@on(event(ShoppingCart, "deleted"))
def let_go_with_the_cart(work: Work, _gone: ShoppingCart | None) -> None:
    """Give back what was kept for a cart that is removed."""
    _give_back_removed(work, ShoppingCart)


@on(event(Quote, "deleted"))
def let_go_with_the_quote(work: Work, _gone: Quote | None) -> None:
    """Give back what was kept for a quote that is removed."""
    _give_back_removed(work, Quote)


@on(event(CancelProductOrder, "created"))
def let_go_with_the_draft(work: Work, asked: CancelProductOrder) -> None:
    """Give back what was kept for an order that was called off as a draft, which nobody tells."""
    order = work.get(ProductOrder, asked.product_order.id)
    if order is not None and order.internal_state == "canceled":
        give_back(work, order)


@instead_of_removal(ProductOrder)
def removed_orders_give_back(work: Work, order: ProductOrder) -> bool:
    """Let what was kept for an order that is removed before it is sent in be free at once.

    Of a draft no event tells. It is removed all the same.
    """
    if order.internal_state in UNSENT:
        work.schedule(NewWork(REMOVED, order.id))
    return False


@handler(REMOVED)
def let_go_with_the_order(services: Services, row: Row) -> None:
    """Give back what was kept for an order that was removed."""
    with leased(services, row) as work:
        queue.finish(work.connection, row)
        last = work.connection.execute(LAST_EVENT, [row.subject]).fetchone()
        if last is not None and work.get(ProductOrder, row.subject) is None:
            _give_back_removed(work, ProductOrder, last[0])


def _give_back_removed(work: Work, kind: type[Wish], event_id: str = "") -> None:
    """Give back what was kept for a record, as the event of its removal has it."""
    found = load_events(work.connection, [event_id or str((work.cause or {}).get("event"))])
    for ident, raw in open_documents(work.services, work.connection, list(found.values())).items():
        removed = kind.wrap(raw)
        object.__setattr__(removed, "meta", Meta(found[ident].subject))
        give_back(work, removed)


def give_back(work: Work, wish: Wish) -> None:
    """Free the times, the lines and the numbers that are kept for something and nothing else."""
    _times(work, wish)
    idents = list(dict.fromkeys(ident for _, ident in named_answers(wish)))
    for check in work.many(ProductOfferingQualification, idents).values():
        if not _is_used_elsewhere(work, check.id, wish.id):
            let_go(work, check)
    _numbers(work, wish)


def _lines(wish: Wish) -> Iterator[dict[str, Json]]:
    words = WORDS[type(wish)]
    for _, line in placed_lines(wish.raw.get(words.item) or (), words):
        yield line


def _times(work: Work, wish: Wish) -> None:
    named = [
        str(one["id"])
        for line in _lines(wish)
        for said in (line.get("appointment") or (),)
        for one in (said if isinstance(said, list) else [said])
        if isinstance(one, dict) and one.get("id")
    ]
    for ident in work.many(Appointment, named):
        if _is_used_elsewhere(work, ident, wish.id):
            continue
        with work.edit(Appointment, ident) as held:
            if held.status == "initialized" and held.work_order is None:
                held.status = "cancelled"
                held.status_reason = REASON


def _numbers(work: Work, wish: Wish) -> None:
    customer = customer_of(wish.related_party)
    asked = dict(_asked_values(wish))
    if customer is None or not asked:
        return
    others: set[tuple[str, str]] | None = None
    catalog = order_catalog.load(work, _as_order(wish))
    for pool in work.many(ResourcePool, _pools(catalog)).values():
        for value in asked.get(pool.characteristic, ()):
            found = value_in(work, pool, value)
            if found is None or (found.state, found.root, found.customer) != (
                "reserved", None, customer,
            ):  # fmt: skip
                continue
            if others is None:
                others = set(_asked_elsewhere(work, customer, wish.id))
            known = {normal(pool.pool_type, text) for name, text in others
                     if name == pool.characteristic}  # fmt: skip
            if found.value not in known:
                move(work, pool, "release", value, reservation=found.reservation)


def _as_order(wish: Wish) -> ProductOrder:
    """Return what was wished for as the order that it would have become."""
    if isinstance(wish, ProductOrder):
        return wish
    if isinstance(wish, ShoppingCart):
        return ProductOrder.wrap(order_body(wish, also_later=True))
    items = order_items(wish.raw.get(QUOTE_WORDS.item) or (), QUOTE_WORDS)
    return ProductOrder.wrap(load(encode(order_document(wish.raw, items))))


def _asked_values(wish: Wish) -> Iterator[tuple[str, list[str]]]:
    """Yield the texts that are asked for, by the names of the characteristics."""
    found: dict[str, list[str]] = {}
    for name, text in _texts(wish):
        found.setdefault(name, []).append(text)
    yield from found.items()


def _asked_elsewhere(work: Work, customer: str, own: str) -> Iterator[tuple[str, str]]:
    """Yield what else of a customer's may still be ordered asks for, and orders not begun yet."""
    by_customer = {"relatedParty.id": customer}
    others: list[Wish] = [
        *work.find(ShoppingCart, by_customer | {"status": "active"}),
        *work.find(Quote, by_customer | {"internalState": QUOTED}),
        *work.find(ProductOrder, by_customer | {"internalState": WAITING}),
    ]
    for other in others:
        if other.id != own:
            yield from _texts(other)


def _texts(document: Wish) -> Iterator[tuple[str, str]]:
    """Yield the texts that lines ask for, each with the name of its characteristic."""
    for line in _lines(document):
        for one in (line.get("product") or {}).get("productCharacteristic") or ():
            if isinstance(one.get("value"), str):
                yield str(one.get("name")), one["value"]


def _pools(catalog: CatalogSnapshot) -> set[str]:
    specifications: Mapping[str, ResourceSpecification] = catalog.resource_specifications
    return {
        one.resource_pool.id for one in specifications.values() if one.resource_pool is not None
    }


def _is_used_elsewhere(work: Work, ident: str, own: str) -> bool:
    """Tell whether something else than a cart that is done with refers to a record."""
    others = [(kind, one) for kind, one, _ in work.used_by(ident) if one != own]
    carts = work.many(ShoppingCart, [one for kind, one in others if kind == "ShoppingCart"])
    return any(kind in ("ProductOrder", "Quote") for kind, _ in others) or any(
        one.status == "active" for one in carts.values()
    )
