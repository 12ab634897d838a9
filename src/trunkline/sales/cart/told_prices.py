"""Prices of a cart: told once, kept until told anew, and compared with what the catalog asks now.

An item keeps the prices that it was put in at, so that a change of the catalog is seen before the
cart is ordered and never slips in by the way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trunkline.documents.decode import encode, load
from trunkline.documents.errors import Fault, refuse
from trunkline.documents.shape import Json
from trunkline.kernel.behaviour import enrich
from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.work import Work
from trunkline.ordering.billed_currency import NOT_PAYABLE
from trunkline.ordering.own_prices import price_marks
from trunkline.ordering.price_effect import PriceEffect, added_up, amounts_of
from trunkline.party.account import BillingAccount
from trunkline.rest.writing import amends, fills
from trunkline.sales.cart.as_order import lines_of_cart, order_body
from trunkline.sales.cart.shopping_cart import (
    LATER,
    CartItem,
    ShoppingCart,
    placed_cart_items,
)
from trunkline.sales.lines import CART_WORDS, number_lines, told_in
from trunkline.sales.pricing import Priced, priced
from trunkline.shared.money import digits_of
from trunkline.shared.price import OrderPrice

PRICES = ("itemPrice", "ItemTotalPrice")
PRICED_BY = ("cartItem", "agreement", "billingAccount")


@dataclass(frozen=True)
class PriceChange:
    """An item that the catalog asks something else for than was told, by its path."""

    path: str
    item: CartItem
    told: Sequence[OrderPrice]
    now: Sequence[OrderPrice]

    @property
    def fault(self) -> Fault:
        """What keeps the cart from being ordered."""
        name = called(self.item) or f"item {self.item.id}"
        message = (
            f"{name} costs {in_words(self.now)} now, {in_words(self.told)} was told; "
            "take the new prices, then check out"
        )
        return Fault(f"{self.path}.itemPrice", "priceChanged", message)


def _asks_anew(old: ShoppingCart, new: ShoppingCart) -> bool:
    return any(old.raw.get(name) != new.raw.get(name) for name in PRICED_BY)


@enrich(ShoppingCart, again=_asks_anew)
def tell_prices(work: Work, cart: ShoppingCart) -> None:
    """Number the items, and fill in the totals and the prices of what has none yet."""
    number_lines(cart.raw.get("cartItem") or (), CART_WORDS)
    found = priced(work, order_body(cart, also_later=True, priced=True))
    refuse([one for one in told_in(found.faults, CART_WORDS) if one.code in NOT_PAYABLE])
    items = found.items
    later = {item.id for item in _saved(cart.cart_item)}
    for _, item in placed_cart_items(cart.cart_item):
        known = items.get(item.id or "")
        _set(item, "itemPrice", known.item_price if known is not None else ())
        _set(item, "ItemTotalPrice", _as_prices(found.line_prices.get(item.id or "", ())))
    counted = [effects for ident, effects in found.line_prices.items() if ident not in later]
    _set(cart, "cartTotalPrice", _as_prices(added_up(counted)))


def price_changes(cart: ShoppingCart, now: Priced) -> list[PriceChange]:
    """Return what the catalog asks otherwise by now than was told, of what would be ordered."""
    items, found = now.items, []
    for path, item in placed_cart_items(cart.cart_item):
        known = items.get(item.id or "")
        if known is not None and price_marks(item.item_price) != price_marks(known.item_price):
            found.append(PriceChange(path, item, item.item_price, known.item_price))
    return found


def tell_anew(work: Work, ident: str) -> ShoppingCart:
    """Take the prices of the catalog over as they are now, all of them."""
    work.actor.must(ShoppingCart.resource, "update")
    with work.edit(ShoppingCart, ident) as cart:
        for _, item in placed_cart_items(cart.cart_item):
            item.raw.pop("itemPrice", None)
    return cart


@fills
def refuse_own_prices(_work: Work, resource: Resource, sent: dict[str, Json]) -> Iterator[Fault]:
    """Refuse a new cart that says what it costs."""
    if resource.name == ShoppingCart.resource.name:
        message = "is set by the server; leave it out"
        for path, item in lines_of_cart(sent):
            for name in PRICES:
                if item.pop(name, None):
                    yield Fault(f"{path}.{name}", "notWritable", message)


@amends(ShoppingCart)
def keep_what_was_told(work: Work, before: Document, after: dict[str, Json]) -> dict[str, Json]:
    """Keep the told prices of what is as it was, and let a cart that is changed last longer.

    Who chooses another agreement is told its prices, who lets an account pay that is billed in
    another currency those in that one.
    """
    if before.raw.get("agreement") != after.get("agreement") or _pays_otherwise(
        work, before, after
    ):
        for _, item in lines_of_cart(after):
            for name in PRICES:
                item.pop(name, None)
        return after
    if before.raw.get("cartItem") == after.get("cartItem"):
        return after
    known = {str(one.get("id")): one for _, one in lines_of_cart(before.raw)}
    for _, item in lines_of_cart(after):
        former = known.get(str(item.get("id")))
        for name in PRICES:
            item.pop(name, None)
        if former is not None and _asked(former) == _asked(item) and former.get("itemPrice"):
            item["itemPrice"] = load(encode(former["itemPrice"]))
    if before.raw.get("validFor") == after.get("validFor"):
        lasting = ShoppingCart.wrap({"validFor": after.get("validFor") or {}}).valid_for
        if lasting is not None and lasting.start_date_time and lasting.end_date_time:
            length = lasting.end_date_time - lasting.start_date_time
            lasting.start_date_time, lasting.end_date_time = work.now, work.now + length
            after["validFor"] = lasting.raw
    return after


def _pays_otherwise(work: Work, before: Document, after: Mapping[str, Json]) -> bool:
    """Tell whether another account pays now, which is billed in another currency than was told."""
    account = after.get("billingAccount")
    if before.raw.get("billingAccount") == account or not isinstance(account, dict):
        return False
    if not account.get("id"):
        return False
    found = work.get(BillingAccount, str(account["id"]))
    wanted = found.currency if found is not None else None
    told = [one for _, each in lines_of_cart(before.raw) for one in each.get("itemPrice") or ()]
    units = {kind.currency for kind, _ in amounts_of(map(OrderPrice.wrap, told))}
    return wanted is not None and bool(units - {wanted})


def in_words(prices: Iterable[OrderPrice]) -> str:
    """Return prices as one says them, such as 39.90 EUR a month and 20.00 EUR once."""
    found = [
        f"{amount:.{digits_of(kind.currency)}f} {kind.currency} "
        + (f"a {kind.period}" if kind.period else "once")
        for kind, amount in amounts_of(prices)
    ]
    return " and ".join(found) or "nothing"


def called(item: CartItem) -> str:
    """Return what an item is about, as far as it says so."""
    offering = item.product_offering
    held = item.product.name if item.product is not None else None
    return (offering.name if offering is not None else None) or held or ""


def _saved(items: Iterable[CartItem]) -> Iterator[CartItem]:
    """Yield what is saved for later, with all inside it."""
    for item in items:
        if item.status == LATER:
            yield from (one for _, one in placed_cart_items([item]))
        else:
            yield from _saved(item.cart_item)


def _as_prices(effects: Iterable[PriceEffect]) -> list[OrderPrice]:
    return [
        OrderPrice.wrap(
            {
                "priceType": one.kind.price_type,
                **({"recurringChargePeriod": one.kind.period} if one.kind.period else {}),
                "price": {"dutyFreeAmount": {"unit": one.kind.currency, "value": one.new}},
            }
        )
        for one in effects
    ]


def _set(shape: Any, name: str, prices: Sequence[OrderPrice]) -> None:
    if prices:
        shape.raw[name] = [load(encode(one.raw)) for one in prices]
    else:
        shape.raw.pop(name, None)


def _asked(item: Mapping[str, Json]) -> bytes:
    """Return what of an item its price follows from, in a form that compares."""
    return encode([_bare(item.get(name)) for name in ("action", "product", "productOffering")])


def _bare(value: Json) -> Json:
    """Return it with references by their ids alone, wherever they stand: we fill in the names."""
    if isinstance(value, dict):
        is_reference = "id" in value and "value" not in value
        left = {"name", "href"} if is_reference else {"href"}
        return {name: _bare(value[name]) for name in sorted(value.keys() - left)}
    return [_bare(one) for one in value] if isinstance(value, list) else value
