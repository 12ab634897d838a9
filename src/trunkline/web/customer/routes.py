"""The addresses of a customer's page and of the hierarchies of organizations and accounts."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.web.customer.customer_page import CustomerPage
from trunkline.web.customer.hierarchy import ACCOUNTS, ORGANIZATIONS
from trunkline.web.customer.hierarchy_page import HierarchyPage
from trunkline.web.customer.moving import put_account, put_organization
from trunkline.web.customer.sources_page import SourcesPage
from trunkline.web.desk import Desk


def add_routes(app: falcon.App[Any, Any], desk: Desk) -> None:
    """Add them."""
    page = CustomerPage(desk)
    app.add_route("/customer/{ident}", page)
    app.add_route("/customer/{ident}/panel/{name}", page, suffix="panel")
    app.add_route("/customer/{ident}/restore", page, suffix="restore")
    app.add_route("/customer/{ident}/sources", SourcesPage(desk))
    for tree, put in ((ORGANIZATIONS, put_organization), (ACCOUNTS, put_account)):
        hierarchy = HierarchyPage(desk, tree, put)
        app.add_route(f"{tree.address}/{{ident}}", hierarchy)
        app.add_route(f"{tree.address}/{{ident}}/children", hierarchy, suffix="children")
        app.add_route(f"{tree.address}/{{ident}}/move", hierarchy, suffix="move")
