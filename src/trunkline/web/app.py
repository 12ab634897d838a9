"""The pages' assembly: their addresses on the same program that answers the API."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.identity.authenticate import Authenticator
from trunkline.kernel.services import Services
from trunkline.settings import Settings
from trunkline.web.assets import Assets
from trunkline.web.customer_page import CustomerPage
from trunkline.web.delivery_page import DeliveryPage
from trunkline.web.desk import Desk
from trunkline.web.fallout_page import FalloutPage
from trunkline.web.go_page import GoPage
from trunkline.web.home_page import HomePage
from trunkline.web.list_page import ListPage
from trunkline.web.missing_page import MissingPage
from trunkline.web.order_page import OrderPage
from trunkline.web.parked_page import ParkedPage
from trunkline.web.record_page import RecordPage
from trunkline.web.rendering import Renderer
from trunkline.web.sign_in_page import SignInPage, SignOutPage, ThemeAction


def add_routes(
    app: falcon.App[Any, Any],
    services: Services,
    authenticator: Authenticator,
    settings: Settings,
) -> None:
    """Add the staff's pages and their files."""
    assets = Assets()
    desk = Desk(services, authenticator, settings, Renderer(assets))
    fallout, order, record = FalloutPage(desk), OrderPage(desk), RecordPage(desk)
    app.add_route("/static/{digest}/{name}", assets)
    app.add_route("/", HomePage(desk))
    app.add_route("/sign-in", SignInPage(desk))
    app.add_route("/sign-out", SignOutPage(desk))
    app.add_route("/theme", ThemeAction(desk))
    app.add_route("/go", GoPage(desk))
    app.add_route("/r/{segment}", ListPage(desk))
    app.add_route("/r/{segment}/{ident}", record)
    app.add_route("/order/{ident}", order)
    app.add_route("/order/{ident}/plan", order, suffix="plan")
    app.add_route("/customer/{ident}", CustomerPage(desk))
    app.add_route("/fallout", fallout)
    app.add_route("/fallout/{ident}", fallout, suffix="item")
    app.add_route("/parked", ParkedPage(desk))
    app.add_route("/deliveries", DeliveryPage(desk))
    app.add_sink(MissingPage(desk), "/")
