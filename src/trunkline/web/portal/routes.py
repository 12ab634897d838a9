"""The portal's addresses, and the entries of its menu."""

from __future__ import annotations

from functools import partial
from typing import Any

import falcon

from trunkline.billing.bill.customer_bill import CustomerBill
from trunkline.care.request import CustomerRequest
from trunkline.kernel.actor import Actor
from trunkline.kernel.resource import Document
from trunkline.ordering.product_order import ProductOrder
from trunkline.party.individual import Individual
from trunkline.sales.cart.shopping_cart import ShoppingCart
from trunkline.web.desk import Desk
from trunkline.web.portal.areas import HOME, Area, add_area
from trunkline.web.portal.bills_page import PortalBills
from trunkline.web.portal.cart_page import PortalCart
from trunkline.web.portal.change_page import PortalChange
from trunkline.web.portal.hand_over_page import PortalHandOver
from trunkline.web.portal.home_page import PortalHome
from trunkline.web.portal.order_page import PortalOrder
from trunkline.web.portal.profile_page import PortalProfile
from trunkline.web.portal.requests_page import PortalRequests
from trunkline.web.portal.shop_page import PortalShop
from trunkline.web.shell.acting_page import ActingPage


def _may(kind: type[Document], actor: Actor) -> bool:
    return actor.grant(kind.resource, "read") is not None


add_area(Area(HOME, "Home", lambda _actor: True, 10))
add_area(Area("/my/orders", "Orders", partial(_may, ProductOrder), 20))
add_area(Area("/my/shop", "Shop", partial(_may, ShoppingCart), 30))
add_area(Area("/my/cart", "Cart", partial(_may, ShoppingCart), 40))
add_area(Area("/my/bills", "Bills", partial(_may, CustomerBill), 45))
add_area(Area("/my/requests", "Requests", partial(_may, CustomerRequest), 50))
add_area(Area("/my/profile", "Profile", partial(_may, Individual), 90))


def add_routes(app: falcon.App[Any, Any], desk: Desk) -> None:
    """Add them."""
    home = PortalHome(desk)
    app.add_route(HOME, home)
    app.add_route("/my/orders", home, suffix="orders")
    order = PortalOrder(desk)
    app.add_route("/my/orders/{ident}", order)
    app.add_route("/my/orders/{ident}/cancel", order, suffix="cancel")
    app.add_route("/my/orders/{ident}/amend", order, suffix="amend")
    product = PortalChange(desk)
    app.add_route("/my/products/{ident}", product)
    app.add_route("/my/products/{ident}/{deed}", product, suffix="deed")
    app.add_route("/my/products/{ident}/{deed}/form", product, suffix="form")
    passing = PortalHandOver(desk)
    app.add_route("/my/products/{ident}/hand-over", passing)
    app.add_route("/my/hand-overs/{ident}", passing, suffix="one")
    shop, cart = PortalShop(desk), PortalCart(desk)
    app.add_route("/my/shop", shop)
    app.add_route("/my/shop/{check}", shop, suffix="check")
    app.add_route("/my/shop/{check}/{offering}", shop, suffix="offer")
    app.add_route("/my/shop/{check}/{offering}/form", shop, suffix="form")
    app.add_route("/my/cart", cart)
    app.add_route("/my/cart/take-out", cart, suffix="take_out")
    app.add_route("/my/cart/quantity", cart, suffix="quantity")
    app.add_route("/my/cart/prices", cart, suffix="prices")
    app.add_route("/my/cart/order", cart, suffix="order")
    asked = PortalRequests(desk)
    app.add_route("/my/requests", asked)
    app.add_route("/my/requests/new", asked, suffix="new")
    app.add_route("/my/requests/{ident}", asked, suffix="one")
    bills = PortalBills(desk)
    app.add_route("/my/bills", bills)
    app.add_route("/my/bills/{ident}/plan", bills, suffix="plan")
    app.add_route("/my/profile", PortalProfile(desk))
    app.add_route("/my/acting", ActingPage(desk, "portal_acting.html"))
