"""Begun: a posted cart with what was read at once for it, where every step of the page begins."""

from __future__ import annotations

from dataclasses import dataclass, replace

from trunkline.documents.errors import Conflict
from trunkline.kernel.work import Work
from trunkline.web.capture.cart import Cart, for_customer, read_cart
from trunkline.web.capture.looking import Looking
from trunkline.web.capture.who import PASTED_READ, SITES_READ, Wanted, read_at_once, who_of
from trunkline.web.forms import Form

PLACE = "capture:"


@dataclass(frozen=True)
class Begun:
    """A cart and the transaction that has read what it is about."""

    looking: Looking
    cart: Cart


def begun(work: Work, form: Form, *, customer: str = "", keeps: bool = False) -> Begun:
    """Return the posted cart; another customer than the page was shown for takes its own.

    `customer` was made on the way and is not in what was posted. Refuses (409) a text that names
    no customer, unless the page `keeps` the one that it was shown for.
    """
    cart = read_cart(form.fields)
    if not cart.place.startswith(PLACE):
        cart = replace(cart, place=PLACE)
    looking = Looking(work)
    ident = customer or _named(form, cart)
    is_pasting = bool(form.text("paste"))
    read_at_once(looking, wanted_of(cart, ident, is_pasting=is_pasting))
    who = who_of(looking, ident) if ident else None
    if who is None and ident and not customer and ident != cart.customer:
        if not keeps:
            text = form.text("customer.text")
            message = f"there is no customer {text}; choose one from the list"
            raise Conflict("unknownCustomer", message)
        read_at_once(looking, wanted_of(cart, cart.customer, is_pasting=is_pasting))
        who = who_of(looking, cart.customer) if cart.customer else None
    found = who.customer.id if who is not None else ""
    if found != form.text("for"):
        cart = for_customer(cart, found)
    return Begun(looking, cart)


def wanted_of(cart: Cart, customer: str, *, is_pasting: bool = False) -> Wanted:
    """Return what the page of a cart asks for."""
    sites = tuple(dict.fromkeys((*cart.sites, *(one for each in cart.lines for one in each.sites))))
    return Wanted(
        customer=customer,
        sites=sites,
        sites_max=PASTED_READ if is_pasting else SITES_READ + len(sites),
        products=[one.product for one in cart.lines if one.product],
        changed=[one.product for one in cart.lines if one.action == "change"],
    )


def _named(form: Form, cart: Cart) -> str:
    """Return the customer as posted: the chosen one, or the key that was typed out instead."""
    text = form.text("customer.text")
    return cart.customer if text == form.text("customer.shown") else text.upper()
