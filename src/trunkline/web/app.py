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
from trunkline.web.administration import routes as administration
from trunkline.web.assurance import routes as assurance
from trunkline.web.billing import routes as billing
from trunkline.web.campaign import routes as campaign
from trunkline.web.capture import routes as capture
from trunkline.web.care import routes as care
from trunkline.web.catalog import routes as catalog
from trunkline.web.changes import routes as changes
from trunkline.web.choose_password_page import ChoosePasswordPage
from trunkline.web.contracts import routes as contracts
from trunkline.web.customer import routes as customer
from trunkline.web.delivery_page import DeliveryPage
from trunkline.web.design import routes as design
from trunkline.web.desk import Desk
from trunkline.web.details import routes as details
from trunkline.web.duplicates import routes as duplicates
from trunkline.web.editing import routes as editing
from trunkline.web.fallout import routes as fallout
from trunkline.web.fieldwork import routes as fieldwork
from trunkline.web.go_page import GoPage
from trunkline.web.home_page import HomePage
from trunkline.web.inventory import routes as inventory
from trunkline.web.lists import routes as lists
from trunkline.web.mass import routes as mass
from trunkline.web.missing_page import MissingPage
from trunkline.web.module_pages import add_module_pages, module_templates
from trunkline.web.onboarding import routes as onboarding
from trunkline.web.orders import routes as orders
from trunkline.web.outside import routes as outside
from trunkline.web.places import routes as places
from trunkline.web.pools import routes as pools
from trunkline.web.portal import routes as portal
from trunkline.web.privacy import routes as privacy
from trunkline.web.qualification import routes as qualification
from trunkline.web.sales import cart_routes, leads_routes, quote_routes
from trunkline.web.shell import routes as shell
from trunkline.web.sign_in_page import SignInPage, SignOutPage
from trunkline.web.timeline import routes as timeline
from trunkline.web.worklist import routes as worklist


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
    app.add_route(assets.route, assets)
    home = HomePage(desk)
    app.add_route("/", home)
    app.add_route("/panel/{panel}", home, suffix="panel")
    app.add_route("/sign-in", SignInPage(desk))
    app.add_route("/sign-out", SignOutPage(desk))
    app.add_route("/choose-password", ChoosePasswordPage(desk))
    app.add_route("/go", GoPage(desk))
    app.add_route("/deliveries", DeliveryPage(desk))
    shell.add_routes(app, desk)
    details.add_routes(app, desk)
    duplicates.add_routes(app, desk)
    editing.add_routes(app, desk)
    lists.add_routes(app, desk)
    capture.add_routes(app, desk)
    mass.add_routes(app, desk)
    orders.add_routes(app, desk)
    quote_routes.add_routes(app, desk)
    catalog.add_routes(app, desk)
    design.add_routes(app, desk)
    customer.add_routes(app, desk)
    onboarding.add_routes(app, desk)
    qualification.add_routes(app, desk)
    cart_routes.add_routes(app, desk)
    changes.add_routes(app, desk)
    care.add_routes(app, desk)
    assurance.add_routes(app, desk)
    campaign.add_routes(app, desk)
    fieldwork.add_routes(app, desk)
    billing.add_routes(app, desk)
    contracts.add_routes(app, desk)
    timeline.add_routes(app, desk)
    fallout.add_routes(app, desk)
    worklist.add_routes(app, desk)
    administration.add_routes(app, desk, settings)
    places.add_routes(app, desk, settings)
    outside.add_routes(app, desk)
    pools.add_routes(app, desk)
    privacy.add_routes(app, desk)
    inventory.add_routes(app, desk)
    leads_routes.add_routes(app, desk)
    portal.add_routes(app, desk)
    add_module_pages(app, desk)
    app.add_sink(MissingPage(desk), "/")
