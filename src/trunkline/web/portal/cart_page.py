"""The cart of the portal: what lies in it, what it comes to, the terms, and the order."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import NotFound, Refusal
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.ordering.branch import COUNT_MAX
from trunkline.ordering.product_order import ProductOrder
from trunkline.rest.writing import change
from trunkline.sales.cart.as_order import order_body
from trunkline.sales.cart.check_out import Wishes, check_out, checked
from trunkline.sales.cart.shopping_cart import LATER, ShoppingCart, placed_cart_items
from trunkline.sales.cart.told_prices import called, in_words, tell_anew
from trunkline.sales.self_care.effect import effect_of
from trunkline.web.capture.body import start_of
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form, problems_of
from trunkline.web.offer_names import offer_names
from trunkline.web.portal.change_page import confirmed
from trunkline.web.portal.own import own_accounts
from trunkline.web.portal.shop_page import how_many, must_be_buyer, open_cart, told_prices

MERGE = "application/merge-patch+json"
EXPECTED = ("termsNotAccepted", "confirmationMissing", "billingAccountMissing")
"""What the form itself asks for."""


class PortalCart:
    """`/my/cart` and what is done there."""

    needs = "ShoppingCart:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show it."""
        self._desk.answer(req, resp, self._view)

    def on_post_take_out(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Take an item out."""
        self._desk.act(req, resp, partial(self._change, deed="out"))

    def on_post_quantity(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Take another number of something."""
        self._desk.act(req, resp, partial(self._change, deed="quantity"))

    def on_post_prices(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Take the prices as they are now."""
        self._desk.act(req, resp, partial(self._change, deed="prices"))

    def on_post_order(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Order what is in it."""
        self._desk.act(req, resp, self._order)

    def _view(self, visit: Visit, refusal: Refusal | None = None) -> Answer:
        with self._desk.work(visit) as work:
            customer = must_be_buyer(work)
            cart = open_cart(work, customer)
            values: dict[str, Any] = {"lines": [], "key": "", "today": f"{work.now:%Y-%m-%d}",
                                      "most": COUNT_MAX}  # fmt: skip
            if cart is not None:
                values |= self._told(work, cart)
        values["problems"] = problems_of(refusal) or values.get("standing", [])
        values["done"] = visit.req.get_param("done") or ""
        return Shown("portal_cart.html", values, refusal.status if refusal else 200)

    def _told(self, work: Work, cart: ShoppingCart) -> dict[str, Any]:
        effect = effect_of(work, order_body(cart)) if cart.cart_item else None
        standing = checked(work, cart) if cart.cart_item else None
        wanted = [one for one in cart.cart_item if one.status != LATER]
        names = offer_names(work, (one for _, one in placed_cart_items(cart.cart_item)))
        return {
            "key": cart.key,
            "lines": [
                {"id": one.id, "name": names.of_item(one, called(one)),
                 "quantity": one.quantity or 1,
                 "where": next((str(each.raw.get("name") or "") for each in one.product.place), "")
                 if one.product is not None else "",
                 "parts": [names.of_item(each, called(each)) for each in one.cart_item],
                 "prices": told_prices(one.item_total_price or one.item_price)}
                for one in wanted
            ],
            "totals": told_prices(cart.cart_total_price),
            "moved": [
                {"name": names.of_item(one.item, called(one.item)), "told": in_words(one.told),
                 "now": in_words(one.now)}
                for one in (standing.changes if standing is not None else ())
            ],
            "standing": list(dict.fromkeys(
                one.message
                for one in (*(standing.faults if standing is not None else ()),
                            *(effect.faults if effect is not None else ()))
                if one.code not in EXPECTED
            )),
            "terms": [
                {"id": one.id, "name": one.name, "version": one.version, "text": one.text}
                for one in (effect.terms if effect is not None else ())
            ],
            "costs": {
                "unit": effect.costs.unit, "monthlyBefore": f"{effect.costs.before:f}",
                "monthlyAfter": f"{effect.costs.after:f}", "once": f"{effect.costs.once:f}",
            } if effect is not None else {},
            "accounts": [{"id": one.id, "name": one.name or one.key} for one in own_accounts(work)],
        }  # fmt: skip

    def _change(self, visit: Visit, form: Form, *, deed: str) -> Answer:
        try:
            with self._desk.work(visit) as work:
                work.actor.must(ShoppingCart.resource, "update")
                cart = _cart(work)
                if deed == "prices":
                    tell_anew(work, cart.id)
                else:
                    held = work.lock(ShoppingCart, cart.id)
                    wanted = how_many(form.text("quantity")) if deed == "quantity" else 0
                    items = _with(held.raw.get("cartItem") or (), form.text("item"), wanted)
                    change(work, held, {"cartItem": items}, MERGE)
        except NotFound:
            raise
        except Refusal as refusal:
            return self._view(visit, refusal)
        return Moved(f"/my/cart?done={deed}")

    def _order(self, visit: Visit, form: Form) -> Answer:
        try:
            with self._desk.work(visit) as work:
                work.actor.must(ShoppingCart.resource, "update")
                work.actor.must(ProductOrder.resource, "create")
                cart = _cart(work, form.text("cart"))
                if cart.product_order is not None:
                    return Moved(f"/my/orders/{cart.product_order.id}?done=sent")
                start = start_of(form.text("date"), work.now, self._desk.zone)
                accounts = own_accounts(work)
                account = form.text("account") or (accounts[0].id if len(accounts) == 1 else "")
                terms: list[dict[str, Json]] = [
                    {"id": ident, "version": version}
                    for ident, _, version in (one.partition(" ") for one in form.all("terms"))
                ]
                wishes = Wishes(
                    account=account, start=start or "", channel="portal", terms=terms,
                    costs=confirmed(form),
                )  # fmt: skip
                order = check_out(work, cart.id, wishes)
        except NotFound:
            raise
        except Refusal as refusal:
            return self._view(visit, refusal)
        return Moved(f"/my/orders/{order.key}?done=sent")


def _with(items: Iterable[dict[str, Json]], ident: str, quantity: int) -> list[dict[str, Json]]:
    """Return the items of a cart with another number of one of them; none takes it out."""
    return [
        one | {"quantity": quantity} if one.get("id") == ident else one
        for one in items
        if quantity or one.get("id") != ident
    ]


def _cart(work: Work, key: str = "") -> ShoppingCart:
    """Return the visitor's cart: the one of that key, else the one that is open."""
    work.actor.must(ShoppingCart.resource, "read")
    if key:
        found = next(iter(work.find(ShoppingCart, {"key": key}, limit=1)), None)
    else:
        found = open_cart(work, must_be_buyer(work))
    if found is None:
        raise NotFound("notFound", "your cart is empty; choose something first")
    return found
