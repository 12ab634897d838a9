"""A cart as the order that it asks for, and what is wrong with that in the cart's words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from trunkline.documents.decode import encode, load
from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.sales.cart.shopping_cart import LATER, ShoppingCart
from trunkline.sales.lines import CART_WORDS, Line, order_document, order_items, placed_lines

MORE = ("description", "interaction", "requestedStartDate", "note")
ORDER_ITEM, CART_ITEM = "productOrderItem", CART_WORDS.item


def order_body(
    cart: ShoppingCart, *, also_later: bool = False, priced: bool = False
) -> dict[str, Json]:
    """Return the order as a client would send it; `priced` as it was told, else without prices.

    What is saved for later is left out unless it is `also` wanted.
    """
    lines: Iterable[Json] = cart.raw.get(CART_ITEM) or ()
    wanted = list(lines) if also_later else list(_wanted(lines))
    body = order_document(cart.raw, order_items(wanted, CART_WORDS, priced=priced))
    body |= {name: cart.raw[name] for name in MORE if cart.raw.get(name)}
    terms = cart.raw.get("acceptedTerms") or ()
    if terms:  # when they are accepted for the order is told anew
        body["acceptedTerms"] = [
            {name: one[name] for name in ("id", "version", "name") if name in one} for one in terms
        ]
    copied: dict[str, Json] = load(encode(body))
    return copied


def in_the_cart(faults: Iterable[Fault], cart: ShoppingCart) -> Iterator[Fault]:
    """Yield what is wrong with the order of a cart, where that stands in the cart."""
    lines = cart.raw.get(CART_ITEM) or ()
    paths = dict(_paths(list(lines), "", ""))
    for fault in faults:
        named = [one for one in paths if fault.path == one or fault.path.startswith(f"{one}.")]
        at = max(named, key=len, default="")
        path = fault.path.replace(at, paths[at], 1) if at else fault.path
        path = path.replace("productOrderItemRelationship", CART_WORDS.relationship)
        yield replace(fault, path=path.replace(ORDER_ITEM, CART_ITEM))


def lines_of_cart(document: Mapping[str, Json]) -> list[tuple[str, Line]]:
    """Return every item of a cart with its dotted path."""
    return list(placed_lines(document.get(CART_ITEM) or (), CART_WORDS))


def _wanted(lines: Iterable[Json]) -> Iterator[Json]:
    for line in lines:
        if isinstance(line, dict) and line.get("status") != LATER:
            inside = line.get(CART_ITEM)
            yield {**line, CART_ITEM: list(_wanted(inside))} if inside else line


def _paths(lines: list[Json], there: str, here: str) -> Iterator[tuple[str, str]]:
    """Yield where in the order each item is that is not saved for later, and where in the cart."""
    count = 0
    for index, line in enumerate(lines):
        if line.get("status") == LATER:
            continue
        at, own = f"{there}{ORDER_ITEM}[{count}]", f"{here}{CART_ITEM}[{index}]"
        count += 1
        yield at, own
        yield from _paths(list(line.get(CART_ITEM) or ()), f"{at}.", f"{own}.")
