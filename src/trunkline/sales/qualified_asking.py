"""Asking from anywhere: what a lead, an opportunity, a quote, a cart or an order is about, checked.

The answer names the record that it was asked from, and quotes, carts and drafts of orders name the
answer, so that they cannot be offered or ordered once it has expired.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from trunkline.documents.errors import Fault, Invalid, NotFound
from trunkline.documents.shape import Json
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.ordering.order_line import lines_of
from trunkline.ordering.product_order import ProductOrder
from trunkline.qualification.check_offering import ProductOfferingQualification
from trunkline.rest.writing import change, create
from trunkline.sales.cart.shopping_cart import ShoppingCart
from trunkline.sales.lead.lead import SalesLead
from trunkline.sales.lines import CART_WORDS, QUOTE_WORDS, order_items
from trunkline.sales.opportunity.opportunity import SalesOpportunity
from trunkline.sales.quote.quote import Quote

KINDS: Mapping[str, type[Document]] = {
    one.resource.name: one
    for one in (SalesLead, SalesOpportunity, Quote, ShoppingCart, ProductOrder)
}
"""What can be asked from, by the names of the kinds."""
LINES: Mapping[str, str] = {
    "SalesLead": "salesLeadItem",
    "SalesOpportunity": "salesOpportunityItem",
    "Quote": "quoteItem",
    "ShoppingCart": "cartItem",
    "ProductOrder": "productOrderItem",
}
MERGE = "application/merge-patch+json"
NAMES = "productOfferingQualification"


def record_asked_from(work: Work, kind: str, ident: str) -> Document:
    """Return the record to ask from; refuses (400) other kinds, (403, 404) what may not be read."""
    wanted = KINDS.get(kind)
    if wanted is None:
        message = f"must be one of: {', '.join(KINDS)}"
        raise Invalid.of([Fault("checkedFor.@referredType", "badValue", message)])
    work.actor.must(wanted.resource, "read")
    found = work.get(wanted, ident)
    if found is None:
        raise NotFound("notFound", f"there is no {wanted.resource.title.lower()} {ident}")
    return found


def ask_from(
    work: Work, document: Document, *, place: Mapping[str, Json] | None = None,
    reserve: bool = False,
) -> ProductOfferingQualification:  # fmt: skip
    """Check what a record is about where it is wanted, or at a `place`, and keep the answer.

    Refuses (400) a record that says neither where nor is asked about a place.
    """
    work.actor.must(ProductOfferingQualification.resource, "create")
    asked = question_of(document, place, reserve)
    made = create(work, ProductOfferingQualification.resource, asked)
    assert isinstance(made, ProductOfferingQualification)
    _note(work, document, made.id)
    return made


def question_of(
    document: Document, place: Mapping[str, Json] | None = None, reserve: bool = False
) -> dict[str, Json]:
    """Return what to ask about a record; pure. Refuses what says no place."""
    lines = list(_lines(document))
    if place is None and not document.raw.get("place") and not any("place" in one for one in lines):
        message = "say where it is wanted: nothing here names a place"
        raise Invalid.of([Fault("place", "placeMissing", message)])
    items = [_item(number, line, place) for number, line in enumerate(lines, 1)]
    body: dict[str, Json] = {
        "checkedFor": {"id": document.id, "@referredType": document.resource.type_name},
        "provideAlternative": True,
    }
    if items:
        body["productOfferingQualificationItem"] = items
    where = [dict(place)] if place is not None else document.raw.get("place")
    if where:
        body["place"] = [_checked_place(one) for one in where]
    customer = [one for one in document.raw.get("relatedParty") or () if _is_customer(one)]
    if customer:
        body["relatedParty"] = [{"id": customer[0]["id"], "role": "customer"}]
    if reserve:
        body["reserve"] = True
    return body


def asked_lines(document: Document) -> list[dict[str, Any]]:
    """Return what would be asked, as people read it: the names of each line and of its places."""
    return [
        {
            "name": line.get("name") or line.get("offering") or line.get("held"),
            "places": [str(one.get("name") or one.get("city") or one.get("id") or "")
                       for one in line.get("place") or document.raw.get("place") or ()],
        }
        for line in _lines(document)
    ]  # fmt: skip


def _lines(document: Document) -> Iterator[dict[str, Any]]:
    """Yield what is to be had, with the place and the values of each line that has them."""
    name = LINES[document.resource.name]
    items = document.raw.get(name) or ()
    yield from _asked_of(items, name, _places(document))
    offering = document.raw.get("productOffering")
    if not items and offering:
        yield {"id": "1", "offering": offering["id"], "name": offering.get("name")}


def _places(document: Document) -> Mapping[str, Json]:
    """Return by item where it is wanted: a part where its whole is, as when it is ordered."""
    items = document.raw.get(LINES[document.resource.name]) or ()
    if isinstance(document, (Quote, ShoppingCart)):
        items = order_items(items, QUOTE_WORDS if isinstance(document, Quote) else CART_WORDS)
    elif not isinstance(document, ProductOrder):
        return {}
    lines = lines_of(ProductOrder.wrap({"productOrderItem": items}))
    return {ident: one.place for ident, one in lines.items() if one.place is not None}


def _asked_of(
    items: Iterable[Mapping[str, Any]], name: str, places: Mapping[str, Json]
) -> Iterator[dict[str, Any]]:
    """Yield what items ask for, each before those inside it."""
    for one in items:
        product = one.get("product") or {}
        offering = one.get("productOffering") or product.get("productOffering")
        if one.get("action") == "delete":
            continue
        ident = str(one.get("id") or "")
        if offering or product.get("id"):
            found: dict[str, Any] = {"id": ident}
            if offering:
                found |= {"offering": offering["id"], "name": offering.get("name")}
            found |= {"held": product["id"]} if product.get("id") else {}
            where = product.get("place") or ([places[ident]] if ident in places else None)
            said = {"place": where, "productCharacteristic": product.get("productCharacteristic")}
            yield found | {key: value for key, value in said.items() if value}
        yield from _asked_of(one.get(name) or (), name, places)


def _item(
    number: int, line: Mapping[str, Any], place: Mapping[str, Json] | None
) -> dict[str, Json]:
    item: dict[str, Json] = {"id": line["id"] or str(number)}
    item["action"] = "modify" if "held" in line else "add"
    if "offering" in line:
        item["productOffering"] = {"id": line["offering"]}
    product: dict[str, Json] = {"id": line["held"]} if "held" in line else {}
    where = [place] if place is not None else line.get("place")
    if where:
        product["place"] = [_checked_place(one) for one in where]
    if line.get("productCharacteristic"):
        product["productCharacteristic"] = line["productCharacteristic"]
    return item | ({"product": product} if product else {})


def _checked_place(place: Mapping[str, Any]) -> dict[str, Json]:
    left = {name: value for name, value in place.items() if name not in ("href", "name")}
    return {**left, "role": str(place.get("role") or "installation")}


def _is_customer(party: Mapping[str, Any]) -> bool:
    return str(party.get("role") or "").lower() == "customer"


def _note(work: Work, document: Document, check: str) -> None:
    """Let a quote, a cart or an order that may still be changed name the answer, newest last."""
    is_open = (
        document.raw.get("status") == "active"
        if isinstance(document, ShoppingCart)
        else isinstance(document, (Quote, ProductOrder))
        and document.raw.get("internalState") == "draft"
    )
    if not is_open or work.actor.grant(document.resource, "update") is None:
        return
    own = work.lock(type(document), document.id)
    change(work, own, {NAMES: [{"id": check}]}, MERGE)
