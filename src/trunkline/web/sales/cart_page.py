"""A cart: what lies in it, what it comes to, and what is done with it until it is ordered."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import falcon

from trunkline.documents.errors import Fault, Invalid, NotFound, Refusal
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import ProductOrder
from trunkline.qualification.check_offering import ProductOfferingQualification
from trunkline.rest.writing import change
from trunkline.sales.cart.as_order import lines_of_cart
from trunkline.sales.cart.check_out import Wishes, cart_of, check_out, checked
from trunkline.sales.cart.shopping_cart import LATER, ShoppingCart
from trunkline.sales.cart.told_prices import called, in_words, tell_anew
from trunkline.sales.qualified import recheck
from trunkline.web.capture.body import start_of
from trunkline.web.desk import Answer, Desk, Fragment, Moved, Shown, Visit
from trunkline.web.forms import Form, problems_of
from trunkline.web.records import document_at, seen
from trunkline.web.sales.cart_view import around, cart_values
from trunkline.web.sales.changing import MERGE, with_item

CART = ShoppingCart.resource
Act = Callable[[Work, ShoppingCart, Form], str]
DONE = {
    "added": "It is in the cart.",
    "changed": "The cart is changed.",
    "prices": "The new prices hold now.",
    "again": "It was checked again.",
    "canceled": "The cart is given up; what was kept for it is free again.",
}


class CartPage:
    """`/cart/{ident}` and what is done there."""

    needs = "ShoppingCart:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show it."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_get_standing(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show what would keep it from being ordered."""
        self._desk.answer(req, resp, partial(self._standing, ident=ident))

    def on_post_item(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Change one item, or take it out."""
        self._act(req, resp, ident, _change_item)

    def on_post_add(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Put an offering in."""
        self._act(req, resp, ident, _add)

    def on_post_prices(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Take the new prices over."""

        def take(work: Work, cart: ShoppingCart, _form: Form) -> str:
            tell_anew(work, cart.id)
            return "prices"

        self._act(req, resp, ident, take)

    def on_post_again(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Ask anew what has expired."""

        def again(work: Work, cart: ShoppingCart, _form: Form) -> str:
            recheck(work, cart)
            return "again"

        self._act(req, resp, ident, again)

    def on_post_give_up(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Give it up."""

        def give_up(work: Work, cart: ShoppingCart, _form: Form) -> str:
            change(work, work.lock(ShoppingCart, cart.id), {"status": "abandoned"}, MERGE)
            return "canceled"

        self._act(req, resp, ident, give_up)

    def on_post_check_out(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Order what is in it, and show the order."""

        def order(visit: Visit, form: Form) -> Answer:
            try:
                with self._desk.work(visit) as work:
                    start = start_of(form.text("date"), work.now, self._desk.business_zone)
                    wishes = Wishes(account=form.text("account"), start=start or "")
                    made = check_out(work, ident, wishes)
            except NotFound:
                raise
            except Refusal as refusal:
                return self._refused(visit, ident, refusal)
            return Moved(f"/order/{made.key}")

        self._desk.act(req, resp, order)

    def _act(self, req: falcon.Request, resp: falcon.Response, ident: str, act: Act) -> None:
        def action(visit: Visit, form: Form) -> Answer:
            try:
                with self._desk.work(visit) as work:
                    work.actor.must(CART, "update")
                    cart = cart_of(work, ident)
                    done = act(work, cart, form)
            except NotFound:
                raise
            except Refusal as refusal:
                return self._refused(visit, ident, refusal)
            return Moved(f"/cart/{cart.key}?done={done}")

        self._desk.act(req, resp, action)

    def _refused(self, visit: Visit, ident: str, refusal: Refusal) -> Answer:
        if refusal.status not in (400, 409):
            raise refusal
        return self._view(visit, ident=ident, refusal=refusal)

    def _view(self, visit: Visit, *, ident: str, refusal: Refusal | None = None) -> Answer:
        with self._desk.work(visit) as work:
            work.actor.must(CART, "read")
            cart = cart_of(work, ident)
            grant = work.actor.grant
            is_open = cart.status == "active"
            may_change = is_open and grant(CART, "update") is not None
            found = around(work, cart, with_offers=may_change)
            values = cart_values(self._desk, seen(work, cart), found, work.now)
            checks = ProductOfferingQualification.resource
            values["may"] = {
                "change": may_change,
                "order": may_change and grant(ProductOrder.resource, "create") is not None,
                "check": is_open and grant(checks, "create") is not None,
            }
        values["done"] = DONE.get(visit.req.get_param("done") or "", "")
        values["problems"] = problems_of(refusal)
        return Shown("sales_cart.html", values, refusal.status if refusal else 200)

    def _standing(self, visit: Visit, *, ident: str) -> Answer:
        with self._desk.work(visit) as work:
            cart = document_at(work, ShoppingCart, ident) or cart_of(work, ident)
            found = checked(work, cart)
            values: dict[str, Json] = {
                "address": f"/cart/{cart.key}",
                "csrf": visit.csrf,
                "may": {"change": work.actor.grant(CART, "update") is not None},
                "faults": [one.message for one in found.faults],
                "expired": any(one.code.startswith("qualification") for one in found.faults),
                "changes": [
                    {
                        "name": called(one.item),
                        "told": in_words(one.told),
                        "now": in_words(one.now),
                    }
                    for one in found.changes
                ],
            }
        return Fragment(self._desk.renderer.html("sales_cart_standing.html", values))


def _change_item(work: Work, cart: ShoppingCart, form: Form) -> str:
    wanted, does = form.text("item"), form.text("do")
    own = work.lock(ShoppingCart, cart.id)
    lines: list[Json] = [dict(one) for one in own.raw.get("cartItem") or ()]
    if wanted not in {str(line.get("id")) for _, line in lines_of_cart(own.raw)}:
        raise NotFound("notFound", "this is not in the cart any more")
    if does == "remove":
        lines = [one for one in lines if str(one.get("id")) != wanted]
    for line in lines:
        if str(line.get("id")) != wanted:
            continue
        if does == "quantity":
            line["quantity"] = _count(form.text("quantity"))
        elif does in ("later", "back"):
            line["status"] = LATER if does == "later" else "active"
    change(work, own, {"cartItem": lines}, MERGE)
    return "changed"


def _add(work: Work, cart: ShoppingCart, form: Form) -> str:
    if not form.text("offering"):
        raise Invalid.of([Fault("offering", "required", "choose an offer first")])
    own = work.lock(ShoppingCart, cart.id)
    lines = with_item(own.raw.get("cartItem") or (), form.text("offering"), form.text("site"))
    change(work, own, {"cartItem": lines}, MERGE)
    return "added"


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 999:
        raise Invalid.of([Fault("quantity", "badValue", "the number is from 1 to 999")])
    return int(text)
