"""Opening: the cart that an address asks for: empty, about a product, or of a kept draft."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import get_args
from zoneinfo import ZoneInfo

import falcon

from trunkline.documents.errors import Conflict, NotFound
from trunkline.documents.shape import Json, parse_instant
from trunkline.inventory.product import Product
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import ProductOrder
from trunkline.web.capture.cart import Action, Cart, CartLine, added
from trunkline.web.editing.texts import text_of
from trunkline.web.records import Record, record_of

WORDS = {"disconnect": "end", "delete": "end", "modify": "change"}


@dataclass(frozen=True)
class Opening:
    """What an address asks for: the cart, and the customer by a name or by what it may be.

    Whose product it is stands in its `parties`, the likeliest first.
    """

    cart: Cart
    customer: str = ""
    parties: Sequence[str] = ()


def place_of(req: falcon.Request) -> str:
    """Return the name under which the page of an address keeps what is typed."""
    parts = [req.get_param(name) or "" for name in ("customer", "product", "do", "draft")]
    return "capture:" + ":".join(one[:60] for one in parts)


def opened(work: Work, req: falcon.Request, zone: ZoneInfo) -> Opening:
    """Return what an address asks for; 404 for what the visitor does not reach."""
    draft = req.get_param("draft")
    if draft:
        cart = cart_of(record_of(work, ProductOrder.resource, draft), zone)
        return Opening(cart, cart.customer)
    opening = Opening(
        Cart(sites=tuple(req.get_param_as_list("site") or ())), req.get_param("customer") or ""
    )
    product = req.get_param("product")
    if product:
        opening = _about(work, opening, product, req.get_param("do") or "change")
    offering = req.get_param("offering")
    if not offering:
        return opening
    return replace(opening, cart=added(opening.cart, offering, opening.cart.sites))


def action_named(word: str) -> Action:
    """Return what a word of an address asks for; 404 for one that nobody knows."""
    named = WORDS.get(word, word)
    for one in get_args(Action):
        if one == named != "add":
            found: Action = one
            return found
    raise NotFound("notFound", f"nothing can be done to a product that is called {word}")


def _about(work: Work, opening: Opening, ident: str, word: str) -> Opening:
    product = record_of(work, Product.resource, ident)
    cart = opening.cart
    line = CartLine(cart.next_number, action_named(word), product=product.id)
    account = product.document.get("billingAccount")
    named = account.get("id", "") if isinstance(account, dict) else ""
    cart = replace(cart, account=named, lines=(*cart.lines, line))
    return Opening(cart, opening.customer, () if opening.customer else _parties(product))


def _parties(product: Record) -> list[str]:
    """Return the parties that may be the customer of a product: who is named as such first."""
    parties = [one for one in product.document.get("relatedParty") or () if isinstance(one, dict)]
    parties.sort(key=lambda one: str(one.get("role") or "").lower() != "customer")
    return [ident for one in parties if isinstance(ident := one.get("id"), str)]


def cart_of(order: Record, zone: ZoneInfo) -> Cart:
    """Return the cart that a draft was made of; refuses (409) an order that is sent in."""
    document = order.document
    if document.get("internalState") != "draft":
        raise Conflict("notADraft", f"{order.key} is no draft; open the order itself")
    parties = [one for one in document.get("relatedParty") or () if isinstance(one, dict)]
    named = (one for one in parties if str(one.get("role") or "").lower() == "customer")
    begin = document.get("requestedStartDate")
    lines = [
        _line(number, item, zone)
        for number, item in enumerate(document.get("productOrderItem") or (), 1)
        if isinstance(item, dict)
    ]
    return Cart(
        customer=str(next(named, {}).get("id") or ""),
        account=_id_in(document.get("billingAccount")),
        date=f"{parse_instant(begin).astimezone(zone):%Y-%m-%d}" if isinstance(begin, str) else "",
        draft=order.id,
        lines=tuple(lines),
    )


def _line(number: int, item: Mapping[str, Json], zone: ZoneInfo) -> CartLine:
    product = item.get("product")
    product = product if isinstance(product, dict) else {}
    sites = tuple(_ids(product.get("place")))
    action = _action(item, has_place=bool(sites))
    counts: dict[str, str] = {}
    spread: dict[str, tuple[str, ...]] = {}
    values = {"": _texts(product, zone)}
    for key, part in _parts(item, ""):
        own = part.get("product")
        own = own if isinstance(own, dict) else {}
        count = part.get("quantity", 1)
        counts[key] = str(int(counts.get(key, "0")) + (count if isinstance(count, int) else 1))
        spread[key] = (*spread.get(key, ()), *_ids(own.get("place")))
        values.setdefault(key, _texts(own, zone))
    return CartLine(
        number,
        action,
        offering=_id_in(item.get("productOffering")),
        product=_id_in(product) if action != "add" else "",
        sites=sites,
        quantity=str(item.get("quantity", 1)),
        counts=counts,
        spread={key: sites for key, sites in spread.items() if sites},
        values=values,
    )


def _action(item: Mapping[str, Json], *, has_place: bool) -> Action:
    if item.get("action") == "add":
        return "add"
    if item.get("action") == "delete":
        return "end"
    match item.get("operation") or item.get("action"):
        case "suspend":
            return "suspend"
        case "resume":
            return "resume"
    return "move" if has_place else "change"


def _parts(item: Mapping[str, Json], above: str) -> Iterator[tuple[str, Mapping[str, Json]]]:
    for part in item.get("productOrderItem") or ():
        ident = _id_in(part.get("productOffering")) if isinstance(part, dict) else ""
        if ident and part.get("action") == "add":
            key = f"{above}/{ident}" if above else ident
            yield key, part
            yield from _parts(part, key)


def _texts(product: Mapping[str, Json], zone: ZoneInfo) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for one in product.get("productCharacteristic") or ():
        name, value = one.get("name"), one.get("value")
        values = value if isinstance(value, list) else [value]
        texts = tuple(text_of("dateTime", each, zone) for each in values)
        found[name] = (*found.get(name, ()), *texts)
    return found


def _ids(places: Json) -> list[str]:
    found = (_id_in(one) for one in places or ())
    return [one for one in found if one]


def _id_in(value: Json) -> str:
    ident = value.get("id") if isinstance(value, dict) else None
    return ident if isinstance(ident, str) else ""
