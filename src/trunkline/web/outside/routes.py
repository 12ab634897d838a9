"""The addresses of outside systems."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.web.desk import Desk
from trunkline.web.outside.systems_page import ADDRESS, SystemsPage


def add_routes(app: falcon.App[Any, Any], desk: Desk) -> None:
    """Add them."""
    page = SystemsPage(desk)
    app.add_route(ADDRESS, page)
    app.add_route(f"{ADDRESS}/{{code}}/pause", page, suffix="pause")
    app.add_route(f"{ADDRESS}/{{code}}/resume", page, suffix="resume")
