"""Moved parts: what lies in a product that moves, and is where it was, moves with it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.inventory.product import Product
from trunkline.ordering.branch import place_name
from trunkline.ordering.installed import is_live, place_of
from trunkline.ordering.order_line import Line
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import ProductOrderItem, placed_product_items


def take_parts_along(order: ProductOrder, held: Mapping[str, Product]) -> None:
    """Put an item for each part into the item that moves a whole, unless the order names the part.

    Such an item says no place: it follows the one that it lies in. A part that is elsewhere stays.
    """
    placed = [item for _, item in placed_product_items(order.product_order_item)]
    taken = {one.id for one in placed}
    named = {one.product.id for one in placed if one.product is not None}
    for item in placed:
        whole = held.get((item.product.id if item.product is not None else None) or "")
        place = _place(whole, held) if whole is not None else None
        if whole is None or place is None or not _is_moved(item, place):
            continue
        for part in _along(whole, held, place):
            if part.id not in named:
                named.add(part.id)
                raw: dict[str, Json] = {
                    "id": _free(item.id, taken), "action": "modify", "operation": "move",
                    "product": {"id": part.id, "name": part.name},
                }  # fmt: skip
                item.product_order_item = [*item.product_order_item, ProductOrderItem.wrap(raw)]


def told_of_wholes(
    faults: Iterable[Fault], lines: Mapping[str, Line], products: Mapping[str, Product]
) -> Iterator[Fault]:
    """Yield the same faults; those of a part that is taken along name the item that moves it.

    Who sent the order sent no item for such a part, so the message says which one it is.
    """
    along = [one for one in lines.values() if _is_along(one)]
    for fault in faults:
        line = next((one for one in along if f"{fault.path}.".startswith(f"{one.path}.")), None)
        if line is None:
            yield fault
            continue
        part, path = products.get(line.product_id or ""), f"{lines[line.whole or ''].path}"
        called = f"{part.name} ({part.key})" if part is not None else line.product_id
        message = f"its part {called} moves along: {fault.message}"
        yield replace(fault, path=f"{path}.product.id", message=message)


def _is_along(line: Line) -> bool:
    """Tell whether a line is one that was put in for a part: it says nothing of its own."""
    is_named = line.whole is not None and line.id.startswith(f"{line.whole}.")
    is_bare = line.own_place is None and not line.given and line.item.product_offering is None
    return is_named and is_bare and line.item.operation == "move"


def _is_moved(item: ProductOrderItem, place: str) -> bool:
    said = next((one.raw for one in item.product.place), None) if item.product is not None else None
    return item.action == "modify" and said is not None and place_name(said) != place


def _place(whole: Product, held: Mapping[str, Product]) -> str | None:
    """Return where a product is; one that does not say so is where all of its parts are."""
    own = place_of(whole)
    if own is not None:
        return place_name(own)
    parts = (held.get(one.id or "") for one in whole.product)
    places = {_place(one, held) for one in parts if one is not None and is_live(one)}
    return places.pop() if len(places - {None}) == 1 and None not in places else None


def _along(whole: Product, held: Mapping[str, Product], place: str) -> Iterator[Product]:
    """Yield the live parts of a product, and of these, that are at a place."""
    for one in whole.product:
        part = held.get(one.id or "")
        if part is None or not is_live(part):
            continue
        own = place_of(part)
        if own is not None and place_name(own) == place:
            yield part
            yield from _along(part, held, place)


def _free(ident: str, taken: set[str]) -> str:
    number = 1
    while (found := f"{ident}.{number}") in taken:
        number += 1
    taken.add(found)
    return found
