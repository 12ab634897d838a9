"""The addresses of the pages of orders."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.web.desk import Desk
from trunkline.web.orders.cancel_page import CancelPage
from trunkline.web.orders.order_items import PRODUCT_ORDER, RESOURCE_ORDER, SERVICE_ORDER
from trunkline.web.orders.order_page import OrderPage
from trunkline.web.orders.step_page import StepPage


def add_routes(app: falcon.App[Any, Any], desk: Desk) -> None:
    """Add them."""
    for kind in (PRODUCT_ORDER, SERVICE_ORDER, RESOURCE_ORDER):
        page = OrderPage(desk, kind)
        own = kind.base + "{ident}"
        app.add_route(own, page)
        app.add_route(own + "/plan", page, suffix="plan")
        app.add_route(own + "/step/{step}", StepPage(desk, kind, page))
        app.add_route(own + "/cancel", CancelPage(desk, kind))
