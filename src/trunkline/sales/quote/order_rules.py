"""Rules of orders that come from quotes: no more than was offered, and nothing else behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trunkline.catalog.closure import present
from trunkline.documents.decode import encode
from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.kernel.behaviour import handler, on, rule
from trunkline.kernel.resource import event
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.leases import queue
from trunkline.leases.queue import Row
from trunkline.ordering import order_catalog
from trunkline.ordering.asking import asked_by
from trunkline.ordering.given_away import given_away, lowers_usage
from trunkline.ordering.intake import order_prices
from trunkline.ordering.order_catalog import offering_id
from trunkline.ordering.order_line import copies, lines_of
from trunkline.ordering.own_prices import price_marks
from trunkline.ordering.product_order import UNSENT, ProductOrder
from trunkline.ordering.product_order_item import ProductOrderItem, placed_product_items
from trunkline.ordering.start import QUOTE_ORDERED
from trunkline.sales.quote.ordered import (
    GIVEN_UP,
    hold_what_is_left,
    lines_by_id,
    note_orders,
    offered,
    order_lines,
    orders_alive,
    taken,
)
from trunkline.sales.quote.quote import Quote
from trunkline.sales.quote.to_order import over_ordered
from trunkline.shared.price import OrderPrice
from trunkline.workspace.timer import leased

FROM_QUOTE = ("completed", "closed")
"""The states of a quote of which a draft that was made of it may be sent."""


@rule(ProductOrder)
def no_more_than_was_offered(
    work: Work, old: ProductOrder | None, new: ProductOrder
) -> Iterator[Fault]:
    """Refuse an order that takes more of a quote than is left, or of one that is not completed."""
    named = [one.id for one in new.quote]
    items = list(placed_product_items(new.product_order_item))
    taking = [(path, item) for path, item in items if item.quote_item is not None]
    if not named and not taking:
        return
    for path, item in taking:
        if item.quote_item is not None and item.quote_item.quote_id not in named:
            message = "name this quote in quote of the order, by its id"
            yield Fault(f"{path}.quoteItem.quoteId", "quoteMissing", message)
    is_given_up = new.internal_state in GIVEN_UP
    is_revised = old is not None and old.order_version != new.order_version
    if (
        work.actor.kind == "system"
        or is_given_up
        or is_revised
        or (old is not None and _takes(old) == _takes(new) and not _is_sent(old, new))
    ):
        return
    hold_what_is_left(work, named)
    for quote in present(work, Quote, named).values():
        yield from _faults(work, old, new, quote)


def _is_sent(old: ProductOrder, new: ProductOrder) -> bool:
    return old.internal_state in UNSENT and new.internal_state not in UNSENT


def _takes(order: ProductOrder) -> list[Json]:
    lines = lines_of(order)
    said = [
        (line.item.quote_item.raw, copies(line, lines))
        for line in lines.values()
        if line.item.quote_item is not None
    ]
    return [[one.id for one in order.quote], said, order.internal_state in GIVEN_UP]


def _faults(
    work: Work, old: ProductOrder | None, new: ProductOrder, quote: Quote
) -> Iterator[Fault]:
    is_new = old is None or quote.id not in {one.id for one in old.quote}
    allowed = ("completed",) if is_new else FROM_QUOTE
    asks = is_new or (old is not None and _is_sent(old, new))
    if asks and quote.internal_state not in allowed:
        message = f"{quote.key} is {quote.internal_state}; an order is made of a completed quote"
        yield Fault("quote", "conflictNotCompleted", message)
        return
    others = [one for one in orders_alive(work, quote.id) if one.id != new.id]
    before, own, most = taken(others, quote.id), taken([new], quote.id), offered(order_lines(quote))
    for path, item in placed_product_items(new.product_order_item):
        reference = item.quote_item
        if reference is None or reference.quote_id != quote.id:
            continue
        if reference.id not in most:
            message = f"{quote.key} has no line {reference.id}; name one of its lines"
            yield Fault(f"{path}.quoteItem.id", "unknownItem", message)
        elif before[reference.id] + own[reference.id] > most[reference.id]:
            left = max(0, most[reference.id] - before[reference.id])
            yield over_ordered(quote, f"{path}.quantity", reference.id, left)
        elif work.actor.kind != "system" and _is_cheaper(work, new, item, quote):
            message = f"is less than {quote.key} offers; order at its prices"
            yield Fault(f"{path}.itemPrice", "conflictQuotedPrice", message)


def _is_cheaper(work: Work, order: ProductOrder, item: ProductOrderItem, quote: Quote) -> bool:
    """Tell whether an item asks less than its line of the quote, and not just what is listed."""
    if item.action not in ("add", "modify") or not item.item_price:
        return False
    line = lines_by_id(quote).get(str(item.quote_item.id if item.quote_item else "")) or {}
    agreed = [OrderPrice.wrap(dict(one)) for one in line.get("quoteItemPrice") or ()]
    is_same = (line.get("productOffering") or {}).get("id") == offering_id(item)
    is_less = given_away(agreed, item.item_price) or lowers_usage(agreed, item.item_price)
    if is_same and not is_less:
        return False
    catalog = order_catalog.load(work, order)
    offering = catalog.offerings.get(offering_id(item) or "")
    listed = order_prices(catalog.prices_of(offering, work.now)) if offering is not None else ()
    if item.action == "modify":
        listed = [one for one in listed if one.recurring_charge_period]
    return price_marks(listed) != price_marks(item.item_price)


@rule(ProductOrder)
def what_was_agreed_stays(
    work: Work, old: ProductOrder | None, new: ProductOrder
) -> Iterator[Fault]:
    """Refuse a commercial change of an order from a quote, but by a change while it runs."""
    if old is None or not old.quote or old.internal_state in UNSENT:
        return
    if old.order_version != new.order_version:
        return  # it is that change
    if work.actor.kind == "system" or new.internal_state in ("canceled", "rejected", "draft"):
        return
    if _agreed(old) == _agreed(new):
        return
    quotes = present(work, Quote, [one.id for one in old.quote]).values()
    name = ", ".join(sorted(one.key for one in quotes)) or "a quote"
    if old.internal_state in ("inProgress", "revisionInProgress"):
        message = f"was agreed on in {name}; change the order while it runs by a revision of it"
    else:
        message = f"was agreed on in {name}; cancel the order, revise {name} and order anew"
    yield Fault("productOrderItem", "conflictFromQuote", message)


def _agreed(order: ProductOrder) -> bytes:
    """Return what an order and its quote agree on: what is ordered, at which prices and terms."""
    said: list[Json] = [list(one) for one in asked_by(order)]
    said += [[one.id for one in order.quote], order.raw.get("orderTotalPrice")]
    for _, item in placed_product_items(order.product_order_item):
        product = item.raw.get("product") or {}
        said += [item.raw.get(name) for name in ("itemPrice", "itemTerm", "itemTotalPrice")]
        said += [product.get("productPrice"), item.raw.get("quoteItem")]
    return encode(said)


@handler(QUOTE_ORDERED)
def count_orders(services: Services, row: Row) -> None:
    """Note in a quote what an order that has begun takes of it, whoever sent that."""
    with leased(services, row) as work:
        queue.finish(work.connection, row)
        if work.get(Quote, row.subject) is not None:
            note_orders(work, row.subject)


@on(event(ProductOrder, "state_changed").to("canceled", "rejected", "failed", "partial"))
def give_back(work: Work, order: ProductOrder) -> None:
    """Free what an order that came to nothing had taken of its quote."""
    for ident in quotes_of(order):
        if work.get(Quote, ident) is not None:
            note_orders(work, ident)


def quotes_of(order: ProductOrder) -> Sequence[str]:
    """Return the ids of the quotes that an order comes from."""
    return [one.id for one in order.quote]
