"""The addresses of the pages of orders."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.web.desk import Desk
from trunkline.web.orders.cancel_page import CancelPage
from trunkline.web.orders.change_page import ChangePage
from trunkline.web.orders.edit_plan_page import EditPlanPage
from trunkline.web.orders.intake_panel import IntakePanel
from trunkline.web.orders.link_page import LinkPage
from trunkline.web.orders.order_items import PRODUCT_ORDER, RESOURCE_ORDER, SERVICE_ORDER
from trunkline.web.orders.order_page import OrderPage
from trunkline.web.orders.project_panel import ProjectPanel
from trunkline.web.orders.sites_panel import SitesPanel
from trunkline.web.orders.step_page import StepPage
from trunkline.web.orders.values_panel import ValuesPanel
from trunkline.web.orders.why_panel import WhyPanel


def add_routes(app: falcon.App[Any, Any], desk: Desk) -> None:
    """Add them."""
    for kind in (PRODUCT_ORDER, SERVICE_ORDER, RESOURCE_ORDER):
        page = OrderPage(desk, kind)
        own = kind.base + "{ident}"
        app.add_route(own, page)
        app.add_route(own + "/plan", page, suffix="plan")
        app.add_route(own + "/step/{step}", StepPage(desk, kind, page))
        app.add_route(own + "/cancel", CancelPage(desk, kind))
        app.add_route(own + "/why", WhyPanel(desk, kind))
        app.add_route(own + "/intake", IntakePanel(desk, kind))
    own = PRODUCT_ORDER.base + "{ident}"
    app.add_route(own + "/sites", SitesPanel(desk, PRODUCT_ORDER))
    app.add_route(own + "/project", ProjectPanel(desk))
    line, page = own + "/line/{line}", OrderPage(desk, PRODUCT_ORDER)
    app.add_route(line, page, suffix="line")
    app.add_route(line + "/plan", page, suffix="plan")
    app.add_route(line + "/step/{step}", StepPage(desk, PRODUCT_ORDER, page))
    app.add_route(own + "/values", ValuesPanel(desk))
    app.add_route(own + "/plan/edit", EditPlanPage(desk))
    link = LinkPage(desk)
    app.add_route("/link/{kind}/{ident}", link)
    app.add_route("/link/{kind}/{ident}/values", link, suffix="values")
    change = ChangePage(desk)
    own = PRODUCT_ORDER.base + "{ident}"
    app.add_route(own + "/change", change)
    app.add_route(own + "/changes", change, suffix="log")
    app.add_route(own + "/no-return", change, suffix="passed")
