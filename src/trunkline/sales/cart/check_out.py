"""Check-out: a cart becomes an order through the one intake, at the prices that were told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trunkline.documents.errors import Conflict, Fault, Invalid, NotFound, Refusal
from trunkline.documents.patch import copied
from trunkline.documents.shape import Json, format_instant, parse_instant
from trunkline.kernel.work import Work
from trunkline.ordering.intake_reading import read_for_intake
from trunkline.ordering.product_order import ProductOrder
from trunkline.rest.writing import create
from trunkline.sales.cart.as_order import in_the_cart, order_body
from trunkline.sales.cart.shopping_cart import ShoppingCart
from trunkline.sales.cart.told_prices import PriceChange, price_changes
from trunkline.sales.pricing import priced
from trunkline.sales.qualified import answer_faults_of
from trunkline.sales.times_gone import leave_out_times_gone
from trunkline.shared.period import end_of
from trunkline.shared.reference import ProductOrderRef

FINISHED_IN = "finishedIn"
"""The role of the channel in which a cart was ordered."""


@dataclass(frozen=True)
class Wishes:
    """What is said as a cart is ordered: what pays, from when on, in which channel, and which
    terms are accepted, each with its version, with the costs that were seen."""

    account: str = ""
    start: str = ""
    channel: str = ""
    terms: Sequence[Mapping[str, Json]] = ()
    costs: Mapping[str, Json] | None = None


@dataclass(frozen=True)
class CartCheck:
    """What would keep a cart from being ordered, and which prices are others by now."""

    faults: tuple[Fault, ...]
    changes: tuple[PriceChange, ...]


def check_out(work: Work, ident: str, wishes: Wishes = Wishes()) -> ProductOrder:
    """Order what is in a cart and is not saved for later.

    Refuses (409) a cart that is done with, answers that do not hold any more and prices that are
    others than were told, naming each; (400) all that an order is refused for, by the cart's paths.
    """
    work.actor.must(ShoppingCart.resource, "update")
    work.actor.must(ProductOrder.resource, "create")
    cart = work.lock(ShoppingCart, ident)
    _must_be_open(work, cart)
    before: dict[str, Json] = copied(cart.raw)
    _take_wishes(cart, wishes)
    body = _order_body(work, cart)
    if wishes.costs is not None:
        body["costConfirmation"] = dict(wishes.costs)
    if not body.get("productOrderItem"):
        message = "put something into the cart first"
        raise Invalid.of([Fault("cartItem", "required", message)])
    stale = [*answer_faults_of(work, cart), *_moved(work, cart, body)]
    if stale:
        raise Conflict(stale[0].code, stale[0].message, faults=stale)
    try:
        order = create(work, ProductOrder.resource, body)
    except Refusal as refusal:
        former = refusal.faults
        refusal.faults = list(in_the_cart(former, cart))
        for there, here in zip(former[:1], refusal.faults, strict=False):
            refusal.message = refusal.message.replace(there.path, here.path)
        raise
    assert isinstance(order, ProductOrder)
    cart.product_order = ProductOrderRef(id=order.id)
    cart.status = "checkedOut"
    work.save(cart, before)
    return order


def checked(work: Work, cart: ShoppingCart) -> CartCheck:
    """Return what would become of a check-out now; nothing is written."""
    faults = answer_faults_of(work, cart)
    body = _order_body(work, cart)
    if not body.get("productOrderItem"):
        nothing = Fault("cartItem", "required", "put something into the cart first")
        return CartCheck((*faults, nothing), ())
    read_for_intake(work, body)
    found = priced(work, body)
    faults += in_the_cart(found.faults, cart)
    return CartCheck(tuple(faults), tuple(price_changes(cart, found)))


def cart_of(work: Work, ident: str) -> ShoppingCart:
    """Return a cart that may be read, or refuse (403, 404)."""
    work.actor.must(ShoppingCart.resource, "read")
    cart = work.get(ShoppingCart, ident)
    if cart is None:
        raise NotFound("notFound", f"there is no shopping cart {ident}")
    return cart


def _order_body(work: Work, cart: ShoppingCart) -> dict[str, Json]:
    body = order_body(cart)
    leave_out_times_gone(work, body.get("productOrderItem") or ())
    return body


def _moved(work: Work, cart: ShoppingCart, body: dict[str, Json]) -> list[Fault]:
    return [one.fault for one in price_changes(cart, priced(work, body))]


def _must_be_open(work: Work, cart: ShoppingCart) -> None:
    if cart.status == "checkedOut":
        order = cart.product_order
        known = work.get(ProductOrder, order.id) if order is not None else None
        message = f"{cart.key} was ordered already"
        if known is not None:
            message = f"{cart.key} was ordered as {known.key} already"
        raise Conflict("conflictCartClosed", message)
    if cart.status != "active":
        raise Conflict("conflictCartClosed", f"{cart.key} is {cart.status}; begin another cart")
    end = end_of(cart.valid_for)
    if end is not None and end <= work.now:
        raise Conflict("conflictCartExpired", f"{cart.key} has expired; begin another cart")


def _instant(text: str) -> str:
    try:
        return format_instant(parse_instant(text))
    except (ValueError, OverflowError):
        message = "must be a date-time, such as 2026-03-01T09:00:00Z"
        raise Invalid.of([Fault("requestedStartDate", "badType", message)]) from None


def _take_wishes(cart: ShoppingCart, wishes: Wishes) -> None:
    raw: dict[str, Any] = cart.raw
    if wishes.account:
        raw["billingAccount"] = {"id": wishes.account}
    if wishes.start:
        raw["requestedStartDate"] = _instant(wishes.start)
    if wishes.channel:
        others = [one for one in raw.get("channel") or () if one.get("role") != FINISHED_IN]
        raw["channel"] = [*others, {"id": wishes.channel, "role": FINISHED_IN}]
    if wishes.terms:
        named = {one.get("id") for one in wishes.terms}
        left = [one for one in raw.get("acceptedTerms") or () if one.get("id") not in named]
        raw["acceptedTerms"] = [*left, *(dict(one) for one in wishes.terms)]
