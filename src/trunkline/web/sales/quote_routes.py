"""The addresses of the pages of quotes and agreements."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.web.desk import Desk
from trunkline.web.sales.amend_page import ADDRESS as AMEND
from trunkline.web.sales.amend_page import AmendPage
from trunkline.web.sales.quote_page import BASE, QuotePage


def add_routes(app: falcon.App[Any, Any], desk: Desk) -> None:
    """Add them."""
    page = QuotePage(desk)
    app.add_route(BASE + "{ident}", page)
    app.add_route(BASE + "{ident}/comparison", page, suffix="comparison")
    app.add_route(BASE + "{ident}/discount", page, suffix="discount")
    app.add_route(AMEND, AmendPage(desk))
