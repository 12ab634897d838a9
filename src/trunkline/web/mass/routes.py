"""The address of mass changes."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.web.desk import Desk
from trunkline.web.mass.mass_page import ADDRESS, MassPage


def add_routes(app: falcon.App[Any, Any], desk: Desk) -> None:
    """Add it."""
    app.add_route(ADDRESS, MassPage(desk))
