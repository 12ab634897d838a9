"""Ordered: how much of each line of a quote its orders have taken. Counted from the orders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.ordering.order_line import Line, copies, lines_of
from trunkline.ordering.product_order import ProductOrder
from trunkline.sales.lines import QUOTE_WORDS, order_items, placed_lines
from trunkline.sales.quote.quote import Quote

# Whoever orders of a quote holds this lock until the order is stored, so that two orders do not
# both take what is left; so does whoever revises it.
LOCK = """
select count(pg_advisory_xact_lock(hashtextextended(id, 648))) from (
  select unnest(%s::text[]) as id
) wanted
"""
GIVEN_UP = ("canceled", "rejected", "failed")
ORDERS = """
select distinct r.source::text
from ordering_reference r
join product_order o on o.id = r.source
where r.target = %s::uuid
  and r.path = 'quote'
  and o.p_internal_state <> all(%s)
"""


def hold_what_is_left(work: Work, quotes: Collection[str]) -> None:
    """Let nobody else order of quotes, or revise them, until this transaction ends."""
    work.connection.execute(LOCK, [sorted(quotes)])


def orders_alive(work: Work, quote: str) -> list[ProductOrder]:
    """Return the orders of a quote that were not given up, drafts included, the first one first."""
    rows = work.connection.execute(ORDERS, [quote, list(GIVEN_UP)]).fetchall()
    found = work.many(ProductOrder, [ident for (ident,) in rows]).values()
    return sorted(found, key=lambda one: one.id)


def taken(orders: Iterable[ProductOrder], quote: str) -> Counter[str]:
    """Return how much of each line of a quote orders have taken, by the line's id."""
    found: Counter[str] = Counter()
    for order in orders:
        lines = lines_of(order)
        for line in lines.values():
            reference = line.item.quote_item
            if reference is None or reference.quote_id != quote:
                continue
            if line.item.internal_state not in GIVEN_UP:
                found[reference.id] += copies(line, lines)
    return found


def lines_by_id(quote: Quote) -> dict[str, dict[str, Json]]:
    """Return the lines of a quote by id, those inside others included."""
    placed = placed_lines(quote.raw.get("quoteItem") or (), QUOTE_WORDS)
    return {str(line["id"]): line for _, line in placed}


def order_lines(quote: Quote) -> dict[str, Line]:
    """Return the lines of a quote as those of an order: which lies in which, however it says so."""
    items = order_items(quote.raw.get("quoteItem") or (), QUOTE_WORDS)
    return lines_of(ProductOrder.wrap({"productOrderItem": items}))


def offered(lines: Mapping[str, Line]) -> dict[str, int]:
    """Return how much of each line is offered: its own quantity for each of the whole."""
    return {ident: copies(line, lines) for ident, line in lines.items()}


def remaining(lines: Mapping[str, Line], counted: Mapping[str, int]) -> dict[str, int]:
    """Return how much of each line that lies in no other is not ordered yet, by its id."""
    return {
        ident: max(0, most - counted.get(ident, 0))
        for ident, most in offered(lines).items()
        if lines[ident].whole is None
    }


def within(lines: Mapping[str, Line], tops: Collection[str]) -> set[str]:
    """Return the ids of lines and of all that lie inside them."""
    found = set()
    for ident, line in lines.items():
        current, above = ident, line.whole
        while above is not None:
            current, above = above, lines[above].whole
        if current in tops:
            found.add(ident)
    return found


def note_orders(work: Work, ident: str) -> None:
    """Write what is ordered of a quote into its lines, with the orders that it became."""
    with work.edit(Quote, ident) as quote:
        orders = orders_alive(work, quote.id)
        counted = taken(orders, quote.id)
        for key, line in lines_by_id(quote).items():
            if counted[key] or line.get("orderedQuantity"):
                line["orderedQuantity"] = counted[key]
        quote.raw["productOrder"] = [
            {"id": one.id, "@referredType": "ProductOrder"} for one in orders
        ]
        if not quote.raw["productOrder"]:
            quote.raw.pop("productOrder")
