"""The addresses of the pages of contracts and entitlements."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.web.contracts.check_page import CheckPage
from trunkline.web.contracts.renew_page import RenewPage
from trunkline.web.desk import Desk


def add_routes(app: falcon.App[Any, Any], desk: Desk) -> None:
    """Add them."""
    page = RenewPage(desk)
    app.add_route("/contract/{ident}/renew", page)
    app.add_route("/contract/{ident}/end", page, suffix="end")
    app.add_route("/entitlements/check", CheckPage(desk))
