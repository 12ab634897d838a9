"""The basket: what is on the page kept in the shopping cart that it came from, and ordered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count

from trunkline.documents.decode import encode
from trunkline.documents.errors import Conflict, Fault, Refusal
from trunkline.documents.patch import copied
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.rest.writing import change
from trunkline.sales.cart.check_out import check_out
from trunkline.sales.cart.shopping_cart import LATER, ShoppingCart
from trunkline.sales.lines import CART_WORDS, Line, lines_of_items, placed_lines
from trunkline.web.capture.body import Body
from trunkline.web.capture.going_on import gone_on, is_of_the_same
from trunkline.web.capture.sending import MERGE
from trunkline.web.capture.telling import Counter

KEPT = (
    "note", "appointment", "billingAccount", "itemTerm", "productOfferingQualificationItem",
    "qualification",
)  # fmt: skip
"""What the page does not ask about an item, and leaves as it is."""


def filled(work: Work, counter: Counter) -> str:
    """Put what is on the page into its cart in place of what lay there, and return the cart's key.

    What is saved for later stays. An item that is as it was keeps its id, and with that the price
    that was told. Refuses (409) a cart that was changed since the page was opened with it.
    """
    held = work.lock(ShoppingCart, counter.cart.basket)
    if held.status != "active":
        raise Conflict("cartClosed", f"{held.key} is {held.status} meanwhile; open it instead")
    if str(held.meta.version) != counter.cart.version:
        message = f"{held.key} was changed meanwhile; look at it, then start again with it"
        raise Conflict("cartMoved", message)
    said: dict[str, Json] = copied(counter.body.document)
    former = [one for one in held.raw.get("cartItem") or () if one.get("status") != LATER]
    later = [one for one in held.raw.get("cartItem") or () if one.get("status") == LATER]
    lines = lines_of_items(said["productOrderItem"], CART_WORDS)
    _go_on(lines, former, later, counter.body)
    others = [one.raw for one in held.related_party if (one.role or "") != "customer"]
    patch: dict[str, Json] = {
        name: said.get(name) for name in ("billingAccount", "agreement", "requestedStartDate")
    }
    patch["relatedParty"] = [*said.get("relatedParty", []), *others]
    patch["cartItem"] = [*lines, *later]
    change(work, held, patch, MERGE)
    return held.key


def ordered(work: Work, counter: Counter) -> str:
    """Put what is on the page into its cart, order that, and return the order's key.

    What is wrong is told in the words of the order, which the page shows.
    """
    try:
        return check_out(work, filled(work, counter)).key
    except Refusal as refusal:
        refusal.faults = [*_in_the_order(refusal.faults)]
        raise


def _in_the_order(faults: Sequence[Fault]) -> Iterator[Fault]:
    for one in faults:
        path = one.path.replace(CART_WORDS.relationship, "productOrderItemRelationship")
        yield replace(one, path=path.replace(CART_WORDS.item, "productOrderItem"))


def _go_on(lines: list[Line], former: list[Line], later: list[Line], body: Body) -> None:
    """Give the lines the ids of those that they go on from, and what the page does not ask."""
    names: dict[str, str] = {}
    for line, before in gone_on(lines, former, body):
        own, others = _every([line]), _every([before])
        if len(own) != len(others):
            continue
        for one, other in zip(own, others, strict=True):
            if not is_of_the_same(one, other):
                continue
            one.update({name: other[name] for name in KEPT if name in other and name not in one})
            names[str(one["id"])] = str(other["id"])
            if _asked(one) == _asked(other):  # in the words in which its price was told
                one |= {name: other.get(name) for name in ("product", "productOffering")}
    taken = {str(one.get("id")) for one in _every([*former, *later])}
    fresh = (str(number) for number in count(1) if str(number) not in taken)
    for line in _every(lines):
        ident = str(line["id"])
        if ident not in names:
            names[ident] = next(fresh)
        line["id"] = names[ident]
    for line in _every(lines):
        for other in line.get(CART_WORDS.relationship) or ():
            other["id"] = names.get(str(other.get("id")), other.get("id"))


def _every(lines: Sequence[Line]) -> list[Line]:
    return [one for _, one in placed_lines(lines, CART_WORDS)]


def _asked(line: Line) -> tuple[Json, ...]:
    """Return what a line asks for, whatever form it is said in."""
    product = line.get("product") or {}
    values = {
        str(one.get("name")): encode(one.get("value"))
        for one in product.get("productCharacteristic") or ()
    }
    places = [one.get("id") for one in product.get("place") or ()]
    offering = (line.get("productOffering") or {}).get("id")
    return line.get("action") or "add", product.get("id"), offering, values, places
