"""The addresses of taking customers on."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.web.desk import Desk
from trunkline.web.onboarding.onboard_page import ADDRESS, OnboardPage


def add_routes(app: falcon.App[Any, Any], desk: Desk) -> None:
    """Add them."""
    page = OnboardPage(desk)
    app.add_route(ADDRESS, page)
    app.add_route(ADDRESS + "/{name}", page, suffix="variant")
