"""To order: a product order made of a completed quote, whole or in part, at the prices agreed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from trunkline.documents.decode import encode, load
from trunkline.documents.errors import Conflict, Fault, NotFound, refuse
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import ProductOrder
from trunkline.rest.writing import create
from trunkline.sales.lines import QUOTE_WORDS, order_document, order_items
from trunkline.sales.quote.ordered import (
    note_orders,
    order_lines,
    orders_alive,
    remaining,
    taken,
    within,
)
from trunkline.sales.quote.quote import Quote
from trunkline.sales.times_gone import leave_out_times_gone


def order_quote(
    work: Work,
    ident: str,
    *,
    lines: Mapping[str, int] | None = None,
    account: str | None = None,
    more: Mapping[str, Json] | None = None,
) -> ProductOrder:
    """Make an order of a completed quote and return it: of all that is left, or of some lines.

    `lines` says how many of which lines, by their ids; those inside come along. `account` is
    billed, else the quote's. `more` are attributes of the order as a client would send them.
    Refuses (409) a quote that is not completed, and more of a line than is left, naming both.
    """
    work.actor.must(ProductOrder.resource, "create")
    work.actor.must(Quote.resource, "read")
    quote = work.get(Quote, ident)
    if quote is None:
        raise NotFound("notFound", f"there is no quote {ident}")
    quote = work.lock(Quote, quote.id)
    must_be_completed(quote)
    known = order_lines(quote)
    left = remaining(known, taken(orders_alive(work, quote.id), quote.id))
    wanted = dict(lines) if lines is not None else {key: n for key, n in left.items() if n}
    refuse(list(_faults(quote, wanted, left)))
    chosen = within(known, wanted)
    items = _items(quote, wanted, chosen)
    leave_out_times_gone(work, items)
    document = order_document(quote.raw, items)
    document["quote"] = [{"id": quote.id, "@referredType": "Quote"}]
    if account:
        document["billingAccount"] = {"id": account}
    made = create(work, ProductOrder.resource, load(encode(document | dict(more or {}))))
    assert isinstance(made, ProductOrder)
    note_orders(work, quote.id)
    return made


def must_be_completed(quote: Quote) -> None:
    """Refuse (409) to order of a quote that is not completed."""
    if quote.internal_state != "completed":
        message = f"{quote.key} is {quote.internal_state}; an order is made of a completed quote"
        raise Conflict("conflictNotCompleted", message)


def _faults(quote: Quote, wanted: Mapping[str, int], left: Mapping[str, int]) -> Iterator[Fault]:
    if not wanted:
        yield Fault("quoteItem", "conflictOrdered", f"all of {quote.key} is ordered already")
    for ident, number in wanted.items():
        if ident not in left:
            message = f"{quote.key} has no line {ident} of its own; name a line, its parts go along"
            yield Fault(f"quoteItem[{ident}]", "unknownItem", message)
        elif number < 1:
            yield Fault(f"quoteItem[{ident}].quantity", "quantityInvalid", "order one or more")
        elif number > left[ident]:
            yield over_ordered(quote, f"quoteItem[{ident}].quantity", ident, left[ident])


def over_ordered(quote: Quote, path: str, ident: str, left: int) -> Fault:
    """Return the fault of an order that takes more of a line than is left."""
    message = (
        f"only {left} of line {ident} of {quote.key} are left to be ordered; "
        f"for more, revise {quote.key} and order anew"
    )
    return Fault(path, "conflictOverOrdered", message)


def _items(
    quote: Quote, wanted: Mapping[str, int], chosen: Collection[str]
) -> list[dict[str, Json]]:
    lines = [one for one in quote.raw["quoteItem"] if str(one["id"]) in chosen]
    items: list[dict[str, Json]] = load(encode(order_items(lines, QUOTE_WORDS, priced=True)))
    for item in items:
        if item["action"] == "add" and item["id"] in wanted:
            item["quantity"] = wanted[item["id"]]
        _refer(item, quote, chosen)
    return items


def _refer(item: dict[str, Json], quote: Quote, chosen: Collection[str]) -> None:
    """Let an item and those inside it name their lines; what is not ordered is not named."""
    item["quoteItem"] = {"id": item["id"], "quoteId": quote.id, "@referredType": "QuoteItem"}
    related = item.pop("productOrderItemRelationship", None) or ()
    kept = [one for one in related if str(one.get("id")) in chosen]
    if kept:
        item["productOrderItemRelationship"] = kept
    for part in item.get("productOrderItem") or ():
        _refer(part, quote, chosen)
