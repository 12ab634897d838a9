"""The pages' assembly: their addresses on the same program that answers the API."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import falcon

from trunkline.identity.authenticate import Authenticator
from trunkline.kernel.services import Services
from trunkline.pages.assets import Assets
from trunkline.pages.rendering import Renderer
from trunkline.screens.screen import check_screens
from trunkline.settings import Settings
from trunkline.web.customer_page import CustomerPage
from trunkline.web.delivery_page import DeliveryPage
from trunkline.web.desk import Desk
from trunkline.web.details import routes as details
from trunkline.web.editing import routes as editing
from trunkline.web.fallout_page import FalloutPage
from trunkline.web.go_page import GoPage
from trunkline.web.home_page import HomePage
from trunkline.web.list_page import ListPage
from trunkline.web.missing_page import MissingPage
from trunkline.web.module_pages import add_module_pages, module_templates
from trunkline.web.order_items import PRODUCT_ORDER, RESOURCE_ORDER, SERVICE_ORDER
from trunkline.web.order_page import OrderPage
from trunkline.web.parked_page import ParkedPage
from trunkline.web.shell import routes as shell
from trunkline.web.sign_in_page import SignInPage, SignOutPage
from trunkline.web.task_page import TaskPage


def add_routes(
    app: falcon.App[Any, Any],
    services: Services,
    authenticator: Authenticator,
    settings: Settings,
) -> None:
    """Add the staff's pages and their files."""
    check_screens(services.registry)
    package = files("trunkline.web")
    assets = Assets("/static", package / "static")
    renderer = Renderer(package / "templates", assets, module_templates())
    desk = Desk(services, authenticator, settings, renderer)
    fallout, tasks = FalloutPage(desk), TaskPage(desk)
    app.add_route(assets.route, assets)
    app.add_route("/", HomePage(desk))
    app.add_route("/sign-in", SignInPage(desk))
    app.add_route("/sign-out", SignOutPage(desk))
    app.add_route("/go", GoPage(desk))
    app.add_route("/r/{segment}", ListPage(desk))
    for kind in (PRODUCT_ORDER, SERVICE_ORDER, RESOURCE_ORDER):
        order = OrderPage(desk, kind)
        app.add_route(kind.base + "{ident}", order)
        app.add_route(kind.base + "{ident}/plan", order, suffix="plan")
    app.add_route("/customer/{ident}", CustomerPage(desk))
    app.add_route("/fallout", fallout)
    app.add_route("/fallout/{ident}", fallout, suffix="item")
    app.add_route("/tasks", tasks)
    app.add_route("/tasks/{ident}", tasks, suffix="task")
    app.add_route("/parked", ParkedPage(desk))
    app.add_route("/deliveries", DeliveryPage(desk))
    shell.add_routes(app, desk)
    details.add_routes(app, desk)
    editing.add_routes(app, desk)
    add_module_pages(app, desk)
    app.add_sink(MissingPage(desk), "/")
