"""Moved parts: what lies in a product that moves, and is where it was, moves with it. Pure.

What is added to a product that is there is where that one is, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.inventory.product import Product, ProductRefOrValue
from trunkline.ordering.branch import place_name
from trunkline.ordering.installed import is_live, place_of
from trunkline.ordering.order_line import Line, lines_of
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import ProductOrderItem, placed_product_items
from trunkline.shared.reference import RelatedPlaceRefOrValue


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


def place_added_parts(order: ProductOrder, held: Mapping[str, Product]) -> None:
    """Say of each part that is added to a product that it is where that one is, if nobody did.

    What lies in an item that says a place follows that one by itself.
    """
    lines = lines_of(order) if held else {}
    for line in lines.values():
        whole = lines.get(line.whole or "")
        if line.action != "add" or line.place is not None or whole is None:
            continue
        place = _installed_place(whole, lines, held) if whole.action != "add" else None
        if place is not None:
            line.item.product = line.item.product or ProductRefOrValue()
            line.item.product.place = [RelatedPlaceRefOrValue.wrap(dict(place))]


def let_parts_follow(
    order: ProductOrder, before: Mapping[str, Line], held: Mapping[str, Product]
) -> None:
    """Take from each added part the place that it was given with its whole, where that one moves.

    `before` are the lines of the order as it was: a part that comes back as it was says no place
    of its own, so it follows its whole to another one.
    """
    lines = lines_of(order)
    for line in lines.values():
        was, whole = before.get(line.id), lines.get(line.whole or "")
        if was is None or whole is None or whole.action == "add" or whole.place is None:
            continue
        left = _installed_place(whole, lines, held)
        is_new = line.action == was.action == "add" and line.whole == was.whole
        if not is_new or left is None or before[whole.id].place is not None:
            continue
        names = {place_name(one) for one in (left, was.own_place, line.own_place)}
        if len(names) == 1 and line.item.product is not None:
            line.item.product.raw.pop("place", None)


def _installed_place(line: Line, lines: Mapping[str, Line], held: Mapping[str, Product]) -> Json:
    """Return where the product of a line is, else where what the line lies in is."""
    current: Line | None = line
    while current is not None:
        product = held.get(current.product_id or "")
        own = place_of(product) if product is not None else None
        if own is not None:
            return own
        current = lines.get(current.whole or "")
    return None


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
