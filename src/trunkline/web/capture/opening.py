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
from trunkline.sales.cart.as_order import order_body
from trunkline.sales.cart.shopping_cart import ShoppingCart
from trunkline.sales.lines import CART_WORDS
from trunkline.sales.quote.filling import order_of
from trunkline.sales.quote.quote import Quote
from trunkline.web.capture.cart import ALL_OTHERS, NEW_QUOTE, Action, Cart, CartLine, added
from trunkline.web.editing.texts import text_of
from trunkline.web.records import Record, record_of
from trunkline.web.sales.quote_view import can_be_captured

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
    quote = req.get_param("quote")
    if quote:
        return f"capture:quote:{quote[:60]}:{(req.get_param('customer') or '')[:60]}"
    basket = req.get_param("cart")
    if basket:
        return f"capture:cart:{basket[:60]}"
    contact = req.get_param("interaction")
    parts += [contact] if contact else []
    return "capture:" + ":".join(one[:60] for one in parts)


def opened(work: Work, req: falcon.Request, zone: ZoneInfo) -> Opening:
    """Return what an address asks for; 404 for what the visitor does not reach."""
    draft = req.get_param("draft")
    if draft:
        order = record_of(work, ProductOrder.resource, draft)
        cart = cart_of(order, zone, _offerings_of_ended(work, order))
        return Opening(cart, cart.customer)
    quote = req.get_param("quote") or ""
    if quote and quote != NEW_QUOTE:
        cart = quoted_cart(work, quote, zone)
        return Opening(cart, cart.customer)
    basket = req.get_param("cart")
    if basket:
        cart = basket_cart(work, basket, zone)
        return Opening(cart, cart.customer)
    cart = Cart(
        sites=tuple(req.get_param_as_list("site") or ()),
        interaction=req.get_param("interaction") or "",
        quote=quote,
    )
    opening = Opening(cart, req.get_param("customer") or "")
    product = req.get_param("product")
    if product:
        opening = _about(work, opening, product, req.get_param("do") or "change")
    offering = req.get_param("offering")
    if not offering:
        return opening
    return replace(opening, cart=added(opening.cart, offering, opening.cart.sites))


def quoted_cart(work: Work, ident: str, zone: ZoneInfo) -> Cart:
    """Return the cart of a quote's lines; refuses (409) a quote that is no draft any more."""
    quote = record_of(work, Quote.resource, ident)
    if quote.document.get("internalState") != "draft":
        raise Conflict("notADraft", f"{quote.key} is no draft; revise it to change its lines")
    if not can_be_captured(quote.document):
        message = f"{quote.key} has parts that are configured each for itself; edit it as a form"
        raise Conflict("configuredEach", message)
    asked = order_of(quote.document) | {"internalState": "draft"}
    order = replace(quote, document=asked)
    return replace(cart_of(order, zone, _offerings_of_ended(work, order)), draft="", quote=quote.id)


def basket_cart(work: Work, ident: str, zone: ZoneInfo) -> Cart:
    """Return the cart of what lies in a shopping cart and is not saved for later.

    Refuses (409) one that is done with.
    """
    basket = record_of(work, ShoppingCart.resource, ident)
    if basket.document.get("status") != "active":
        raise Conflict("cartClosed", f"{basket.key} is {basket.document.get('status')}; open it")
    if not can_be_captured(basket.document, CART_WORDS):
        message = f"{basket.key} has parts that are configured each for itself; edit it as a form"
        raise Conflict("configuredEach", message)
    asked = order_body(ShoppingCart.wrap(basket.document)) | {"internalState": "draft"}
    order = replace(basket, document=asked)
    found = cart_of(order, zone, _offerings_of_ended(work, order))
    return replace(found, draft="", basket=basket.id, version=str(basket.version))


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


def _offerings_of_ended(work: Work, order: Record) -> dict[str, str]:
    """Return the offerings of the products that a draft ends inside others, by product."""
    items = order.document.get("productOrderItem") or ()
    ended = [_id_in(part.get("product")) for item in items for part in _ended(item)]
    found = work.many(Product, filter(None, ended)) if ended else {}
    return {
        one.id: one.product_offering.id
        for one in found.values()
        if one.product_offering is not None and one.product_offering.id
    }


def cart_of(order: Record, zone: ZoneInfo, ended: Mapping[str, str]) -> Cart:
    """Return the cart that a draft was made of; refuses (409) an order that is sent in.

    `ended` are the offerings of the products that it ends inside others.
    """
    document = order.document
    if document.get("internalState") != "draft":
        raise Conflict("notADraft", f"{order.key} is no draft; open the order itself")
    parties = [one for one in document.get("relatedParty") or () if isinstance(one, dict)]
    named = (one for one in parties if str(one.get("role") or "").lower() == "customer")
    lines = [
        _line(number, item, zone, ended)
        for number, item in enumerate(document.get("productOrderItem") or (), 1)
        if isinstance(item, dict)
    ]
    return Cart(
        customer=str(next(named, {}).get("id") or ""),
        account=_id_in(document.get("billingAccount")),
        agreement=" ".join(_ids(document.get("agreement"))),
        date=_day(document.get("requestedStartDate"), zone),
        draft=order.id,
        interaction=_id_in(document.get("interaction")),
        lines=tuple(lines),
    )


def _line(
    number: int, item: Mapping[str, Json], zone: ZoneInfo, ended: Mapping[str, str]
) -> CartLine:
    product = item.get("product")
    product = product if isinstance(product, dict) else {}
    sites = tuple(_ids(product.get("place")))
    action = _action(item, has_place=bool(sites))
    counts: dict[str, int] = {}
    spread: dict[str, tuple[str, ...]] = {}
    values = {"": _texts(product, zone)}
    for key, part in _parts(item, ""):
        own = part.get("product")
        own = own if isinstance(own, dict) else {}
        count = part.get("quantity", 1)
        counts[key] = counts.get(key, 0) + (count if isinstance(count, int) else 1)
        spread[key] = (*spread.get(key, ()), *_ids(own.get("place")))
        values.setdefault(key, _texts(own, zone))
    for part in _ended(item):
        key = ended.get(_id_in(part.get("product")), "")
        counts[key] = counts.get(key, 0) - 1
    return CartLine(
        number,
        action,
        offering=_id_in(item.get("productOffering")),
        product=_id_in(product) if action != "add" else "",
        sites=sites,
        quantity=str(item.get("quantity", 1)),
        counts=_told_counts(counts, is_new=action == "add"),
        spread={key: sites for key, sites in spread.items() if sites},
        values=values,
        begin=_day(item.get("requestedStartDate"), zone),
        due=_day(item.get("requestedCompletionDate"), zone),
    )


def _day(moment: Json, zone: ZoneInfo) -> str:
    """Return the day of a moment as an input has it."""
    return f"{parse_instant(moment).astimezone(zone):%Y-%m-%d}" if isinstance(moment, str) else ""


def _told_counts(counts: Mapping[str, int], *, is_new: bool) -> dict[str, str]:
    """Return the counts of a line's parts: of something new all there are, else the difference.

    What is added to something installed is new, with all that there is inside.
    """
    if is_new:
        return {key: f"{count}" for key, count in counts.items()} | {ALL_OTHERS: "0"}
    told = {key: f"{count}" if "/" in key else f"{count:+}" for key, count in counts.items() if key}
    return told | {f"{key}/{ALL_OTHERS}": "0" for key in counts if key}


def _ended(item: Mapping[str, Json]) -> list[Mapping[str, Json]]:
    """Return the parts of an item that end what is installed inside its product."""
    inside = item.get("productOrderItem") if isinstance(item, dict) else None
    return [one for one in inside or () if isinstance(one, dict) and one.get("action") == "delete"]


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
        texts = tuple(text_of(_kind_of(each), each, zone) for each in values)
        found[name] = (*found.get(name, ()), *texts)
    return found


def _kind_of(value: Json) -> str:
    """Return as what a value is typed whose type is not known yet: a day is no instant."""
    return "dateTime" if isinstance(value, str) and "T" in value else "text"


def _ids(places: Json) -> list[str]:
    found = (_id_in(one) for one in places or ())
    return [one for one in found if one]


def _id_in(value: Json) -> str:
    ident = value.get("id") if isinstance(value, dict) else None
    return ident if isinstance(ident, str) else ""
