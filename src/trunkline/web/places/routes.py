"""The addresses of places."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.settings import Settings
from trunkline.web.desk import Desk
from trunkline.web.places.place_page import PlacePage

PLACE = "/places/{kind}/{ident}"


def add_routes(app: falcon.App[Any, Any], desk: Desk, settings: Settings) -> None:
    """Add them."""
    page = PlacePage(desk, settings)
    app.add_route(PLACE, page)
    app.add_route(PLACE + "/panel/{name}", page, suffix="panel")
    app.add_route(PLACE + "/location", page, suffix="location")
