"""The addresses of the catalog editor."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.web.catalog.catalog_page import CatalogPage
from trunkline.web.catalog.clone_page import ClonePage
from trunkline.web.catalog.inline_page import InlinePage
from trunkline.web.catalog.kinds import BASE
from trunkline.web.catalog.place_page import PlacePage
from trunkline.web.catalog.prices_page import PricesPage
from trunkline.web.catalog.publish_page import PublishPage
from trunkline.web.catalog.versions_page import VersionsPage
from trunkline.web.desk import Desk

ENTRY = BASE + "/{segment}/{ident}"


def add_routes(app: falcon.App[Any, Any], desk: Desk) -> None:
    """Add them."""
    page, publish = CatalogPage(desk), PublishPage(desk)
    inline = InlinePage(desk, page)
    app.add_route(BASE, page)
    app.add_route(BASE + "/branch", page, suffix="branch")
    app.add_route(BASE + "/path", page, suffix="path")
    app.add_route(BASE + "/found", page, suffix="found")
    app.add_route(BASE + "/prices", PricesPage(desk))
    app.add_route(ENTRY, page, suffix="entry")
    app.add_route(ENTRY + "/pane/{pane}", page, suffix="pane")
    app.add_route(ENTRY + "/pane/simulate/form", page, suffix="simulate")
    app.add_route(ENTRY + "/move", page, suffix="move")
    app.add_route(ENTRY + "/price", inline, suffix="price")
    app.add_route(ENTRY + "/characteristic", inline, suffix="characteristic")
    app.add_route(ENTRY + "/publish", publish)
    app.add_route(ENTRY + "/back", publish, suffix="back")
    app.add_route(ENTRY + "/clone", ClonePage(desk))
    app.add_route(ENTRY + "/place", PlacePage(desk))
    app.add_route(ENTRY + "/versions", VersionsPage(desk))
