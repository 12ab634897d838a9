"""Lines: the items of a product order as decomposition reads them, whatever way they are nested."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple, Protocol

from trunkline.documents.shape import Json
from trunkline.ordering.node import NodeAction, NodeLayer
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import ProductOrderItem, placed_product_items
from trunkline.shared.characteristic import Characteristic

ACTIONS: dict[str, NodeAction] = {
    "add": "add",
    "modify": "modify",
    "change": "modify",
    "delete": "delete",
    "suspend": "suspend",
    "resume": "resume",
}
TO_PART = ("bundles", "haschild", "contains")
TO_WHOLE = ("bundledby", "hasparent", "ischildof", "ispartof")
AFTER = ("relieson", "requires", "dependson")


@dataclass(frozen=True)
class Line:
    """One item: where it stands, what it asks for, which item holds it, which it comes after.

    `left_out` are those of several alike that were chosen to go: keys of steps, or records.
    """

    path: str
    item: ProductOrderItem
    action: NodeAction | None
    whole: str | None = None
    after: tuple[str, ...] = ()
    place: Json = None
    quantity: int = 1
    left_out: frozenset[str] = field(default_factory=frozenset)

    @property
    def id(self) -> str:
        """The item's id."""
        return self.item.id

    @property
    def layer(self) -> NodeLayer:
        """What it asks for: a product."""
        return "product"

    @property
    def product_id(self) -> str | None:
        """The id of the product that the item changes or makes, where it is known."""
        return self.item.product.id if self.item.product else None

    @property
    def record_id(self) -> str | None:
        """The same, as lines of all kinds say it."""
        return self.product_id

    @property
    def own_place(self) -> Json:
        """The place that the item itself says."""
        places = self.item.product.place if self.item.product is not None else ()
        return next((one.raw for one in places), None)

    @property
    def given(self) -> Sequence[Characteristic]:
        """The values that the item gives its product."""
        return self.item.product.product_characteristic if self.item.product is not None else ()

    def relation_path(self, other: str) -> str:
        """Return where the item says that it comes after another one."""
        named = self.item.product_order_item_relationship
        index = next(index for index, one in enumerate(named) if one.id == other)
        return f"{self.path}.productOrderItemRelationship[{index}]"


def action_of(item: ProductOrderItem) -> NodeAction | None:
    """Return what an item does to its product in all accepted spellings; None for nothing."""
    action = ACTIONS.get(item.action)
    if action == "modify" and item.operation in ("suspend", "resume"):
        return ACTIONS[item.operation]
    return action


def lines_of(order: ProductOrder) -> dict[str, Line]:
    """Return the lines of an order by item id, in the order of their ids.

    An item lies inside another one by nesting or by a relationship (`bundles`, `hasChild`); it
    then has that one's place unless it says its own. Of two items with one id the first counts,
    one whose id is blank is none.
    """
    placed: dict[str, tuple[str, ProductOrderItem]] = {}
    for path, item in placed_product_items(order.product_order_item):
        if item.id.strip():
            placed.setdefault(item.id, (path, item))
    standing = {ident: _standing(item) for ident, (_, item) in placed.items()}
    wholes = wholes_of(standing.values())
    found: dict[str, Line] = {}
    for ident in sorted(placed, key=natural):
        path, item = placed[ident]
        found[ident] = Line(
            path=path,
            item=item,
            action=action_of(item),
            whole=wholes.get(ident),
            after=tuple(sorted(standing[ident].related(AFTER) & placed.keys(), key=natural)),
            place=_place(placed, wholes, ident),
            quantity=1 if item.quantity is None else item.quantity,
            left_out=frozenset(item.left_out),
        )
    return found


def added_inside(lines: Iterable[Line]) -> dict[str, list[Line]]:
    """Return what is added inside other lines, by the line that it lies in."""
    found: dict[str, list[Line]] = {}
    for line in lines:
        if line.whole is not None and line.action == "add":
            found.setdefault(line.whole, []).append(line)
    return found


def lines_that(order: ProductOrder, *actions: NodeAction) -> list[Line]:
    """Return the lines of an order that do one of these; most orders have none of most of them."""
    placed = placed_product_items(order.product_order_item)
    if not any(action_of(item) in actions for _, item in placed):
        return []
    return [one for one in lines_of(order).values() if one.action in actions]


def copies(line: Copied, lines: Mapping[str, Copied]) -> int:
    """Return how many records a line adds: its quantity for each copy of what it lies in."""
    count, current = 1, line
    while current.action == "add":
        count *= current.quantity
        if current.whole is None:
            break
        current = lines[current.whole]
    return count


class CopyName(NamedTuple):
    """Which copy of a line's product is meant, and in which copy of the line that holds it.

    The third of a line is `3`; the third inside the second copy of what holds it is `2.3`. So the
    name of a copy stays while others come and go.
    """

    own: str
    whole: str | None = None


FIRST = CopyName("1")


class Copied(Protocol):
    """What of a line says how often it is made, whatever it asks for."""

    @property
    def id(self) -> str:
        """The item's id."""

    @property
    def layer(self) -> NodeLayer:
        """What it asks for."""

    @property
    def action(self) -> str | None:
        """What it does."""

    @property
    def whole(self) -> str | None:
        """The line that it lies in."""

    @property
    def quantity(self) -> int:
        """How many it asks for, in each copy of what it lies in."""

    @property
    def left_out(self) -> frozenset[str]:
        """Which ones were chosen to go."""


def copy_names(line: Copied, lines: Mapping[str, Copied]) -> list[CopyName]:
    """Return the copies that a line asks for; those that were chosen to go are not among them."""
    if line.action != "add":
        return [FIRST]
    above = lines.get(line.whole or "")
    wholes = copy_names(above, lines) if above is not None and above.action == "add" else [FIRST]
    return [one for whole in wholes for one in _inside(line, whole.own)]


def _inside(line: Copied, whole: str) -> Iterator[CopyName]:
    number = made = 0
    while made < line.quantity:
        number += 1
        own = CopyName(str(number) if whole == FIRST.own else f"{whole}.{number}", whole)
        if line_key(line, own.own) not in line.left_out:
            made += 1
            yield own


def line_key(line: Copied, copy: str) -> str:
    """Return the key of the step of a line's product, or of its service or resource."""
    prefix = copy_prefix(line, copy)
    return f"{prefix}/product" if line.layer == "product" else prefix


def copy_prefix(line: Copied, copy: str) -> str:
    """Return what the keys begin with of all that belongs to one copy of a line's record."""
    return line.id if copy == FIRST.own else f"{line.id}#{copy}"


@lru_cache(maxsize=16_384)
def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return what to sort by so that 2 comes before 10."""
    parts = re.findall(r"\d{1,18}|\D+", text)
    pieces = ((0, int(one), "") if one.isdecimal() else (1, 0, one) for one in parts)
    return (*pieces, (2, 0, text))


class Standing(NamedTuple):
    """How an item of an order stands to others: which lie in it, and what it says of them.

    `said` are pairs of the type of a relationship and the id of the other item.
    """

    id: str
    inside: Sequence[str] = ()
    said: Sequence[tuple[str, str]] = ()

    def related(self, kinds: tuple[str, ...]) -> set[str]:
        """Return the other items to which it says to have a relationship of these types."""
        return {
            other for word, other in self.said if other != self.id and plain_word(word) in kinds
        }


def wholes_of(items: Iterable[Standing]) -> dict[str, str]:
    """Return by the id of an item in which other one it lies; none of a circle lies in any."""
    found: dict[str, str] = {}
    listed = list(items)
    for item in listed:
        for part in item.inside:
            found.setdefault(part, item.id)
    known = {item.id for item in listed}
    for item in sorted(listed, key=lambda one: natural(one.id)):
        for part_id in sorted(item.related(TO_PART) & known, key=natural):
            found.setdefault(part_id, item.id)
        for whole_id in sorted(item.related(TO_WHOLE) & known, key=natural)[:1]:
            found.setdefault(item.id, whole_id)
    for ident in sorted(found, key=natural):
        if ident in _above(found, ident):
            del found[ident]
    return found


def _above(wholes: Mapping[str, str], ident: str) -> set[str]:
    """Return the items above an item; it is itself among them where they form a circle."""
    found: set[str] = set()
    current = wholes.get(ident)
    while current is not None and current not in found:
        found.add(current)
        current = wholes.get(current)
    return found


def _standing(item: ProductOrderItem) -> Standing:
    said = item.product_order_item_relationship
    return Standing(
        item.id,
        [one.id for one in item.product_order_item],
        [(one.relationship_type or "", one.id) for one in said if one.id is not None],
    )


def plain_word(text: str) -> str:
    """Return a relation's word without case, blanks and punctuation."""
    return "".join(one for one in text.lower() if one.isalpha())


def _place(
    placed: Mapping[str, tuple[str, ProductOrderItem]], wholes: Mapping[str, str], ident: str
) -> Json:
    current: str | None = ident
    while current is not None:
        product = placed[current][1].product
        for place in product.place if product else ():
            return place.raw
        current = wholes.get(current)
    return None
