"""Lines: those of a quote or a cart as the items of the order that they would become, and back.

They are nested alike and hold the same things; only the words differ. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json

Line = dict[str, Json]
SAME = (
    "operation", "quantity", "itemTerm", "billingAccount", "product", "productOffering",
    "productOfferingQualificationItem", "qualification", "suspensionReason",
    "disconnectionReason", "emergencyTold", "feeWaiverReason",
)  # fmt: skip
"""What lines and order items say in the same words, beside their id and action."""


@dataclass(frozen=True)
class Words:
    """What a kind of record calls its lines, their prices, and how they hang together."""

    item: str
    price: str
    relationship: str


QUOTE_WORDS = Words("quoteItem", "quoteItemPrice", "quoteItemRelationship")
CART_WORDS = Words("cartItem", "itemPrice", "cartItemRelationship")
ORDER_WORDS = Words("productOrderItem", "itemPrice", "productOrderItemRelationship")


def placed_lines(
    lines: Iterable[Json], words: Words, above: str = ""
) -> Iterator[tuple[str, Line]]:
    """Yield every line with its dotted path, each before the lines inside it.

    What was sent may be anything: what is no list has no lines.
    """
    for index, line in enumerate(lines if isinstance(lines, (list, tuple)) else ()):
        if isinstance(line, dict):
            path = f"{above}{words.item}[{index}]"
            yield path, line
            yield from placed_lines(line.get(words.item) or (), words, f"{path}.")


def number_lines(lines: Iterable[Json], words: Words) -> None:
    """Give each line that has none an id that no other line has."""
    every = [line for _, line in placed_lines(lines, words)]
    taken = {str(line["id"]) for line in every if line.get("id") is not None}
    following = 0
    for line in every:
        if line.get("id") is None:
            following += 1
            while str(following) in taken:
                following += 1
            taken.add(str(following))
            line["id"] = str(following)


def order_items(
    lines: Iterable[Json], words: Words, *, priced: bool = False
) -> list[dict[str, Json]]:
    """Return lines as the items of an order; with their prices where these are agreed on."""
    return [_order_item(one, words, priced=priced) for one in lines if isinstance(one, dict)]


def _order_item(line: Mapping[str, Json], words: Words, *, priced: bool) -> dict[str, Json]:
    found = {name: line[name] for name in SAME if line.get(name) is not None}
    found |= {"id": str(line.get("id")), "action": line.get("action") or "add"}
    if priced and line.get(words.price):
        found["itemPrice"] = line[words.price]
    visits = line.get("appointment")
    if visits:
        found["appointment"] = visits[0] if isinstance(visits, list) else visits
    related = line.get(words.relationship)
    if related:
        found["productOrderItemRelationship"] = related
    inside = order_items(line.get(words.item) or (), words, priced=priced)
    if inside:
        found["productOrderItem"] = inside
    return found


def lines_of_items(
    items: Iterable[Mapping[str, Json]], words: Words, *, left_out: Iterable[str] = ()
) -> list[Line]:
    """Return the items of an order as lines, nested as they are, without what is `left_out`."""
    said = {"productOrderItem": words.item, "productOrderItemRelationship": words.relationship}
    found = []
    for item in items:
        line = {said.get(name, name): one for name, one in item.items() if name not in left_out}
        if line.get(words.item):
            line[words.item] = lines_of_items(line[words.item], words, left_out=left_out)
        found.append(line)
    return found


def order_document(document: Mapping[str, Json], items: list[dict[str, Json]]) -> dict[str, Json]:
    """Return the order that a quote or a cart asks for: for whom, on which account, and what."""
    found: dict[str, Json] = {"productOrderItem": items}
    for name in ("relatedParty", "agreement", "productOfferingQualification", "channel"):
        if document.get(name):
            found[name] = document[name]
    account = document.get("billingAccount")
    if isinstance(account, list):
        account = next(iter(account), None)
    if account:
        found["billingAccount"] = account
    start = document.get("expectedFulfillmentStartDate")
    if start:
        found["requestedStartDate"] = start
    return found


def told_in(faults: Iterable[Fault], words: Words) -> Iterator[Fault]:
    """Yield what is wrong with an order in the words of the record that it was made of."""
    for fault in faults:
        path = fault.path.replace("productOrderItemRelationship", words.relationship)
        path = path.replace("productOrderItem", words.item).replace("itemPrice", words.price)
        path = path.replace("requestedStartDate", "expectedFulfillmentStartDate")
        yield replace(fault, path=path)
