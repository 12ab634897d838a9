"""The addresses of pools."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.web.desk import Desk
from trunkline.web.pools.pool_page import PoolPage
from trunkline.web.pools.pools_page import PoolsPage


def add_routes(app: falcon.App[Any, Any], desk: Desk) -> None:
    """Add them."""
    app.add_route("/pools", PoolsPage(desk))
    page = PoolPage(desk)
    app.add_route("/pools/{ident}", page)
    app.add_route("/pools/{ident}/load", page, suffix="load")
    app.add_route("/pools/{ident}/reserve", page, suffix="reserve")
    app.add_route("/pools/{ident}/move", page, suffix="move")
