"""The addresses of the pages of bills."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.web.billing.correct_page import OF_BILL, OF_PAYMENT, CorrectPage
from trunkline.web.billing.decide_page import DecidePage
from trunkline.web.billing.dunning_page import DunningPage
from trunkline.web.billing.paper_page import PaperPage
from trunkline.web.desk import Desk


def add_routes(app: falcon.App[Any, Any], desk: Desk) -> None:
    """Add them."""
    app.add_route("/bills/{ident}/pdf", PaperPage(desk))
    app.add_route("/corrections/{ident}/decide", DecidePage(desk))
    app.add_route("/dunning", DunningPage(desk))
    for subject in (OF_BILL, OF_PAYMENT):
        page = CorrectPage(desk, subject)
        address = subject.address.replace("{key}", "{ident}")
        app.add_route(address, page)
        app.add_route(f"{address}/ahead", page, suffix="ahead")
