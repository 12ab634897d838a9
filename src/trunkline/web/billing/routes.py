"""The addresses of the pages of bills."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.web.billing.paper_page import PaperPage
from trunkline.web.desk import Desk


def add_routes(app: falcon.App[Any, Any], desk: Desk) -> None:
    """Add them."""
    app.add_route("/bills/{ident}/pdf", PaperPage(desk))
