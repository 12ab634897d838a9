"""The addresses of carts and of availability asked from a record."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.web.desk import Desk
from trunkline.web.sales.availability_page import AvailabilityPage
from trunkline.web.sales.cart_page import CartPage


def add_routes(app: falcon.App[Any, Any], desk: Desk) -> None:
    """Add them."""
    cart, asked = CartPage(desk), AvailabilityPage(desk)
    address = "/cart/{ident}"
    app.add_route(address, cart)
    app.add_route(f"{address}/standing", cart, suffix="standing")
    for path, suffix in (("item", "item"), ("add", "add"), ("prices", "prices"),
                         ("again", "again"), ("give-up", "give_up"),
                         ("check-out", "check_out")):  # fmt: skip
        app.add_route(f"{address}/{path}", cart, suffix=suffix)
    app.add_route("/availability/{kind}/{ident}", asked)
    app.add_route("/availability/{kind}/{ident}/again", asked, suffix="again")
