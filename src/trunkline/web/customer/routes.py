"""The addresses of a customer's page and of the hierarchy of organizations."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.web.customer.customer_page import CustomerPage
from trunkline.web.customer.hierarchy_page import HierarchyPage
from trunkline.web.desk import Desk


def add_routes(app: falcon.App[Any, Any], desk: Desk) -> None:
    """Add them."""
    page = CustomerPage(desk)
    app.add_route("/customer/{ident}", page)
    app.add_route("/customer/{ident}/panel/{name}", page, suffix="panel")
    hierarchy = HierarchyPage(desk)
    app.add_route("/hierarchy/{ident}", hierarchy)
    app.add_route("/hierarchy/{ident}/children", hierarchy, suffix="children")
    app.add_route("/hierarchy/{ident}/move", hierarchy, suffix="move")
